"""The reflected shares of the shaders' polynomials against the integral of the reflection."""

from __future__ import annotations

import re
from importlib.resources import files

import numpy as np
import pytest


def polynomials():
    """The matrices of brdf.glsl, rows by powers of roughness, columns by powers of 1 - n.v."""
    text = (files("synthvision.render.opengl") / "shaders" / "brdf.glsl").read_text(encoding="utf-8")
    found = re.findall(r"const mat4 (ONCE|BIAS) = mat4\(([^)]*)\)", text)
    return {name: np.array([float(value) for value in body.split(",")]).reshape(4, 4).T for name, body in found}


def shares(roughness, n_dot_v):
    """Shares of F0 and of F90 by facets drawn from the GGX distribution."""
    a2 = roughness**4
    u, v = (grid.ravel() for grid in np.meshgrid((np.arange(400) + 0.5) / 400, (np.arange(200) + 0.5) / 200))
    cosine2 = (1 - u) / (1 + (a2 - 1) * u)
    h = np.stack([np.sqrt(1 - cosine2) * np.cos(np.pi * v), np.sqrt(cosine2)], axis=1)
    v_h = h @ np.array([np.sqrt(1 - n_dot_v**2), n_dot_v])
    n_l = 2 * v_h * h[:, 1] - n_dot_v
    above = (n_l > 0) & (v_h > 0)
    n_l = np.where(above, n_l, 1.0)
    masking = n_l * np.sqrt(n_dot_v**2 * (1 - a2) + a2) + n_dot_v * np.sqrt(n_l**2 * (1 - a2) + a2)
    weight = np.where(above, 2 * n_l * v_h / masking / h[:, 1], 0.0)
    fresnel = (1 - np.clip(v_h, 0, 1)) ** 5
    return (weight * (1 - fresnel)).mean(), (weight * fresnel).mean()


@pytest.mark.parametrize("roughness", [0.1, 0.3, 0.5, 0.7, 0.9, 1.0])
@pytest.mark.parametrize("n_dot_v", [0.15, 0.4, 0.7, 1.0])
def test_the_polynomials_are_the_integral(roughness, n_dot_v):
    matrices, q = polynomials(), 1 - n_dot_v
    powers = roughness ** np.arange(4)
    once = 1 + roughness * powers @ matrices["ONCE"] @ q ** np.arange(4)
    bias = q * powers @ matrices["BIAS"] @ q ** np.array([0, 1, 2, 5])
    scale_exact, bias_exact = shares(roughness, n_dot_v)
    assert once == pytest.approx(scale_exact + bias_exact, rel=0.05)
    assert bias == pytest.approx(bias_exact, abs=0.03)

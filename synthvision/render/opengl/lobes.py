"""Lobes of rough mirrors as linearly transformed cosines, for light from rectangles.

A lobe of the GGX reflection is a clamped cosine seen through a matrix (Heitz et al. 2016, "Real-Time Polygonal-Light
Shading with Linearly Transformed Cosines"). `fit_lobes` finds the matrices by least squares; ``data/lobes.npy`` keeps
what it found, and `load_lobes` reads that.
"""

from __future__ import annotations

from importlib.resources import files

import moderngl
import numpy as np
from numpy.typing import NDArray

from synthvision.gpu.context import GpuContext
from synthvision.render.opengl.textures import GpuTexture

__all__ = ["LOBE_SIDE", "fit_lobes", "load_lobes", "lobe_density", "lobe_places", "mirror_density", "upload_lobes"]

#: Rows and columns of the table.
LOBE_SIDE = 32
#: Smallest roughness of the table: that of the shaders.
_SMOOTHEST = 0.045
_SAMPLES = 900
_ROUNDS = 80

Float = NDArray[np.float64]


def load_lobes() -> NDArray[np.float32]:
    """Return the table, float32 (rows, columns, 4): rows by the angle of view, columns by roughness.

    The four numbers are the entries (0, 0), (0, 2), (2, 0) and (2, 2) of the matrix that takes directions to the
    clamped cosine; entry (1, 1) is one and the others are zero. The frame has z along the normal and the view in the
    x-z plane, x > 0.
    """
    with (files("synthvision.render.opengl") / "data" / "lobes.npy").open("rb") as file:
        table: NDArray[np.float32] = np.load(file).astype(np.float32)
    return table


def upload_lobes(context: GpuContext) -> GpuTexture:
    """Return the table on the GPU, to be read between its entries."""
    table = load_lobes()
    texture = context.gl.texture((table.shape[1], table.shape[0]), 4, np.ascontiguousarray(table), dtype="f4")
    texture.filter = (moderngl.LINEAR, moderngl.LINEAR)
    texture.repeat_x = texture.repeat_y = False
    return GpuTexture(texture, np.zeros(3))


def lobe_places(side: int = LOBE_SIDE) -> tuple[Float, Float]:
    """Return the cosines of view of the rows and the roughnesses of the columns of a table.

    Row k of n stands for 1 - (k / (n - 1))^2, so that there are more rows where the view is steep to the surface;
    column k for a roughness of k / (n - 1), but not under 0.045; the last
    row stands for 0.03.
    """
    step = np.arange(side) / (side - 1)
    # Seen exactly edge-on a lobe has no width.
    return np.maximum(1 - step**2, 0.03), np.maximum(step, _SMOOTHEST)


def mirror_density(directions: Float, cosine: Float, alpha: Float) -> Float:
    """Return reflected radiance per direction times cosine: GGX with height-correlated masking, Fresnel left out.

    Args:
        directions: Unit vectors (..., 3) from the surface, z along its normal.
        cosine: Cosine of the angle of view.
        alpha: Squared roughness.
    """
    view = np.stack([np.sqrt(1 - cosine**2), np.zeros_like(cosine), cosine], axis=-1)
    halfway = directions + view
    halfway /= np.linalg.norm(halfway, axis=-1, keepdims=True)
    n_l, n_h = np.maximum(directions[..., 2], 1e-9), halfway[..., 2]
    a2 = alpha**2
    d = a2 / (np.pi * (n_h**2 * (a2 - 1) + 1) ** 2)
    masking = n_l * np.sqrt(cosine**2 * (1 - a2) + a2) + cosine * np.sqrt(n_l**2 * (1 - a2) + a2)
    density: Float = np.where(directions[..., 2] > 0, d * 0.5 / masking * n_l, 0.0)
    return density


def lobe_density(directions: Float, entries: Float) -> Float:
    """Return the density of linearly transformed cosines, whose integral over the sphere is one.

    Args:
        directions: Unit vectors (..., 3).
        entries: The four matrix entries (..., 4), see `load_lobes`.
    """
    x, y, z = np.moveaxis(directions, -1, 0)
    a, b, c, d = np.moveaxis(entries, -1, 0)
    length = np.sqrt((a * x + b * z) ** 2 + y**2 + (c * x + d * z) ** 2)
    density: Float = np.maximum(c * x + d * z, 0.0) * np.abs(a * d - b * c) / (np.pi * length**4)
    return density


def fit_lobes(side: int = LOBE_SIDE) -> NDArray[np.float32]:
    """Return the table of `load_lobes`, found anew: half a minute.

    Every lobe is fitted at once by Levenberg-Marquardt steps at directions drawn from the lobe itself (visible
    normals, Heitz 2018), so that narrow and wide ones are sampled alike, and at others all over the sphere, so that
    none leaks to where no light goes.
    """
    cosines, roughnesses = lobe_places(side)
    cosine, roughness = (grid.ravel()[:, None] for grid in np.meshgrid(cosines, roughnesses, indexing="ij"))
    alpha = roughness**2
    everywhere = np.broadcast_to(_sphere_directions(_SAMPLES), (len(alpha), _SAMPLES, 3))
    directions = np.concatenate([_lobe_directions(cosine, alpha), everywhere], axis=1)
    target = mirror_density(directions, cosine, alpha)
    density = 0.5 * _visible_normal_density(directions, cosine, alpha) + 0.5 / (4 * np.pi)
    target = target / np.mean(target / density, axis=1, keepdims=True)
    # Squared differences over the lobe's own density: relative errors count, where there is light.
    scale = 1 / np.sqrt(density * (target + 0.02))
    entries = _first_guess(cosine[:, 0], alpha[:, 0])
    damping = np.full(len(entries), 1e-2)
    residual = (lobe_density(directions, entries[:, None, :]) - target) * scale
    error = np.sum(residual**2, axis=1)
    for _ in range(_ROUNDS):
        jacobian = np.empty((*residual.shape, 4))
        for k in range(4):
            moved = entries.copy()
            step = 1e-5 * np.maximum(np.abs(entries[:, k]), 1e-2)
            moved[:, k] += step
            value = (lobe_density(directions, moved[:, None, :]) - target) * scale
            jacobian[..., k] = (value - residual) / step[:, None]
        normal = np.einsum("nsi,nsj->nij", jacobian, jacobian)
        gradient = np.einsum("nsi,ns->ni", jacobian, residual)
        diagonal = np.einsum("nii->ni", normal)
        damped = normal + np.einsum("ni,ij->nij", damping[:, None] * diagonal + 1e-12, np.eye(4))
        trial = entries - np.linalg.solve(damped, gradient[..., None])[..., 0]
        value = (lobe_density(directions, trial[:, None, :]) - target) * scale
        tried = np.sum(value**2, axis=1)
        # A matrix that turns space inside out is none.
        better = (tried < error) & (trial[:, 0] * trial[:, 3] - trial[:, 1] * trial[:, 2] > 0)
        entries[better], residual[better], error[better] = trial[better], value[better], tried[better]
        damping = np.clip(np.where(better, damping * 0.3, damping * 4), 1e-9, 1e6)
    return entries.reshape(side, side, 4).astype(np.float32)


def _first_guess(cosine: Float, alpha: Float) -> Float:
    """Return lobes about the mirrored direction, as wide as the facets are tilted."""
    sine = np.sqrt(1 - cosine**2)
    return np.stack([cosine, sine, -alpha * sine, alpha * cosine], axis=1)


def _sphere_directions(count: int) -> Float:
    """Return directions (count, 3) spread evenly over the sphere (a Fibonacci lattice)."""
    number = np.arange(count)
    z = 1 - (2 * number + 1) / count
    angle = 2 * np.pi * ((number * 0.6180339887498949) % 1)
    sine = np.sqrt(1 - z**2)
    return np.stack([sine * np.cos(angle), sine * np.sin(angle), z], axis=1)


def _lobe_directions(cosine: Float, alpha: Float) -> Float:
    """Return mirrored directions (lobes, samples, 3) at visible normals (Heitz 2018)."""
    number = np.arange(_SAMPLES)
    first = (number + 0.5) / _SAMPLES
    # The golden ratio's multiples, even over the unit square together with the first coordinate.
    second = (number * 0.6180339887498949) % 1
    view = np.stack([np.sqrt(1 - cosine**2), np.zeros_like(cosine), cosine], axis=-1)
    stretched = view * np.stack([alpha, alpha, np.ones_like(alpha)], axis=-1)
    stretched /= np.linalg.norm(stretched, axis=-1, keepdims=True)
    length = np.hypot(stretched[..., 0], stretched[..., 1])
    side = np.where(
        length[..., None] > 1e-9, np.stack([-stretched[..., 1], stretched[..., 0], 0 * length], -1), [1, 0, 0]
    )
    side = side / np.linalg.norm(side, axis=-1, keepdims=True)
    other = np.cross(stretched, side)
    radius, angle = np.sqrt(first), 2 * np.pi * second
    t1, t2 = radius * np.cos(angle), radius * np.sin(angle)
    lift = 0.5 * (1 + stretched[..., 2])
    t2 = (1 - lift) * np.sqrt(1 - t1**2) + lift * t2
    t3 = np.sqrt(np.maximum(1 - t1**2 - t2**2, 0.0))
    facing = t1[..., None] * side + t2[..., None] * other + t3[..., None] * stretched
    normal = facing * np.stack([alpha, alpha, np.ones_like(alpha)], axis=-1)
    normal[..., 2] = np.maximum(normal[..., 2], 1e-9)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    directions: Float = 2 * np.sum(view * normal, axis=-1, keepdims=True) * normal - view
    return directions


def _visible_normal_density(directions: Float, cosine: Float, alpha: Float) -> Float:
    """Return the density with which `_lobe_directions` draws a direction."""
    view = np.stack([np.sqrt(1 - cosine**2), np.zeros_like(cosine), cosine], axis=-1)
    halfway = directions + view
    halfway /= np.linalg.norm(halfway, axis=-1, keepdims=True)
    a2 = alpha**2
    d = a2 / (np.pi * (halfway[..., 2] ** 2 * (a2 - 1) + 1) ** 2)
    masking = 2 / (cosine + np.sqrt(cosine**2 + a2 * (1 - cosine**2)))
    density: Float = masking * d / 4
    return density

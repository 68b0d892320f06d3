"""Reflection lobes of mitsuba that match the raster backend's: the same albedo at every roughness.

The raster backend reflects with GGX and Schlick's Fresnel term and gives back what a single bounce between microfacets
loses. mitsuba's lobes lose it: a white metal of roughness 1 reflects a third, a white rough plastic a quarter of the
light. Their colours are raised by as much as the lobe was measured to lose, so that a white surface stays white.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.render.mitsuba.engine import Engine
from synthvision.render.mitsuba.fields import Field

__all__ = ["LEAST_ROUGHNESS", "Lobes", "dielectric_f0", "ior_of_f0"]

#: The raster backend's smoothest surface.
LEAST_ROUGHNESS = 0.045
_COSINES, _WEIGHTS = np.polynomial.legendre.leggauss(6)
_COSINES = (_COSINES + 1) / 2
_WEIGHTS = _WEIGHTS / 2
_SAMPLES = 192
#: Reflectance below which a dielectric is taken to have no surface reflection.
_LEAST_F0 = 1e-3
#: Farthest apart that two roughnesses of a mapped surface are, between which lobes are mixed.
_LEVEL_STEP = 0.22
#: From this roughness the body of a dielectric scatters by a lobe of its own.
_MATT_FROM = 0.6
#: Its share of the mixture; the surface in the rest is raised for it, and has less of a rim the smaller the rest.
_MATT_SHARE, _VERTEX_SHARE = 0.5, 0.3
_MOST_LEVELS = 5


def dielectric_f0(ior: float) -> float:
    """Return the reflectance at normal incidence of an index of refraction."""
    return ((ior - 1) / (ior + 1)) ** 2


def ior_of_f0(f0: float) -> float:
    """Return the index of refraction of a reflectance at normal incidence."""
    root = float(np.sqrt(min(f0, 0.9)))
    return (1 + root) / (1 - root)


class Lobes:
    """Makes BSDFs of one kind each.

    Args:
        engine: mitsuba.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._plastic_gain: dict[tuple[float, float], float] = {}
        self._metal_share: NDArray[np.float64] | None = None

    def diffuse(self, base: Field) -> Any:
        """Return Lambert's law."""
        return self._load({"type": "diffuse", "reflectance": base.texture(self._engine)})

    def dielectric(self, base: Field, roughness: Field, f0: float) -> Any:
        """Return a body colour under a rough clear surface.

        Where roughness varies, lobes of a few roughnesses are mixed.

        Args:
            base: Linear RGB.
            roughness: Perceptual, 0..1.
            f0: Reflectance at normal incidence.
        """
        if f0 < _LEAST_F0:
            return self.diffuse(base)
        levels = roughness_levels(roughness)
        found = self._plastic(base, levels[0], f0)
        for low, high in pairwise(levels):
            span = high - low

            def share(values: NDArray[np.float32], low: float = low, span: float = span) -> NDArray[np.float32]:
                return np.asarray(np.clip((values - low) / span, 0, 1), np.float32)

            found = self.blend(roughness.map(share), found, self._plastic(base, high, f0))
        return found

    def metal(self, base: Field, roughness: Field, coat: float, coat_roughness: float) -> Any:
        """Return a metal, clear-coated where `coat` is above 0.

        Args:
            base: Linear RGB, the reflectance at normal incidence.
            roughness: Perceptual.
            coat: Strength of the coat, 0..1.
            coat_roughness: Perceptual.
        """
        once = self._share_reflected_once(float(roughness.mean[0]))
        gained = base.map(lambda values: values * (1 + values * np.float32((1 - once) / once)))
        plugin = {
            "type": "principled",
            "base_color": gained.texture(self._engine),
            "metallic": 1.0,
            "roughness": roughness.map(_clamped).texture(self._engine),
        }
        if coat > 0:
            plugin |= {"clearcoat": coat, "clearcoat_gloss": 1.0 - coat_roughness}
        return self._load(plugin)

    def blend(self, share: Field, first: Any, second: Any) -> Any:
        """Return a mixture, `share` of it the second; one of the two alone where the share is 0 or 1 everywhere."""
        low, high = float(share.values.min()), float(share.values.max())
        if high <= 0:
            return first
        if low >= 1:
            return second
        return self._load(
            {"type": "blendbsdf", "weight": share.texture(self._engine), "bsdf_0": first, "bsdf_1": second}
        )

    def _plastic(self, base: Field, roughness: float, f0: float) -> Any:
        if roughness >= _MATT_FROM:
            # mitsuba's rough plastics darken towards their outline, the more the rougher they are.
            return self._split(base, roughness, f0, _MATT_SHARE)
        if base.vertices is not None and not base.is_constant:
            # They take no colours per vertex either.
            return self._split(base, roughness, f0, _VERTEX_SHARE)
        gain = np.float32(self._gain(roughness, f0))
        return self._load(self._plastic_plugin(base.map(lambda values: values * gain), roughness, f0))

    def _split(self, base: Field, roughness: float, f0: float, share: float) -> Any:
        """Return a body that scatters by Lambert's law in `share` of a mixture, and its surface in the rest."""
        weights = _WEIGHTS * _COSINES
        gain = np.float32(weights @ _let_through(roughness, f0) / weights.sum() / share)
        black = Field(np.zeros(3, np.float32))
        surface = self._load(self._plastic_plugin(black, roughness, f0 / (1 - share)))
        body = self.diffuse(base.map(lambda values: values * gain))
        return self.blend(Field(np.array([share], np.float32)), surface, body)

    def _plastic_plugin(self, base: Field, roughness: float, f0: float) -> dict[str, Any]:
        return {
            "type": "roughplastic",
            "distribution": "ggx",
            "alpha": roughness**2,
            "int_ior": ior_of_f0(f0),
            "ext_ior": 1.0,
            "diffuse_reflectance": base.texture(self._engine),
        }

    def _gain(self, roughness: float, f0: float) -> float:
        """Return by how much a body colour is raised so that a white body reflects what the surface lets through."""
        key = (round(roughness, 3), round(f0, 4))
        if key not in self._plastic_gain:
            white = Field(np.ones(3, np.float32))
            plugin = self._plastic_plugin(white, roughness, f0)
            body = self._load(plugin | {"specular_reflectance": {"type": "rgb", "value": [0.0, 0.0, 0.0]}})
            weights = _WEIGHTS * _COSINES
            self._plastic_gain[key] = float(weights @ _let_through(roughness, f0) / (weights @ self._albedos(body)))
        return self._plastic_gain[key]

    def _share_reflected_once(self, roughness: float) -> float:
        grid = np.linspace(0.1, 1.0, 7)
        if self._metal_share is None:
            shares = []
            for value in grid:
                white = self._load(
                    {
                        "type": "principled",
                        "base_color": {"type": "rgb", "value": [1.0, 1.0, 1.0]},
                        "metallic": 1.0,
                        "roughness": float(value),
                    }
                )
                weights = _WEIGHTS * _COSINES
                shares.append(float(weights @ self._albedos(white) / weights.sum()))
            self._metal_share = np.array(shares)
        return float(np.interp(roughness, grid, self._metal_share))

    def _albedos(self, bsdf: Any) -> NDArray[np.float64]:
        """Return what a BSDF of one colour reflects at each of `_COSINES`, by evenly spread directions of its own."""
        mi = self._engine.mi
        # The R2 sequence (Roberts 2018) spreads few points evenly, and always the same ones.
        number = np.arange(1, _SAMPLES + 1, dtype=np.float64)
        steps = (0.7548776662466927, 0.5698402909980532)
        points = np.stack([np.mod(0.5 + number * step, 1.0) for step in steps], axis=1)
        lobe = np.mod(0.5 + number * 0.6180339887498949, 1.0)
        albedos = []
        for cosine in _COSINES:
            direction = (float(np.sqrt(1 - cosine**2)), 0.0, float(cosine))
            if self._engine.compiled:
                albedos.append(self._albedo_compiled(bsdf, direction, lobe, points))
                continue
            interaction = mi.SurfaceInteraction3f()
            interaction.t, interaction.n, interaction.uv = 1.0, [0.0, 0.0, 1.0], [0.5, 0.5]
            interaction.sh_frame = mi.Frame3f([0.0, 0.0, 1.0])
            interaction.wi = list(direction)
            total = 0.0
            for first, second in zip(lobe.tolist(), points.tolist(), strict=True):
                total += float(bsdf.sample(mi.BSDFContext(), interaction, first, second)[1][1])
            albedos.append(total / _SAMPLES)
        return np.array(albedos)

    def _albedo_compiled(
        self, bsdf: Any, direction: tuple[float, float, float], lobe: NDArray[np.float64], points: NDArray[np.float64]
    ) -> float:
        import drjit

        mi = self._engine.mi
        interaction = drjit.zeros(mi.SurfaceInteraction3f, _SAMPLES)
        interaction.t, interaction.n, interaction.uv = 1.0, [0.0, 0.0, 1.0], [0.5, 0.5]
        interaction.sh_frame = mi.Frame3f([0.0, 0.0, 1.0])
        interaction.wi = mi.Vector3f(*direction)
        _, weight = bsdf.sample(
            mi.BSDFContext(),
            interaction,
            mi.Float(lobe.astype(np.float32)),
            mi.Point2f(np.ascontiguousarray(points.T, np.float32)),
        )
        green = np.array(weight)[1]
        return float(np.nan_to_num(green).mean())

    def _load(self, plugin: dict[str, Any]) -> Any:
        return self._engine.mi.load_dict(plugin)


def roughness_levels(roughness: Field) -> list[float]:
    """Return a few roughnesses, ascending, between which those of a surface lie."""
    values = np.clip(roughness.values, LEAST_ROUGHNESS, 1.0)
    low, high = (float(value) for value in np.percentile(values, (1, 99)))
    if high - low < _LEVEL_STEP / 3:
        return [float(values.mean())]
    count = min(int(np.ceil((high - low) / _LEVEL_STEP)) + 1, _MOST_LEVELS)
    return [float(value) for value in np.linspace(low, high, count)]


def _clamped(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.clip(values, LEAST_ROUGHNESS, 1.0)


def _let_through(roughness: float, f0: float) -> NDArray[np.float64]:
    """Return the share of the light that a dielectric's surface lets through at each of `_COSINES`."""
    return np.array([1 - _reflected(float(cosine), roughness, f0) for cosine in _COSINES])


def _reflected(cosine: float, roughness: float, f0: float) -> float:
    """Return the share that a dielectric's surface reflects, later bounces included: the numpy twin of ``brdf.glsl``.

    The fit is Karis 2014, "Physically Based Shading on Mobile", the later bounces Fdez-Aguera 2019.
    """
    x = roughness * np.array([-1.0, -0.0275, -0.572, 0.022]) + np.array([1.0, 0.0425, 1.04, -0.04])
    a = min(x[0] * x[0], 2.0 ** (-9.28 * cosine)) * x[0] + x[1]
    scale, bias = -1.04 * a + x[2], 1.04 * a + x[3]
    f90 = min(50.0 * f0, 1.0)
    single = f0 * scale + f90 * bias
    more = 1 - (scale + bias)
    mean = f0 + (f90 - f0) / 21
    return float(single + more * single * mean / (1 - mean * more))

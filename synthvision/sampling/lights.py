"""Draws lights and surroundings, and works out the colour and strength of the light on the scene."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from synthvision.geometry.poses import look_at
from synthvision.sampling.colours import Rgb, temperature_colour, unit_luminance
from synthvision.sampling.config import SceneSpec
from synthvision.sampling.drawing import Drawer
from synthvision.sampling.light_config import (
    EnvironmentSpec,
    Light,
    PhotoBackground,
    PlainBackground,
    RectSpec,
    SpotSpec,
    SunSpec,
)
from synthvision.sampling.selection import Library, Selector, mean_colour
from synthvision.scene import AssetRef, Backdrop, Environment, PointLight, RectLight, SpotLight, SunLight
from synthvision.scene import Light as SceneLight

__all__ = ["DrawnLight", "LightMaker"]

# A spot that fades over less than this has an edge that no lamp has, and shadow maps alias on it.
_WIDEST_SPOT_DEG = 88.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnLight:
    """The light of one scene.

    Args:
        lights: Sun, spot, point and rectangle lights.
        environment: Light from all around, or None.
        backdrop: Photo behind the objects, or None.
        colour: Linear RGB of all light together on a horizontal surface, luminance 1: what the camera balances.
        illuminance_lux: Strength of all light together on a horizontal surface.
    """

    lights: tuple[SceneLight, ...]
    environment: Environment | None
    backdrop: Backdrop | None
    colour: Rgb
    illuminance_lux: float


class LightMaker:
    """Draws the light of a scene file.

    Args:
        spec: The scene file.
        library: Where environment maps come from.
        selector: Draws assets.
    """

    def __init__(self, spec: SceneSpec, library: Library, selector: Selector) -> None:
        self._spec = spec
        self._library = library
        self._selector = selector
        self._colours: dict[str, Rgb] = {}

    def make(self, drawer: Drawer) -> DrawnLight:
        """Return the light of one scene."""
        lights, surroundings, prefix = self._spec.lights, self._spec.environment, ""
        if self._spec.lighting:
            names = list(self._spec.lighting)
            weights = [kind.weight for kind in self._spec.lighting.values()]
            name = names[drawer.choose("lighting", names, weights, keep=True)]
            lights, surroundings = self._spec.lighting[name].lights, self._spec.lighting[name].environment
            prefix = f"lighting.{name}."
        made = self._make_lights(drawer, prefix, lights)
        environment = self._make_environment(drawer, prefix, surroundings) if surroundings else None
        colour, illuminance = self._sum(made, environment)
        return DrawnLight(
            lights=tuple(made),
            environment=environment,
            backdrop=self._make_backdrop(drawer, illuminance),
            colour=colour,
            illuminance_lux=illuminance,
        )

    def with_sky(self, light: DrawnLight, lights: tuple[SceneLight, ...], environment: Environment) -> DrawnLight:
        """Return the light of a scene with a sky in place of its environment and its suns.

        Args:
            light: What the scene file's lights and environment gave.
            lights: Sun, moon and lamps of the sky.
            environment: The sky.
        """
        kept = [item for item in light.lights if not isinstance(item, SunLight)]
        colour, illuminance = self._sum([*lights, *kept], environment)
        background, backdrop = self._spec.background, light.backdrop
        if isinstance(background, PlainBackground):
            environment = replace(environment, visible=False)
        elif isinstance(background, PhotoBackground) and background.luminance_cd_m2 is None and backdrop is not None:
            backdrop = replace(backdrop, luminance_cd_m2=illuminance / np.pi)
        return DrawnLight(
            lights=(*lights, *kept),
            environment=environment,
            backdrop=backdrop,
            colour=colour,
            illuminance_lux=illuminance,
        )

    def beside(self, light: DrawnLight, lights: tuple[SceneLight, ...], environment: Environment | None) -> DrawnLight:
        """Return the light of a scene together with that of its site.

        Args:
            light: What the scene file's lights and environment gave.
            lights: Lamps and windows of the site.
            environment: Light from all around in place of the scene file's, or None.
        """
        around = light.environment if environment is None else environment
        colour, illuminance = self._sum([*light.lights, *lights], around)
        return replace(
            light, lights=(*light.lights, *lights), environment=around, colour=colour, illuminance_lux=illuminance
        )

    def with_lamps(self, light: DrawnLight, lamps: tuple[SceneLight, ...]) -> DrawnLight:
        """Return the light of a scene with the lamps that its objects carry."""
        return replace(light, lights=(*light.lights, *lamps)) if lamps else light

    def _make_lights(self, drawer: Drawer, prefix: str, lights: Mapping[str, Light]) -> list[SceneLight]:
        made = []
        for name, light in lights.items():
            path = f"{prefix}lights.{name}"
            if drawer.happens(f"{path}.on", light.probability):
                made.append(_make_light(drawer, path, light))
        return made

    def _make_environment(self, drawer: Drawer, prefix: str, spec: EnvironmentSpec) -> Environment:
        path = f"{prefix}environment"
        _, ref = self._selector.draw(
            drawer, spec, "environment", pool_path=path, asset_path=path, variant_path=f"{path}.variant", keep=True
        )
        rotation = float(np.radians(drawer.number(f"{path}.rotation_deg", spec.rotation_deg)))
        return Environment(
            asset=ref,
            illuminance_lux=drawer.number(f"{path}.illuminance_lux", spec.illuminance_lux),
            rotation_rad=rotation,
            visible=spec.visible and not isinstance(self._spec.background, PlainBackground),
        )

    def _make_backdrop(self, drawer: Drawer, illuminance_lux: float) -> Backdrop | None:
        background = self._spec.background
        if not isinstance(background, PhotoBackground):
            return None
        selection = self._selector.selection(background.photos, "photo")
        entry = selection.entries[drawer.choose("background.photos", selection.names, selection.weights, keep=True)]
        if background.luminance_cd_m2 is None:
            white = illuminance_lux / np.pi
        else:
            white = drawer.number("background.luminance_cd_m2", background.luminance_cd_m2)
        return Backdrop(asset=AssetRef(entry.pack, entry.name), luminance_cd_m2=float(white))

    def _sum(self, lights: list[SceneLight], environment: Environment | None) -> tuple[Rgb, float]:
        total = np.zeros(3)
        for light in lights:
            if isinstance(light, SunLight):
                # A low sun lights what stands upright, so it counts for a part even at the horizon.
                lux = light.illuminance_lux * max(light.direction_xyz[2], 0.3)
            else:
                lux = light.intensity_cd / max(float(np.sum(np.square(light.position_m))), 0.01)
            total += lux * np.array(light.colour)
        if environment is not None:
            total += environment.illuminance_lux * np.array(self._environment_colour(environment.asset))
        strength = float(0.2126 * total[0] + 0.7152 * total[1] + 0.0722 * total[2])
        if strength <= 0:
            return (1.0, 1.0, 1.0), 0.0
        red, green, blue = (float(channel) for channel in total / strength)
        return (red, green, blue), strength

    def _environment_colour(self, ref: AssetRef) -> Rgb:
        key = ref.key
        if key not in self._colours:
            self._colours[key] = unit_luminance(mean_colour(self._library.load_environment(ref)))
        return self._colours[key]


def _make_light(drawer: Drawer, path: str, spec: Light) -> SceneLight:
    lux = drawer.number(f"{path}.illuminance_lux", spec.illuminance_lux)
    colour: Rgb = (1.0, 1.0, 1.0)
    if spec.temperature_k is not None:
        colour = temperature_colour(drawer.number(f"{path}.temperature_k", spec.temperature_k))
    elif spec.colour is not None:
        colour = unit_luminance(drawer.colour(f"{path}.colour", spec.colour))
    elevation = np.radians(drawer.number(f"{path}.elevation_deg", spec.elevation_deg))
    azimuth = np.radians(drawer.number(f"{path}.azimuth_deg", spec.azimuth_deg))
    towards = np.array([np.cos(elevation) * np.cos(azimuth), np.cos(elevation) * np.sin(azimuth), np.sin(elevation)])
    if isinstance(spec, SunSpec):
        size = np.radians(drawer.number(f"{path}.angular_diameter_deg", spec.angular_diameter_deg))
        return SunLight(
            direction_xyz=_triple(towards), illuminance_lux=lux, colour=colour, angular_diameter_rad=float(size)
        )
    distance = drawer.number(f"{path}.distance_m", spec.distance_m)
    target = np.array(drawer.vector(f"{path}.target_m", spec.target_m))
    position = target + distance * towards
    if isinstance(spec, RectSpec):
        width = drawer.number(f"{path}.width_m", spec.width_m)
        height = drawer.number(f"{path}.height_m", spec.height_m)
        w, x, y, z = (float(value) for value in look_at(position, target))
        return RectLight(
            position_m=_triple(position),
            rotation_wxyz=(w, x, y, z),
            size_wh_m=(width, height),
            intensity_cd=lux * _candela_per_lux(width, height, distance),
            colour=colour,
            visible=spec.visible,
        )
    radius = drawer.number(f"{path}.radius_m", spec.radius_m)
    if not isinstance(spec, SpotSpec):
        return PointLight(position_m=_triple(position), intensity_cd=lux * distance**2, colour=colour, radius_m=radius)
    inner = min(drawer.number(f"{path}.inner_angle_deg", spec.inner_angle_deg), _WIDEST_SPOT_DEG - 1.0)
    outer = min(inner + drawer.number(f"{path}.softness_deg", spec.softness_deg), _WIDEST_SPOT_DEG)
    return SpotLight(
        position_m=_triple(position),
        direction_xyz=_triple(-towards),
        intensity_cd=lux * distance**2,
        colour=colour,
        inner_angle_rad=float(np.radians(inner)),
        outer_angle_rad=float(np.radians(outer)),
        radius_m=radius,
    )


def _candela_per_lux(width_m: float, height_m: float, distance_m: float) -> float:
    """Return candela along the axis of a rectangle per lux before its middle; far away the squared distance.

    By the factor between a small surface and a parallel rectangle above it (Howell, "A Catalog of Radiation Heat
    Transfer Configuration Factors", B-3), four times that of a quarter.
    """
    x, y = width_m / 2 / distance_m, height_m / 2 / distance_m
    across, along = np.sqrt(1 + x * x), np.sqrt(1 + y * y)
    factor = 2 / np.pi * (x / across * np.arctan(y / across) + y / along * np.arctan(x / along))
    return float(width_m * height_m / (np.pi * factor))


def _triple(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> tuple[float, float, float]:
    x, y, z = (float(value) for value in values)
    return x, y, z

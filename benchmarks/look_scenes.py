"""Ten fixed scenes on which renderers are compared with the path tracer: light, surfaces and weather of all kinds.

Every scene names its exposure, so that no renderer is flattered by metering. All but ``fruit_hdri`` are made of
built-in assets; that one takes its light and fruit from the asset pack ``shared``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from synthvision.geometry.poses import look_at
from synthvision.library.assets import AssetLibrary
from synthvision.library.reference import AssetRef
from synthvision.scene import (
    Camera,
    Environment,
    Exposure,
    Light,
    MaterialOverride,
    PointLight,
    RectLight,
    Scene,
    SceneObject,
    SnowCover,
    SpotLight,
    SunLight,
    Weather,
    Wetness,
)

__all__ = ["SCENES", "SIZE_WH", "make_scene"]

SIZE_WH = (320, 240)

#: Turn a piece of ground upright: what faced up then faces +x, -x, +y or -y.
_FACING = {
    "+x": (np.sqrt(0.5), 0.0, np.sqrt(0.5), 0.0),
    "-x": (np.sqrt(0.5), 0.0, -np.sqrt(0.5), 0.0),
    "+y": (np.sqrt(0.5), -np.sqrt(0.5), 0.0, 0.0),
    "-y": (np.sqrt(0.5), np.sqrt(0.5), 0.0, 0.0),
}


class _Stage:
    """Collects the objects of a scene."""

    def __init__(self, library: AssetLibrary) -> None:
        self._library = library
        self.objects: list[SceneObject] = []

    def ref(self, name: str, pack: str = "builtin", **params: Any) -> AssetRef:
        return self._library.entry(AssetRef(pack, name)).reference(params)

    def add(
        self,
        asset: str,
        position_m: tuple[float, float, float] = (0.0, 0.0, 0.0),
        *,
        pack: str = "builtin",
        yaw_deg: float = 0.0,
        rotation: tuple[float, float, float, float] | None = None,
        scale: float = 1.0,
        role: str = "thing",
        material: AssetRef | None = None,
        change: MaterialOverride | None = None,
        **params: Any,
    ) -> None:
        half = np.radians(yaw_deg) / 2
        overrides = [] if material is None else [MaterialOverride(asset=material)]
        self.objects.append(
            SceneObject(
                instance_id=len(self.objects) + 1,
                name=f"{asset}/{len(self.objects)}",
                asset=self.ref(asset, pack, **params),
                position_m=position_m,
                rotation_wxyz=rotation or (float(np.cos(half)), 0.0, 0.0, float(np.sin(half))),
                scale=(scale, scale, scale),
                role=role,  # type: ignore[arg-type]
                materials=(*overrides, *([change] if change else [])),
            )
        )

    def floor(self, material: str, size_m: float = 6.0, **params: Any) -> None:
        self.add("ground", role="background", material=self.ref(material, **params), size_x_m=size_m, size_y_m=size_m)

    def wall(self, facing: str, position_m: tuple[float, float, float], size_m: float, **params: Any) -> None:
        w, x, y, z = (float(value) for value in _FACING[facing])
        self.add(
            "ground",
            position_m,
            rotation=(w, x, y, z),
            role="background",
            material=self.ref("painted_wall", **params),
            size_x_m=size_m,
            size_y_m=size_m,
        )

    def tabletop(self) -> None:
        """Put out things of several materials, about half a metre across."""
        self.add("mug", (-0.16, 0.02, 0.0), yaw_deg=35)
        self.add("bottle", (0.02, 0.14, 0.0), style="wine_straight", glass="tinted")
        self.add("can", (0.17, 0.03, 0.0), yaw_deg=60)
        self.add("book", (0.06, -0.12, 0.0), yaw_deg=18)
        self.add("bowl", (-0.04, -0.02, 0.0), scale=0.75)
        self.add("die", (0.2, -0.1, 0.008), scale=1.8, yaw_deg=20)

    def street(self) -> None:
        """Put out cones, crates and a ball on the ground."""
        self.add("traffic_cone", (0.0, 0.2, 0.0), yaw_deg=20, wear_seed=3)
        self.add("traffic_cone", (-0.75, 0.9, 0.0), yaw_deg=65, height_m=0.7, wear_seed=4)
        self.add("traffic_cone", (0.9, 2.0, 0.0), yaw_deg=5, wear_seed=5)
        self.add("crate", (0.75, 0.55, 0.0), yaw_deg=-25, kind="slatted", design=1)
        self.add("ball", (-0.35, -0.15, 0.0), kind="football")


def _camera(
    position_m: tuple[float, float, float], target_m: tuple[float, float, float], ev100: float, focal_px: float = 330.0
) -> Camera:
    width, height = SIZE_WH
    return Camera(
        size_wh=SIZE_WH,
        focal_xy_px=(focal_px, focal_px),
        centre_xy_px=(width / 2, height / 2),
        position_m=position_m,
        rotation_wxyz=look_at(position_m, target_m),
        exposure=Exposure(mode="manual", ev100=ev100),
    )


def _towards(elevation_deg: float, azimuth_deg: float) -> tuple[float, float, float]:
    elevation, azimuth = np.radians(elevation_deg), np.radians(azimuth_deg)
    x, y, z = np.cos(elevation) * np.cos(azimuth), np.cos(elevation) * np.sin(azimuth), np.sin(elevation)
    return float(x), float(y), float(z)


_TABLE_VIEW = ((0.0, -0.72, 0.42), (0.01, 0.02, 0.06))
_STREET_VIEW = ((0.15, -2.6, 1.15), (0.1, 0.6, 0.2))


def indoor_lamp(stage: _Stage) -> Scene:
    """A warm lamp above a table in the corner of a room."""
    stage.floor("wood_floor", 2.4)
    stage.wall("-y", (0.0, 0.5, 1.0), 2.4)
    stage.wall("+x", (-0.7, 0.0, 1.0), 2.4)
    stage.tabletop()
    lamp = PointLight(position_m=(0.25, -0.1, 0.75), intensity_cd=90.0, colour=(1.25, 0.95, 0.6), radius_m=0.035)
    return Scene(
        camera=_camera(*_TABLE_VIEW, ev100=5.2),
        objects=tuple(stage.objects),
        lights=(lamp,),
        environment=Environment(asset=stage.ref("studio"), illuminance_lux=12.0, visible=False),
    )


def window_light(stage: _Stage) -> Scene:
    """A window at the side of a room, soft and directed."""
    stage.floor("cloth", 2.4, colour="natural")
    stage.wall("-y", (0.0, 0.55, 1.0), 2.4)
    stage.tabletop()
    # Shines along +x and a little down.
    window = RectLight(
        position_m=(-1.1, -0.1, 0.75),
        rotation_wxyz=(0.6123724, 0.3535534, 0.6123724, 0.3535534),
        size_wh_m=(0.9, 1.2),
        intensity_cd=1_300.0,
        colour=(0.93, 1.0, 1.12),
    )
    return Scene(
        camera=_camera(*_TABLE_VIEW, ev100=8.2),
        objects=tuple(stage.objects),
        lights=(window,),
        environment=Environment(asset=stage.ref("studio"), illuminance_lux=60.0, visible=False),
    )


def _street(
    stage: _Stage,
    ev100: float,
    environment: Environment,
    *lights: Light,
    view: tuple[tuple[float, float, float], tuple[float, float, float]] = _STREET_VIEW,
    floor: str = "asphalt",
    weather: Weather | None = None,
) -> Scene:
    """Return cones, crates and a ball on a wide floor in the open air."""
    stage.floor(floor, 60.0)
    stage.street()
    return Scene(
        camera=_camera(*view, ev100=ev100),
        objects=tuple(stage.objects),
        lights=lights,
        environment=environment,
        weather=weather,
    )


def _clear_sky(
    stage: _Stage, elevation_deg: float, azimuth_deg: float, sky_lux: float, sun_lux: float
) -> tuple[Environment, SunLight]:
    sky = stage.ref("clear_sky", sun_elevation_deg=elevation_deg, sun_azimuth_deg=azimuth_deg, sun_disc="without")
    sun = SunLight(direction_xyz=_towards(elevation_deg, azimuth_deg), illuminance_lux=sun_lux, colour=(1.04, 1.0, 0.9))
    return Environment(asset=sky, illuminance_lux=sky_lux), sun


def noon_street(stage: _Stage) -> Scene:
    """High sun on cones and asphalt."""
    return _street(stage, 14.6, *_clear_sky(stage, 58.0, 165.0, 17_000.0, 95_000.0))


def overcast(stage: _Stage) -> Scene:
    """Cones and crates under a grey sky: nothing but contact shadows."""
    sky = Environment(asset=stage.ref("overcast"), illuminance_lux=12_000.0)
    return _street(stage, 11.9, sky, floor="concrete_floor")


def dusk(stage: _Stage) -> Scene:
    """An evening sky and a street lamp."""
    lamp = SpotLight(
        position_m=(-1.4, 1.2, 4.5),
        direction_xyz=(0.25, -0.1, -0.9630),
        intensity_cd=900.0,
        colour=(1.3, 0.95, 0.5),
        inner_angle_rad=0.6,
        outer_angle_rad=1.1,
        radius_m=0.12,
    )
    sky = Environment(asset=stage.ref("evening", sun_azimuth_deg=80.0), illuminance_lux=60.0)
    return _street(stage, 5.3, sky, lamp)


def metal(stage: _Stage) -> Scene:
    """Metals of several roughnesses under a studio's lamps."""
    stage.floor("concrete_floor", 6.0)
    kinds = (
        ("steel", "satin", 0.7),
        ("brass", "satin", 0.8),
        ("copper", "brushed", 1.0),
        ("aluminium", "brushed", 0.8),
        ("steel", "galvanised", 1.0),
    )
    for number, (kind, finish, roughness) in enumerate(kinds):
        stage.add(
            "ball",
            (0.2 * number - 0.4, 0.06 * (number % 2), 0.0),
            kind="rubber",
            scale=0.8,
            material=stage.ref("metal_sheet", metal=kind, finish=finish, roughness=roughness),
        )
    stage.add("can", (0.1, -0.2, 0.0), yaw_deg=40)
    stage.add("can", (-0.15, -0.22, 0.0), yaw_deg=100)
    return Scene(
        camera=_camera((0.0, -1.05, 0.5), (0.0, 0.0, 0.06), ev100=8.6),
        objects=tuple(stage.objects),
        environment=Environment(asset=stage.ref("studio"), illuminance_lux=900.0),
    )


def glass(stage: _Stage) -> Scene:
    """Clear bottles before a wall and a checkered cloth."""
    stage.floor("cloth", 2.4, pattern="checks")
    stage.wall("-y", (0.0, 0.5, 1.0), 2.4)
    for number, style in enumerate(("wine_straight", "soda", "water")):
        stage.add(
            "bottle",
            (0.16 * number - 0.17, 0.03 * number, 0.0),
            style=style,
            glass="clear",
            empty_part="blended",
            fill_level=0.5 + 0.15 * number,
        )
    stage.add("die", (0.05, -0.1, 0.008), scale=1.8)
    return Scene(
        camera=_camera(*_TABLE_VIEW, ev100=8.2),
        objects=tuple(stage.objects),
        environment=Environment(asset=stage.ref("room"), illuminance_lux=700.0),
    )


def wet_road(stage: _Stage) -> Scene:
    """Wet asphalt with puddles under a cloudy sky, seen low."""
    sky = Environment(asset=stage.ref("overcast"), illuminance_lux=9_000.0)
    weather = Weather(name="after_rain", wetness=Wetness(film=1.0, puddles=0.35, puddle_size_m=1.0), seed=5)
    return _street(stage, 11.6, sky, view=((0.15, -2.9, 0.75), (0.1, 0.6, 0.2)), weather=weather)


def snow(stage: _Stage) -> Scene:
    """Fresh snow on ground and things, low sun."""
    weather = Weather(name="fresh_snow", snow_cover=SnowCover(cover=0.85), seed=5)
    return _street(stage, 14.3, *_clear_sky(stage, 22.0, 150.0, 11_000.0, 62_000.0), weather=weather)


def fruit_hdri(stage: _Stage) -> Scene:
    """Fruit on a table under the light of a photographed place."""
    stage.floor("wood_floor", 2.4)
    fruit = (
        ("ycb_plastic_apple", -0.12, 0.05),
        ("ycb_plastic_banana", 0.05, -0.08),
        ("ycb_plastic_orange", 0.02, 0.1),
        ("ycb_plastic_pear", 0.15, 0.06),
        ("ycb_plastic_lemon", -0.08, -0.07),
    )
    for number, (name, x, y) in enumerate(fruit):
        reference = AssetRef("shared", f"models/fruit_veg/{name}")
        low = stage._library.load_model(reference).bounds_23[0]
        stage.add(reference.name, (x, y, -float(low[2])), pack="shared", yaw_deg=60.0 * number)
    return Scene(
        camera=_camera((0.0, -0.55, 0.35), (0.0, 0.02, 0.03), ev100=10.6),
        objects=tuple(stage.objects),
        environment=Environment(
            asset=AssetRef("shared", "hdri/kloppenheim_05_1k"), illuminance_lux=5_000.0, rotation_rad=2.0
        ),
    )


SCENES: dict[str, Callable[[_Stage], Scene]] = {
    maker.__name__: maker
    for maker in (indoor_lamp, window_light, noon_street, overcast, dusk, metal, glass, wet_road, snow, fruit_hdri)
}


def make_scene(name: str, library: AssetLibrary) -> Scene:
    """Return one of the ten scenes."""
    return SCENES[name](_Stage(library))

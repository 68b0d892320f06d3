"""The scene of the golden pictures: near and far things before dark and bright walls, under a clear sky."""

from __future__ import annotations

import math

import pytest

from synthvision.config.job import load_job
from synthvision.geometry.poses import look_at
from synthvision.library.reference import AssetRef
from synthvision.pipeline.frame import FrameMaker
from synthvision.scene import Camera, Environment, MaterialOverride, Optics, Scene, SceneObject, SunLight

SIZE_WH = (320, 240)
FOCAL_PX = 290.0
#: Elevation and azimuth of the sun: beside the camera, so that the walls are in dim, slanting light, or in the picture.
SUN_BESIDE_DEG, SUN_AHEAD_DEG = (34.0, -170.0), (9.0, 94.5)
#: Turns a piece of ground so that what faced up faces -y: towards the camera.
UPRIGHT = (math.sqrt(0.5), math.sqrt(0.5), 0.0, 0.0)


class Stage:
    """Collects objects of the built-in pack."""

    def __init__(self, library):
        self.library = library
        self.objects = []

    def ref(self, name, **params):
        return self.library.entry(AssetRef("builtin", name)).reference(params)

    def add(self, asset, position_m, *, yaw_deg=0.0, material=None, role="thing", rotation=None, **params):
        half = math.radians(yaw_deg) / 2
        item = SceneObject(
            instance_id=len(self.objects) + 1,
            name=f"{asset}/{len(self.objects)}",
            asset=self.ref(asset, **params),
            position_m=position_m,
            rotation_wxyz=rotation or (math.cos(half), 0.0, 0.0, math.sin(half)),
            role=role,
            materials=(material,) if material else (),
        )
        self.objects.append(item)

    def wall(self, position_m, size_wh_m, grey):
        """Put up a wall of one grey; `position_m` is the middle of its foot."""
        x, y, z = position_m
        width, height = size_wh_m
        self.add(
            "ground",
            (x, y, z + height / 2),
            rotation=UPRIGHT,
            role="background",
            material=MaterialOverride(base_colour=(grey, grey, grey), asset=self.ref("painted_wall")),
            size_x_m=width,
            size_y_m=height,
        )


def street_scene(library, sun_deg=SUN_BESIDE_DEG) -> Scene:
    """Return a yard with a can and a mug within arm's reach, cones from 2 to 31 m, a dark wall and a bright one.

    Near things show depth of field and motion, the dark wall falling rain and snow, far things fog and distortion.
    """
    stage = Stage(library)
    asphalt = MaterialOverride(asset=stage.ref("asphalt"))
    stage.add("ground", (0.0, 40.0, 0.0), role="background", material=asphalt, size_x_m=100.0, size_y_m=100.0)
    stage.wall((-7.0, 14.0, 0.0), (9.0, 5.5), 0.05)
    stage.wall((9.0, 34.0, 0.0), (16.0, 9.0), 0.95)
    # A table corner within arm's reach of a camera that stands 60 cm over the ground.
    table = MaterialOverride(asset=stage.ref("wood_floor"))
    stage.add("ground", (0.3, 0.72, 0.36), role="background", material=table, size_x_m=0.5, size_y_m=0.5)
    stage.add("can", (0.16, 0.62, 0.36), yaw_deg=40)
    stage.add("mug", (0.3, 0.8, 0.36), yaw_deg=-60)
    stage.add("crate", (-0.36, 0.95, 0.0), yaw_deg=12, kind="slatted", design=1)
    stage.add("ball", (-0.14, 1.7, 0.0), kind="football")
    stage.add("traffic_cone", (0.62, 2.1, 0.0), yaw_deg=20, wear_seed=3)
    stage.add("traffic_cone", (-0.75, 3.2, 0.0), yaw_deg=65, height_m=0.7, wear_seed=4)
    for number, (x, y) in enumerate(((0.9, 6.0), (-1.2, 9.0), (2.6, 12.0), (1.2, 18.0), (3.5, 25.0), (6.0, 31.0))):
        stage.add("traffic_cone", (x, y, 0.0), yaw_deg=17.0 * number, height_m=0.75, wear_seed=number)
    eye, target = (0.0, 0.0, 0.6), (0.0, 4.0, 0.32)
    elevation, azimuth = map(math.radians, sun_deg)
    towards_sun = (
        math.cos(elevation) * math.cos(azimuth),
        math.cos(elevation) * math.sin(azimuth),
        math.sin(elevation),
    )
    sky = stage.ref("clear_sky", sun_elevation_deg=sun_deg[0], sun_azimuth_deg=sun_deg[1], sun_disc="without")
    return Scene(
        camera=Camera(
            size_wh=SIZE_WH,
            focal_xy_px=(FOCAL_PX, FOCAL_PX),
            centre_xy_px=(SIZE_WH[0] / 2, SIZE_WH[1] / 2),
            position_m=eye,
            rotation_wxyz=tuple(look_at(eye, target).tolist()),
            # Long enough for streaks of rain, and short enough for them to be seen.
            optics=Optics(exposure_time_s=1 / 250),
        ),
        objects=tuple(stage.objects),
        environment=Environment(asset=sky, illuminance_lux=14_000.0),
        lights=(SunLight(direction_xyz=towards_sun, illuminance_lux=78_000.0, colour=(1.04, 1.0, 0.9)),),
    )


@pytest.fixture(scope="session")
def maker():
    width, height = SIZE_WH
    with FrameMaker(load_job("street_cones", overrides=[f"image.width={width}", f"image.height={height}"])) as opened:
        yield opened


@pytest.fixture(scope="session")
def street(maker):
    """The yard in clear, dry weather through a perfect lens."""
    return street_scene(maker.library)


@pytest.fixture(scope="session")
def street_against_the_sun(maker):
    """The same with the sun in the picture."""
    return street_scene(maker.library, SUN_AHEAD_DEG)

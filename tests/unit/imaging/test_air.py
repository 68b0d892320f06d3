"""Air: the law of Koschmieder through the whole chain, integrals against scipy, tables of rain and snow, outlines."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad

from synthvision.core.errors import UsageError
from synthvision.core.frames import LabelImages, Radiance
from synthvision.core.id_colours import linear_from_srgb8
from synthvision.geometry.poses import look_at
from synthvision.gpu.context import open_context
from synthvision.gpu.targets import TargetPool
from synthvision.imaging.air import air_transmittance, apply_air
from synthvision.imaging.airlight_laws import rain_extinction, snow_extinction
from synthvision.imaging.develop import IDENTITY_EXPOSURE, Developer
from synthvision.imaging.lens import LensView
from synthvision.imaging.tools import ImagingTools, upload_radiance
from synthvision.library.model import EnvironmentMap
from synthvision.library.reference import AssetRef
from synthvision.scene import (
    AirMedium,
    Camera,
    Environment,
    KannalaBrandtLens,
    PointLight,
    Rain,
    Scene,
    Snowfall,
    SpotLight,
    SunLight,
    Weather,
)

WIDTH, HEIGHT = 32, 24


class Skies:
    def load_environment(self, ref):
        pixels = np.ones((16, 32, 3), np.float32)
        if ref.name == "above":
            pixels[8:] = 0.0
        skyline = None
        if ref.name == "trees":
            # Trees to the east of the map, up to a sine of 0.2; hills all around.
            skyline = np.full((3, 32), -1.0, np.float32)
            skyline[0, 16:] = 0.2
            skyline[2] = 0.02
        return EnvironmentMap(f"test/{ref.name}", pixels, skyline)


@pytest.fixture(scope="module")
def tools():
    context = open_context()
    yield ImagingTools(context, TargetPool(context), Skies())
    context.close()


def camera(target=(0.0, 10.0, 2.0), position=(0.0, 0.0, 2.0), size_wh=(WIDTH, HEIGHT), focal=40.0):
    return Camera(
        size_wh=size_wh,
        focal_xy_px=(focal, focal),
        centre_xy_px=(size_wh[0] / 2, size_wh[1] / 2),
        position_m=position,
        rotation_wxyz=tuple(float(value) for value in look_at(position, target)),
        exposure=IDENTITY_EXPOSURE,
    )


def sky(name="even", radiance=0.5):
    return Environment(asset=AssetRef("test", name), illuminance_lux=float(np.pi * radiance))


def fog(visibility_m, **changes):
    return Weather(air=(AirMedium(kind="fog", visibility_m=visibility_m, **changes),))


def scene_of(weather, **changes):
    return Scene(**({"camera": camera(), "weather": weather, "environment": sky()} | changes))


def frame_of(rgb, depth):
    """Radiance and labels of a picture given as arrays; 0 or infinity is no surface."""
    rgb = np.broadcast_to(np.asarray(rgb, np.float32), (*depth.shape, 3))
    ids = (np.isfinite(depth)).astype(np.uint16)
    depth = depth.astype(np.float32)
    return Radiance(depth.shape[1], depth.shape[0], ids, depth, rgb_hwc=rgb.copy()), LabelImages(ids, depth, None, {})


def through_air(tools, scene, rgb, depth):
    tools.context.take()
    picture = apply_air(tools, upload_radiance(tools, scene, frame_of(rgb, depth)[0]))
    return np.frombuffer(picture.light.read(), np.float32).reshape(*depth.shape, 4)[::-1, :, :3].astype(np.float64)


def share_of(tools, scene, depth):
    tools.context.take()
    return air_transmittance(tools, scene, frame_of(0.0, depth)[1])


def ray_stretch(cam):
    x = (np.arange(cam.size_wh[0]) + 0.5 - cam.centre_xy_px[0]) / cam.focal_xy_px[0]
    y = (np.arange(cam.size_wh[1]) + 0.5 - cam.centre_xy_px[1]) / cam.focal_xy_px[1]
    return np.sqrt(1 + x[None, :] ** 2 + y[:, None] ** 2)


@pytest.mark.parametrize("visibility", [30.0, 100.0, 400.0, 2000.0])
@pytest.mark.parametrize("share", [0.05, 0.2, 0.5, 1.0, 1.3])
def test_contrast_of_a_target_follows_koschmieder_through_the_whole_chain(tools, visibility, share):
    """White target and black target at one distance: the difference of the 8-bit pictures, taken back to light."""
    distance = share * visibility
    left = np.exp(-2.996 * share)
    # Exposed so that 8 bits resolve what is left of the contrast; the air shines half as bright as the target.
    exposure = replace(IDENTITY_EXPOSURE, compensation_ev=float(-np.log2(1.5 * left)))
    cam = replace(camera(), exposure=exposure)
    scene = scene_of(fog(visibility), camera=cam, environment=sky("even", 0.45 * left))
    developer = Developer(tools.context, Skies())
    light = []
    for white in (0.9, 0.0):
        radiance, labels = frame_of(white, np.full((HEIGHT, WIDTH), distance))
        exposed = [developer.expose(scene, radiance)]
        picture = developer.develop(scene, [LensView(scene, scene)], exposed, labels).rgb_hwc
        light.append(linear_from_srgb8(picture).astype(np.float64).mean(axis=2) * 1.5 * left)
    measured = (light[0] - light[1]).mean() / 0.9
    expected = np.exp(-2.996 * distance * ray_stretch(scene.camera) / visibility).mean()
    assert measured == pytest.approx(expected, rel=0.03)


def test_ray_length_counts_not_depth(tools):
    scene = scene_of(fog(50.0))
    share = share_of(tools, scene, np.full((HEIGHT, WIDTH), 40.0))
    assert share == pytest.approx(np.exp(-2.996 / 50 * 40 * ray_stretch(scene.camera)), rel=1e-4)
    assert share[0, 0] < share[HEIGHT // 2, WIDTH // 2]


def test_fisheye_depth_is_ray_length_already(tools):
    lens = KannalaBrandtLens(max_angle_rad=0.6)
    scene = scene_of(fog(50.0), camera=replace(camera(), lens=lens))
    share = share_of(tools, scene, np.full((HEIGHT, WIDTH), 40.0))
    assert share == pytest.approx(np.exp(-2.996 / 50 * 40), rel=1e-4)


@pytest.mark.parametrize(
    ("height", "rise", "base", "falloff"),
    [(1.5, 0.0, 0.0, 10.0), (1.5, 0.3, 0.0, 10.0), (5.0, -0.2, 2.0, 4.0), (1.0, 0.5, 3.0, 6.0), (30.0, -0.9, 3.0, 2.0)],
)
def test_height_falloff_is_the_integral(tools, height, rise, base, falloff):
    cam = camera((0.0, 10.0, height + 10 * rise), (0.0, 0.0, height), (3, 3), 5000.0)
    scene = scene_of(fog(80.0, base_height_m=base, falloff_m=falloff), camera=cam)
    slope = rise / np.hypot(1.0, rise)
    for length in (3.0, 20.0, 33.0):
        depth = quad(
            lambda s: np.exp(-max(height + slope * s - base, 0.0) / falloff), 0, length, points=[5.0], limit=200
        )
        share = share_of(tools, scene, np.full((3, 3), length))[1, 1]
        assert share == pytest.approx(np.exp(-2.996 / 80 * depth[0]), rel=2e-3)


@pytest.mark.parametrize("turn", [0.0, np.pi / 2])
def test_what_stands_on_the_horizon_is_dimmed_by_its_own_distance(tools, turn):
    """Koschmieder over 115 m for trees, 4 km for hills, and an endless way for the sky above them."""
    environment = replace(sky("trees"), rotation_rad=turn)
    east = np.array([np.cos(turn), np.sin(turn), 0.0])
    empty = np.full((HEIGHT, WIDTH), np.inf)

    def shares(towards):
        """Of the light of what the map shows, in the middle column, with the elevation's sine of each row."""
        cam = camera(target=tuple(np.array([0.0, 0.0, 2.0]) + 10 * towards), focal=60.0)
        scene = scene_of(fog(300.0), camera=cam, environment=environment)
        lit, dark = (through_air(tools, scene, value, empty)[:, WIDTH // 2, 0] for value in (2.0, 0.0))
        rays = ray_stretch(cam)[:, WIDTH // 2]
        rise = (cam.centre_xy_px[1] - np.arange(HEIGHT) - 0.5) / cam.focal_xy_px[1]
        return (lit - dark) / 2.0, rise / rays

    share, sine = shares(east)
    trees = (sine > 0.0) & (sine < 0.05)
    np.testing.assert_allclose(share[trees], np.exp(-2.996 * 115 / 300), rtol=1e-3)
    share, _ = shares(-east)
    assert share[: HEIGHT // 2].max() < 1e-6


def test_ground_fog_hides_the_horizon_and_leaves_the_zenith_clear(tools):
    weather = fog(100.0, falloff_m=3.0)
    nothing = np.full((3, 3), np.inf)
    level = scene_of(weather, camera=camera(size_wh=(3, 3), focal=5000.0))
    upward = scene_of(weather, camera=camera((0.0, 0.01, 12.0), size_wh=(3, 3), focal=5000.0))
    assert share_of(tools, level, nothing)[1, 1] < 1e-3
    assert share_of(tools, upward, nothing)[1, 1] == pytest.approx(np.exp(-0.02996 * 3.0 * np.exp(-2 / 3)), rel=1e-3)


@pytest.mark.parametrize(("rate", "per_km"), [(5, 0.92), (25, 2.70), (100, 6.83), (200, 10.9)])
def test_rain_dims_as_the_table_says(tools, rate, per_km):
    assert 1000 * rain_extinction(Rain(rate_mm_h=rate)) == pytest.approx(per_km, rel=0.01)
    scene = scene_of(Weather(rain=Rain(rate_mm_h=rate)))
    share = share_of(tools, scene, np.full((HEIGHT, WIDTH), 200.0))[HEIGHT // 2, WIDTH // 2]
    assert -np.log(share) / 0.2 == pytest.approx(per_km, rel=0.01)


@pytest.mark.parametrize(
    ("rate", "least_m", "most_m"),
    [(0.3, 1000, 4000), (0.8, 1000, 1400), (1.3, 500, 1000), (2.2, 500, 1000), (4, 200, 500)],
)
def test_snow_dims_as_the_classes_of_visibility_say(tools, rate, least_m, most_m):
    """Light snow (below 1 mm/h) is seen through for over 1 km, moderate 0.5 to 1 km, heavy (over 2.5) less."""
    assert least_m <= 2.996 / snow_extinction(Snowfall(rate_mm_h=rate)) <= most_m
    scene = scene_of(Weather(snowfall=Snowfall(rate_mm_h=rate)))
    share = share_of(tools, scene, np.full((HEIGHT, WIDTH), 100.0))[HEIGHT // 2, WIDTH // 2]
    assert least_m <= 299.6 / -np.log(share) <= most_m


def test_media_add_up(tools):
    depth = np.full((HEIGHT, WIDTH), 60.0)
    first, second = AirMedium(kind="fog", visibility_m=100.0), AirMedium(kind="dust", visibility_m=300.0)
    parts = [share_of(tools, scene_of(Weather(air=(medium,))), depth) for medium in (first, second)]
    both = share_of(tools, scene_of(Weather(air=(first, second), rain=Rain(rate_mm_h=25.0))), depth)
    rain = share_of(tools, scene_of(Weather(rain=Rain(rate_mm_h=25.0))), depth)
    assert both == pytest.approx(parts[0] * parts[1] * rain, rel=1e-4)


def test_clear_air_leaves_the_picture_untouched(tools):
    tools.context.take()
    picture = upload_radiance(tools, scene_of(None), frame_of(0.4, np.full((HEIGHT, WIDTH), 5.0))[0])
    assert apply_air(tools, picture) is picture
    for weather in (Weather(), Weather(rain=Rain(rate_mm_h=0.0)), Weather(snowfall=Snowfall(rate_mm_h=0.0))):
        same = replace(picture, scene=scene_of(weather))
        assert apply_air(tools, same) is same
        assert share_of(tools, scene_of(weather), np.full((HEIGHT, WIDTH), 5.0)) is None


def test_what_touches_the_camera_is_not_dimmed(tools):
    scene = scene_of(fog(20.0))
    assert share_of(tools, scene, np.zeros((HEIGHT, WIDTH))) == pytest.approx(1.0, abs=1e-6)
    rgb = through_air(tools, scene, (0.2, 0.5, 0.8), np.full((HEIGHT, WIDTH), 1e-4))
    assert rgb == pytest.approx(np.broadcast_to((0.2, 0.5, 0.8), rgb.shape), rel=1e-3)


def test_nearer_things_are_less_dimmed_and_far_ones_end_in_the_light_of_the_air(tools):
    scene = scene_of(fog(100.0))
    depth = np.linspace(1.0, 300.0, WIDTH)[None, :].repeat(HEIGHT, axis=0)
    black = through_air(tools, scene, 0.0, depth)[HEIGHT // 2, :, 1]
    assert (np.diff(black) > 0).all()
    # All around shines with 0.5, and droplets swallow nothing.
    assert black[-1] == pytest.approx(0.5, rel=0.02)
    sky_seen = through_air(tools, scene, 7.0, np.full((HEIGHT, WIDTH), np.inf))[: HEIGHT // 2]
    assert sky_seen == pytest.approx(0.5, rel=0.02)


def test_dust_is_brown_and_darker_than_fog(tools):
    far = np.full((HEIGHT, WIDTH), 1e4)
    dust = scene_of(fog(100.0, albedo_rgb=(0.8, 0.6, 0.4)))
    ratio = through_air(tools, dust, 0.0, far) / through_air(tools, scene_of(fog(100.0)), 0.0, far)
    assert ratio == pytest.approx(np.broadcast_to((0.8, 0.6, 0.4), ratio.shape), rel=1e-3)


def test_the_air_above_shines_more_than_below_under_a_bright_sky(tools):
    far = np.full((HEIGHT, WIDTH), 1e4)
    rgb = through_air(tools, scene_of(fog(500.0, forward=0.85), environment=sky("above")), 0.0, far)
    assert (np.diff(rgb[:, WIDTH // 2, 1]) < 0).all()


def test_the_glow_lies_around_the_sun_and_fades_in_thick_fog(tools):
    far = np.full((HEIGHT, WIDTH), 1e5)
    direction = np.array([0.1, 1.0, 0.05]) / np.linalg.norm([0.1, 1.0, 0.05])
    sun = SunLight(direction_xyz=tuple(float(value) for value in direction), illuminance_lux=10.0)

    def glow(visibility):
        scene = scene_of(fog(visibility, falloff_m=50.0), environment=None, lights=(sun,))
        return through_air(tools, scene, 0.0, far)[..., 1]

    def of_air(visibility):
        return glow(visibility) / (1 - share_of(tools, scene_of(fog(visibility, falloff_m=50.0)), far))

    thin, thick = of_air(20_000.0), of_air(200.0)
    row, column = np.unravel_index(int(np.argmax(thin)), thin.shape)
    assert abs(column + 0.5 - (WIDTH / 2 + 40 * 0.1)) <= 1.0
    assert abs(row + 0.5 - (HEIGHT / 2 - 40 * 0.05)) <= 1.0
    assert thin.max() / thin.min() > 1.5 * thick.max() / thick.min()


def test_patches_keep_the_mean_density_and_depend_on_seed_and_place(tools):
    weather = fog(150.0, patchiness=1.0, patch_size_m=5.0)
    depth = np.full((HEIGHT, WIDTH), 60.0)
    even = -np.log(share_of(tools, scene_of(fog(150.0)), depth)) / ray_stretch(camera())
    patchy, turned = [], np.linspace(0, 2 * np.pi, 25)[:-1]
    for number, angle in enumerate(turned):
        place = np.array([37.0 * number, -11.0 * number, 2.0])
        cam = camera(tuple(place + np.array([np.cos(angle), np.sin(angle), 0.0])), tuple(place.tolist()))
        patchy.append(-np.log(share_of(tools, scene_of(weather, camera=cam), depth)) / ray_stretch(cam))
    assert np.mean(patchy) == pytest.approx(even.mean(), rel=0.05)
    assert np.std(patchy) > 0.03 * even.mean()
    same = share_of(tools, scene_of(weather), depth)
    assert (same == share_of(tools, scene_of(weather), depth)).all()
    assert (same != share_of(tools, scene_of(replace(weather, seed=1)), depth)).any()
    assert (same > 0).all()
    assert (same <= 1).all()


def test_two_cameras_see_the_same_patches(tools):
    """From 3 m behind, the part of the ray that both share is dimmed alike."""
    weather = fog(60.0, patchiness=1.0, patch_size_m=8.0)
    views = [camera(position=(0.0, -back, 2.0), size_wh=(3, 3), focal=5000.0) for back in (0.0, 3.0)]
    point = np.full((3, 3), 12.0)
    depths = [
        -np.log(share_of(tools, scene_of(weather, camera=cam), point + back)[1, 1])
        for cam, back in zip(views, (0.0, 3.0), strict=True)
    ]
    behind = -np.log(share_of(tools, scene_of(weather, camera=views[1]), np.full((3, 3), 3.0))[1, 1])
    assert depths[1] == pytest.approx(depths[0] + behind, rel=0.1)


def test_light_and_labels_agree(tools):
    weather = fog(90.0, patchiness=0.7, falloff_m=8.0)
    scene = scene_of(weather)
    depth = 1 / np.linspace(0.5, 0.0125, HEIGHT)[:, None].repeat(WIDTH, axis=1)
    share = share_of(tools, scene, depth)
    bright, dark = (through_air(tools, scene, value, depth)[..., 1] for value in (1.0, 0.0))
    assert (bright - dark)[1:-1] == pytest.approx(share[1:-1], rel=2e-3, abs=1e-5)


def test_a_smooth_outline_stays_smooth(tools):
    """A slanted edge of a dark thing near by before a bright wall in fog: every rim pixel keeps its exact mixture."""
    size = 64
    cam = camera(size_wh=(size, size), focal=80.0)
    fine = (np.arange(size * 8) + 0.5) / 8
    inside = fine[None, :] + 0.37 * fine[:, None] < 44
    cover = inside.reshape(size, 8, size, 8).mean(axis=(1, 3))
    x = np.arange(size) + 0.5
    centre = x[None, :] + 0.37 * x[:, None] < 44
    front, behind = np.array([0.05, 0.02, 0.02]), np.array([0.4, 0.5, 0.3])
    rgb = cover[..., None] * front + (1 - cover[..., None]) * behind
    depth = np.where(centre, 3.0, 60.0)
    scene = scene_of(fog(60.0), camera=cam)
    got = through_air(tools, scene, rgb, depth)
    length = ray_stretch(cam)[..., None]
    t_front, t_behind = (np.exp(-2.996 / 60 * z * length) for z in (3.0, 60.0))
    exact = cover[..., None] * (front * t_front + 0.5 * (1 - t_front)) + (1 - cover[..., None]) * (
        behind * t_behind + 0.5 * (1 - t_behind)
    )
    naive = np.where(centre[..., None], rgb * t_front + 0.5 * (1 - t_front), rgb * t_behind + 0.5 * (1 - t_behind))
    error, naive_error = np.abs(got - exact).max(), np.abs(naive - exact).max()
    assert naive_error > 0.15
    assert error < 0.02


def test_lamps_make_halos_and_cones_at_night(tools):
    lamp = PointLight(position_m=(0.0, 8.0, 2.0), intensity_cd=100.0)
    far = np.full((HEIGHT, WIDTH), 40.0)
    scene = scene_of(fog(80.0, forward=0.0), environment=None, lights=(lamp,))
    rgb = through_air(tools, scene, 0.0, far)[..., 1]
    middle = rgb[HEIGHT // 2, WIDTH // 2]
    assert middle == pytest.approx(rgb.max(), rel=1e-4)
    assert middle > 5 * rgb[0, 0] > 0
    # The integral along one ray, even scattering: beta / (4 pi) I exp(-beta (s + d)) / d^2.
    cam, beta = scene.camera, 2.996 / 80
    row, column = 3, 5
    ray = np.array([(column + 0.5 - WIDTH / 2) / 40, 1.0, -(row + 0.5 - HEIGHT / 2) / 40])
    length = float(np.linalg.norm(ray))
    ray /= length

    def scattered(s):
        away = np.array([0.0, 8.0, 0.0]) - s * ray
        d = float(np.linalg.norm(away))
        return 100 * beta / (4 * np.pi) * np.exp(-beta * (s + d)) / d**2

    expected = quad(scattered, 0, 40 * length, limit=200)[0]
    assert rgb[row, column] == pytest.approx(expected, rel=0.03)
    assert cam.position_m == (0.0, 0.0, 2.0)
    spot = SpotLight(position_m=(0.0, 8.0, 4.0), direction_xyz=(0.0, 0.0, -1.0), intensity_cd=100.0)
    cone = through_air(tools, replace(scene, lights=(spot,)), 0.0, far)[..., 1]
    assert cone[HEIGHT // 2 + 4, WIDTH // 2] > 1000 * cone[HEIGHT // 2 + 4, 1]
    # Nothing shines above a lamp that points down; it stands 10 rows over the middle.
    assert cone[0, WIDTH // 2] == 0.0


def test_a_wall_before_the_lamp_hides_its_halo(tools):
    lamp = PointLight(position_m=(0.0, 8.0, 2.0), intensity_cd=100.0)
    scene = scene_of(fog(80.0), environment=None, lights=(lamp,))
    behind, before = (
        through_air(tools, scene, 0.0, np.full((HEIGHT, WIDTH), z))[HEIGHT // 2, WIDTH // 2, 1] for z in (20.0, 2.0)
    )
    assert before < 0.05 * behind


@pytest.mark.parametrize(
    "weather",
    [
        fog(-1.0),
        fog(0.0),
        fog(10.0, falloff_m=-2.0),
        fog(10.0, patchiness=1.5),
        fog(10.0, forward=1.0),
        Weather(rain=Rain(rate_mm_h=-1.0)),
        Weather(snowfall=Snowfall(rate_mm_h=1.0, fall_speed_m_s=0.0)),
    ],
)
def test_impossible_air_is_refused(tools, weather):
    with pytest.raises(UsageError, match="must be"):
        share_of(tools, scene_of(weather), np.full((HEIGHT, WIDTH), 5.0))

"""Lamps of every kind against photometry worked out by other means: strength, shadows, penumbras, no acne."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from synthvision.geometry.poses import quaternion_from_axis_angle
from synthvision.library.model import Material
from synthvision.render.config import OpenGLConfig
from synthvision.render.opengl.renderer import OpenGLRenderer
from synthvision.scene import PointLight, RectLight, SpotLight

#: Shines straight down.
DOWN = (0.0, 1.0, 0.0, 0.0)
ABOVE = {"position": (0.0, -0.001, 4.0), "target": (0.0, 0.0, 0.0), "focal_px": 400.0}


def floor(studio, **changes):
    return studio.thing(1, "plane", scale=(8.0, 8.0, 1.0), **changes)


def pixel_places(picture, distance_m=4.0, focal_px=400.0):
    """World x and y of the pixel centres of a floor seen from straight above."""
    height, width = picture.shape[:2]
    x = (np.arange(width) + 0.5 - width / 2) * distance_m / focal_px
    y = -(np.arange(height) + 0.5 - height / 2) * distance_m / focal_px
    return x, y


def rectangle_lux(point, normal, light, n=200):
    """Illuminance of a rectangle by a fine grid of small ones: an independent judge of the closed formula."""
    w, x, y, z = light.rotation_wxyz
    along = np.array([1 - 2 * (y * y + z * z), 2 * (x * y + w * z), 2 * (x * z - w * y)])
    up = np.array([2 * (x * y - w * z), 1 - 2 * (x * x + z * z), 2 * (y * z + w * x)])
    places = (np.arange(n) + 0.5) / n - 0.5
    s, t = (grid.ravel()[:, None] for grid in np.meshgrid(places * light.size_wh_m[0], places * light.size_wh_m[1]))
    ways = np.asarray(light.position_m) + s * along + t * up - point
    squared = np.sum(ways**2, axis=1)
    share = np.maximum(ways @ normal, 0) * np.maximum(-(ways @ np.cross(along, up)), 0) / squared**2
    return light.intensity_cd * share.mean()


@pytest.mark.parametrize("tilt_rad", [0.0, 0.7, 1.4])
def test_a_rectangle_lights_as_the_integral_over_it_says(studio, tilt_rad):
    turn = quaternion_from_axis_angle((1.0, 0.0, 0.0), np.pi - tilt_rad)
    light = RectLight(
        position_m=(0.1, 0.2, 0.5),
        rotation_wxyz=tuple(float(value) for value in turn),
        size_wh_m=(0.8, 0.4),
        intensity_cd=300.0,
    )
    picture = studio.radiance(studio.scene(floor(studio), camera=studio.camera(**ABOVE), lights=(light,)))[..., 1]
    x, y = pixel_places(picture)
    for row, column in ((60, 80), (20, 30), (100, 120), (10, 150), (75, 90)):
        expected = rectangle_lux(np.array([x[column], y[row], 0.0]), np.array([0.0, 0.0, 1.0]), light) / np.pi
        assert picture[row, column] == pytest.approx(expected, rel=0.01, abs=0.01)


def test_a_rectangle_shines_to_one_side(studio):
    for rotation, lit in ((DOWN, True), ((1.0, 0.0, 0.0, 0.0), False)):
        light = RectLight(position_m=(0.0, 0.0, 1.0), rotation_wxyz=rotation, size_wh_m=(0.5, 0.5), intensity_cd=300.0)
        picture = studio.radiance(studio.scene(floor(studio), camera=studio.camera(**ABOVE), lights=(light,)))
        assert (picture[60, 80, 1] > 1) == lit
        assert np.isfinite(picture).all()


def mirrored_lobe(view, roughness, inside, count=400_000):
    """Shares that a rough perfect mirror sends along `view`: of light from everywhere, and from where `inside` says.

    By drawing facets from the GGX distribution itself: an independent judge of the fitted lobes.
    """
    rng = np.random.Generator(np.random.PCG64(7))
    alpha = roughness**2
    u, v = rng.random((2, count))
    cosine2 = (1 - u) / (1 + (alpha**2 - 1) * u)
    sine = np.sqrt(1 - cosine2)
    h = np.stack([sine * np.cos(2 * np.pi * v), sine * np.sin(2 * np.pi * v), np.sqrt(cosine2)], axis=1)
    v_h = h @ view
    to_light = 2 * v_h[:, None] * h - view
    n_l, n_v, n_h = to_light[:, 2], view[2], h[:, 2]
    a2 = alpha**2
    masking = n_l * np.sqrt(n_v**2 * (1 - a2) + a2) + n_v * np.sqrt(n_l**2 * (1 - a2) + a2)
    weight = np.where((n_l > 0) & (v_h > 0), 2 * n_l * v_h / np.where(masking > 0, masking, 1) / n_h, 0.0)
    return float(weight.mean()), float((weight * inside(to_light)).mean())


@pytest.mark.parametrize("roughness", [0.15, 0.3, 0.6])
def test_a_rough_mirror_shows_a_rectangle_as_its_facets_do(studio, roughness):
    light = RectLight(position_m=(0.0, 0.6, 0.8), rotation_wxyz=DOWN, size_wh_m=(0.8, 0.8), intensity_cd=640.0)
    metal = Material(base_colour=(1.0, 1.0, 1.0, 1.0), metallic=1.0, roughness=roughness)
    studio.library.models["metal"] = studio.make_model("metal", studio.plane_mesh(4, 4), metal)
    camera = studio.camera((0.0, -1.0, 1.0), (0.0, 0.0, 0.0), focal_px=200.0)
    picture = studio.radiance(studio.scene(studio.thing(1, "metal"), camera=camera, lights=(light,)))[..., 1]
    view = np.array([0.0, -1.0, 1.0]) / np.sqrt(2)

    def inside(direction):
        at = direction / np.maximum(direction[:, 2:], 1e-9) * 0.8 - np.array([0.0, 0.6, 0.0])
        return (direction[:, 2] > 0) & (np.abs(at[:, :2]) < 0.4).all(axis=1)

    # What the facets do not mirror at once leaves evenly after more bounces: as much as a white diffuse sheet sends.
    once, mirrored = mirrored_lobe(view, roughness, inside)
    onto = rectangle_lux(np.zeros(3), np.array([0.0, 0.0, 1.0]), light) / np.pi
    assert picture[59:61, 79:81].mean() == pytest.approx(1000.0 * mirrored + (1 - once) * onto, rel=0.04)


def ramp_width(values, x):
    """Distance over which values rise from 10 % to 90 % of their range."""
    low, high = values.min(), values.max()
    rise = (values - low) / (high - low)
    smooth = np.maximum.accumulate(rise if rise[-1] > rise[0] else rise[::-1])
    at = x if rise[-1] > rise[0] else -x[::-1]
    return float(np.interp(0.9, smooth, at) - np.interp(0.1, smooth, at))


#: 10 to 90 % of the area of a disk lies between chords this share of its diameter apart; of a square, 0.8.
DISK_SHARE, SQUARE_SHARE = 0.687, 0.8


@pytest.mark.parametrize("kind", ["sun", "spot", "point", "rect"])
def test_a_half_plane_throws_the_penumbra_of_geometry(studio, kind):
    height, lamp_z = 0.5, 2.0
    if kind == "sun":
        light = studio.sunny((0.0, 0.0, 1.0), angular_diameter_rad=0.2)
        theory = DISK_SHARE * height * 2 * np.tan(0.1)
    else:
        stretch = height / (lamp_z - height)
        place = {"position_m": (0.0, 0.0, lamp_z)}
        if kind == "rect":
            light = RectLight(**place, rotation_wxyz=DOWN, size_wh_m=(0.3, 0.3), intensity_cd=300.0)
            theory = SQUARE_SHARE * 0.3 * stretch
        elif kind == "point":
            light = PointLight(**place, intensity_cd=300.0, radius_m=0.15)
            theory = DISK_SHARE * 0.3 * stretch
        else:
            light = SpotLight(**place, intensity_cd=300.0, radius_m=0.15, direction_xyz=(0.0, 0.0, -1.0))
            theory = DISK_SHARE * 0.3 * stretch
    # The sheet covers x < 0 at that height; the camera sees the floor from below it.
    sheet = studio.thing(2, "plane", (-0.5, 0.0, height), scale=(1.0, 3.0, 1.0))
    camera = studio.camera((0.0, -0.6, 0.3), (0.0, 0.0, 0.0), focal_px=300.0, size_wh=(200, 120))
    cube = replace(sheet, asset=studio.ref("cube"), scale=(1.0, 3.0, 0.002))
    bare = studio.radiance(studio.scene(floor(studio), camera=camera, lights=(light,)))[..., 1]
    shaded = studio.radiance(studio.scene(floor(studio), cube, camera=camera, lights=(light,)))[..., 1]
    # The row through the middle looks at y = 0, sqrt(0.45) m away.
    x = (np.arange(200) + 0.5 - 100) / 300 * np.sqrt(0.6**2 + 0.3**2)
    share = (shaded / bare)[57:63].mean(axis=0)
    share = ndimage.uniform_filter1d(share, 3)
    inside = np.abs(x) < 0.2
    assert share[inside].min() < 0.02
    assert share[inside].max() > 0.98
    assert ramp_width(share[inside], x[inside]) == pytest.approx(theory, rel=0.15)
    # Half of the light arrives straight below the edge.
    assert abs(np.interp(0.5, np.maximum.accumulate(share[inside]), x[inside])) < 0.1 * theory + 0.003


LAMPS = {
    "sun": None,
    "wide sun": None,
    "spot": SpotLight(
        position_m=(0.9, -1.2, 2.0), direction_xyz=(-0.36, 0.48, -0.8), intensity_cd=900.0, outer_angle_rad=0.9
    ),
    "point": PointLight(position_m=(0.9, -1.2, 2.0), intensity_cd=900.0, radius_m=0.05),
    "point close by": PointLight(position_m=(0.1, -0.9, 0.4), intensity_cd=90.0),
    "rect": RectLight(
        position_m=(0.9, -1.2, 2.0),
        rotation_wxyz=tuple(float(value) for value in quaternion_from_axis_angle((1.0, 0.0, 0.0), 2.6)),
        size_wh_m=(0.5, 0.4),
        intensity_cd=900.0,
    ),
}


@pytest.mark.parametrize("name", sorted(LAMPS))
def test_what_is_lit_has_no_acne_and_no_leaks(studio, name):
    lamp = LAMPS[name] or studio.sunny((0.36, -0.48, 0.8), angular_diameter_rad=0.009 if name == "sun" else 0.15)
    tilted = quaternion_from_axis_angle((0.3, 1.0, 0.0), 0.7)
    objects = (
        floor(studio),
        studio.thing(2, "sphere", (0.0, 0.0, 0.5), base_colour=(1.0, 1.0, 1.0), roughness=1.0),
        studio.thing(3, "plane", (-1.0, -0.7, 0.5), rotation_wxyz=tuple(float(value) for value in tilted)),
        studio.thing(4, "cube", (0.9, 0.6, 0.15), scale=(0.3, 0.3, 0.3)),
    )
    camera = studio.camera((0.4, -2.6, 1.8), (0.0, 0.0, 0.3), size_wh=(240, 180), focal_px=200.0)
    labels = studio.render(studio.scene(*objects, camera=camera), normals=True)
    shaded = studio.radiance(studio.scene(*objects, camera=camera, lights=(lamp,)))[..., 1]
    # Each thing alone has no shadow but its own.
    for number in (2, 3):
        alone = studio.radiance(studio.scene(objects[number - 1], camera=camera, lights=(lamp,)))[..., 1]
        inside = ndimage.binary_erosion(labels.id_hw == number, iterations=2)
        lit = inside & (alone > 0.15 * alone[inside].max())
        assert lit.sum() > 200
        ratio = shaded[lit] / alone[lit]
        assert np.quantile(ratio, 0.02) > 0.9
        # Acne is a pattern: neighbours differ.
        rough = alone - ndimage.uniform_filter(alone, 3)
        calm = ndimage.binary_erosion(lit, iterations=2)
        assert np.abs(rough[calm]).max() < 0.06 * alone[calm].max()


def test_a_point_lamp_among_things_throws_shadows_all_around(studio):
    objects = [floor(studio, role="background")]
    angles = np.arange(4) * np.pi / 2 + 0.3
    for number, angle in enumerate(angles, start=2):
        place = (0.6 * np.cos(angle), 0.6 * np.sin(angle), 0.25)
        objects.append(studio.thing(number, "cube", place, scale=(0.1, 0.1, 0.5)))
    lamp = PointLight(position_m=(0.0, 0.0, 0.3), intensity_cd=100.0, radius_m=0.005)
    camera = studio.camera(**ABOVE, size_wh=(320, 320))
    picture = studio.radiance(studio.scene(*objects, camera=camera, lights=(lamp,)))[..., 1]
    x, y = pixel_places(picture)
    for angle in angles:
        for turn, dark in ((0.0, True), (np.pi / 4, False)):
            far = np.array([np.cos(angle + turn), np.sin(angle + turn)]) * 1.0
            value = picture[np.argmin(np.abs(y - far[1])), np.argmin(np.abs(x - far[0]))]
            expected = 100 * 0.3 / (1 + 0.3**2) ** 1.5 / np.pi
            assert value == (pytest.approx(0.0, abs=0.02 * expected) if dark else pytest.approx(expected, rel=0.02))


def test_a_street_has_shadows_near_and_far(studio):
    sun = studio.sunny((-0.6, 0.0, 0.8))
    ground = studio.thing(1, "plane", (0.0, 40.0, 0.0), scale=(60.0, 120.0, 1.0), role="background")
    places = [(0.5, 3.0, 0.1), (-2.0, 12.0, 0.8), (6.0, 30.0, 3.0), (-6.0, 70.0, 0.1)]
    posts = [
        studio.thing(2 + number, "cube", (x, y, 0.5), scale=(width, width, 1.0))
        for number, (x, y, width) in enumerate(places)
    ]
    camera = studio.camera((0.0, 0.0, 1.6), (0.0, 8.0, 0.6), size_wh=(320, 240), focal_px=280.0)
    scene = studio.scene(ground, *posts, camera=camera, lights=(sun,))
    renderer = OpenGLRenderer(studio.context, studio.library, OpenGLConfig())
    picture = studio.radiance(scene, renderer)[..., 1]
    renderer.close()

    def seen(x, y):
        ray = camera.camera_from_world @ np.array([x, y, 0.0, 1.0])
        u, v = camera.k_33[:2] @ (ray[:3] / ray[2])
        return picture[int(v), int(u)]

    lit = 1000 * 0.8 / np.pi
    for x, y, width in places[:3]:
        # Half-way along the shadow, which is 0.75 m long and falls away from the sun.
        assert seen(x + width / 2 + 0.35, y) < (0.15 if y < 20 else 0.6) * lit
        assert seen(x - width / 2 - 0.35, y) == pytest.approx(lit, rel=0.02)
    # The edges of the nearest shadow are as sharp as the pixels: from dark to light within three of them.
    near = (camera.camera_from_world @ np.array([0.9, 3.0, 0.0, 1.0]))[:3]
    column, row = (int(value) for value in (camera.k_33 @ near)[:2] / near[2])
    around = picture[row - 12 : row + 12, column] / lit
    assert around.max() > 0.98
    assert np.count_nonzero((around > 0.1) & (around < 0.9)) <= 4


@pytest.mark.parametrize("shape", ["ball", "quad", "box"])
def test_glowing_things_light_what_is_below(studio, shape):
    glow = Material(base_colour=(0, 0, 0, 1), emissive=(1000.0, 1000.0, 1000.0), ior=1.0)
    mesh = {
        "ball": studio.sphere_mesh(0.1),
        "quad": studio.plane_mesh(0.4, 0.2),
        "box": studio.box_mesh(0.4, 0.4, 0.01),
    }[shape]
    studio.library.models["glow"] = studio.make_model("glow", mesh, glow)
    lamp = studio.thing(2, "glow", (0.0, 0.0, 0.8), rotation_wxyz=DOWN)
    camera = studio.camera((0.0, -0.9, 0.4), (0.0, 0.0, 0.0), focal_px=150.0)
    picture = studio.radiance(studio.scene(floor(studio), lamp, camera=camera))[60, 80, 1]
    if shape == "ball":
        # A ball of luminance L gives pi L (r / d)^2.
        expected = 1000 * (0.1 / 0.8) ** 2
    else:
        size = (0.4, 0.2) if shape == "quad" else (0.4, 0.4)
        place = (0.0, 0.0, 0.8 if shape == "quad" else 0.795)
        light = RectLight(position_m=place, rotation_wxyz=DOWN, size_wh_m=size, intensity_cd=1000.0 * size[0] * size[1])
        expected = rectangle_lux(np.zeros(3), np.array([0.0, 0.0, 1.0]), light) / np.pi
    assert picture == pytest.approx(expected, rel=0.1)


def test_many_glowing_things_keep_their_light(studio):
    glow = Material(base_colour=(0, 0, 0, 1), emissive=(1000.0, 1000.0, 1000.0), ior=1.0)
    studio.library.models["glow"] = studio.make_model("glow", studio.sphere_mesh(0.02), glow)
    angles = np.arange(12) / 12 * 2 * np.pi
    beads = [
        studio.thing(2 + number, "glow", (0.3 * np.cos(angle), 0.3 * np.sin(angle), 1.5))
        for number, angle in enumerate(angles)
    ]
    camera = studio.camera((0.0, -0.9, 0.6), (0.0, 0.0, 0.0), focal_px=150.0)
    picture = studio.radiance(studio.scene(floor(studio), *beads, camera=camera))[60, 80, 1]
    distance = np.hypot(0.3, 1.5)
    assert picture == pytest.approx(12 * 1000 * (0.02 / distance) ** 2 * (1.5 / distance), rel=0.1)


def test_a_lamp_is_not_in_its_own_light_but_others_are(studio):
    glow = Material(base_colour=(0, 0, 0, 1), emissive=(1000.0, 1000.0, 1000.0), ior=1.0)
    studio.library.models["glow"] = studio.make_model("glow", studio.sphere_mesh(0.1), glow)
    lamp = studio.thing(2, "glow", (0.0, 0.0, 0.8))
    plate = studio.thing(3, "cube", (0.0, 0.0, 0.4), scale=(0.3, 0.3, 0.01))
    camera = studio.camera((0.0, -0.9, 0.2), (0.0, 0.0, 0.0), focal_px=150.0)
    bare = studio.radiance(studio.scene(floor(studio), lamp, camera=camera))[60, 80, 1]
    shaded = studio.radiance(studio.scene(floor(studio), lamp, plate, camera=camera))[60, 80, 1]
    assert bare > 10
    assert shaded < 0.05 * bare


def test_a_visible_rectangle_is_seen_and_has_no_id(studio):
    light = RectLight(
        position_m=(0.0, 0.5, 0.0),
        rotation_wxyz=tuple(float(value) for value in quaternion_from_axis_angle((1.0, 0.0, 0.0), np.pi / 2)),
        size_wh_m=(0.8, 0.4),
        intensity_cd=320.0,
        colour=(1.2, 1.0, 0.5),
        visible=True,
    )
    camera = studio.camera((0.0, -1.5, 0.0), (0.0, 0.0, 0.0))
    behind = studio.thing(1, "cube", (0.0, 2.0, 0.0))
    scene = studio.scene(behind, camera=camera, lights=(light,))
    picture = studio.radiance(scene)
    np.testing.assert_allclose(picture[60, 80], [1200.0, 1000.0, 500.0], rtol=1e-3)
    labels = studio.render(scene)
    assert labels.id_hw[60, 80] == 0
    assert labels.depth_m_hw[60, 80] == pytest.approx(2.0, rel=1e-4)
    # 0.8 m by 0.4 m at 2 m, 150 px focal length.
    assert (picture[..., 0] > 1000).sum() == pytest.approx(60 * 30, rel=0.03)
    hidden = studio.scene(behind, camera=camera, lights=(replace(light, visible=False),))
    assert studio.render(hidden).id_hw[60, 80] == 1


@pytest.mark.parametrize("roughness", [0.5, 0.75, 1.0])
@pytest.mark.parametrize("tilt_deg", [0.0, 65.0])
def test_a_white_metal_loses_and_gains_no_light_of_lamps(studio, roughness, tilt_deg):
    metal = Material(base_colour=(1.0, 1.0, 1.0, 1.0), metallic=1.0, roughness=roughness)
    studio.library.models["metal"] = studio.make_model("metal", studio.plane_mesh(4, 4), metal)
    tilt = np.radians(tilt_deg)
    camera = studio.camera((0.0, -np.sin(tilt), np.cos(tilt)), (0.0, 0.0, 0.0), size_wh=(8, 6), focal_px=400.0)
    # Suns at the nodes of an even grid over the hemisphere, a dozen at a time.
    rings, steps = 16, 30
    z, around = np.meshgrid((np.arange(rings) + 0.5) / rings, (np.arange(steps) + 0.5) / steps * 2 * np.pi)
    sine = np.sqrt(1 - z**2)
    directions = np.stack([sine * np.cos(around), sine * np.sin(around), z], axis=-1).reshape(-1, 3)
    total = 0.0
    for start in range(0, len(directions), 12):
        suns = tuple(
            studio.sunny(tuple(float(value) for value in direction), lux=1.0)
            for direction in directions[start : start + 12]
        )
        picture = studio.radiance(studio.scene(studio.thing(1, "metal"), camera=camera, lights=suns))
        total += picture[2:4, 3:5, 1].mean() * 2 * np.pi / len(directions)
    assert total == pytest.approx(1.0, abs=0.05)

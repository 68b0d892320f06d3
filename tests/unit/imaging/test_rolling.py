"""Rolling shutter against rows drawn one by one at their own instants; picture and labels shifted alike."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from synthvision.core.frames import AmodalCoverage, LabelImages, Radiance
from synthvision.gpu.context import open_context
from synthvision.imaging.develop import IDENTITY_EXPOSURE, Developer
from synthvision.imaging.lens import LensView
from synthvision.imaging.rolling import plan_row_shift, shift_labels
from synthvision.library.reference import AssetRef
from synthvision.scene import BrownConradyLens, Camera, KannalaBrandtLens, Scene, SceneObject, Sensor
from synthvision.scene.motion import apparent_motion, still_motion
from synthvision.scene.rays import project_to_picture
from synthvision.scene.rolling import roll_points, row_instants_s

WIDTH, HEIGHT, FOCAL = 160, 120, 150.0
ROW_TIME = 300e-6
QUIET = Sensor(
    full_well_e=1e9, read_noise_e=0.0, dark_current_e_s=0.0, prnu=0.0, dsnu_e=0.0, max_iso=1e9, row_time_s=ROW_TIME
)
CAMERA = Camera(
    size_wh=(WIDTH, HEIGHT),
    focal_xy_px=(FOCAL, FOCAL),
    centre_xy_px=(WIDTH / 2, HEIGHT / 2),
    position_m=(0.0, 0.0, 0.0),
    rotation_wxyz=(1.0, 0.0, 0.0, 0.0),
    exposure=IDENTITY_EXPOSURE,
    sensor=replace(QUIET, bayer=None),
)
ROWS, COLUMNS = np.mgrid[0:HEIGHT, 0:WIDTH] + 0.5
INSTANTS = (ROWS - HEIGHT / 2) * ROW_TIME
#: Centre x, y, half width, half height and distance of upright sheets, by instance id.
SHEETS = {1: (0.05, 0.0, 0.25, 0.45, 2.0), 2: (-0.6, 0.1, 0.3, 0.6, 3.5), 3: (0.0, 0.0, 50.0, 50.0, 8.0)}


def draw(offsets, yaw_rate=0.0, instants=INSTANTS, alone=None):
    """Ids and depth of the sheets, each pixel at its own instant; offsets are velocities relative to the camera."""
    angle = yaw_rate * instants
    x, z = (COLUMNS - WIDTH / 2) / FOCAL, np.ones_like(COLUMNS)
    # A camera that turns about y (down) by an angle sees along its own axes turned by it.
    ray_x, ray_z = x * np.cos(angle) + z * np.sin(angle), z * np.cos(angle) - x * np.sin(angle)
    ray_y = (ROWS - HEIGHT / 2) / FOCAL
    ids, best, depth = np.zeros(ROWS.shape, np.uint16), np.full(ROWS.shape, np.inf), np.full(ROWS.shape, np.inf)
    for key, (cx, cy, half_x, half_y, distance) in SHEETS.items():
        if alone not in (None, key):
            continue
        vx, vy, vz = offsets.get(key, offsets.get(0, (0.0, 0.0, 0.0)))
        far = (distance + vz * instants) / ray_z
        hit = (np.abs(far * ray_x - cx - vx * instants) < half_x) & (np.abs(far * ray_y - cy - vy * instants) < half_y)
        nearer = hit & (far < best)
        ids[nearer], best[nearer], depth[nearer] = key, far[nearer], far[nearer]
    return ids, depth.astype(np.float32)


def scene_of(velocities, **camera):
    objects = tuple(
        SceneObject(
            instance_id=key, name=f"sheet/{key}", asset=AssetRef("test", "plane"),
            position_m=(cx, cy, distance), velocity_m_s=velocities.get(key, (0.0, 0.0, 0.0)),
        )
        for key, (cx, cy, _, _, distance) in SHEETS.items()
    )  # fmt: skip
    return Scene(camera=replace(CAMERA, **camera), objects=objects)


def labels_at_instant(amodal=()):
    ids, depth = draw({}, instants=np.zeros_like(INSTANTS))
    covers = {key: cover(draw({}, instants=np.zeros_like(INSTANTS), alone=key)[0] == key) for key in amodal}
    return LabelImages(ids, depth, None, covers)


def cover(mask):
    rows, columns = np.nonzero(mask.any(1))[0], np.nonzero(mask.any(0))[0]
    box = (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
    count = int(mask.sum())
    return AmodalCoverage(mask[box[1] : box[3], box[0] : box[2]].copy(), box[:2], count, count, box)


CASES = {
    "object": ({1: (6.0, 0.0, 0.0)}, {}, {1: (6.0, 0.0, 0.0)}, 0.0),
    "object down": ({1: (-3.0, 8.0, 0.0)}, {}, {1: (-3.0, 8.0, 0.0)}, 0.0),
    "object behind": ({2: (12.0, 0.0, 0.0)}, {}, {2: (12.0, 0.0, 0.0)}, 0.0),
    "camera sideways": ({}, {"velocity_m_s": (5.0, 1.0, 0.0)}, {0: (-5.0, -1.0, 0.0)}, 0.0),
    "camera ahead": ({}, {"velocity_m_s": (0.0, 0.0, 12.0)}, {0: (0.0, 0.0, -12.0)}, 0.0),
    "camera turns": ({}, {"angular_velocity_rad_s": (0.0, 4.0, 0.0)}, {}, 4.0),
}


@pytest.mark.parametrize("case", CASES)
def test_labels_are_those_of_rows_drawn_one_by_one(case):
    velocities, camera, relative, yaw = CASES[case]
    scene = scene_of(velocities, **camera)
    labels = labels_at_instant()
    shift = plan_row_shift(scene, labels)
    found = shift_labels(scene, labels, shift)
    expected, _ = draw(relative, yaw)
    wrong = found.id_hw != expected
    before = (labels.id_hw != expected).mean()
    assert before > 0.005
    # What comes out from behind something was never drawn.
    assert wrong.mean() < min(0.012, (0.55 if case == "object behind" else 0.35) * before)
    # Every difference lies within a pixel and a half of an edge of the truth.
    edges = np.zeros(expected.shape, bool)
    edges[:, 1:] |= expected[:, 1:] != expected[:, :-1]
    edges[1:] |= expected[1:] != expected[:-1]
    near = edges.copy()
    for shift_rows in (-2, -1, 0, 1, 2):
        for shift_columns in (-2, -1, 0, 1, 2):
            near |= np.roll(edges, (shift_rows, shift_columns), (0, 1))
    assert not (wrong & ~near)[3:-3, 8:-8].any()
    # Depth stays that of the scene's instant, like poses: the sheets face the camera.
    for key, (*_, distance) in SHEETS.items():
        np.testing.assert_allclose(found.depth_m_hw[found.id_hw == key], distance, rtol=1e-6)


@pytest.mark.parametrize("case", ["object", "camera sideways", "camera turns"])
def test_the_picture_goes_with_the_labels(case):
    """Through the whole developer: sheets of different greys, classified by level, are where the ids are."""
    velocities, camera, _, _ = CASES[case]
    scene = scene_of(velocities, **camera)
    labels = labels_at_instant()
    greys = np.array([0.0, 0.9, 0.5, 0.1], np.float32)
    rgb = np.repeat(greys[labels.id_hw][..., None], 3, axis=2)
    radiance = Radiance(WIDTH, HEIGHT, labels.id_hw, labels.depth_m_hw, rgb_hwc=rgb)
    context = open_context()
    developer = Developer(context, None)
    captured = developer.develop(scene, [LensView(scene, scene)], [developer.expose(scene, radiance)], labels)
    context.close()
    linear = (captured.rgb_hwc[..., 0] / 255.0) ** 2.2
    seen = np.abs(linear[..., None] - greys).argmin(axis=2)
    wrong = seen != captured.labels.id_hw
    assert (captured.labels.id_hw != labels.id_hw).mean() > 0.01
    assert wrong.mean() < 0.01


@pytest.mark.parametrize(
    ("row_time", "velocity"), [(0.0, (6.0, 0.0, 0.0)), (ROW_TIME, (0.0, 0.0, 0.0)), (ROW_TIME, (1e-3, 0.0, 0.0))]
)
def test_a_global_shutter_or_a_still_scene_needs_no_shift(row_time, velocity):
    scene = scene_of({1: velocity}, sensor=replace(QUIET, row_time_s=row_time))
    assert plan_row_shift(scene, labels_at_instant()) is None
    bare = scene_of({1: velocity}, sensor=None)
    assert plan_row_shift(bare, labels_at_instant()) is None


@pytest.mark.parametrize("case", ["object", "object down", "camera sideways"])
def test_coverage_alone_is_shifted_and_holds_what_is_visible(case):
    velocities, camera, relative, yaw = CASES[case]
    scene = scene_of(velocities, **camera)
    labels = labels_at_instant(amodal=(1, 2))
    found = shift_labels(scene, labels, plan_row_shift(scene, labels))
    for key, coverage in found.amodal.items():
        expected = draw(relative, yaw, alone=key)[0] == key
        mask = np.zeros((HEIGHT, WIDTH), bool)
        left, top = coverage.offset_xy
        rows, columns = coverage.mask_hw.shape
        mask[top : top + rows, left : left + columns] = coverage.mask_hw
        assert coverage.alone_pixels == mask.sum() <= coverage.alone_pixels_canvas
        assert (mask | (found.id_hw != key)).all()
        assert (mask != expected).sum() < 0.04 * expected.sum()
        # The window is tight.
        for edge in (coverage.mask_hw[0], coverage.mask_hw[-1], coverage.mask_hw[:, 0], coverage.mask_hw[:, -1]):
            assert edge.any()


@pytest.mark.parametrize("lens", [None, BrownConradyLens(k1=-0.3, k2=0.08), KannalaBrandtLens(k1=0.02)])
def test_points_are_seen_where_their_row_sees_them(lens):
    camera = replace(CAMERA, lens=lens, velocity_m_s=(4.0, -2.0, 6.0), angular_velocity_rad_s=(0.5, 1.0, -2.0))
    item = SceneObject(
        instance_id=1, name="box", asset=AssetRef("test", "cube"), position_m=(0.2, 0.1, 3.0),
        velocity_m_s=(3.0, 5.0, -1.0), angular_velocity_rad_s=(2.0, 0.0, 1.0),
    )  # fmt: skip
    rng = np.random.Generator(np.random.Philox(key=1))
    points = rng.uniform((-1.0, -0.8, 2.5), (1.0, 0.8, 4.0), (50, 3))
    for motion in (apparent_motion(camera, item), still_motion(camera)):
        pixels = roll_points(camera, motion, points)
        instants = row_instants_s(camera, pixels[:, 1])
        moved = points + motion.velocities(points) * instants[:, None]
        np.testing.assert_allclose(pixels, project_to_picture(camera, moved), atol=1e-6)
    plain = replace(camera, sensor=None)
    np.testing.assert_array_equal(roll_points(plain, still_motion(plain), points), project_to_picture(plain, points))

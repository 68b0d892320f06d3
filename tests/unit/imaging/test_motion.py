"""Motion blur: as long as things move during the exposure, and only where they do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from synthvision.geometry.poses import matrix_from_pose
from synthvision.imaging.motion import apply_motion_blur, draw_velocities
from synthvision.library.reference import AssetRef
from synthvision.scene import Camera, Optics, Scene, SceneObject
from synthvision.scene.motion import apparent_motion, moving_objects, still_motion

WIDTH, HEIGHT, FOCAL = 160, 120, 200.0
CAMERA = Camera(
    size_wh=(WIDTH, HEIGHT),
    focal_xy_px=(FOCAL, FOCAL),
    centre_xy_px=(WIDTH / 2, HEIGHT / 2),
    position_m=(0.0, 0.0, 0.0),
    rotation_wxyz=(1.0, 0.0, 0.0, 0.0),
    optics=Optics(exposure_time_s=0.02),
)


@pytest.fixture
def blurred(stage):
    def result(scene, grey, depth, ids):
        picture = stage.picture(scene, grey, depth, ids)
        found = apply_motion_blur(stage.tools, picture)
        if found is picture:
            return None
        assert found.id_hw is picture.id_hw
        assert found.depth is picture.depth
        return stage.rgb(found.light)[..., 0]

    def velocities(scene, depth, ids):
        picture = stage.picture(scene, np.zeros((HEIGHT, WIDTH)), depth, ids)
        target = draw_velocities(stage.tools, picture, scene.camera.optics.exposure_time_s)
        found = stage.tools.context.read(target.framebuffer, components=4, dtype=np.float32)[..., :2].astype(np.float64)
        return found * [1.0, -1.0]

    result.velocities = velocities
    return result


def body(instance_id=1, **motion):
    return SceneObject(instance_id=instance_id, name=f"box/{instance_id}", asset=AssetRef("test", "cube"), **motion)


def box_before_wall(z=2.0, wall=5.0):
    """A bright box of 40 x 40 pixels before a dark wall."""
    ids = np.zeros((HEIGHT, WIDTH))
    ids[40:80, 60:100] = 1
    return np.where(ids == 1, 1.0, 0.1), np.where(ids == 1, z, wall), ids


@pytest.mark.parametrize("speed", [2.0, 5.0, 10.0])
@pytest.mark.parametrize("z", [1.0, 2.0])
def test_a_box_is_smeared_over_f_v_t_over_z(blurred, speed, z):
    grey, depth, ids = box_before_wall(z)
    scene = Scene(camera=CAMERA, objects=(body(position_m=(0.0, 0.0, z), velocity_m_s=(speed, 0.0, 0.0)),))
    found = blurred(scene, grey, depth, ids)
    length = min(FOCAL * speed * 0.02 / z, 40.0)
    share = (found - 0.1) / 0.9
    rows = share[45:75].mean(axis=0)
    # A ramp of this length about each edge: its second moment, and the light that it holds.
    assert rows.sum() == pytest.approx(40.0, rel=0.02)
    ramp = np.diff(rows[20:80])
    at = np.arange(21, 80)
    middle = (ramp * at).sum() / ramp.sum()
    width = np.sqrt((ramp * (at - middle) ** 2).sum() / ramp.sum() * 12)
    assert middle == pytest.approx(60.0, abs=0.35)
    assert width == pytest.approx(length, rel=0.05, abs=0.4)
    # Nothing moves up or down.
    np.testing.assert_allclose(found[:39], 0.1, atol=1e-5)
    np.testing.assert_allclose(found[81:], 0.1, atol=1e-5)


def test_what_moves_behind_is_not_smeared_over_what_stands_before_it(blurred):
    columns = np.arange(WIDTH)
    ids = np.full((HEIGHT, WIDTH), 2)
    ids[30:90, 60:100] = 0
    grey = np.where(ids == 2, (columns // 4) % 2, 0.5) * np.ones((HEIGHT, 1))
    depth = np.where(ids == 2, 5.0, 1.0)
    wall = body(2, position_m=(0.0, 0.0, 5.0), velocity_m_s=(15.0, 0.0, 0.0))
    found = blurred(Scene(camera=CAMERA, objects=(wall,)), grey, depth, ids)
    np.testing.assert_allclose(found[30:90, 60:100], 0.5, atol=1e-5)
    assert found[10:25].std() < 0.25 * grey[10:25].std()


def test_a_turning_camera_blurs_the_sky_and_the_ground_alike(blurred):
    columns = np.arange(WIDTH)
    grey = ((columns // 4) % 2) * np.ones((HEIGHT, 1))
    depth = np.where(np.arange(HEIGHT)[:, None] < 60, 0.0, 3.0) * np.ones((1, WIDTH))
    # 8 pixels: a whole period of the stripes leaves nothing of them.
    turn = 8.0 / (FOCAL * 0.02)
    scene = Scene(camera=replace(CAMERA, angular_velocity_rad_s=(0.0, turn, 0.0)))
    found = blurred(scene, grey, depth, np.zeros((HEIGHT, WIDTH)))
    assert found[20:40, 60:100].std() < 0.12 * 0.5 * 2
    assert found[80:100, 60:100].std() < 0.12 * 0.5 * 2


def test_nothing_moves_nothing_changes(blurred):
    grey, depth, ids = box_before_wall()
    assert blurred(Scene(camera=CAMERA, objects=(body(),)), grey, depth, ids) is None
    slow = body(position_m=(0.0, 0.0, 2.0), velocity_m_s=(0.1, 0.0, 0.0))
    assert blurred(Scene(camera=CAMERA, objects=(slow,)), grey, depth, ids) is None
    quick = body(position_m=(0.0, 0.0, 2.0), velocity_m_s=(5.0, 0.0, 0.0))
    bare = replace(CAMERA, optics=None)
    assert blurred(Scene(camera=bare, objects=(quick,)), grey, depth, ids) is None


def test_what_stands_still_far_from_what_moves_is_bit_equal(blurred):
    grey, depth, ids = box_before_wall()
    grey = grey + np.random.Generator(np.random.Philox(key=1)).uniform(0, 1, grey.shape)
    scene = Scene(camera=CAMERA, objects=(body(position_m=(0.0, 0.0, 2.0), velocity_m_s=(2.0, 0.0, 0.0)),))
    found = blurred(scene, grey, depth, ids)
    assert (found[:, :20].astype(np.float32) == grey[:, :20].astype(np.float32)).all()


def test_velocities_are_those_of_points_carried_along(blurred):
    """Each pixel's point moved by rotation matrices and projected anew, half an exposure before and after."""
    item = body(position_m=(0.3, -0.2, 3.0), velocity_m_s=(0.4, -1.0, 2.0), angular_velocity_rad_s=(3.0, -2.0, 4.0))
    camera = replace(
        CAMERA,
        position_m=(0.1, 0.2, -0.3),
        rotation_wxyz=(0.9, 0.1, -0.3, 0.2) / np.linalg.norm([0.9, 0.1, -0.3, 0.2]),
        velocity_m_s=(1.0, 2.0, -0.5),
        angular_velocity_rad_s=(0.5, -1.0, 0.8),
        optics=Optics(exposure_time_s=1e-3),
    )
    ids = np.zeros((HEIGHT, WIDTH))
    ids[:, 80:] = 1
    rng = np.random.Generator(np.random.Philox(key=2))
    depth = rng.uniform(1.0, 6.0, (HEIGHT, WIDTH)).astype(np.float32).astype(np.float64)
    found = blurred.velocities(Scene(camera=camera, objects=(item,)), depth, ids)
    half = 0.5e-3

    def turned(axis, time):
        angle = np.linalg.norm(axis) * time
        unit = np.asarray(axis) / np.linalg.norm(axis)
        quaternion = (np.cos(angle / 2), *(np.sin(angle / 2) * unit))
        return matrix_from_pose((0.0, 0.0, 0.0), quaternion)[:3, :3]

    rotation, place = camera.world_from_camera[:3, :3], np.asarray(camera.position_m)
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH] + 0.5
    rays = np.stack([(columns - 80) / FOCAL, (rows - 60) / FOCAL, np.ones_like(rows)], -1)
    world = (rays * depth[..., None]) @ rotation.T + place
    pixels = []
    for time in (-half, half):
        origin = np.asarray(item.position_m)
        carried = (world - origin) @ turned(item.angular_velocity_rad_s, time).T + origin
        carried = carried + np.asarray(item.velocity_m_s) * time
        points = np.where((ids == 1)[..., None], carried, world)
        seen_from = place + np.asarray(camera.velocity_m_s) * time
        axes = turned(camera.angular_velocity_rad_s, time) @ rotation
        local = (points - seen_from) @ axes
        pixels.append(local[..., :2] / local[..., 2:] * FOCAL)
    np.testing.assert_allclose(found, pixels[1] - pixels[0], atol=2e-4, rtol=1e-3)


def test_motions_are_still_where_all_stands_still_or_moves_together():
    assert still_motion(CAMERA).is_still
    assert moving_objects(Scene(camera=CAMERA, objects=(body(),))) == {}
    driven = replace(CAMERA, velocity_m_s=(3.0, 0.0, 1.0))
    assert apparent_motion(driven, body(velocity_m_s=(3.0, 0.0, 1.0))).is_still
    assert not still_motion(driven).is_still

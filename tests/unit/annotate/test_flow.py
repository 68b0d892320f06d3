"""Optical flow with known answers: turns, ways towards a plane, moving objects, through lenses as OpenCV has them."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from synthvision.annotate.flow import optical_flow
from synthvision.annotate.surface_points import carry_points
from synthvision.core.errors import UsageError
from synthvision.core.frames import LabelImages
from synthvision.geometry.poses import quaternion_from_axis_angle
from synthvision.library.model import Material, MeshPart, Model
from synthvision.scene import (
    AssetRef,
    Backdrop,
    BrownConradyLens,
    Camera,
    KannalaBrandtLens,
    Scene,
    SceneObject,
    Sensor,
)
from synthvision.scene.rays import camera_rays, depth_is_ray_length

WIDTH, HEIGHT, FOCAL = 96, 72, 80.0
PLANE_M = 4.0
BROWN = BrownConradyLens(k1=-0.28, k2=0.09, p1=0.001, p2=-0.002, k3=-0.01)
FISHEYE = KannalaBrandtLens(k1=-0.02, k2=0.004, k3=-0.001, k4=0.0)
LENSES = [None, BROWN, FISHEYE]


def camera(position=(0, 0, 0), turn=(1, 0, 0, 0), lens=None, **more):
    focal = 40.0 if isinstance(lens, KannalaBrandtLens) else FOCAL
    return Camera(
        size_wh=(WIDTH, HEIGHT),
        focal_xy_px=(focal, focal * 1.02),
        centre_xy_px=(47.3, 37.1),
        position_m=tuple(map(float, position)),
        rotation_wxyz=tuple(map(float, turn)),
        lens=lens,
        **more,
    )


def turned(axis, degrees):
    return quaternion_from_axis_angle(axis, np.radians(degrees))


def thing(name="wall", number=1, position=(0, 0, PLANE_M), **more):
    return SceneObject(
        instance_id=number, name=name, asset=AssetRef("builtin", "wall"), position_m=tuple(map(float, position)), **more
    )


def plane_labels(view, depth_m=PLANE_M, number=1):
    """What a camera at the origin sees of a plane across its axis."""
    rays = camera_rays(view).astype(np.float64)
    ahead = rays[..., 2] > 0.05
    depth = np.full(rays.shape[:2], depth_m)
    if depth_is_ray_length(view):
        depth = depth_m / np.maximum(rays[..., 2], 0.05)
    depth = np.where(ahead, depth, np.inf).astype(np.float32)
    return LabelImages(np.where(ahead, number, 0).astype(np.uint16), depth, None, {})


def sky_labels():
    return LabelImages(np.zeros((HEIGHT, WIDTH), np.uint16), np.full((HEIGHT, WIDTH), np.inf, np.float32), None, {})


def centres():
    x, y = np.meshgrid(np.arange(WIDTH) + 0.5, np.arange(HEIGHT) + 0.5)
    return np.dstack([x, y])


def opencv_pixels(view, points):
    """Project points in camera axes with OpenCV, whose first pixel has its middle at (0, 0)."""
    lens, k = view.lens, view.k_33 - [[0, 0, 0.5], [0, 0, 0.5], [0, 0, 0]]
    flat = points.reshape(-1, 1, 3)
    if isinstance(lens, KannalaBrandtLens):
        pixels, _ = cv2.fisheye.projectPoints(
            flat, np.zeros(3), np.zeros(3), k, np.array([lens.k1, lens.k2, lens.k3, lens.k4])
        )
    else:
        numbers = np.zeros(5) if lens is None else np.array([lens.k1, lens.k2, lens.p1, lens.p2, lens.k3])
        pixels, _ = cv2.projectPoints(flat, np.zeros(3), np.zeros(3), k, numbers)
    return pixels.reshape(*points.shape[:-1], 2) + 0.5


def flow_of(scene, labels, other, library=None):
    return optical_flow(scene, labels, other, library or SimpleNamespace())


@pytest.mark.parametrize("lens", LENSES)
@pytest.mark.parametrize("labels", ["sky", "plane"])
def test_a_pure_turn_moves_near_and_far_alike(lens, labels):
    now, then = camera(lens=lens), camera(turn=turned([0.3, 1, 0.2], 4), lens=lens)
    images = sky_labels() if labels == "sky" else plane_labels(now)
    objects = (thing(),)
    flow = flow_of(Scene(camera=now, objects=objects), images, Scene(camera=then, objects=objects))
    rays = camera_rays(now).astype(np.float64) @ then.world_from_camera[:3, :3]
    expected = opencv_pixels(now, rays) - centres()
    known = (camera_rays(now)[..., 2] > 0.1) & (rays[..., 2] > 0.1)
    np.testing.assert_allclose(flow[known], expected[known], atol=2e-3)
    assert np.abs(expected[known]).max() > 2


def test_a_way_towards_a_plane_spreads_from_one_point():
    now, then = camera(), camera(position=(0, 0, 1.0))
    flow = flow_of(Scene(camera=now, objects=(thing(),)), plane_labels(now), Scene(camera=then, objects=(thing(),)))
    np.testing.assert_allclose(flow, (centres() - now.centre_xy_px) * (1.0 / (PLANE_M - 1.0)), atol=1e-3)


def test_a_way_beside_a_plane_shifts_it_evenly():
    now, then = camera(), camera(position=(0.25, -0.1, 0))
    flow = flow_of(Scene(camera=now, objects=(thing(),)), plane_labels(now), Scene(camera=then, objects=(thing(),)))
    np.testing.assert_allclose(flow[..., 0], -0.25 * now.focal_xy_px[0] / PLANE_M, atol=1e-4)
    np.testing.assert_allclose(flow[..., 1], 0.1 * now.focal_xy_px[1] / PLANE_M, atol=1e-4)


@pytest.mark.parametrize("lens", LENSES)
def test_an_object_that_moves_and_turns_takes_its_points_along(lens):
    now, then = camera(lens=lens), camera(position=(0.1, 0.05, 0.3), turn=turned([0, 0, 1], 3), lens=lens)
    first = thing(rotation_wxyz=tuple(turned([0, 1, 0], 20)), scale=(2.0, 2.0, 2.0))
    last = replace(first, position_m=(0.3, -0.2, 4.5), rotation_wxyz=tuple(turned([0.2, 1, 0], 26)))
    labels = plane_labels(now)
    flow = flow_of(Scene(camera=now, objects=(first,)), labels, Scene(camera=then, objects=(last,)))
    rays = camera_rays(now).astype(np.float64)
    points = rays * (PLANE_M / rays[..., 2:])
    moved = points.reshape(-1, 3) - first.world_from_model[:3, 3]
    moved = moved @ np.linalg.inv(first.world_from_model[:3, :3]).T @ last.world_from_model[:3, :3].T
    moved = (moved + last.world_from_model[:3, 3] - then.position_m) @ then.world_from_camera[:3, :3]
    expected = opencv_pixels(now, moved.reshape(points.shape)) - centres()
    known = (rays[..., 2] > 0.3) & (moved.reshape(points.shape)[..., 2] > 0.3)
    assert known.mean() > 0.6
    np.testing.assert_allclose(flow[known], expected[known], atol=3e-3)


def test_only_the_object_that_moves_has_flow_before_a_still_camera():
    labels = plane_labels(camera())
    ids = labels.id_hw.copy()
    ids[20:40, 30:60] = 2
    labels = replace(labels, id_hw=ids)
    wall, box = thing(), thing("box", 2)
    scene = Scene(camera=camera(), objects=(wall, box))
    flow = flow_of(scene, labels, replace(scene, objects=(wall, replace(box, position_m=(0.1, 0, PLANE_M)))))
    np.testing.assert_allclose(flow[ids == 2, 0], 0.1 * FOCAL / PLANE_M, atol=1e-4)
    np.testing.assert_allclose(flow[ids == 1], 0.0, atol=1e-4)


def test_what_is_not_known_is_nan():
    scene = Scene(camera=camera(), objects=(thing(),))
    labels = plane_labels(scene.camera)
    assert np.isnan(flow_of(scene, labels, None)).all()
    gone = replace(scene, objects=())
    assert np.isnan(flow_of(scene, labels, gone)).all()
    behind = replace(scene, camera=camera(position=(0, 0, PLANE_M + 1)))
    assert np.isnan(flow_of(scene, labels, behind)).all()
    # A point that leaves the picture is still known.
    aside = replace(scene, camera=camera(position=(6, 0, 0)))
    assert np.isfinite(flow_of(scene, labels, aside)).all()


def test_pixels_of_a_fisheye_without_a_ray_have_no_flow():
    lens = replace(FISHEYE, max_angle_rad=0.6)
    scene = Scene(camera=camera(lens=lens))
    flow = flow_of(scene, sky_labels(), replace(scene, camera=camera(turn=turned([0, 1, 0], 1), lens=lens)))
    empty = (camera_rays(scene.camera) == 0).all(axis=2)
    assert 0.1 < empty.mean() < 0.9
    assert np.isnan(flow[empty]).all()


def test_a_backdrop_stays_where_it_is():
    photo = Backdrop(asset=AssetRef("builtin", "photo"), luminance_cd_m2=100.0)
    scene = Scene(camera=camera(), backdrop=photo)
    flow = flow_of(scene, sky_labels(), replace(scene, camera=camera(turn=turned([0, 1, 0], 5))))
    assert (flow == 0).all()


@pytest.mark.parametrize("lens", LENSES)
def test_a_rolling_shutter_sees_a_scene_where_it_sees_it(lens):
    """Flow to the same instant is zero, whatever moves while the rows are read."""
    view = camera(
        lens=lens, sensor=Sensor(row_time_s=4e-4), velocity_m_s=(3.0, 1, 2), angular_velocity_rad_s=(0.4, 1.0, -0.5)
    )
    box = thing(velocity_m_s=(-2.0, 1, 0.5), angular_velocity_rad_s=(0.0, 2.0, 1.0))
    scene = Scene(camera=view, objects=(box,))
    for labels in (plane_labels(view), sky_labels()):
        flow = flow_of(scene, labels, scene)
        known = np.isfinite(flow[..., 0]) & (camera_rays(view)[..., 2] > 0.1)
        assert known.mean() > 0.6
        np.testing.assert_allclose(flow[known], 0.0, atol=2e-3)


def test_a_rolling_shutter_moves_what_is_seen_in_another_row():
    """A wall that passes at v is exposed later where it has gone down: its flow is v times the time between."""
    still = camera(sensor=Sensor(row_time_s=1e-3))
    down = 40.0 * PLANE_M / still.focal_xy_px[1]  # 40 pixels a second
    first = thing(velocity_m_s=(0.0, down, 0.0))
    last = replace(first, position_m=(0.0, down * 0.1, PLANE_M))
    flow = flow_of(Scene(camera=still, objects=(first,)), plane_labels(still), Scene(camera=still, objects=(last,)))
    # After 0.1 s it is 4 px lower, so its row is read 4 ms later, in which it goes on: 4 / (1 - 0.04).
    np.testing.assert_allclose(flow[..., 1], 4 / 0.96, atol=1e-3)


def test_pictures_of_two_sizes_are_refused():
    scene = Scene(camera=camera())
    other = replace(scene, camera=replace(scene.camera, size_wh=(64, 48)))
    with pytest.raises(UsageError, match="one size"):
        flow_of(scene, sky_labels(), other)


def sheet(bend):
    """A square of two by two metres in many triangles that bends out of its plane."""
    n = 9
    u = np.linspace(-1, 1, n)
    x, y = np.meshgrid(u, u, indexing="ij")
    points = np.column_stack([x.ravel(), y.ravel(), bend * (x.ravel() ** 2)]).astype(np.float32)
    rows = []
    for i in range(n - 1):
        for j in range(n - 1):
            a, b, c, d = i * n + j, (i + 1) * n + j, (i + 1) * n + j + 1, i * n + j + 1
            rows += [[a, b, c], [a, c, d]]
    part = MeshPart(
        positions_n3=points,
        normals_n3=np.tile(np.array([0, 0, 1], np.float32), (len(points), 1)),
        triangles_m3=np.array(rows, np.uint32),
        name="sheet",
    )
    return Model(key=f"sheet {bend}", parts=(part,), materials=(Material(name="sheet"),))


def test_a_body_that_bends_takes_its_points_along():
    library = SimpleNamespace(load_model=lambda ref: sheet(ref.params["bend"]))
    view = camera()
    first = SceneObject(
        instance_id=1, name="flag", asset=AssetRef("builtin", "flag", {"bend": 0.0}), position_m=(0.0, 0.0, PLANE_M)
    )
    last = replace(first, asset=AssetRef("builtin", "flag", {"bend": 0.8}))
    labels = plane_labels(view)
    flow = flow_of(Scene(camera=view, objects=(first,)), labels, Scene(camera=view, objects=(last,)), library)
    points = (centres() - view.centre_xy_px) * PLANE_M / np.array(view.focal_xy_px)
    on_sheet = (np.abs(points) < 0.999).all(axis=2)
    assert np.isnan(flow[(np.abs(points) > 1.02).any(axis=2)]).all()
    # Between its corners the bent sheet is flat.
    height = np.interp(points[..., 0], np.linspace(-1, 1, 9), 0.8 * np.linspace(-1, 1, 9) ** 2)
    expected = points * np.array(view.focal_xy_px) * (1 / (PLANE_M + height) - 1 / PLANE_M)[..., None]
    np.testing.assert_allclose(flow[on_sheet], expected[on_sheet], atol=1e-3)


def test_a_body_with_other_triangles_then_has_no_flow():
    fewer = sheet(0.1)
    short = replace(fewer, parts=(replace(fewer.parts[0], triangles_m3=fewer.parts[0].triangles_m3[:-1]),))
    library = SimpleNamespace(load_model=lambda ref: sheet(0.0) if ref.params["bend"] == 0 else short)
    first = thing()
    first = replace(first, asset=AssetRef("builtin", "flag", {"bend": 0}))
    last = replace(first, asset=AssetRef("builtin", "flag", {"bend": 1}))
    scene = Scene(camera=camera(), objects=(first,))
    assert np.isnan(flow_of(scene, plane_labels(scene.camera), replace(scene, objects=(last,)), library)).all()


def test_corners_that_a_crease_splits_do_not_matter():
    whole = sheet(0.0).parts[0]
    uvs = whole.positions_n3[:, :2].copy()
    rows = whole.triangles_m3.ravel()
    split = replace(
        whole,
        positions_n3=sheet(0.3).parts[0].positions_n3[rows],
        normals_n3=whole.normals_n3[rows],
        uvs_n2=uvs[rows],
        triangles_m3=np.arange(len(rows), dtype=np.uint32).reshape(-1, 3),
    )
    models = [replace(sheet(0.0), parts=(part,)) for part in (replace(whole, uvs_n2=uvs), split)]
    points = np.array([[0.5, 0.25, 0.0], [-1.0, 1.0, 0.0], [0.0, 0.0, 0.5]])
    found = carry_points(points, *models)
    np.testing.assert_allclose(found[:2], [[0.5, 0.25, 0.075], [-1.0, 1.0, 0.3]], atol=1e-6)
    assert np.isnan(found[2]).all()
    moved = replace(split, uvs_n2=split.uvs_n2[::-1].copy())
    assert np.isnan(carry_points(points, models[0], replace(models[1], parts=(moved,)))).all()

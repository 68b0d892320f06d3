"""Labels with answers known from geometry."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from synthvision.core.id_colours import decode_id_colours
from synthvision.geometry.projection import unproject_pixels
from synthvision.imaging.develop import bare_camera


def interior(ids):
    """Pixels whose eight neighbours have the same id."""
    padded = np.pad(ids, 1, mode="edge")
    height, width = ids.shape
    windows = [padded[dy : dy + height, dx : dx + width] for dy in range(3) for dx in range(3)]
    return np.all([window == ids for window in windows], axis=0)


def test_a_cube_at_two_metres_covers_the_pixels_that_geometry_says(studio):
    # Its front face stands 2 m away: 1 m is 150 / 2 = 75 px, from 42.5 to 117.5 about the middle of 160 px.
    scene = studio.scene(studio.thing(7, "cube"), camera=studio.camera((0.0, -2.5, 0.0)))
    labels = studio.render(scene)
    expected = np.zeros((120, 160), bool)
    expected[23:97, 43:117] = True  # centres between 22.5 and 97.5, and between 42.5 and 117.5: ties may go either way
    assert ((labels.id_hw == 7) >= expected).all()
    grown = np.zeros_like(expected)
    grown[22:98, 42:118] = True
    assert ((labels.id_hw == 7) <= grown).all()
    assert set(np.unique(labels.id_hw)) == {0, 7}
    np.testing.assert_allclose(labels.depth_m_hw[expected], 2.0, rtol=1e-6)
    assert np.isposinf(labels.depth_m_hw[labels.id_hw == 0]).all()


def test_a_sphere_covers_the_area_of_its_outline(studio):
    distance, radius, focal = 4.0, 0.5, 400.0
    camera = studio.camera((0.0, -distance, 0.0), size_wh=(240, 200), focal_px=focal)
    labels = studio.render(studio.scene(studio.thing(1, "sphere"), camera=camera))
    outline = focal * radius / np.sqrt(distance**2 - radius**2)
    assert np.count_nonzero(labels.id_hw) == pytest.approx(np.pi * outline**2, rel=0.005)


def test_a_torus_keeps_its_hole(studio):
    camera = studio.camera((0.0, -3.0, 0.0), focal_px=200.0)
    labels = studio.render(studio.scene(studio.thing(3, "torus", rotation_wxyz=studio.upright), camera=camera))
    rows, columns = np.mgrid[:120, :160] + 0.5
    distance = np.hypot(rows - 60, columns - 80)
    # The hole is 0.25 m wide on each side, 16.7 px; what is seen of it from 3 m is a little less.
    assert (labels.id_hw[distance < 15.5] == 0).all()
    assert (labels.id_hw[(distance > 18) & (distance < 35)] == 3).all()


def test_a_fence_is_seen_through_in_ids_and_depth(studio):
    scene = studio.scene(
        studio.thing(1, "plane", (0.0, 1.0, 0.0), rotation_wxyz=studio.upright, scale=(9.0, 9.0, 9.0)),
        studio.thing(2, "fence", rotation_wxyz=studio.upright),
    )
    labels = studio.render(scene)
    row = labels.id_hw[60]
    # 1 m is 75 px at 2 m: eight bars and eight gaps of 4.7 px.
    inside = row[43:117]
    assert 6 <= np.count_nonzero(np.diff(inside.astype(int)) != 0) / 2 <= 8
    assert np.count_nonzero(inside == 2) == pytest.approx(37, abs=4)
    np.testing.assert_allclose(labels.depth_m_hw[60][row == 1], 3.0, rtol=1e-5)
    np.testing.assert_allclose(labels.depth_m_hw[60][row == 2], 2.0, rtol=1e-5)


@pytest.mark.parametrize(("alpha", "seen"), [(0.6, True), (0.4, False)])
def test_blended_surfaces_have_a_label_from_half_alpha_on(studio, alpha, seen):
    material = replace(studio.library.models["plane"].materials[0], alpha_mode="blend", base_colour=(1, 1, 1, alpha))
    studio.library.models["glass"] = studio.make_model("glass", studio.plane_mesh(1, 1), material)
    labels = studio.render(studio.scene(studio.thing(4, "glass", rotation_wxyz=studio.upright)))
    assert bool(labels.id_hw[60, 80] == 4) is seen


def test_depth_of_a_tilted_plane_is_exact(studio):
    angle = 0.9
    turn = (float(np.cos(angle / 2)), float(np.sin(angle / 2)), 0.0, 0.0)
    camera = studio.camera((0.0, -3.0, 0.0), focal_xy_px=(140.0, 170.0), centre_xy_px=(71.3, 66.8))
    labels = studio.render(
        studio.scene(studio.thing(1, "plane", rotation_wxyz=turn, scale=(2.0, 2.0, 2.0)), camera=camera)
    )
    seen = labels.id_hw == 1
    assert np.count_nonzero(seen) > 2000
    rows, columns = np.nonzero(seen)
    pixels = np.column_stack([columns, rows]) + 0.5
    rays = unproject_pixels(camera.k_33, pixels, np.ones(len(pixels)))
    pose = camera.camera_from_world
    normal = pose[:3, :3] @ [0.0, -np.sin(angle), np.cos(angle)]
    centre = pose[:3, 3]
    expected = (normal @ centre) / (rays @ normal)
    np.testing.assert_allclose(labels.depth_m_hw[seen], expected, rtol=5e-6)


def test_normals_of_a_sphere_point_out_and_at_the_camera(studio):
    camera = studio.camera((0.0, -3.0, 0.0), focal_px=250.0)
    labels = studio.render(studio.scene(studio.thing(1, "sphere"), camera=camera), normals=True)
    assert labels.normal_hwc is not None
    rows, columns = np.nonzero(labels.id_hw == 1)
    pixels = np.column_stack([columns, rows]) + 0.5
    points = unproject_pixels(camera.k_33, pixels, labels.depth_m_hw[rows, columns])
    expected = (points - [0.0, 0.0, 3.0]) / 0.5
    got = labels.normal_hwc[rows, columns]
    assert np.median(np.linalg.norm(got - expected, axis=1)) < 0.01
    assert (np.sum(got * points, axis=1) <= 1e-5).all()
    np.testing.assert_allclose(np.linalg.norm(got, axis=1), 1.0, atol=1e-4)
    assert (labels.normal_hwc[labels.id_hw == 0] == 0).all()


def test_half_hidden_object_is_whole_in_its_amodal_coverage(studio):
    near = studio.thing(1, "plane", (-0.5, -0.5, 0.0), rotation_wxyz=studio.upright)
    far = studio.thing(2, "plane", (0.0, 0.0, 0.0), rotation_wxyz=studio.upright)
    alone = studio.render(studio.scene(far), amodal_ids=[2])
    both = studio.render(studio.scene(near, far), amodal_ids=[1, 2])
    whole = alone.id_hw == 2
    coverage = both.amodal[2]
    drawn = np.zeros_like(whole)
    x, y = coverage.offset_xy
    drawn[y : y + coverage.mask_hw.shape[0], x : x + coverage.mask_hw.shape[1]] = coverage.mask_hw
    assert (drawn == whole).all()
    visible = np.count_nonzero(both.id_hw == 2)
    assert coverage.alone_pixels == coverage.alone_pixels_canvas == np.count_nonzero(whole)
    # The near sheet reaches 0 m at 1.5 m distance, the middle of the picture: half of the far one is left.
    assert visible / coverage.alone_pixels == pytest.approx(0.5, abs=0.02)
    assert (drawn >= (both.id_hw == 2)).all()


def test_amodal_contains_visible_in_a_heap(studio):
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    objects = [
        studio.thing(
            index + 1,
            ("sphere", "torus", "cube")[index % 3],
            (0.6 * float(np.cos(a * 5)), 0.5 * float(np.sin(a * 3)), 0.5 * float(np.sin(a * 7))),
            rotation_wxyz=(float(np.cos(a)), float(np.sin(a)), 0.0, 0.0),
            scale=(0.4, 0.4, 0.4),
        )
        for index, a in enumerate(angles)
    ]
    labels = studio.render(studio.scene(*objects), amodal_ids=range(1, 25))
    for instance_id, coverage in labels.amodal.items():
        rows, columns = np.nonzero(labels.id_hw == instance_id)
        x, y = coverage.offset_xy
        assert coverage.mask_hw[rows - y, columns - x].all()
        single = studio.render(studio.scene(objects[instance_id - 1]), amodal_ids=[instance_id])
        # Alone, the fitted near and far planes differ; what is covered does not.
        assert np.count_nonzero(single.id_hw) == coverage.alone_pixels == single.amodal[instance_id].alone_pixels


def test_truncation_counts_what_lies_outside_the_picture(studio):
    # The sheet is 75 px wide about x = 0 px: half of it is outside, all of it on the canvas.
    x = -80 / 75
    scene = studio.scene(studio.thing(5, "plane", (x, 0.0, 0.0), rotation_wxyz=studio.upright))
    coverage = studio.render(scene, amodal_ids=[5]).amodal[5]
    assert coverage.alone_pixels / coverage.alone_pixels_canvas == pytest.approx(0.5, abs=0.02)
    assert coverage.box_xyxy is not None
    left, top, right, bottom = coverage.box_xyxy
    assert left == pytest.approx(-37.5, abs=1)
    assert right == pytest.approx(37.5, abs=1)
    assert bottom - top == pytest.approx(75, abs=1)
    assert coverage.alone_pixels_canvas == pytest.approx(75 * 75, rel=0.02)


def test_an_object_outside_the_canvas_has_no_box(studio):
    scene = studio.scene(studio.thing(5, "sphere", (9.0, 0.0, 0.0)), studio.thing(6, "sphere", (0.0, -5.0, 0.0)))
    amodal = studio.render(scene, amodal_ids=[5, 6]).amodal
    assert amodal[5].box_xyxy is None
    assert amodal[6].alone_pixels_canvas == 0


def test_mirrored_scale_keeps_faces(studio):
    plain = studio.render(studio.scene(studio.thing(1, "cube")), normals=True)
    mirrored = studio.render(studio.scene(studio.thing(1, "cube", scale=(-1.0, 1.0, 1.0))), normals=True)
    np.testing.assert_allclose(mirrored.depth_m_hw, plain.depth_m_hw, rtol=1e-6)
    np.testing.assert_allclose(mirrored.normal_hwc, plain.normal_hwc, atol=1e-3)


def test_faces_seen_from_behind_are_drawn_only_where_double_sided(studio):
    away = (0.7071067811865476, -0.7071067811865476, 0.0, 0.0)
    single = studio.render(studio.scene(studio.thing(1, "plane", rotation_wxyz=away)))
    double = studio.render(studio.scene(studio.thing(1, "fence", rotation_wxyz=away)))
    assert not single.id_hw.any()
    assert double.id_hw.any()


def flat_scene(studio):
    objects = [
        studio.thing(4660, "sphere", (-0.5, 0.0, 0.1)),
        studio.thing(291, "torus", (0.3, -0.3, -0.1), rotation_wxyz=(0.8, 0.6, 0.0, 0.0)),
        studio.thing(65535, "cube", (0.4, 0.8, 0.2), rotation_wxyz=(0.9, 0.1, 0.3, 0.3)),
        studio.thing(77, "fence", (0.1, -0.8, 0.0), rotation_wxyz=studio.upright, scale=(0.5, 0.5, 0.5)),
    ]
    camera = studio.camera((0.3, -2.4, 0.6), focal_xy_px=(150.0, 138.0), centre_xy_px=(84.2, 55.1))
    return studio.scene(*objects, camera=camera, environment=studio.sky(), lights=(studio.sunny(),))


def decoded(studio, scene):
    plain = replace(scene, camera=bare_camera(scene.camera))
    return studio.render(plain).id_hw, decode_id_colours(studio.picture(plain, shading="ids"))


def test_labels_equal_the_picture_on_every_interior_pixel(studio):
    ids, seen = decoded(studio, flat_scene(studio))
    inside = interior(ids)
    assert np.count_nonzero(inside & (ids > 0)) > 2000
    assert (seen == ids)[inside].all()


@pytest.mark.parametrize("fault", ["shift", "flip", "scaled K"])
def test_a_planted_fault_is_found(studio, fault):
    scene = flat_scene(studio)
    ids, seen = decoded(studio, scene)
    if fault == "shift":
        seen = np.roll(seen, 1, axis=1)
    elif fault == "flip":
        seen = seen[::-1]
    else:
        fx, fy = scene.camera.focal_xy_px
        _, seen = decoded(studio, replace(scene, camera=replace(scene.camera, focal_xy_px=(fx * 1.02, fy))))
    assert not (seen == ids)[interior(ids)].all()


def test_the_same_scene_gives_the_same_bytes(studio):
    scene = flat_scene(studio)
    first = studio.radiance(scene)
    studio.radiance(studio.scene(studio.thing(1, "sphere")))
    again = studio.radiance(replace(scene))
    assert (first == again).all()
    assert (studio.render(scene).id_hw == studio.render(replace(scene)).id_hw).all()


def test_two_renderers_in_one_process_do_not_disturb_each_other(studio):
    """Opening or closing another context leaves it, or none, current: each renderer has to take its own again."""
    from synthvision.gpu.context import open_context

    scene = flat_scene(studio)
    ids, light = studio.render(scene).id_hw, studio.radiance(scene)
    other = open_context()
    assert (studio.render(replace(scene)).id_hw == ids).all()
    assert (studio.radiance(replace(scene)) == light).all()
    other.close()
    assert (studio.render(replace(scene)).id_hw == ids).all()
    assert (studio.radiance(replace(scene)) == light).all()

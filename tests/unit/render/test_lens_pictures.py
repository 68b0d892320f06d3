"""Drawn pictures through a lens: lines where OpenCV puts them, no seams between faces, colours shifted as asked."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from synthvision.core.errors import UsageError
from synthvision.core.id_colours import decode_id_colours
from synthvision.imaging.develop import IDENTITY_EXPOSURE
from synthvision.imaging.lens import join_labels, join_views, lens_views
from synthvision.inspect.checks.rerender import check_flat_colours
from synthvision.library.model import Material, Texture
from synthvision.scene import BrownConradyLens, Environment, KannalaBrandtLens, LensSurface, Optics
from synthvision.scene.rays import camera_rays, project_to_picture

CHALK = {"ior": 1.0, "metallic": 0.0, "roughness": 1.0}
LENSES = {
    "barrel": (BrownConradyLens(k1=-0.28, k2=0.09, p1=0.002, p2=-0.001), 230.0),
    "pincushion": (BrownConradyLens(k1=0.2, k2=0.05), 260.0),
    "fisheye": (KannalaBrandtLens(k1=-0.02, k2=0.003), 210.0),
    "wide fisheye": (KannalaBrandtLens(k1=0.02, max_angle_rad=1.6), 95.0),
}


def draw(studio, scene, **options):
    """Labels and final picture, as the pipeline makes them."""
    views = lens_views(scene)
    ids = [item.instance_id for item in scene.objects]
    labels = [studio.renderer.render_labels(view.label_scene, amodal_ids=ids, normals=True) for view in views]
    pictures = []
    for view in views:
        radiance = studio.renderer.render_radiance(view.picture_scene, **options)
        pictures.append(studio.developer.expose(view.picture_scene, radiance, keep=len(views) > 1))
    return studio.developer.develop(scene, views, pictures, join_labels(scene, views, labels))


def light(captured):
    """Linear light 0..1 of a picture taken with IDENTITY_EXPOSURE."""
    value = captured.rgb_hwc / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def camera(studio, name, size_wh=(320, 240), **changes):
    lens, focal = LENSES[name]
    made = studio.camera(position=(0.0, -2.0, 0.0), size_wh=size_wh, focal_px=focal, exposure=IDENTITY_EXPOSURE)
    return replace(made, lens=lens, centre_xy_px=(165.0, 118.0), **changes)


def shining_sheet(studio, name, width, height, colour=(1.0, 1.0, 1.0)):
    material = Material(**CHALK, base_colour=(0.0, 0.0, 0.0, 1.0), emissive=colour, double_sided=True)
    studio.library.models[name] = studio.make_model(name, studio.plane_mesh(width, height), material)


def opencv_pixels(camera, points_n3):
    """Where OpenCV projects points of the world, with the principal point counted from the picture's corner."""
    k = camera.k_33
    rotation, _ = cv2.Rodrigues(camera.camera_from_world[:3, :3])
    shift = camera.camera_from_world[:3, 3]
    lens = camera.lens
    if isinstance(lens, BrownConradyLens):
        coefficients = np.array([lens.k1, lens.k2, lens.p1, lens.p2, lens.k3, lens.k4, lens.k5, lens.k6])
        return cv2.projectPoints(points_n3, rotation, shift, k, coefficients)[0][:, 0]
    coefficients = np.array([lens.k1, lens.k2, lens.k3, lens.k4])
    return cv2.fisheye.projectPoints(points_n3[:, None], rotation, shift, k, coefficients)[0][:, 0]


@pytest.mark.parametrize("name", LENSES)
@pytest.mark.parametrize("turned", [0.35, -1.2])
def test_a_straight_line_falls_where_opencv_puts_it(studio, name, turned):
    # The upper edge of a shining sheet, a straight line through the picture at an angle.
    shining_sheet(studio, "sheet", 40.0, 10.0)
    cosine, sine = np.cos(turned / 2), np.sin(turned / 2)
    w, x, _, _ = studio.upright
    sheet = studio.thing(1, "sheet", position=(5 * np.sin(turned) + 0.1, 0.0, -5 * np.cos(turned) + 0.35))
    # Turned about the line of sight, then upright.
    sheet = replace(sheet, rotation_wxyz=tuple(_times((cosine, 0, -sine, 0), (w, x, 0, 0))))
    shot = camera(studio, name)
    brightness = light(draw(studio, studio.scene(sheet, camera=shot)))[..., 0]
    along = np.linspace(-19, 19, 60_001)
    ends = np.column_stack([along, np.full_like(along, 5.0), np.zeros_like(along), np.ones_like(along)])
    points = (ends @ sheet.world_from_model.T)[:, :3]
    points = points[(points - np.array(shot.position_m)) @ shot.world_from_camera[:3, 2] > 0.1]
    expected = opencv_pixels(shot, points)
    # Across a steep line the edge is measured in rows, across a flat one in columns.
    if abs(turned) > 0.8:
        brightness, expected = brightness.T, expected[:, ::-1]
    columns, errors = _edge_errors(brightness, expected)
    assert len(errors) > 80
    # Four samples a pixel tell a single edge's place to an eighth of a pixel; the mean of some columns tells it better.
    pieces = np.array_split(errors[np.argsort(columns)], len(errors) // 16)
    assert max(abs(piece.mean()) for piece in pieces) < 0.1
    assert abs(errors.mean()) < 0.02


def _times(a, b):
    w, x, y, z = a
    p, q, r, s = b
    return (
        w * p - x * q - y * r - z * s,
        w * q + x * p + y * s - z * r,
        w * r - x * s + y * p + z * q,
        w * s + x * r - y * q + z * p,
    )


def _edge_errors(brightness, line_xy):
    """Columns, and how far across the line the edge between black and white is from where it should be, in pixels."""
    height, width = brightness.shape
    columns, errors = [], []
    for column in range(4, width - 4):
        near = np.flatnonzero(np.abs(line_xy[:, 0] - column - 0.5) < 0.02)
        if not len(near):
            continue
        row = line_xy[near, 1].mean()
        low, high = int(row) - 6, int(row) + 8
        if low < 1 or high > height - 1 or np.ptp(line_xy[near, 1]) > 1:
            continue
        profile = brightness[low:high, column]
        if max(profile[0], profile[-1]) < 0.9 or min(profile[0], profile[-1]) > 0.1:
            continue
        # The light above an edge is its height above the first row's lower end, whatever the filter.
        dark_first = profile[0] < profile[-1]
        share = profile.sum() / max(profile[0], profile[-1])
        found = high - share if dark_first else low + share
        slope = np.polyfit(line_xy[near, 0], line_xy[near, 1], 1)[0] if len(near) > 2 else 0.0
        columns.append(column)
        errors.append((found - row) / np.hypot(1, slope))
    return np.array(columns), np.array(errors)


@pytest.mark.parametrize("name", LENSES)
def test_labels_lie_on_the_picture(studio, name):
    things = [
        studio.thing(1, "sphere", position=(0.0, 0.0, 0.0)),
        studio.thing(2, "torus", position=(1.2, 0.3, 0.4)),
        studio.thing(700, "cube", position=(-1.1, -0.2, -0.6)),
    ]
    captured = draw(studio, studio.scene(*things, camera=camera(studio, name)), shading="ids")
    assert len(np.unique(captured.labels.id_hw)) == 4
    assert list(check_flat_colours(captured.labels.id_hw, captured.rgb_hwc, 2)) == []
    moved = np.roll(captured.labels.id_hw, 2, axis=1)
    assert list(check_flat_colours(moved, captured.rgb_hwc, 2)) != []
    assert (decode_id_colours(captured.rgb_hwc) == captured.labels.id_hw).mean() > 0.97


def test_keypoints_and_labels_meet(studio):
    # The middle of a ball's outline and the projection of its centre agree to a pixel.
    shot = camera(studio, "wide fisheye")
    for x, z in ((0.0, 0.0), (3.0, 0.5), (-4.0, -2.0)):
        ball = studio.thing(1, "sphere", position=(x, 0.2, z), scale=(0.2, 0.2, 0.2))
        labels = draw(studio, studio.scene(ball, camera=shot)).labels
        rows, columns = np.nonzero(labels.id_hw)
        point = shot.camera_from_world @ np.array([x, 0.2, z, 1.0])
        assert len(rows) > 4
        assert (columns.mean() + 0.5, rows.mean() + 0.5) == pytest.approx(
            project_to_picture(shot, [point[:3]])[0].tolist(), abs=0.6
        )
        assert labels.depth_m_hw[rows, columns].max() == pytest.approx(np.linalg.norm(point[:3]), abs=0.11)


def test_a_uniform_sky_has_no_seams(studio):
    shot = camera(studio, "wide fisheye")
    scene = studio.scene(camera=shot, environment=Environment(asset=studio.ref("uniform"), illuminance_lux=1.5))
    captured = draw(studio, scene)
    seen = camera_rays(shot).any(axis=2)
    assert 0.5 < seen.mean() < 1
    # The field ends softly over the last pixel.
    inner = cv2.erode(seen.astype(np.uint8), np.ones((5, 5), np.uint8), borderValue=0) > 0
    values = captured.rgb_hwc[inner]
    assert values.min() == values.max() > 150
    assert captured.rgb_hwc[~seen].max() == 0
    edge = captured.rgb_hwc[seen & ~inner]
    assert 0 < np.count_nonzero(edge < values[0, 0]) < edge.size


def test_drops_on_the_glass_shed_no_light_beyond_the_field(studio):
    shot = camera(studio, "wide fisheye", lens_surface=LensSurface(drops=60, specks=60, smudge=0.5, seed=3))
    scene = studio.scene(camera=shot, environment=Environment(asset=studio.ref("half"), illuminance_lux=1.0))
    captured = draw(studio, scene)
    seen = camera_rays(shot).any(axis=2)
    assert captured.lens_transmittance_hw.min() < 0.95
    assert captured.rgb_hwc[~seen].max() == 0
    assert len(np.unique(captured.rgb_hwc[seen])) > 10


def test_a_checker_floor_goes_on_across_faces(studio):
    # Shining squares of half a metre under a camera that looks along the floor.
    squares = np.kron(np.indices((40, 40)).sum(axis=0) % 2, np.ones((16, 16))).astype(np.uint8) * 255
    pixels = np.dstack([squares] * 3 + [np.full_like(squares, 255)])
    texture = Texture("test/squares", pixels, is_srgb=True)
    material = Material(**CHALK, base_colour=(0, 0, 0, 1), emissive=(1.0, 1.0, 1.0), emissive_map=texture)
    studio.library.models["floor"] = studio.make_model("floor", studio.plane_mesh(20.0, 20.0), material)
    shot = camera(studio, "wide fisheye")
    shot = replace(shot, position_m=(0.13, -1.07, 1.2))
    picture = light(draw(studio, studio.scene(studio.thing(1, "floor"), camera=shot)))[..., 0]
    rays = camera_rays(shot).astype(np.float64) @ shot.world_from_camera[:3, :3].T
    down = rays[..., 2] < -0.25
    ground = np.array(shot.position_m)[:2] - rays[..., :2] * 1.2 / np.where(down, rays[..., 2], -1)[..., None]
    # Well inside a square, at least 4 cm from its edge, the colour is that of the square.
    inside = down & (np.abs((ground / 0.5) % 1 - 0.5) < 0.42).all(axis=2)
    dark = np.floor(ground / 0.5).sum(axis=2) % 2
    white = picture > 0.5
    agree = (white == (dark == dark[inside & white][0]))[inside]
    assert inside.sum() > 5000
    assert agree.mean() > 0.995
    # Along the seams as much as elsewhere.
    camera_axes = np.abs(camera_rays(shot))
    ordered = np.sort(camera_axes, axis=2)
    seam = (ordered[..., 2] - ordered[..., 1] < 0.03)[inside]
    assert seam.sum() > 150
    assert agree[seam].mean() > 0.99


def test_red_and_blue_are_magnified_about_the_principal_point(studio):
    # A shining square whose outline lies 100 px from the principal point: red by 1 % farther out, blue nearer.
    shining_sheet(studio, "square", 2.0, 2.0)
    square = studio.thing(1, "square", rotation_wxyz=studio.upright)
    shot = studio.camera(position=(0.0, -2.0, 0.0), size_wh=(260, 240), focal_px=200.0, exposure=IDENTITY_EXPOSURE)
    plain = light(draw(studio, studio.scene(square, camera=shot)))
    sides = {}
    for name, optics in (("plain", None), ("shifted", Optics(red_scale=1.01, blue_scale=0.985))):
        picture = light(draw(studio, studio.scene(square, camera=replace(shot, optics=optics))))
        sides[name] = np.sqrt(picture.sum(axis=(0, 1)))
        assert np.abs(picture[..., 1] - plain[..., 1]).max() < 1e-6  # green stays
    assert sides["plain"] == pytest.approx([200, 200, 200], abs=0.6)
    assert sides["shifted"] / sides["plain"] == pytest.approx([1.01, 1.0, 0.985], abs=3e-4)


def test_colours_shift_through_a_lens_too(studio):
    shining_sheet(studio, "square", 1.6, 1.6)
    square = studio.thing(1, "square", rotation_wxyz=studio.upright)
    shot = replace(camera(studio, "barrel"), optics=Optics(red_scale=1.004, blue_scale=0.996))
    picture = light(draw(studio, studio.scene(square, camera=shot)))
    side = np.sqrt(picture.sum(axis=(0, 1)))
    assert side / side[1] == pytest.approx([1.004, 1.0, 0.996], abs=4e-4)


def test_a_perfect_camera_gets_its_light_untouched(studio):
    scene = studio.scene(studio.thing(1, "sphere"), environment=studio.sky())
    for optics in (None, Optics()):
        same = replace(scene, camera=replace(scene.camera, optics=optics))
        views = lens_views(same)
        picture = studio.developer.expose(same, studio.renderer.render_radiance(same))
        assert join_views(studio.developer._tools, same, views, [picture]) is picture.light


def test_a_lens_without_distortion_gives_the_pinhole_picture(studio):
    scene = studio.scene(studio.thing(1, "sphere"), studio.thing(2, "cube", (0.6, 0.5, 0.2)), environment=studio.sky())
    plain = draw(studio, scene)
    bent = draw(studio, replace(scene, camera=replace(scene.camera, lens=BrownConradyLens())))
    assert np.array_equal(plain.labels.id_hw, bent.labels.id_hw)
    assert np.abs(plain.rgb_hwc.astype(int) - bent.rgb_hwc).mean() < 0.6
    for number in (1, 2):
        first, second = plain.labels.amodal[number], bent.labels.amodal[number]
        assert (first.alone_pixels, first.box_xyxy) == (second.alone_pixels, second.box_xyxy)


def test_views_must_have_the_planned_size(studio):
    scene = studio.scene(studio.thing(1, "sphere"))
    bent = replace(scene, camera=replace(scene.camera, lens=BrownConradyLens(k1=-0.1)))
    picture = studio.developer.expose(scene, studio.renderer.render_radiance(scene))
    with pytest.raises(UsageError, match="the light of view 0 must have the size"):
        join_views(studio.developer._tools, bent, lens_views(bent), [picture])
    with pytest.raises(UsageError, match="a picture for each of 1 views"):
        join_views(studio.developer._tools, bent, lens_views(bent), [])


def test_labels_without_light_are_the_same_labels(studio):
    things = [
        studio.thing(1, "sphere"),
        studio.thing(2, "fence", position=(0.2, -0.7, 0.1), rotation_wxyz=studio.upright),
    ]
    scene = studio.scene(*things, environment=studio.sky())
    full = studio.renderer.render_labels(scene, amodal_ids=[1, 2])
    same = replace(scene)
    bare = studio.renderer.render_labels(same, amodal_ids=[1, 2], light_follows=False)
    assert np.array_equal(bare.id_hw, full.id_hw)
    assert len(np.unique(bare.id_hw)) == 3
    assert np.array_equal(bare.depth_m_hw, full.depth_m_hw)
    assert bare.amodal[1].alone_pixels == full.amodal[1].alone_pixels
    # Light can still be asked for, and normals.
    expected = studio.radiance(scene)
    studio.renderer.render_labels(same, light_follows=False)
    assert np.array_equal(studio.radiance(same), expected)
    again = studio.renderer.render_labels(replace(scene), normals=True, light_follows=False)
    assert np.linalg.norm(again.normal_hwc, axis=2).max() == pytest.approx(1, abs=1e-5)

"""Three renderers that share no code that draws judge each other's labels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from synthvision.annotate.frame import coverage_ids
from synthvision.config.job import load_job
from synthvision.core.frames import LabelImages
from synthvision.core.id_colours import decode_id_colours
from synthvision.core.streams import rng_for
from synthvision.geometry.poses import look_at, random_quaternion
from synthvision.imaging.develop import Developer, bare_camera
from synthvision.imaging.lens import LensView
from synthvision.inspect.agreement import compare_labels, near_edge
from synthvision.pipeline.frame import open_library, open_sampler
from synthvision.scene import Camera, Scene, SceneObject

SIZE_WH = (160, 120)
MODELS = ("bottle", "can", "mug", "bowl", "book", "ball", "crate", "traffic_cone", "die")


def sampled_scene(name, frame):
    job = load_job(name, [f"image.width={SIZE_WH[0]}", f"image.height={SIZE_WH[1]}", "seed=7"])
    library = open_library(job)
    return open_sampler(job, library).sample(frame), library


def random_scene(seed, library):
    """Things that float in all poses and sizes, mirrored ones among them, before a sheet of ground."""
    rng = rng_for(seed, 0, "test.judges")
    objects = []
    references = {entry.name: entry.reference() for entry in library.entries}
    for number in range(9):
        scale = np.exp(rng.uniform(-0.3, 0.3, 3)) * (1, 1, -1 if rng.random() < 0.3 else 1)
        objects.append(
            SceneObject(
                instance_id=3 + 251 * number,  # ids of more than eight bits among them
                name=f"thing/{number}",
                asset=references[MODELS[int(rng.integers(len(MODELS)))]],
                position_m=tuple(float(value) for value in rng.uniform(-0.35, 0.35, 3)),
                rotation_wxyz=tuple(float(value) for value in random_quaternion(rng)),
                scale=tuple(float(value) for value in scale),
            )
        )
    place = rng.normal(size=3)
    place *= rng.uniform(0.5, 1.6) / np.linalg.norm(place)
    camera = Camera(
        size_wh=SIZE_WH,
        focal_xy_px=(150.0, 150.0),
        centre_xy_px=(SIZE_WH[0] / 2 + 3.25, SIZE_WH[1] / 2 - 5.5),
        position_m=tuple(float(value) for value in place),
        rotation_wxyz=tuple(float(value) for value in look_at(place, (0.0, 0.0, 0.0), 0.3)),
    )
    return Scene(camera=camera, objects=tuple(objects))


def check(scene, library, judges, others=("pyrender", "mitsuba")):
    found = judges(library)
    ids = coverage_ids(scene)
    ours = found.opengl.render_labels(scene, normals=True, amodal_ids=ids)
    assert len(np.unique(ours.id_hw)) >= 3
    for other in others:
        theirs = getattr(found, other).render_labels(scene, normals=True, amodal_ids=ids)
        agreement = compare_labels(ours, theirs)
        assert agreement.holds, (other, agreement)
        assert agreement.compared_depths > 0.1 * (ours.id_hw > 0).sum()
        # pyrender's normals are worked out from depth: right in the middle of faces, rough where they are small.
        check_normals(ours, theirs, *((3, 0.999) if other == "mitsuba" else (30, 0.95)))
        check_amodal(ours, theirs, scene.camera)


def check_normals(ours, theirs, percentile, least):
    inside = (ours.id_hw == theirs.id_hw) & (ours.id_hw > 0) & ~near_edge(ours.id_hw)
    cosine = np.sum(ours.normal_hwc * theirs.normal_hwc, axis=2)
    assert np.percentile(cosine[inside], percentile) > least
    assert not theirs.normal_hwc[theirs.id_hw == 0].any()
    assert np.allclose(np.linalg.norm(theirs.normal_hwc[theirs.id_hw > 0], axis=1), 1, atol=1e-4)


def check_amodal(ours, theirs, camera):
    assert theirs.amodal.keys() == ours.amodal.keys()
    for number, one in ours.amodal.items():
        other = theirs.amodal[number]
        outline = 4 * (sum(one.mask_hw.shape) + 4)
        assert abs(one.alone_pixels - other.alone_pixels) <= 0.02 * outline + 1
        assert abs(one.alone_pixels_canvas - other.alone_pixels_canvas) <= 0.02 * 3 * outline + 2
        assert (one.box_xyxy is None) == (other.box_xyxy is None)
        if one.box_xyxy is not None:
            assert np.abs(np.subtract(one.box_xyxy, other.box_xyxy)).max() <= 1
        x, y = other.offset_xy
        height, width = other.mask_hw.shape
        assert 0 <= x <= camera.size_wh[0] - width
        assert 0 <= y <= camera.size_wh[1] - height


@pytest.mark.parametrize(("name", "frame"), [("quickstart", 0), ("street_cones", 1), ("dice", 2)])
def test_renderers_agree_on_sampled_scenes(name, frame, judges):
    scene, library = sampled_scene(name, frame)
    check(scene, library, judges)


@pytest.mark.parametrize("seed", range(3))
def test_renderers_agree_on_random_poses(seed, judges, builtin):
    check(random_scene(seed, builtin), builtin, judges)


@pytest.mark.shared
# A frame with several things in it.
@pytest.mark.parametrize(("name", "frame"), [("fruit_bowl", 0), ("cards", 2)])
def test_renderers_agree_on_shared_models(name, frame, judges):
    scene, library = sampled_scene(name, frame)
    check(scene, library, judges, ("mitsuba",))


@pytest.mark.parametrize("backend", ["pyrender", "mitsuba"])
def test_the_picture_path_shows_the_ids_of_the_labels(backend, judges, builtin, context):
    found = judges(builtin)
    scene = random_scene(5, builtin)
    scene = replace(scene, camera=bare_camera(scene.camera))
    renderer, developer = getattr(found, backend), Developer(context, builtin)
    labels = renderer.render_labels(scene)
    picture = developer.expose(scene, renderer.render_radiance(scene, shading="ids"))
    rgb = developer.develop(scene, [LensView(scene, scene)], [picture], labels).rgb_hwc
    inside = ~near_edge(labels.id_hw)
    assert np.array_equal(decode_id_colours(rgb)[inside], labels.id_hw[inside])


def labels_of(id_hw, depth=2.0):
    ids = np.asarray(id_hw, np.uint16)
    depth_hw = np.where(ids > 0, depth, np.inf).astype(np.float32)
    return LabelImages(ids, depth_hw, None, {})


def square(left, right, size=40):
    ids = np.zeros((size, size), np.uint16)
    ids[8:32, left:right] = 1
    return ids


def test_a_shift_by_a_pixel_is_at_the_edge_and_one_by_three_is_not():
    near = compare_labels(labels_of(square(8, 30)), labels_of(square(9, 31)))
    assert (near.differing, near.far_differing) == (48, 0)
    far = compare_labels(labels_of(square(8, 30)), labels_of(square(12, 34)))
    assert far.far_differing > 0
    assert not far.holds


def test_a_missing_object_and_a_wrong_depth_are_found():
    ids = square(8, 30)
    small = ids.copy()
    small[2, 2] = 7
    found = compare_labels(labels_of(ids), labels_of(small))
    assert found.missing == (7,)
    assert not found.holds
    within = compare_labels(labels_of(ids, 2.0), labels_of(ids, 2.0029))
    assert within.holds
    beyond = compare_labels(labels_of(ids, 2.0), labels_of(ids, 2.0031))
    assert beyond.wrong_depths == beyond.compared_depths > 0
    assert not beyond.holds

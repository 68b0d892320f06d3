"""Drops with known ends, planted faults that must be found, and the same bytes in another process."""

from __future__ import annotations

import hashlib
import subprocess
import sys

import numpy as np
import pytest
import trimesh
from pydantic import ValidationError

from synthvision.core.streams import rng_for
from synthvision.sampling.physics.contacts import PartsBody, contacts_of, drop_below
from synthvision.sampling.physics.hulls import Hull, convex_hull
from synthvision.sampling.physics.opening import Opening
from synthvision.sampling.physics.parts import PartsCache, cache_folder
from synthvision.sampling.physics.repair import measure_rest, repaired
from synthvision.sampling.physics.shells import shell_parts
from synthvision.sampling.physics.simulation import simulate
from synthvision.sampling.physics.solids import solid_parts
from synthvision.sampling.placement.config import Dropped
from synthvision.sampling.shapes import ShapeCache
from synthvision.scene import AssetRef

SQUARE = np.array([[-0.1, -0.1], [0.1, -0.1], [0.1, 0.1], [-0.1, 0.1]])
EYE = np.eye(3)


def box(*size_m):
    return (convex_hull(np.asarray(trimesh.creation.box(size_m).vertices)),)


def ball(radius_m):
    return (convex_hull(np.asarray(trimesh.creation.icosphere(3, radius_m).vertices)),)


def body(name, parts, at, moves=True):
    return PartsBody(name, parts, EYE, np.array(at, float), moves)


def bowl_mesh(sections=40):
    """A bowl whose inside is a sphere of 10 cm radius about (0, 0, 0.105)."""
    angle = np.linspace(0.0, 1.1, 14)
    inner = np.column_stack([0.1 * np.sin(angle), 0.105 - 0.1 * np.cos(angle)])
    outer = np.column_stack([0.105 * np.sin(angle), 0.105 - 0.105 * np.cos(angle)])
    return trimesh.creation.revolve(np.vstack([outer, inner[::-1]]), sections=sections)


def test_a_ball_in_a_bowl_comes_to_rest_at_the_bottom():
    bowl = bowl_mesh()
    parts = shell_parts(np.asarray(bowl.vertices, np.float32), np.asarray(bowl.faces, np.int64))
    standing = [PartsBody("bowl", parts, EYE, np.zeros(3), False)]
    opening = Opening(SQUARE * 0.5, 0.06, 0.0)
    falling = [body("ball", ball(0.02), (0, 0, 0))]
    outcome = simulate(standing, falling, opening, rng_for(3, 0, "t"), floor=True, height_m=0.03, most_s=8.0)
    assert outcome.at_rest
    bodies, rests = repaired(standing, outcome.bodies, True)
    # The lowest place is 5 mm high; the facets of the bowl hold a ball a little beside it.
    assert np.hypot(*bodies[0].position_m[:2]) < 0.012
    assert bodies[0].position_m[2] == pytest.approx(0.025, abs=0.0015)
    assert rests[0].holds


@pytest.mark.parametrize("seed", range(4))
def test_a_stack_of_boxes_stays_a_stack(seed):
    height = 0.03
    boxes = [body(f"b{i}", box(0.06, 0.06, height), (0, 0, 0)) for i in range(3)]
    # A shaft somewhat wider than the boxes, so that none jams: they fall one by one, and stand when its walls are gone.
    spot = Opening(SQUARE * 0.4, 0.0, 0.0)
    outcome = simulate([], boxes, spot, rng_for(0, seed, "t"), floor=True, height_m=0.002, most_s=8.0)
    assert outcome.at_rest
    bodies, rests = repaired([], outcome.bodies, True)
    heights = sorted(float(each.position_m[2]) for each in bodies)
    assert heights == pytest.approx([height / 2, 1.5 * height, 2.5 * height], abs=1e-3)
    assert all(rest.holds for rest in rests)


def test_a_planted_overlap_is_found_and_measured_and_pushed_apart():
    low, high = body("low", box(0.1, 0.1, 0.04), (0, 0, 0.02)), body("high", box(0.06, 0.06, 0.04), (0, 0, 0.057))
    contact = contacts_of([low, high])[0]
    assert contact.depth_m == pytest.approx(0.003, abs=1e-6)
    assert abs(contact.normal[2]) == pytest.approx(1.0, abs=1e-6)
    before = measure_rest([], [low, high], True)
    assert not before[1].holds
    assert before[1].depth_m == pytest.approx(0.003, abs=1e-6)
    bodies, after = repaired([], [low, high], True)
    assert all(rest.holds for rest in after)
    assert bodies[1].position_m[2] > 0.0585


def test_a_planted_overlap_with_what_stands_moves_only_what_fell():
    wall, part = (
        body("wall", box(0.02, 0.2, 0.1), (0, 0, 0.05), False),
        body("p", box(0.04, 0.04, 0.04), (0.025, 0, 0.02)),
    )
    assert contacts_of([part, wall])[0].depth_m == pytest.approx(0.005, abs=1e-6)
    bodies, after = repaired([wall], [part], True)
    assert after[0].holds
    assert bodies[0].position_m[0] == pytest.approx(0.03, abs=1e-3)
    assert bodies[0].position_m[2] == pytest.approx(0.02, abs=1e-3)


@pytest.mark.parametrize("gap_m", [0.002, 0.011])
def test_a_planted_gap_is_found_and_closed(gap_m):
    low = body("low", box(0.1, 0.1, 0.04), (0, 0, 0.02), False)
    floating = body("f", ball(0.02), (0.01, 0, 0.06 + gap_m))
    rest = measure_rest([low], [floating], True)[0]
    assert rest.gap_m == pytest.approx(gap_m, abs=1e-4)
    assert not rest.holds
    bodies, after = repaired([low], [floating], True)
    assert after[0].holds
    assert bodies[0].position_m[2] == pytest.approx(0.06, abs=2e-4)


def test_a_body_beside_a_wall_floats_all_the_same():
    wall = body("wall", box(0.02, 0.2, 0.3), (0, 0, 0.15), False)
    beside = body("b", box(0.04, 0.04, 0.04), (0.0299, 0, 0.12))
    rest = measure_rest([wall], [beside], True)[0]
    assert rest.depth_m == pytest.approx(1e-4, abs=1e-5)
    # It touches the wall, which does not carry it.
    assert rest.gap_m == pytest.approx(0.05)
    assert drop_below(body("c", box(0.04, 0.04, 0.04), (0.031, 0, 0.05)), [wall], True, 0.2) == pytest.approx(
        0.03, abs=1e-4
    )


def test_convex_parts_hold_the_model_and_little_more():
    bar = trimesh.util.concatenate(
        [trimesh.creation.box((0.1, 0.02, 0.02)),
         trimesh.creation.box((0.02, 0.1, 0.02), transform=trimesh.transformations.translation_matrix((0.04, 0.06, 0)))]
    )  # fmt: skip
    parts = solid_parts(np.asarray(bar.vertices, np.float32), np.asarray(bar.faces, np.int64))
    assert 2 <= len(parts) <= 3
    true = 0.1 * 0.02 * 0.02 + 0.02 * 0.1 * 0.02
    assert sum(part.volume_m3 for part in parts) == pytest.approx(true, rel=0.03)
    for corner in np.asarray(bar.vertices):
        assert any(_over(part, corner) < 2e-4 for part in parts)


def test_a_ring_keeps_its_hole():
    ring = trimesh.creation.annulus(0.03, 0.05, 0.02, sections=48)
    parts = solid_parts(np.asarray(ring.vertices, np.float32), np.asarray(ring.faces, np.int64))
    assert all(_over(part, np.zeros(3)) > 0.015 for part in parts)


def _over(part: Hull, point):
    corners = part.points_n3[part.triangles_m3]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return float((normals @ point - np.einsum("ij,ij->i", normals, corners[:, 0])).max())


def test_a_shell_is_exact_inside_and_leaves_the_inside_free():
    walls = [
        ((0.3, 0.2, 0.005), (0, 0, -0.0475)), ((0.005, 0.2, 0.1), (0.1475, 0, 0)), ((0.005, 0.2, 0.1), (-0.1475, 0, 0)),
        ((0.3, 0.005, 0.1), (0, 0.0975, 0)), ((0.3, 0.005, 0.1), (0, -0.0975, 0)),
    ]  # fmt: skip
    turn = trimesh.transformations.translation_matrix
    mesh = trimesh.util.concatenate([trimesh.creation.box(size, transform=turn(at)) for size, at in walls])
    parts = shell_parts(np.asarray(mesh.vertices, np.float32), np.asarray(mesh.faces, np.int64))
    grid = np.stack(np.meshgrid(np.linspace(-0.14, 0.14, 9), np.linspace(-0.09, 0.09, 7), [-0.043, 0, 0.04]), -1)
    for point in grid.reshape(-1, 3):
        assert all(_over(part, point) > 1e-3 for part in parts)
    # The floor and the walls are there, and thicker than they were made.
    for behind in ([0.05, 0.03, -0.0455], [0.1455, 0.02, 0.01], [0.03, -0.0955, 0.01], [0.05, 0.03, -0.054]):
        assert any(_over(part, np.array(behind)) < 0 for part in parts)


def test_the_cache_gives_what_would_be_computed(tmp_path, fake):
    made = ShapeCache(fake.Library()).shape(AssetRef("builtin", "bowl"))
    first, again = PartsCache(tmp_path), PartsCache(tmp_path)
    parts, read = first.parts(made, "shell"), again.parts(made, "shell")
    assert (first.computed, again.computed) == (1, 0)
    assert all(np.array_equal(a.points_n3, b.points_n3) for a, b in zip(parts, read, strict=True))
    next(tmp_path.glob("*.npz")).write_bytes(b"broken")
    assert len(PartsCache(tmp_path).parts(made, "shell")) == len(parts)
    small = PartsCache(tmp_path, kept=1, files_kept=1)
    small.parts(made, "solid")
    assert len(list(tmp_path.glob("*.npz"))) == 1


def test_the_cache_folder_can_be_named_or_switched_off(monkeypatch, tmp_path):
    monkeypatch.setenv("SYNTHVISION_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path / "convex"
    monkeypatch.setenv("SYNTHVISION_CACHE", "")
    assert cache_folder() is None


HEAP = {
    "bowls": {"pick": "bowl", "placement": {"kind": "fixed"}, "role": "background"},
    "dice": {"pick": "die", "count": 12, "placement": {"kind": "dropped", "into": "bowls"}},
    "boxes": {"pick": "box", "count": 2, "scale": 0.4, "placement": {"kind": "dropped", "into": "bowls"}},
}


def digest(scene):
    text = repr([(item.name, item.position_m, item.rotation_wxyz) for item in scene.objects])
    return hashlib.sha256(text.encode()).hexdigest()


def test_groups_settle_together_in_the_bowl(fake):
    scene = fake.sampler(HEAP).sample(0)
    names = [item.name.split("/")[0] for item in scene.objects]
    assert (
        names.count("dice") + names.count("boxes") + scene.rejections.get("objects.dice: fell off, left out", 0) == 14
    )
    inside = [item for item in scene.objects if item.name.startswith(("dice", "boxes"))]
    assert all(np.hypot(*item.position_m[:2]) < 0.13 and item.position_m[2] > 0.002 for item in inside)
    # They lie in any direction, not as they were modelled.
    tilted = [abs(item.rotation_wxyz[1]) + abs(item.rotation_wxyz[2]) > 0.05 for item in inside]
    assert sum(tilted) > 5


def test_views_of_a_scene_share_the_heap_and_other_processes_make_the_same(fake, tmp_path, request):
    first = fake.sampler(HEAP, views=2)
    one, two = first.sample(2), first.sample(3)
    assert digest(one) == digest(two)
    assert digest(fake.sampler(HEAP, views=2).sample(2)) == digest(one)
    folder = str(request.path.parent.parent)
    code = (
        f"import sys; sys.path[:0] = [{folder!r}, {str(request.path.parent)!r}]\n"
        "import importlib.util as u\n"
        f"def load(name, path):\n    s = u.spec_from_file_location(name, path); m = u.module_from_spec(s)\n"
        "    s.loader.exec_module(m); return m\n"
        f"fake = load('fakes', {folder + '/conftest.py'!r})\n"
        f"mine = load('mine', {str(request.path)!r})\n"
        "print(mine.digest(fake.make_sampler(mine.HEAP, views=2).sample(2)))\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"SYNTHVISION_CACHE": str(tmp_path)},
    )
    assert found.stdout.strip() == digest(one)


def test_what_does_not_fit_a_drop_is_refused():
    with pytest.raises(ValidationError, match="either into"):
        Dropped.model_validate({"kind": "dropped", "into": "a", "on": "b"})
    with pytest.raises(ValidationError, match="region goes with on"):
        Dropped.model_validate({"kind": "dropped", "into": "a", "region": {"radius_m": 0.1}})


def test_a_container_must_stand_before_things_fall_into_it(fake):
    with pytest.raises(ValidationError, match="must name a group placed before it"):
        fake.sampler({"dice": {"pick": "die", "placement": {"kind": "dropped", "into": "bowls"}}})


def test_things_fall_onto_the_ground_where_they_are_let_go(fake):
    region = {"radius_m": 0.05, "centre_m": [0.1, -0.2]}
    sampler = fake.sampler({"dice": {"pick": "die", "count": 3, "placement": {"kind": "dropped", "region": region}}})
    for frame in range(4):
        dice = [item for item in sampler.sample(frame).objects if item.name.startswith("dice")]
        assert len(dice) == 3
        assert all(np.hypot(item.position_m[0] - 0.1, item.position_m[1] + 0.2) < 0.15 for item in dice)

"""Resting poses against trimesh's own, and known bodies."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from synthvision.sampling.stable_poses import resting_poses, rotation_between


def poses_of(mesh):
    hull = mesh.convex_hull
    return resting_poses(np.asarray(hull.vertices), np.asarray(hull.faces), np.asarray(hull.center_mass))


@pytest.mark.parametrize(
    "mesh",
    [
        trimesh.creation.box((1, 2, 3)),
        trimesh.creation.cylinder(0.5, 2.0, sections=16),
        trimesh.creation.cone(1.0, 2.0, sections=12),
    ],
    ids=["box", "cylinder", "cone"],
)  # fmt: skip
def test_poses_and_their_likelihood_agree_with_trimesh(mesh):
    ours = poses_of(mesh)
    theirs, likelihood = trimesh.poses.compute_stable_poses(mesh.convex_hull, sigma=0.0)
    assert len(ours.weight_n) == len(likelihood)
    for down, weight in zip(ours.down_n3, ours.weight_n, strict=True):
        # The direction that each of their poses turns to -Z.
        closest = int(np.argmax([-(pose[:3, :3].T @ [0, 0, 1]) @ down for pose in theirs]))
        assert -(theirs[closest][:3, :3].T @ [0, 0, 1]) @ down == pytest.approx(1, abs=1e-6)
        assert weight == pytest.approx(likelihood[closest], rel=0.02)


def test_a_flat_tin_may_lie_on_its_side():
    poses = poses_of(trimesh.creation.cylinder(0.043, 0.038, sections=40))
    assert (np.abs(poses.down_n3[:, 2]) < 0.1).sum() == 40


def test_a_bevelled_cube_has_six_poses():
    grid = np.array(np.meshgrid([-1, 1], [-1, 1], [-1, 1])).reshape(3, -1).T
    corners = np.concatenate([grid * scale for scale in ([1, 0.9, 0.9], [0.9, 1, 0.9], [0.9, 0.9, 1])])
    poses = poses_of(trimesh.convex.convex_hull(corners))
    assert poses.weight_n == pytest.approx(np.full(6, 1 / 6))
    assert np.abs(poses.down_n3).max(axis=1) == pytest.approx(np.ones(6))


def test_a_sheet_never_balances_on_its_edge():
    poses = poses_of(trimesh.creation.box((0.0635, 0.0889, 0.0003)))
    assert len(poses.weight_n) == 2
    assert np.abs(poses.down_n3[:, 2]) == pytest.approx([1, 1])


def test_rotation_between_turns_one_direction_into_the_other():
    rng = np.random.Generator(np.random.Philox(key=1))
    ways = rng.normal(size=(20, 3))
    ways /= np.linalg.norm(ways, axis=1, keepdims=True)
    for first, second in [*zip(ways, ways[::-1], strict=True), (ways[0], -ways[0]), (ways[0], ways[0])]:
        turn = rotation_between(first, second)
        assert turn @ first == pytest.approx(second, abs=1e-9)
        assert np.linalg.det(turn) == pytest.approx(1)

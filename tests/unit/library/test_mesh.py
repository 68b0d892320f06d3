"""Normals by angle, welding, open edges."""

from __future__ import annotations

import numpy as np
import pytest

from synthvision.library.mesh import RawPart, clean_part, open_edge_count, smooth_normals, weld_vertices


def sphere(rings: int = 24, sectors: int = 48) -> tuple[np.ndarray, np.ndarray]:
    """A closed unit sphere with a seam of doubled vertices, as texture coordinates need it."""
    polar = np.linspace(0, np.pi, rings + 1)
    around = np.linspace(0, 2 * np.pi, sectors + 1)
    grid = np.stack(
        [
            np.sin(polar)[:, None] * np.cos(around),
            np.sin(polar)[:, None] * np.sin(around),
            np.cos(polar)[:, None] * np.ones_like(around),
        ],
        axis=-1,
    )
    grid[:, -1] = grid[:, 0]
    grid[0], grid[-1] = (0, 0, 1), (0, 0, -1)
    index = np.arange((rings + 1) * (sectors + 1)).reshape(rings + 1, sectors + 1)
    a, b, c, d = index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]
    triangles = np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)])
    return grid.reshape(-1, 3), triangles.astype(np.int64)


def wedge(angle_deg: float) -> tuple[np.ndarray, np.ndarray]:
    """Two triangles that share an edge, bent by an angle."""
    bend = np.radians(angle_deg)
    points = np.array([[0, 0, 0], [0, 1, 0], [-1, 0, 0], [np.cos(bend), 0, np.sin(bend)]])
    return points, np.array([[0, 1, 2], [0, 3, 1]], np.int64)


def test_a_smooth_sphere_has_radial_normals_across_its_seam():
    points, triangles = sphere()
    part, notes = clean_part(RawPart(positions_n3=points, triangles_m3=triangles), "sphere")
    assert notes == ()
    np.testing.assert_allclose(part.normals_n3, part.positions_n3, atol=0.02)
    assert len(part.positions_n3) <= len(points)


@pytest.mark.parametrize(("angle", "vertices"), [(30, 4), (50, 6)])
def test_edges_break_at_the_crease_angle(angle, vertices):
    points, triangles = wedge(angle)
    source, new, normals = smooth_normals(points, triangles, np.radians(40))
    assert len(source) == vertices
    np.testing.assert_allclose(points[source][new], points[triangles])
    np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1)
    if angle > 40:
        faces = np.cross(
            points[triangles[:, 1]] - points[triangles[:, 0]], points[triangles[:, 2]] - points[triangles[:, 0]]
        )
        faces /= np.linalg.norm(faces, axis=1)[:, None]
        np.testing.assert_allclose(normals[new], np.repeat(faces[:, None], 3, axis=1), atol=1e-12)


def test_zero_normals_are_computed_and_named():
    points, triangles = wedge(0)
    normals = np.array([[0, 0, 1], [0, 0, 0], [0, 0, 1], [np.nan, 0, 1]])
    part, notes = clean_part(RawPart(positions_n3=points, triangles_m3=triangles, normals_n3=normals, name="w"), "f")
    expected = np.cross(points[1] - points[0], points[2] - points[0])
    np.testing.assert_allclose(part.normals_n3[[1, 3]], [expected, expected])
    assert notes == ("part 'w': 2 normals without a length were computed from the faces",)


def test_open_edges_of_a_closed_and_an_opened_sphere():
    points, triangles = sphere()
    assert open_edge_count(points, triangles) == 0
    middle = len(triangles) // 4
    assert open_edge_count(points, np.delete(triangles, middle, axis=0)) == 3


def test_welding_is_exact_or_within_a_tolerance():
    points = np.array([[0, 0, 0], [1e-9, 0, 0], [-0.0, 0, 0], [1, 0, 0]])
    assert len(set(weld_vertices(points).tolist())) == 3
    assert len(set(weld_vertices(points, 1e-6).tolist())) == 2

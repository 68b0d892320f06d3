"""Properties of mesh loading: polygons keep their area, normals are unit, GLB data come back as written."""

from __future__ import annotations

import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from synthvision.library.gltf.document import GltfDocument
from synthvision.library.mesh import RawPart, clean_part, open_edge_count, smooth_normals
from synthvision.library.polygons import triangulate_polygon


@given(st.lists(st.floats(0.2, 5), min_size=3, max_size=14), st.integers(0, 2), st.booleans())
def test_triangles_of_a_star_shaped_polygon_cover_it_once(radii, axis, turned):
    angles = 2 * np.pi * np.arange(len(radii)) / len(radii)
    flat = np.stack([np.cos(angles) * radii, np.sin(angles) * radii], axis=1)
    points = np.insert(flat[::-1] if turned else flat, axis, 7.0, axis=1)
    triangles = np.array(triangulate_polygon(points))
    normals = np.cross(
        points[triangles[:, 1]] - points[triangles[:, 0]], points[triangles[:, 2]] - points[triangles[:, 0]]
    )
    whole = np.cross(points - points[0], np.roll(points, -1, axis=0) - points[0]).sum(axis=0)
    assert len(triangles) == len(radii) - 2
    np.testing.assert_allclose(np.linalg.norm(normals, axis=1).sum(), np.linalg.norm(whole), rtol=1e-9)
    np.testing.assert_allclose(normals.sum(axis=0), whole, rtol=1e-9, atol=1e-9)


@given(
    hnp.arrays(np.float32, (12, 3), elements=st.floats(-100, 100, width=32)),
    hnp.arrays(np.int64, (9, 3), elements=st.integers(0, 11)),
)
def test_any_soup_becomes_clean_or_nothing(positions, triangles):
    part, _ = clean_part(RawPart(positions_n3=positions, triangles_m3=triangles), "soup")
    if part is None:
        return
    corners = part.positions_n3[part.triangles_m3]
    areas = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    assert (areas > 0).all()
    np.testing.assert_allclose(np.linalg.norm(part.normals_n3, axis=1), 1, atol=1e-9)
    assert set(np.unique(part.triangles_m3)) == set(range(len(part.positions_n3)))
    assert open_edge_count(part.positions_n3, part.triangles_m3) >= 0


@given(st.floats(0, 180))
def test_a_bent_pair_is_smooth_below_the_crease_and_sharp_above(angle):
    bend = np.radians(angle)
    points = np.array([[0, 0, 0], [0, 1, 0], [-1, 0, 0], [np.cos(bend), 0, np.sin(bend)]])
    source, _, _ = smooth_normals(points, np.array([[0, 1, 2], [0, 3, 1]], np.int64), np.radians(40))
    if abs(angle - 40) > 1e-6:
        assert len(source) == (4 if angle < 40 else 6)


@given(
    st.sampled_from([(5120, "<i1"), (5121, "<u1"), (5122, "<i2"), (5123, "<u2"), (5125, "<u4"), (5126, "<f4")]),
    st.sampled_from([("SCALAR", 1), ("VEC2", 2), ("VEC3", 3), ("VEC4", 4)]),
    st.integers(0, 20),
    st.integers(0, 9),
    st.integers(0, 9),
    st.data(),
)
def test_accessors_return_what_was_written_at_any_offset_and_stride(
    tmp_path_factory, number, kind, count, before, gap, data
):
    code, dtype = number
    name, width = kind
    values = data.draw(hnp.arrays(dtype, (count, width), elements={"allow_nan": False} if code == 5126 else None))
    size = np.dtype(dtype).itemsize * width
    body = b"\7" * before + b"".join(row.tobytes() + b"\7" * gap for row in values)
    content = {
        "asset": {"version": "2.0"},
        "buffers": [{"byteLength": len(body)}],
        "bufferViews": [{"buffer": 0, "byteLength": len(body), "byteStride": size + gap}],
        "accessors": [{"bufferView": 0, "byteOffset": before, "componentType": code, "count": count, "type": name}],
    }
    folder = tmp_path_factory.getbasetemp()
    document = GltfDocument(folder / "a.glb", folder, json.loads(json.dumps(content)), body)
    np.testing.assert_array_equal(document.accessor(0), values)

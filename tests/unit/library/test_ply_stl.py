"""PLY and STL files with known answers."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from synthvision.core.errors import AssetError
from synthvision.library.loading import ModelOptions, load_model_file

CORNERS = np.array([[0, 0, 0], [2, 0, 0], [2, 1, 0], [0, 1, 0]], "f4")
KEEP = ModelOptions(origin="file", unit="m")

HEADER = """ply
format {format} 1.0
comment made by hand
element vertex 4
property float x
property float y
property float z
property uchar red
property uchar green
property uchar blue
element face {faces}
property list uchar int vertex_indices
{extra}end_header
"""


def ply_bytes(order: str, faces: list[list[int]], *, extra: bool = False) -> bytes:
    name = {"<": "binary_little_endian", ">": "binary_big_endian", "": "ascii"}[order]
    more = "property uchar flag\n" if extra else ""
    head = HEADER.format(format=name, faces=len(faces), extra=more).encode()
    colours = [(255, 0, 0), (0, 255, 0), (188, 188, 188), (0, 0, 0)]
    if not order:
        lines = [f"{x} {y} {z} {r} {g} {b}" for (x, y, z), (r, g, b) in zip(CORNERS.tolist(), colours, strict=True)]
        lines += [" ".join(map(str, [len(face), *face, *([7] if extra else [])])) for face in faces]
        return head + ("\n".join(lines) + "\n").encode()
    body = b"".join(
        struct.pack(f"{order}fffBBB", *corner, *colour)
        for corner, colour in zip(CORNERS.tolist(), colours, strict=True)
    )
    for face in faces:
        body += struct.pack(f"{order}B{len(face)}i", len(face), *face) + (b"\7" if extra else b"")
    return head + body


def load(kit, data: bytes, suffix: str, options: ModelOptions = KEEP):
    path = kit.folder / f"mesh{suffix}"
    path.write_bytes(data)
    return load_model_file(path, "k", options)


@pytest.mark.parametrize("order", ["", "<", ">"])
@pytest.mark.parametrize("faces", [[[0, 1, 2], [0, 2, 3]], [[0, 1, 2, 3]], [[0, 1, 2, 3], [0, 1, 2]]])
@pytest.mark.parametrize("extra", [False, True])
def test_ply_in_every_encoding(kit, order, faces, extra):
    model = load(kit, ply_bytes(order, faces, extra=extra), ".ply")
    (part,) = model.parts
    assert model.triangle_count == sum(len(face) - 2 for face in faces)
    np.testing.assert_allclose(model.bounds_23, [[0, 0, 0], [2, 1, 0]])  # Z up: nothing is turned
    np.testing.assert_allclose(part.normals_n3, np.tile([0, 0, 1], (len(part.normals_n3), 1)), atol=1e-6)
    at_corner = {tuple(p): tuple(np.round(c, 3)) for p, c in zip(part.positions_n3, part.colours_n4, strict=True)}
    assert at_corner[2, 1, 0] == pytest.approx((0.503, 0.503, 0.503, 1), abs=2e-3)  # sRGB 188 is half the light
    assert at_corner[0, 0, 0] == (1, 0, 0, 1)
    assert ("the face property flag is left out" in model.warnings) == extra


@pytest.mark.parametrize("order", ["", "<"])
def test_ply_cut_short_is_refused(kit, order):
    data = ply_bytes(order, [[0, 1, 2], [0, 2, 3]])
    for length in range(0, len(data) - 1, 5):
        with pytest.raises(AssetError, match=r"mesh\.ply"):
            load(kit, data[:length], ".ply")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (b"element vertex 4", b"element vertex 400000000000", "0 to 50000000 items"),
        (b"element vertex 4", b"element vertex -4", "0 to 50000000 items"),
        (b"property float x", b"property wide x", "broken line in the PLY header"),
        (b"property float x", b"property float w", "must have vertices with x, y and z"),
        (b"format ascii 1.0", b"format rot13 1.0", "broken line"),
        (b"element face 2", b"element face 0", "must have faces"),
    ],
)
def test_ply_headers_are_checked(kit, old, new, message):
    with pytest.raises(AssetError, match=message):
        load(kit, ply_bytes("", [[0, 1, 2], [0, 2, 3]]).replace(old, new), ".ply")


def test_ply_texture_coordinates_and_file(kit):
    kit.picture("skin.png", kit.flat((9, 8, 7)))
    head = "ply\nformat ascii 1.0\ncomment TextureFile skin.png\nelement vertex 3\n"
    head += "".join(f"property float {name}\n" for name in ("x", "y", "z", "s", "t", "confidence"))
    head += "element face 1\nproperty list uchar int vertex_index\nend_header\n"
    model = load(kit, (head + "0 0 0 0 0 1\n1 0 0 1 0 1\n0 1 0 0 1 1\n3 0 1 2\n").encode(), ".ply")
    np.testing.assert_allclose(model.parts[0].uvs_n2, [[0, 1], [1, 1], [0, 0]])
    assert model.materials[0].base_colour_map.pixels_hwc[0, 0].tolist() == [9, 8, 7]
    assert model.warnings == ("the vertex property confidence is left out",)


def box_corners() -> np.ndarray:
    """Twelve triangles of a unit cube, counter-clockwise from outside."""
    faces = []
    for axis in range(3):
        for side in (0, 1):
            quad = np.zeros((4, 3))
            quad[:, (axis + 1) % 3] = [0, 1, 1, 0]
            quad[:, (axis + 2) % 3] = [0, 0, 1, 1]
            quad[:, axis] = side
            quad = quad if side else quad[::-1]
            faces += [quad[[0, 1, 2]], quad[[0, 2, 3]]]
    return np.array(faces)


def binary_stl(corners: np.ndarray) -> bytes:
    body = b"".join(struct.pack("<12fH", 0, 0, 0, *face.ravel(), 0) for face in corners)
    return b"solid but binary".ljust(80) + struct.pack("<I", len(corners)) + body


def text_stl(corners: np.ndarray) -> bytes:
    lines = ["solid box"]
    for face in corners:
        lines += [
            "facet normal 0 0 0",
            "outer loop",
            *(f"vertex {x} {y} {z}" for x, y, z in face),
            "endloop",
            "endfacet",
        ]
    return "\n".join([*lines, "endsolid box"]).encode()


@pytest.mark.parametrize("write", [binary_stl, text_stl])
def test_stl_box_has_sharp_edges_and_millimetres(kit, write):
    model = load(kit, write(box_corners() * 30), ".stl", ModelOptions(origin="file"))
    (part,) = model.parts
    assert model.triangle_count == 12
    np.testing.assert_allclose(model.bounds_23, [[0, 0, 0], [0.03] * 3], atol=1e-7)
    assert len(part.positions_n3) == 36
    normals = np.abs(part.normals_n3)
    np.testing.assert_allclose(np.sort(normals, axis=1), np.tile([0, 0, 1], (36, 1)), atol=1e-6)
    outward = part.positions_n3[part.triangles_m3].mean(axis=1) - 0.015
    assert (np.einsum("ij,ij->i", outward, part.normals_n3[part.triangles_m3[:, 0]]) > 0).all()


@pytest.mark.parametrize("data", [b"", b"solid x\nvertex 1 2\n", binary_stl(box_corners())[:-1], b"\0" * 90])
def test_stl_that_is_damaged_is_refused(kit, data):
    with pytest.raises(AssetError, match=r"mesh\.stl"):
        load(kit, data, ".stl")

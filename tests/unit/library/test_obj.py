"""OBJ and MTL files with known answers."""

from __future__ import annotations

import numpy as np
import pytest

from synthvision.core.errors import AssetError
from synthvision.library.loading import ModelOptions, load_model_file
from synthvision.library.mtl import roughness_from_exponent
from synthvision.library.polygons import triangulate_polygon

SQUARE = """
v 0 0 0
v 1 0 0
v 1 1 0
v 0 1 0
vt 0 0
vt 1 0
vt 1 1
vt 0 1
"""


def load(kit, text: str, mtl: str | None = None, **options):
    path = kit.folder / "model.obj"
    path.write_text(text)
    if mtl is not None:
        (kit.folder / "model.mtl").write_text(mtl)
    return load_model_file(path, "k", ModelOptions(origin="file", **options))


def area(model) -> float:
    total = 0.0
    for part in model.parts:
        corners = part.positions_n3[part.triangles_m3].astype(np.float64)
        total += (
            np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1).sum() / 2
        )
    return float(total)


def test_a_quad_becomes_two_triangles_with_v_from_the_top(kit):
    model = load(kit, SQUARE + "f 1/1 2/2 3/3 4/4\n")
    (part,) = model.parts
    assert model.triangle_count == 2
    assert area(model) == pytest.approx(1)
    by_place = {tuple(np.round(p, 3) + 0.0): tuple(uv) for p, uv in zip(part.positions_n3, part.uvs_n2, strict=True)}
    assert by_place[0, 0, 0] == (0, 1)  # OBJ's v = 0 is the picture's bottom
    assert by_place[1, 0, 1] == (1, 0)
    np.testing.assert_allclose(part.normals_n3, [[0, -1, 0]] * 4, atol=1e-6)


def test_negative_indices_count_from_the_end(kit):
    assert area(load(kit, SQUARE + "f -4 -3 -2 -1\n")) == pytest.approx(1)


def test_up_axis_and_unit_come_from_the_catalogue(kit):
    model = load(kit, SQUARE + "f 1 2 3 4\n", up_axis="z", unit="cm")
    np.testing.assert_allclose(model.bounds_23, [[0, 0, 0], [0.01, 0.01, 0]], atol=1e-9)
    model = load(kit, SQUARE.replace("v 1 1 0", "v 1 1 3") + "f 1 2 3 4\n", up_axis="x")
    assert model.bounds_23[1][2] == pytest.approx(1)


def test_a_hollow_polygon_keeps_its_area(kit):
    """A U-shape: a fan about its first corner would fill the gap."""
    points = [(0, 0), (3, 0), (3, 2), (2, 2), (2, 1), (1, 1), (1, 2), (0, 2)]
    text = "".join(f"v {x} {y} 0\n" for x, y in points) + "f 1 2 3 4 5 6 7 8\n"
    assert area(load(kit, text)) == pytest.approx(5)


@pytest.mark.parametrize("axes", [(0, 1, 2), (1, 2, 0), (2, 0, 1), (1, 0, 2)])
def test_triangulation_keeps_the_turning_sense_in_any_plane(axes):
    flat = np.array([(0, 0, 0), (4, 0, 0), (4, 4, 0), (2, 1, 0), (0, 4, 0)], np.float64)[:, axes]
    triangles = np.array(triangulate_polygon(flat))
    normals = np.cross(flat[triangles[:, 1]] - flat[triangles[:, 0]], flat[triangles[:, 2]] - flat[triangles[:, 0]])
    whole = np.cross(flat, np.roll(flat, -1, axis=0)).sum(axis=0)
    assert len(triangles) == 3
    np.testing.assert_allclose(normals.sum(axis=0), whole)
    assert (normals @ whole > 0).all()


def test_materials_of_the_library(kit):
    kit.picture("tex/wood.png", kit.flat((90, 60, 30)))
    kit.picture("normals.png", kit.flat((128, 128, 255)))
    kit.picture("rough.png", kit.flat((50, 50, 50)))
    mtl = """
newmtl wood
Kd 0.5 0.25 0.125
map_Kd -clamp on tex/wood.png
map_Bump -bm 0.3 normals.png
map_Pr rough.png
Pm 0.75
Ni 1.4
newmtl glass
Kd 1 1 1
Ns 198
d 0.6
Ke 0 0 2
"""
    text = "mtllib model.mtl\n" + SQUARE + "usemtl wood\nf 1/1 2/2 3/3\nusemtl glass\nf 1/1 3/3 4/4\n"
    model = load(kit, text, mtl)
    wood, glass = model.materials
    assert (wood.name, glass.name) == ("wood", "glass")
    assert wood.base_colour == (0.5, 0.25, 0.125, 1.0)
    assert wood.base_colour_map.pixels_hwc[0, 0].tolist() == [90, 60, 30]
    assert wood.normal_map.pixels_hwc[0, 0].tolist() == [128, 128, 255]
    assert wood.metallic_roughness_map.pixels_hwc[0, 0].tolist() == [255, 50, 255]
    assert (wood.roughness, wood.metallic, wood.ior) == (1.0, 0.75, 1.4)
    assert glass.roughness == pytest.approx(roughness_from_exponent(198), abs=1e-9)
    assert (glass.alpha_mode, glass.base_colour[3]) == ("blend", 0.6)
    assert glass.emissive == (0.0, 0.0, 2000.0)
    assert [text for text in model.warnings if "-clamp" in text]


def test_opacity_map_becomes_an_alpha_mask(kit):
    kit.picture("leaf.png", kit.flat((0, 200, 0)))
    holes = kit.flat(255)
    holes[:2] = 0
    kit.picture("holes.png", holes)
    mtl = "newmtl leaf\nmap_Kd leaf.png\nmap_d holes.png\n"
    (leaf,) = load(kit, "mtllib model.mtl\n" + SQUARE + "usemtl leaf\nf 1/1 2/2 3/3\n", mtl).materials
    assert leaf.alpha_mode == "mask"
    assert leaf.base_colour_map.pixels_hwc[[0, 3], 0].tolist() == [[0, 200, 0, 0], [0, 200, 0, 255]]


def test_height_maps_and_unknown_keys_are_named(kit):
    kit.picture("heights.png", kit.flat(100))
    mtl = "newmtl m\nbump heights.png\nrefl -type sphere sky.png\n"
    model = load(kit, "mtllib model.mtl\n" + SQUARE + "usemtl m\nf 1 2 3\n", mtl)
    text = " ".join(model.warnings)
    assert "holds heights, not normals" in text
    assert "refl is left out" in text


def test_missing_library_warns_and_missing_texture_fails(kit):
    text = "mtllib gone.mtl\n" + SQUARE + "usemtl m\nf 1 2 3\n"
    assert any("gone.mtl is missing" in warning for warning in load(kit, text).warnings)
    with pytest.raises(AssetError, match=r"model\.mtl:2: wood\.png, which it names, does not exist"):
        load(kit, "mtllib model.mtl\n" + text, "newmtl m\nmap_Kd wood.png\n")


def test_paths_may_not_leave_the_pack(kit):
    with pytest.raises(AssetError, match="leads out of the pack"):
        load(kit, "mtllib ../x.mtl\n" + SQUARE + "f 1 2 3\n")
    with pytest.raises(AssetError, match="relative path"):
        load(kit, "mtllib model.mtl\n" + SQUARE + "f 1 2 3\n", "newmtl m\nmap_Kd /etc/passwd\n")


def test_parts_follow_objects_and_materials(kit):
    text = SQUARE + "o one\nusemtl a\nf 1 2 3\nusemtl b\nf 1 3 4\no two\nusemtl a\nf 1 2 4\n"
    model = load(kit, text)
    assert [(part.name, model.materials[part.material].name) for part in model.parts] == [
        ("one", "a"), ("one", "b"), ("two", "a"),
    ]  # fmt: skip
    assert all(material.double_sided for material in model.materials)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("f 1 2 9", r"model\.obj:10: .*index 9 is not among the 4"),
        ("f 1 2", "three corners"),
        ("v 1 x 2", "could not convert"),
        ("wobble 3", "unknown keyword 'wobble'"),
        ("f 0 1 2", "index 0"),
    ],
)
def test_broken_lines_are_named_with_their_number(kit, line, message):
    with pytest.raises(AssetError, match=message):
        load(kit, SQUARE + line + "\n")

"""Texture sets: names, roles, packing."""

from __future__ import annotations

import numpy as np
import pytest

from synthvision.core.errors import AssetError
from synthvision.library.indexing import index_folder
from synthvision.library.materials import load_texture_set
from synthvision.library.words import attributes_from_name, parse_texture_name, tags_from_words, tile_from_tags


@pytest.mark.parametrize(
    ("stem", "base", "role", "resolution"),
    [
        ("Marble006_1K_Color", "Marble006", "base_colour", "1k"),
        ("Metal007_2K-JPG_NormalGL", "Metal007", "normal", "2k"),
        ("Metal007_2K-JPG_NormalDX", "Metal007", "normal_dx", "2k"),
        ("Ground037_1K_AmbientOcclusion", "Ground037", "occlusion", "1k"),
        ("wood_table_diff_1k", "wood_table", "base_colour", "1k"),
        ("wood_table_nor_gl_4k", "wood_table", "normal", "4k"),
        ("wood_table_nor_dx_4k", "wood_table", "normal_dx", "4k"),
        ("wood_table_arm_1k", "wood_table", "arm", "1k"),
        ("brick-wall_BaseColor", "brick-wall", "base_colour", ""),
        ("brick-wall_base_color", "brick-wall", "base_colour", ""),
        ("rustedMetallic", "rusted", "metallic", ""),
        ("blue_metal_plate_diff_1k", "blue_metal_plate", "base_colour", "1k"),
        ("pavement_disp", "pavement", "displacement", ""),
        ("Roughness", "", "roughness", ""),
        ("rough_wood", "rough_wood", None, ""),
        ("normal_people", "normal_people", None, ""),
        ("10_of_clubs", "10_of_clubs", None, ""),
        ("colour", "", "base_colour", ""),
    ],
)
def test_names_of_maps(stem, base, role, resolution):
    found = parse_texture_name(stem)
    assert (found.base, found.role, found.resolution) == (base, role, resolution)


def test_a_family_is_one_material(kit):
    for role, value in (
        ("Color", (200, 10, 20)), ("NormalDX", (128, 100, 255)), ("Roughness", (50, 60, 70)),
        ("Metalness", (11, 11, 11)), ("AmbientOcclusion", (222, 222, 222)), ("Displacement", (1, 1, 1)),
    ):  # fmt: skip
        kit.picture(f"textures/steel/Steel01_1K_{role}.png", kit.flat(value))
    pack = index_folder(kit.folder, "p")
    (entry,) = pack.entries
    assert (entry.name, entry.kind, entry.category) == ("textures/steel/Steel01", "material", "steel")
    assert entry.notes == ("the displacement map Steel01_1K_Displacement.png is not used",)
    material = load_texture_set(entry.maps, "Steel01", kit.reader(), tags=entry.tags, tile_m=entry.tile_m)
    assert material.base_colour_map.pixels_hwc[0, 0].tolist() == [200, 10, 20]
    assert material.base_colour_map.is_srgb
    assert material.normal_map.pixels_hwc[0, 0].tolist() == [128, 155, 255]  # DirectX: green turned
    assert not material.normal_map.is_srgb
    assert material.metallic_roughness_map.pixels_hwc[0, 0].tolist() == [222, 60, 11]  # green of a packed roughness map
    assert material.occlusion_map is material.metallic_roughness_map
    assert (material.metallic, material.roughness, material.tile_m) == (1.0, 1.0, 1.0)


def test_opengl_normals_win_and_stay(kit):
    kit.picture("a_Color.png", kit.flat(9))
    kit.picture("a_NormalGL.png", kit.flat((128, 100, 255)))
    kit.picture("a_NormalDX.png", kit.flat((128, 155, 255)))
    (entry,) = index_folder(kit.folder, "p").entries
    assert load_texture_set(entry.maps, "a", kit.reader()).normal_map.pixels_hwc[0, 0, 1] == 100


def test_one_picture_is_a_material_with_a_stated_roughness(kit):
    kit.picture("textures/asphalt_01_diff_1k.jpg", kit.flat(90))
    (entry,) = index_folder(kit.folder, "p").entries
    material = load_texture_set(entry.maps, "asphalt", kit.reader(), tags=entry.tags, tile_m=entry.tile_m)
    assert entry.name == "textures/asphalt_01"
    assert (material.roughness, material.metallic, material.tile_m) == (0.9, 0.0, 3.0)
    assert material.metallic_roughness_map is None
    assert material.alpha_mode == "opaque"


def test_gloss_is_roughness_turned_round_and_sizes_may_differ(kit):
    kit.picture("a_albedo.png", kit.flat(9))
    kit.picture("a_gloss.png", kit.flat(55, size=2))
    kit.picture("a_metallic.png", kit.flat(77, size=8))
    (entry,) = index_folder(kit.folder, "p").entries
    packed = load_texture_set(entry.maps, "a", kit.reader()).metallic_roughness_map.pixels_hwc
    assert packed.shape == (8, 8, 3)
    assert packed[0, 0].tolist() == [255, 200, 77]


def test_packed_maps_and_opacity(kit):
    kit.picture("leaf_diff.png", kit.flat((0, 99, 0)))
    kit.picture("leaf_arm.png", kit.flat((200, 150, 100)))
    holes = np.zeros((4, 4), np.uint8)
    holes[0] = 255
    kit.picture("leaf_opacity.png", holes)
    (entry,) = index_folder(kit.folder, "p").entries
    material = load_texture_set(entry.maps, "leaf", kit.reader())
    assert material.metallic_roughness_map is material.occlusion_map
    assert material.occlusion_map.pixels_hwc[0, 0].tolist() == [200, 150, 100]
    assert material.alpha_mode == "mask"
    assert material.base_colour_map.pixels_hwc[:2, 0].tolist() == [[0, 99, 0, 255], [0, 99, 0, 0]]


def test_resolutions_are_kept_apart(kit):
    for size in ("1K", "2K"):
        kit.picture(f"Rock_{size}_Color.png", kit.flat(9))
        kit.picture(f"Rock_{size}_Roughness.png", kit.flat(9))
    assert [entry.name for entry in index_folder(kit.folder, "p").entries] == ["Rock_1k", "Rock_2k"]


def test_a_set_without_base_colour_is_a_note(kit):
    kit.picture("a.png", kit.flat(9))
    kit.picture("b_Normal.png", kit.flat(9))
    pack = index_folder(kit.folder, "p")
    assert [entry.name for entry in pack.entries] == ["a"]
    assert pack.notes == ("b: a texture set must have a base colour map, got b_Normal.png",)
    with pytest.raises(AssetError, match="must have a base colour map, got normal"):
        load_texture_set({"normal": kit.folder / "b_Normal.png"}, "b", kit.reader())


def test_words():
    assert attributes_from_name("queen_of_hearts") == {"rank": "queen", "suit": "hearts"}
    assert attributes_from_name("Two_of_Spades") == {"rank": "two", "suit": "spades"}
    assert attributes_from_name("11_of_clubs") == attributes_from_name("king_of_prussia") == {}
    assert tags_from_words("texture_wood-floor-43".replace("texture_", ""), "WoodFloor043") == ("floor", "wood")
    assert tile_from_tags(("unheard", "of")) == 1.0

"""Materials, maps, samplers and material extensions of glTF with known values."""

from __future__ import annotations

import numpy as np
import pytest

UVS = np.float32([[0, 0], [1, 0], [0, 1]])


def loaded(kit, glb, material, **attributes):
    glb.node(mesh=glb.mesh(material=material, TEXCOORD_0=UVS, **attributes))
    return kit.load(glb)


def test_all_factors_and_maps_arrive(kit):
    glb = kit.Glb()
    colour, packed = kit.flat((200, 100, 50)), kit.flat((10, 20, 30))
    normal, hollow, glow = kit.flat((128, 128, 255)), kit.flat((77, 0, 0)), kit.flat((1, 2, 3))
    index = glb.material(
        name="paint",
        pbrMetallicRoughness={
            "baseColorFactor": [0.5, 0.25, 0.125, 1],
            "baseColorTexture": glb.texture(colour, wrapS=33071, wrapT=33648),
            "metallicFactor": 0.3,
            "roughnessFactor": 0.7,
            "metallicRoughnessTexture": glb.texture(packed),
        },
        normalTexture={**glb.texture(normal), "scale": 0.5},
        occlusionTexture={**glb.texture(hollow), "strength": 0.8},
        emissiveTexture=glb.texture(glow),
        emissiveFactor=[1, 0.5, 0],
        doubleSided=True,
        extensions={
            "KHR_materials_emissive_strength": {"emissiveStrength": 2},
            "KHR_materials_ior": {"ior": 1.33},
            "KHR_materials_clearcoat": {"clearcoatFactor": 0.9, "clearcoatRoughnessFactor": 0.2},
        },
    )
    glb.json["extensionsUsed"] = list(glb.json["materials"][0]["extensions"])
    model = loaded(kit, glb, index)
    (material,) = model.materials
    assert model.warnings == ()
    assert material.name == "paint"
    assert material.base_colour == (0.5, 0.25, 0.125, 1.0)
    assert material.base_colour_map.pixels_hwc[0, 0].tolist() == [200, 100, 50]
    assert material.base_colour_map.is_srgb
    assert material.base_colour_map.wrap_uv == ("clamp", "mirror")
    assert (material.metallic, material.roughness) == (0.3, 0.7)
    assert material.metallic_roughness_map.pixels_hwc[0, 0].tolist() == [10, 20, 30]
    assert not material.metallic_roughness_map.is_srgb
    assert material.metallic_roughness_map.wrap_uv == ("repeat", "repeat")
    assert material.normal_map.pixels_hwc[0, 0].tolist() == [128, 128, 255]
    assert (material.normal_scale, material.occlusion_strength) == (0.5, 0.8)
    assert material.occlusion_map.pixels_hwc[0, 0, 0] == 77
    assert material.emissive_map.is_srgb
    assert material.emissive == (2000.0, 1000.0, 0.0)
    assert (material.ior, material.clearcoat, material.clearcoat_roughness) == (1.33, 0.9, 0.2)
    assert material.double_sided
    assert material.alpha_mode == "opaque"


def test_defaults_are_those_of_the_format(kit):
    glb = kit.Glb()
    (material,) = loaded(kit, glb, glb.material()).materials
    assert (material.metallic, material.roughness, material.base_colour) == (1.0, 1.0, (1.0, 1.0, 1.0, 1.0))
    assert not material.double_sided


def test_texture_rows_and_uvs_keep_v_zero_at_the_top(kit):
    glb = kit.Glb()
    pixels = np.zeros((2, 2, 3), np.uint8)
    pixels[0] = 255
    index = glb.material(pbrMetallicRoughness={"baseColorTexture": glb.texture(pixels)})
    model = loaded(kit, glb, index)
    assert model.materials[0].base_colour_map.pixels_hwc[0].min() == 255
    np.testing.assert_allclose(model.parts[0].uvs_n2, UVS)


def test_alpha_mask_keeps_alpha_and_cutoff(kit):
    glb = kit.Glb()
    pixels = np.full((2, 2, 4), 255, np.uint8)
    pixels[0, 0, 3] = 0
    info = glb.texture(pixels)
    index = glb.material(alphaMode="MASK", alphaCutoff=0.25, pbrMetallicRoughness={"baseColorTexture": info})
    (material,) = loaded(kit, glb, index).materials
    assert (material.alpha_mode, material.alpha_cutoff) == ("mask", 0.25)
    assert material.base_colour_map.pixels_hwc[0, 0, 3] == 0


def test_opaque_material_ignores_alpha_of_its_map(kit):
    glb = kit.Glb()
    info = glb.texture(np.zeros((2, 2, 4), np.uint8))
    (material,) = loaded(kit, glb, glb.material(pbrMetallicRoughness={"baseColorTexture": info})).materials
    assert material.base_colour_map.pixels_hwc.shape[2] == 3


def test_texture_transform_is_translation_after_rotation_after_scale(kit):
    """A quarter turn counter-clockwise in the picture takes u (to the right) upwards, which is -v."""
    glb = kit.Glb()
    transform = {"offset": [0.5, 0.25], "rotation": float(np.pi / 2), "scale": [2, 3]}
    info = {**glb.texture(kit.flat(9)), "extensions": {"KHR_texture_transform": transform}}
    index = glb.material(pbrMetallicRoughness={"baseColorTexture": info})
    glb.json["extensionsUsed"] = ["KHR_texture_transform"]
    model = loaded(kit, glb, index)
    np.testing.assert_allclose(model.parts[0].uvs_n2, [[0.5, 0.25], [0.5, -1.75], [3.5, 0.25]], atol=1e-6)
    assert model.warnings == ()


def test_maps_with_other_coordinates_are_left_out_by_name(kit):
    glb = kit.Glb()
    index = glb.material(
        name="wall",
        pbrMetallicRoughness={"baseColorTexture": glb.texture(kit.flat(9))},
        occlusionTexture={**glb.texture(kit.flat(8)), "texCoord": 1},
    )
    model = loaded(kit, glb, index, TEXCOORD_1=UVS * 2)
    assert model.materials[0].occlusion_map is None
    assert any("'wall': the occlusion map uses other texture coordinates (TEXCOORD_1)" in w for w in model.warnings)


def test_a_material_may_read_its_second_uv_set(kit):
    glb = kit.Glb()
    index = glb.material(pbrMetallicRoughness={"baseColorTexture": {**glb.texture(kit.flat(9)), "texCoord": 1}})
    model = loaded(kit, glb, index, TEXCOORD_1=UVS * 2)
    np.testing.assert_allclose(model.parts[0].uvs_n2, UVS * 2)


def test_transmission_is_half_transparent_and_named(kit):
    glb = kit.Glb()
    index = glb.material(extensions={"KHR_materials_transmission": {"transmissionFactor": 1.0}})
    glb.json["extensionsUsed"] = ["KHR_materials_transmission"]
    model = loaded(kit, glb, index)
    assert model.materials[0].alpha_mode == "blend"
    assert model.materials[0].base_colour[3] == pytest.approx(0.5)
    assert model.materials[0].transmission == pytest.approx(1.0)
    assert any("KHR_materials_transmission: glass is drawn as a thin wall" in text for text in model.warnings)


def test_specular_glossiness_becomes_metallic_roughness(kit):
    """A dielectric of 4 % keeps its diffuse colour; black diffuse with coloured specular is a metal of that colour."""
    glb = kit.Glb()
    matt = glb.material(
        extensions={
            "KHR_materials_pbrSpecularGlossiness": {
                "diffuseFactor": [0.6, 0.3, 0.1, 1], "specularFactor": [0.04] * 3, "glossinessFactor": 0.25,
            }
        }
    )  # fmt: skip
    gold = glb.material(
        extensions={
            "KHR_materials_pbrSpecularGlossiness": {"diffuseFactor": [0, 0, 0, 1], "specularFactor": [1.0, 0.8, 0.3]}
        }
    )
    glb.json["scenes"][0]["nodes"] = [0, 1]
    glb.node(mesh=glb.mesh(material=matt))
    glb.node(mesh=glb.mesh(material=gold))
    first, second = kit.load(glb).materials
    assert first.metallic == pytest.approx(0)
    assert first.roughness == pytest.approx(0.75)
    assert first.base_colour == pytest.approx((0.6, 0.3, 0.1, 1.0), abs=1e-6)
    assert second.metallic == pytest.approx(1)
    assert second.roughness == pytest.approx(0)
    assert second.base_colour == pytest.approx((1.0, 0.8, 0.3, 1.0), abs=1e-6)


def test_glossiness_in_alpha_becomes_roughness_in_green(kit):
    glb = kit.Glb()
    pixels = np.full((2, 2, 4), 60, np.uint8)
    extension = {"specularGlossinessTexture": glb.texture(pixels)}
    index = glb.material(extensions={"KHR_materials_pbrSpecularGlossiness": extension})
    model = loaded(kit, glb, index)
    assert model.materials[0].metallic_roughness_map.pixels_hwc[0, 0].tolist() == [255, 195, 255]
    assert model.materials[0].metallic == 0
    assert any("roughness only" in text for text in model.warnings)


def test_slot_names_are_unique_and_materials_of_no_mesh_are_not_there(kit):
    glb = kit.Glb()
    first, second = glb.material(name="a"), glb.material(name="a")
    glb.material(name="unused")
    glb.json["scenes"][0]["nodes"] = [0, 1, 2]
    for index in (first, second, None):
        glb.node(mesh=glb.mesh(material=index))
    model = kit.load(glb)
    assert [material.name for material in model.materials] == ["a", "a_2", "default"]
    assert [part.material for part in model.parts] == [0, 1, 2]
    assert any("without a material" in text for text in model.warnings)


def test_equal_pictures_are_one_texture(kit):
    glb = kit.Glb()
    pixels = kit.flat((4, 5, 6))
    indices = [glb.material(pbrMetallicRoughness={"baseColorTexture": glb.texture(pixels)}) for _ in range(2)]
    glb.json["scenes"][0]["nodes"] = [0, 1]
    for index in indices:
        glb.node(mesh=glb.mesh(material=index, TEXCOORD_0=UVS))
    one, two = kit.load(glb).materials
    assert one.base_colour_map is two.base_colour_map


def test_long_textures_are_averaged_down(kit):
    glb = kit.Glb()
    pixels = np.zeros((8, 32, 3), np.uint8)
    pixels[:, ::2] = 255
    index = glb.material(pbrMetallicRoughness={"metallicRoughnessTexture": glb.texture(pixels)})
    glb.node(mesh=glb.mesh(material=index, TEXCOORD_0=UVS))
    texture = kit.load(glb, reader=kit.reader(max_px=16)).materials[0].metallic_roughness_map
    assert texture.pixels_hwc.shape == (4, 16, 3)
    assert set(np.unique(texture.pixels_hwc)) <= {127, 128}

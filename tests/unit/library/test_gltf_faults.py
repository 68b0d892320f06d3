"""Broken, truncated and hostile glTF files: one error that names the file, never anything else."""

from __future__ import annotations

import json

import numpy as np
import pytest

from synthvision.core.errors import AssetError
from synthvision.core.streams import rng_for
from synthvision.library.loading import load_model_file


def write_gltf(kit, content: dict, folder=None):
    path = (folder or kit.folder) / "model.gltf"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))
    return path


def separate_gltf(kit, glb, uri: str, folder=None):
    """Write a .gltf whose buffer lies in a file of its own, named by `uri`."""
    content = dict(glb.json, buffers=[{"byteLength": len(glb.data), "uri": uri}])
    return write_gltf(kit, content, folder)


@pytest.fixture
def triangle(kit):
    glb = kit.Glb()
    info = glb.texture(kit.flat(7))
    glb.node(mesh=glb.mesh(material=glb.material(pbrMetallicRoughness={"baseColorTexture": info})))
    return glb


def test_every_truncation_is_one_clear_error(kit, triangle):
    data = triangle.to_bytes()
    path = kit.folder / "cut.glb"
    for length in range(0, len(data), 7):
        path.write_bytes(data[:length])
        with pytest.raises(AssetError, match=r"cut\.glb"):
            load_model_file(path, "k")


def test_random_damage_never_raises_anything_else(kit, triangle):
    data = np.frombuffer(triangle.to_bytes(), np.uint8)
    rng = rng_for(1, 0, "test.damage")
    path = kit.folder / "hurt.glb"
    refused: list[str] = []
    for _ in range(300):
        hurt = data.copy()
        places = rng.integers(0, len(hurt), 3)
        hurt[places] = rng.integers(0, 256, 3)
        path.write_bytes(hurt.tobytes())
        try:
            model = load_model_file(path, "k")
        except AssetError as error:
            refused.append(str(error))
        else:
            assert np.isfinite(model.parts[0].positions_n3).all()
    assert len(refused) > 50
    assert all("hurt.glb" in message for message in refused)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda j: j["accessors"][0].update(count=4_000_000),
            r"needs 48000000 bytes of bufferViews\[\d\], which has 36",
        ),
        (lambda j: j["accessors"][0].update(count=10**12), "count must be 0 to"),
        (lambda j: j["accessors"][0].update(count=-1), "count must be 0 to"),
        (lambda j: j["accessors"][0].update(byteOffset=-4), "the file is damaged"),
        (lambda j: j["bufferViews"][0].update(byteLength=10**9), "must lie inside its buffer"),
        (lambda j: j["nodes"][0].update(children=[0]), "nodes must form a tree"),
        (lambda j: j["nodes"][0].update(mesh=3), "meshes index must be 0 to 0, got 3"),
        (lambda j: j["nodes"][0].update(rotation=[0, 0, 0, 0]), "rotation must be a quaternion"),
        (lambda j: j["nodes"][0].update(matrix=[1] * 15), "structure is broken"),
        (lambda j: j["asset"].update(version="1.0"), "must be glTF 2, got version 1.0"),
        (lambda j: j.update(meshes="abc"), "meshes must be an array"),
        (lambda j: j.update(extensionsRequired=["KHR_draco_mesh_compression"]), "Draco compression"),
        (lambda j: j.update(extensionsRequired=["EXT_meshopt_compression"]), "meshopt compression"),
        (lambda j: j.update(extensionsRequired=["ACME_new"]), "requires the extension ACME_new, which is unknown"),
        (lambda j: j["meshes"][0]["primitives"][0].update(mode=9), "mode of a primitive must be 0 to 6"),
        (lambda j: j["materials"][0].update(alphaMode="MAYBE"), "alphaMode must be OPAQUE, MASK or BLEND"),
    ],
)
def test_wrong_values_are_named(kit, triangle, change, message):
    triangle.json["accessors"].insert(0, triangle.json["accessors"].pop(0))
    change(triangle.json)
    path = triangle.write(kit.folder / "wrong.glb")
    with pytest.raises(AssetError, match=message) as caught:
        load_model_file(path, "k")
    assert "wrong.glb" in str(caught.value)


def test_draco_data_without_a_plain_copy_is_refused(kit, triangle):
    triangle.json["extensionsUsed"] = ["KHR_draco_mesh_compression"]
    primitive = triangle.json["meshes"][0]["primitives"][0]
    primitive["extensions"] = {"KHR_draco_mesh_compression": {"bufferView": 0, "attributes": {}}}
    position = triangle.json["accessors"][primitive["attributes"]["POSITION"]]
    assert any("plain copy" in text for text in kit.load(triangle).warnings)
    del position["bufferView"]
    with pytest.raises(AssetError, match="Draco compression"):
        kit.load(triangle)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_positions_must_be_finite(kit, value):
    glb = kit.Glb()
    positions = kit.TRIANGLE.copy()
    positions[1, 2] = value
    glb.node(mesh=glb.mesh(positions))
    with pytest.raises(AssetError, match="positions must be finite, got 1 vertices"):
        kit.load(glb)


def test_indices_must_be_in_range(kit):
    glb = kit.Glb()
    glb.node(mesh=glb.mesh(indices=[0, 1, 3]))
    with pytest.raises(AssetError, match="indices must be 0 to 2, got 0 to 3"):
        kit.load(glb)


def test_a_model_without_triangles_is_refused(kit):
    glb = kit.Glb()
    glb.node()
    with pytest.raises(AssetError, match="at least one triangle"):
        kit.load(glb)


def test_missing_file_and_wrong_suffix(kit):
    with pytest.raises(AssetError, match=r"gone\.glb: does not exist"):
        load_model_file(kit.folder / "gone.glb", "k")
    with pytest.raises(AssetError, match=r"must be one of .*\.glb.*got '\.fbx'"):
        load_model_file(kit.folder / "a.fbx", "k")


def test_external_buffer_inside_the_pack_is_read(kit):
    glb = kit.Glb()
    glb.node(mesh=glb.mesh())
    path = separate_gltf(kit, glb, "../data%20x/mesh.bin".replace("../", ""), kit.folder / "models")
    (path.parent / "data x").mkdir()
    (path.parent / "data x" / "mesh.bin").write_bytes(glb.data)
    assert load_model_file(path, "k").triangle_count == 1


@pytest.mark.parametrize(
    "uri",
    [
        "../outside.bin", "%2e%2e/outside.bin", "a/../../outside.bin", "..\\outside.bin", "/etc/passwd",
        "file:///etc/passwd", "http://example.org/a.bin", "C:/a.bin", "",
    ],
)  # fmt: skip
def test_uris_may_not_leave_the_pack(kit, uri):
    glb = kit.Glb()
    glb.node(mesh=glb.mesh())
    (kit.folder / "outside.bin").write_bytes(glb.data)
    path = separate_gltf(kit, glb, uri, kit.folder / "pack")
    with pytest.raises(AssetError, match=r"model\.gltf.*(leads out of the pack|relative path)"):
        load_model_file(path, "k")


def test_links_may_not_leave_the_pack(kit):
    glb = kit.Glb()
    glb.node(mesh=glb.mesh())
    (kit.folder / "outside.bin").write_bytes(glb.data)
    path = separate_gltf(kit, glb, "inside.bin", kit.folder / "pack")
    (path.parent / "inside.bin").symlink_to(kit.folder / "outside.bin")
    with pytest.raises(AssetError, match="leads out of the pack"):
        load_model_file(path, "k")


def test_missing_texture_names_both_files(kit, triangle):
    triangle.json["images"][0] = {"uri": "skin.png"}
    path = triangle.write(kit.folder / "naked.glb")
    with pytest.raises(AssetError, match=r"naked\.glb: skin\.png, which it names, does not exist"):
        load_model_file(path, "k")


def test_picture_bombs_are_refused_before_they_are_unpacked(kit, monkeypatch):
    from PIL import Image

    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10_000)
    glb = kit.Glb()
    info = glb.texture(np.zeros((150, 100), np.uint8))
    glb.node(mesh=glb.mesh(material=glb.material(pbrMetallicRoughness={"baseColorTexture": info})))
    with pytest.raises(AssetError, match="at most 10000 pixels"):
        kit.load(glb)


def test_data_uris_must_be_base64(kit):
    glb = kit.Glb()
    glb.node(mesh=glb.mesh())
    path = separate_gltf(kit, glb, "data:application/octet-stream;base64,@@@@")
    with pytest.raises(AssetError, match="valid base64"):
        load_model_file(path, "k")

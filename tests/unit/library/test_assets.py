"""The library: finding, loading, parameters, the cache's bound."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from synthvision.core.errors import AssetError, PluginError
from synthvision.library import procedural_pack as procedural_module
from synthvision.library.assets import AssetLibrary
from synthvision.library.cache import ByteCache, Piece
from synthvision.library.catalogue import Pack
from synthvision.library.indexing import index_folder
from synthvision.library.model import EnvironmentMap, Material, MeshPart, Model
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural_pack import entries_of_assets, procedural_pack
from synthvision.library.reference import AssetRef

PARAMETERS = {
    "height_m": Number(0.1, 0.3, 0.2, unit="m"),
    "sides": Integer(3, 8, 4),
    "finish": Choice(("matt", "shiny"), "matt"),
    "colour": Colour(((0.8, 0.1, 0.1),)),
}


def build_post(params) -> Model:
    height = params["height_m"]
    part = MeshPart(
        positions_n3=np.array([[0, 0, 0], [0.1, 0, 0], [0, 0, height]], np.float32),
        normals_n3=np.tile(np.float32([0, -1, 0]), (3, 1)),
        triangles_m3=np.array([[0, 1, 2]], np.uint32),
    )
    return Model(
        key="", parts=(part,), materials=(Material(base_colour=(*params["colour"], 1.0)),), attributes={"a": "1"}
    )


ASSETS = (
    ProceduralAsset("post", "model", "post", PARAMETERS, build_post, tags=("street",), attributes={"b": "2", "a": "0"}),
    ProceduralAsset("liar", "model", "post", {}, lambda params: Material()),
    ProceduralAsset("plaster", "material", "wall", {}, lambda params: Material(name="plaster")),
    ProceduralAsset(
        "grey", "environment", "studio", {}, lambda params: EnvironmentMap("x", np.ones((4, 8, 3), np.float32))
    ),
)
GOOD = {"height_m": 0.25, "sides": 5, "finish": "shiny", "colour": [0.1, 0.2, 0.3]}


@pytest.fixture
def library(kit) -> AssetLibrary:
    kit.triangle_file("models/die/die_red.glb")
    kit.triangle_file("models/die/die_blue.glb")
    kit.triangle_file("models/fruit/banana.glb")
    kit.picture("textures/oak.png", kit.flat((9, 8, 7)))
    code = Pack(name="code", root=None, entries=entries_of_assets(ASSETS, "code"))
    return AssetLibrary([index_folder(kit.folder, "box"), code])


def test_entries_are_sorted_by_pack_and_name(library):
    names = [entry.full_name for entry in library.entries]
    assert names == sorted(names)
    assert len(names) == 8


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"asset": "models/die/*"}, ["box/models/die/die_blue", "box/models/die/die_red"]),
        ({"asset": "box/*"}, ["box/models/die/die_blue", "box/models/die/die_red", "box/models/fruit/banana"]),
        ({"asset": "post"}, ["code/post"]),
        ({"category": "die", "tag": "red"}, ["box/models/die/die_red"]),
        ({"tag": "street"}, ["code/post"]),
        ({"asset": "*die_[br]*"}, ["box/models/die/die_blue", "box/models/die/die_red"]),
    ],
)
def test_find(library, query, expected):
    assert [entry.full_name for entry in library.find(kind="model", **query)] == expected


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"asset": "die_red"}, "no model with asset 'die_red'; did you mean 'models/die/die_red'"),
        ({"category": "fruits"}, "category 'fruits'; did you mean 'fruit'"),
        ({"tag": "bananna"}, "tag 'bananna'; did you mean 'banana'"),
        ({"asset": "post", "tag": "die"}, "no model with asset 'post' and tag 'die'"),
    ],
)
def test_finding_nothing_names_the_nearest(library, query, message):
    with pytest.raises(AssetError, match=message):
        library.find(kind="model", **query)


def test_entry_by_reference_and_by_name(library):
    assert library.entry(AssetRef("box", "models/die/die_red")) is library.entry("box/models/die/die_red")
    assert library.entry("post").pack == "code"
    with pytest.raises(AssetError, match="no asset named 'box/models/die/die_rad'; did you mean 'models/die/die_red'"):
        library.entry(AssetRef("box", "models/die/die_rad"))
    with pytest.raises(AssetError, match="pack 'elsewhere' is not open"):
        library.entry(AssetRef("elsewhere", "a"))


def test_what_is_suggested_for_a_missing_asset_is_of_its_kind(library):
    with pytest.raises(AssetError, match=r"no model named 'box/die_rad'; did you mean 'models/die/die_red'\?"):
        library.load_model(AssetRef("box", "die_rad"))
    with pytest.raises(AssetError, match=r"no material named 'box/die_rad' \(packs"):
        library.load_material(AssetRef("box", "die_rad"))


def test_a_name_in_two_packs_must_be_told_apart(kit):
    kit.triangle_file("post.glb")
    code = Pack(name="code", root=None, entries=entries_of_assets(ASSETS, "code"))
    library = AssetLibrary([index_folder(kit.folder, "box"), code])
    with pytest.raises(AssetError, match="must be one of box/post, code/post"):
        library.entry("post")
    with pytest.raises(AssetError, match="'code' is given twice"):
        AssetLibrary([code, code])


def test_procedural_models_get_key_and_attributes(library):
    ref = AssetRef("code", "post", GOOD)
    model = library.load_model(ref)
    assert model.key == ref.key
    assert model.attributes == {"a": "1", "b": "2"}  # what the builder says wins
    assert model.bounds_23[1][2] == pytest.approx(0.25)
    assert library.load_model(AssetRef("code", "post", dict(GOOD))) is model
    assert library.load_model(AssetRef("code", "post", GOOD | {"sides": 6})) is not model


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"height_m": 0.31}, r"height_m must be a number from 0.1 to 0.3 m, got 0.31"),
        ({"height_m": float("nan")}, "height_m must be a number"),
        ({"height_m": True}, "height_m must be a number"),
        ({"sides": 2}, "sides must be a whole number from 3 to 8, got 2"),
        ({"sides": 4.0}, "sides must be a whole number"),
        ({"finish": "wet"}, "finish must be one of matt, shiny, got 'wet'"),
        ({"colour": [0.1, 0.2]}, "colour must be three linear colour values"),
        ({"colour": [0.1, 0.2, 1.5]}, "colour must be three linear colour values"),
        ({"hight_m": 0.2}, "there is no parameter 'hight_m'; did you mean 'height_m'"),
        ({"sides": None, "finish": 3}, "sides must be .*; finish must be"),
    ],
)
def test_parameters_are_checked(library, change, message):
    with pytest.raises(AssetError, match=f"asset code/post: .*{message}"):
        library.load_model(AssetRef("code", "post", GOOD | change))


def test_parameters_must_be_complete_and_defaults_are_valid(library):
    with pytest.raises(AssetError, match="sides is missing"):
        library.load_model(AssetRef("code", "post", {key: value for key, value in GOOD.items() if key != "sides"}))
    ref = library.entry("post").reference({"sides": 7})
    assert ref.params == {"height_m": 0.2, "sides": 7, "finish": "matt", "colour": [0.8, 0.1, 0.1]}
    library.load_model(ref)
    with pytest.raises(AssetError, match="is a file and takes no parameters, got size"):
        library.load_model(AssetRef("box", "models/die/die_red", {"size": 1}))


def test_kinds_are_checked(library):
    with pytest.raises(AssetError, match="code/plaster must be of kind model, it is of kind material"):
        library.load_model(AssetRef("code", "plaster"))
    with pytest.raises(AssetError, match="its builder must return a Model, got Material"):
        library.load_model(AssetRef("code", "liar"))
    assert library.load_material(AssetRef("code", "plaster")).name == "plaster"
    assert library.load_environment(AssetRef("code", "grey")).key == "code/grey"
    assert library.load_material(AssetRef("box", "textures/oak")).base_colour_map.pixels_hwc[0, 0].tolist() == [9, 8, 7]


def test_code_hashes_name_the_package(library):
    entry = library.entry("post")
    assert len(entry.sha256) == 64
    wrapped = entries_of_assets((ProceduralAsset("p", "model", "p", {}, partial(build_post)),), "x")[0]
    assert wrapped.sha256 == entry.sha256
    assert entry.is_procedural
    assert entry.licence == ""
    assert entries_of_assets(ASSETS, "builtin")[0].licence == "Apache-2.0"


def test_plugins_must_return_assets(monkeypatch):
    monkeypatch.setattr(procedural_module, "load_plugin", lambda group, name: lambda: [1])
    with pytest.raises(PluginError, match="must return a tuple of ProceduralAsset, got list"):
        procedural_pack("odd")
    monkeypatch.setattr(procedural_module, "load_plugin", lambda group, name: lambda: ASSETS)
    assert [entry.name for entry in procedural_pack("odd").entries] == ["grey", "liar", "plaster", "post"]


def test_photo_folders(kit, library):
    kit.picture("pics/b.png", kit.flat((1, 2, 3)))
    kit.picture("pics/sub/a.jpg", np.zeros((30, 3000), np.uint8))
    kit.picture("pics/.trash/c.png", kit.flat(1))
    entries = library.add_photo_folder("streets", kit.folder / "pics")
    assert [entry.full_name for entry in entries] == ["streets/b.png", "streets/sub/a.jpg"]
    assert library.load_photo(entries[0].reference())[0, 0].tolist() == [1, 2, 3]
    long = library.load_photo(AssetRef("streets", "sub/a.jpg"))
    assert long.shape == (20, 2048, 3)
    assert not long.flags.writeable
    assert library.find(kind="photo", asset="streets/*") == entries
    assert library.add_photo_folder("streets", kit.folder / "pics") == entries
    with pytest.raises(AssetError, match="'box' is given twice"):
        library.add_photo_folder("box", kit.folder / "pics")
    (kit.folder / "none").mkdir()
    with pytest.raises(AssetError, match="must hold pictures"):
        library.add_photo_folder("none", kit.folder / "none")


def test_verify_lists_every_broken_file(kit, library):
    (kit.folder / "models/die/die_red.glb").write_bytes(b"glTF")
    (kit.folder / "textures/oak.png").write_bytes(b"\x89PNG")
    with pytest.raises(AssetError) as caught:
        library.verify([entry for entry in library.entries if entry.pack == "box"])
    lines = str(caught.value).splitlines()
    assert len(lines) == 2
    assert "die_red.glb" in lines[0]
    assert "oak.png" in lines[1]


def test_the_cache_stays_within_its_bound_and_drops_the_oldest(kit):
    size = 64 * 64 * 3
    for index in range(8):
        kit.picture(f"textures/t{index}.png", kit.flat(index, size=64))
    library = AssetLibrary([index_folder(kit.folder, "box")], cache_bytes=3 * size)
    refs = [entry.reference() for entry in library.entries]
    first = library.load_material(refs[0])
    for ref in refs[1:]:
        library.load_material(refs[0])  # used again and again: never the oldest
        library.load_material(ref)
        assert library.cached_bytes <= 3 * size
    assert library.load_material(refs[0]) is first
    assert library.evictions == 5
    library.clear_cache()
    assert library.cached_bytes == 0


def test_shared_textures_count_once_and_are_not_read_again(kit):
    pixels = kit.flat(7, size=64)
    for name in ("a", "b"):
        glb = kit.Glb()
        info = glb.texture(pixels)
        glb.node(mesh=glb.mesh(material=glb.material(name=name, pbrMetallicRoughness={"baseColorTexture": info})))
        glb.write(kit.folder / f"{name}.glb")
    library = AssetLibrary([index_folder(kit.folder, "box")])
    one = library.load_model(AssetRef("box", "a"))
    before = library.cached_bytes
    two = library.load_model(AssetRef("box", "b"))
    assert two.materials[0].base_colour_map is one.materials[0].base_colour_map
    assert library.cached_bytes - before < pixels.nbytes / 4


def test_byte_cache_frees_pieces_with_their_last_holder():
    cache = ByteCache(100)
    piece = {"p": Piece("pixels", 50)}
    cache.get("a", lambda: ("a", 10, piece))
    cache.get("b", lambda: ("b", 10, piece))
    assert cache.used_bytes == 70
    cache.get("c", lambda: ("c", 40, {}))  # a goes, the piece stays with b
    assert (cache.used_bytes, len(cache), cache.piece("p")) == (100, 2, "pixels")
    cache.get("d", lambda: ("d", 30, {}))
    assert (cache.used_bytes, cache.piece("p")) == (70, None)
    cache.get("huge", lambda: ("huge", 500, {}))
    assert (len(cache), cache.used_bytes) == (1, 500)
    cache.get("e", lambda: ("e", 5, {}))
    assert (len(cache), cache.used_bytes) == (1, 5)


def test_open_always_has_the_builtin_pack(kit, monkeypatch):
    monkeypatch.setattr(procedural_module, "load_plugin", lambda group, name: lambda: ASSETS)
    kit.triangle_file("tools/hammer.glb")
    library = AssetLibrary.open(["tools", "builtin"], [kit.folder / "tools"])
    assert [pack.name for pack in library.packs] == ["builtin", "tools"]
    with pytest.raises(AssetError, match="no asset pack named 'gone'"):
        AssetLibrary.open(["gone"])

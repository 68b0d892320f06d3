"""Folders to packs: inference, ASSETS.csv, catalog.yaml, and the way back."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest

from synthvision.core.errors import AssetError, ConfigError
from synthvision.library.assets import AssetLibrary
from synthvision.library.catalogue_file import catalogue_data, read_catalogue, write_json_atomic
from synthvision.library.indexing import index_folder

CSV = """path,class,source_repo,original_file,author,licence,suggested_longest_m,note
models/die/die_red.glb,die,me/repo,die.blend,Ann,CC0-1.0,0.016,16 mm; face value 1=+Y 6=-Y 2=+Z; more
models/fruit/apple.glb,fruit_veg,,,,,,
hdri/park.hdr,hdri_outdoor_sun,,,Bob,MIT,,
textures/cards/10_of_clubs.png,texture_playing_card,,,,,,"card face, 63.5x88.9 mm"
textures/marble/Marble_Color.png,texture_marble,,,,CC0,,
textures/marble/Marble_Roughness.png,texture_marble,,,,CC0,,
notes.txt,text,,,,,,
"""


@pytest.fixture
def table_pack(kit):
    import cv2

    for name in ("models/die/die_red.glb", "models/fruit/apple.glb"):
        kit.triangle_file(name)
    (kit.folder / "hdri").mkdir()
    cv2.imwrite(str(kit.folder / "hdri/park.hdr"), np.ones((8, 16, 3), np.float32))
    for name in ("cards/10_of_clubs", "marble/Marble_Color", "marble/Marble_Roughness"):
        kit.picture(f"textures/{name}.png", kit.flat(100))
    (kit.folder / "ASSETS.csv").write_text(CSV)
    return kit.folder


def test_a_table_gives_everything_it_says(table_pack):
    pack = index_folder(table_pack, "box")
    by_name = {entry.name: entry for entry in pack.entries}
    assert list(by_name) == [
        "hdri/park", "models/die/die_red", "models/fruit/apple", "textures/cards/10_of_clubs", "textures/marble/Marble",
    ]  # fmt: skip
    die = by_name["models/die/die_red"]
    assert (die.kind, die.category, die.size_m, die.tags) == ("model", "die", 0.016, ("die", "red"))
    assert (die.author, die.licence, die.source) == ("Ann", "CC0-1.0", "me/repo: die.blend")
    assert die.sha256 == hashlib.sha256(die.path.read_bytes()).hexdigest()
    park = by_name["hdri/park"]
    assert (park.kind, park.category, park.tags) == ("environment", "hdri_outdoor_sun", ("outdoor", "park", "sun"))
    card = by_name["textures/cards/10_of_clubs"]
    assert (card.kind, card.attributes, card.tile_m) == ("material", {"rank": "ten", "suit": "clubs"}, None)
    assert set(by_name["textures/marble/Marble"].maps) == {"base_colour", "roughness"}
    assert pack.notes == ("notes.txt: .txt is no kind of asset",)


def test_faces_in_a_note_become_states_in_world_axes(table_pack):
    library = AssetLibrary([index_folder(table_pack, "box")])
    model = library.load_model(library.entry("models/die/die_red").reference())
    directions = {state.value: state.direction_xyz for state in model.states}
    assert directions == {"1": (0, 0, 1), "6": (0, 0, -1), "2": (0, -1, 0)}  # +Y is up, +Z is the front: towards -Y
    assert {state.state for state in model.states} == {"top_face"}
    assert float((model.bounds_23[1] - model.bounds_23[0]).max()) == pytest.approx(0.016)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("../x.glb,die,,,,,,", r"ASSETS\.csv:2: path must be relative"),
        ("/x.glb,die,,,,,,", "path must be relative"),
        ("x.glb,die,,,,,big,", "suggested_longest_m must be a positive number of metres, got 'big'"),
        ("x.glb,die,,,,,-1,", "positive number"),
    ],
)
def test_broken_tables_name_the_line(kit, row, message):
    (kit.folder / "ASSETS.csv").write_text(CSV.splitlines()[0] + "\n" + row + "\n")
    with pytest.raises(AssetError, match=message):
        index_folder(kit.folder)


def test_a_table_needs_a_path_column(kit):
    (kit.folder / "ASSETS.csv").write_text("file,class\na.glb,b\n")
    with pytest.raises(AssetError, match="one of them 'path'"):
        index_folder(kit.folder)


def test_a_listed_file_that_is_gone_fails_when_it_is_asked_for(table_pack):
    (table_pack / "models/fruit/apple.glb").unlink()
    library = AssetLibrary([index_folder(table_pack, "box")])
    with pytest.raises(AssetError, match=r"asset box/models/fruit/apple: its file .*apple\.glb must exist"):
        library.find(kind="model", category="fruit_veg")
    assert library.find(kind="model", category="die")


def test_folders_without_a_table_speak_by_their_names(kit):
    kit.triangle_file("models/traffic cones/cone_02.glb")
    kit.triangle_file("mug.glb")
    kit.triangle_file(".hidden/secret.glb")
    kit.picture("photos/street.jpg", kit.flat(9))
    kit.picture("textures/wood/oak.png", kit.flat(9))
    found = {entry.name: (entry.kind, entry.category, entry.tags) for entry in index_folder(kit.folder).entries}
    assert found == {
        "models/traffic cones/cone_02": ("model", "traffic cones", ("cone", "cones", "traffic")),
        "mug": ("model", "mug", ("mug",)),
        "photos/street": ("photo", "street", ("street",)),
        "textures/wood/oak": ("material", "wood", ("oak", "wood")),
    }


def test_pictures_of_meshes_are_no_materials_and_count_in_the_hash(kit):
    (kit.folder / "chair.obj").write_text("mtllib chair.mtl\nv 0 0 0\nv 1 0 0\nv 0 1 0\nusemtl a\nf 1 2 3\n")
    (kit.folder / "chair.mtl").write_text("newmtl a\nmap_Kd -s 1 1 1 wood.png\n")
    kit.picture("wood.png", kit.flat(9))
    pack = index_folder(kit.folder)
    (entry,) = pack.entries
    assert entry.kind == "model"
    assert [path.name for path in entry.linked_files] == ["chair.mtl", "wood.png"]
    before = entry.sha256
    kit.picture("wood.png", kit.flat(10))
    assert entry.sha256 != before


def test_same_name_with_two_suffixes(kit):
    kit.triangle_file("cup.glb")
    (kit.folder / "cup.stl").write_bytes(b"")
    assert [entry.name for entry in index_folder(kit.folder).entries] == ["cup.glb", "cup.stl"]


def test_empty_and_missing_folders(kit):
    (kit.folder / "empty").mkdir()
    with pytest.raises(AssetError, match="holds no asset"):
        index_folder(kit.folder / "empty")
    with pytest.raises(AssetError, match="must be an existing folder"):
        index_folder(kit.folder / "gone")


YAML = """
pack: parts
licence: MIT
author: Ann
assets:
  - file: gear.glb
    category: gear
    tags: [steel]
    size_m: 0.08
    up_axis: z
    origin: file
    attributes: {teeth: "12"}
    keypoints: {axle: [0, 0, 1]}
    states:
      - {state: top_face, value: up, direction: [0, 0, 2]}
  - name: floor
    maps: {base_colour: a.png, roughness: b.png}
    tile_m: 0.4
"""


def test_a_catalogue_in_the_folder_wins(kit):
    kit.triangle_file("gear.glb")
    kit.triangle_file("not listed.glb")
    for name in ("a.png", "b.png"):
        kit.picture(name, kit.flat(9))
    (kit.folder / "catalog.yaml").write_text(YAML)
    pack = index_folder(kit.folder)
    assert (pack.name, [entry.name for entry in pack.entries]) == ("parts", ["floor", "gear"])
    floor, gear = pack.entries
    assert (gear.licence, gear.author, gear.attributes, gear.tags) == ("MIT", "Ann", {"teeth": "12"}, ("steel",))
    assert (floor.kind, floor.tile_m) == ("material", 0.4)
    library = AssetLibrary([pack])
    model = library.load_model(gear.reference())
    assert model.states[0].direction_xyz == (0, 0, 1)
    assert model.keypoints["axle"] == pytest.approx((0, 0, 0.04))
    assert model.bounds_23[1].tolist() == pytest.approx([0.08, 0.04, 0])  # z is up already: nothing is turned


def test_a_catalogue_survives_the_way_to_disk_and_back(kit, table_pack):
    pack = index_folder(table_pack, "box")
    write_json_atomic(kit.folder / "out" / "box.json", catalogue_data(pack))
    again = read_catalogue(kit.folder / "out" / "box.json")
    assert (again.name, again.root, again.notes) == (pack.name, pack.root, pack.notes)
    for old, new in zip(pack.entries, again.entries, strict=True):
        for field in (
            "name", "kind", "category", "tags", "size_m", "licence", "author", "source", "path", "maps", "attributes",
            "description", "tile_m", "options", "notes",
        ):  # fmt: skip
            assert getattr(new, field) == getattr(old, field), (new.name, field)
        assert new.recorded_sha256 == new.sha256
    assert [path.name for path in (kit.folder / "out").iterdir()] == ["box.json"]
    assert json.loads((kit.folder / "out" / "box.json").read_text())["root"] == str(table_pack)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("category: gear", "catgory: gear", r"catalog\.yaml:7: assets\.0\.catgory: there is no such key.*'category'"),
        ("size_m: 0.08", "size_m: -1", r"catalog\.yaml:9: assets\.0\.size_m: must be greater than 0, got -1"),
        ("file: gear.glb", "file: ../gear.glb", "leads out of the pack"),
        ("file: gear.glb", "file: gear.fbx", "known kind"),
        ("direction: [0, 0, 2]", "direction: [0, 0, 0]", "direction must not be zero"),
        ("licence: MIT", "license: MIT", "did you mean 'licence'"),
    ],
)
def test_faults_of_a_catalogue_name_file_line_and_key(kit, old, new, message):
    assert old in YAML
    (kit.folder / "catalog.yaml").write_text(YAML.replace(old, new))
    with pytest.raises(ConfigError, match=message):
        index_folder(kit.folder)


def test_names_are_unique(kit):
    kit.triangle_file("a.glb")
    (kit.folder / "catalog.yaml").write_text("assets:\n  - {file: a.glb}\n  - {name: a, file: a.glb}\n")
    with pytest.raises(AssetError, match="'a' is given twice"):
        index_folder(kit.folder)

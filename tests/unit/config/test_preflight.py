"""What is wrong with packs and files is known before the first frame, with the line that asks for it."""

import os

import numpy as np
import pytest
from PIL import Image

from synthvision.config.job import load_job
from synthvision.config.preflight import open_checked_library, preflight
from synthvision.core.errors import ConfigError
from synthvision.library.assets import AssetLibrary

TETRAHEDRON = """\
v 0 0 0
v 0.1 0 0
v 0 0.1 0
v 0 0 0.1
f 1 3 2
f 1 2 4
f 1 4 3
f 2 3 4
"""

JOB = """\
scene:
  objects:
    parts:
      pick: [mine/part, {asset: mine/other}]
      materials:
        "*": {pick: mine/wood}
  environment:
    pick: mine/sky
  camera: {kind: shell, distance_m: 1}
classes:
  - {name: part, match: {group: parts}}
assets:
  packs: [mine]
  roots: [mine=pack]
"""


@pytest.fixture
def pack(tmp_path, monkeypatch):
    """A job with a pack of two models, a material and an environment map, all whole."""
    monkeypatch.setenv("SYNTHVISION_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("SYNTHVISION_ASSETS", raising=False)
    folder = tmp_path / "pack"
    folder.mkdir()
    (folder / "part.obj").write_text(TETRAHEDRON)
    (folder / "other.obj").write_text(TETRAHEDRON)
    Image.fromarray(np.full((8, 8, 3), 120, np.uint8)).save(folder / "wood.png")
    header = b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 2 +X 4\n"
    (folder / "sky.hdr").write_bytes(header + bytes([128, 128, 128, 129]) * 8)
    (tmp_path / "job.yaml").write_text(JOB)
    return folder


def faults(pack, *overrides):
    with pytest.raises(ConfigError) as caught:
        open_checked_library(load_job(pack.parent / "job.yaml", overrides))
    return [(os.path.basename(p.file), p.line, p.key_path, p.message) for p in caught.value.problems]


def test_a_whole_pack_passes(pack):
    job = load_job(pack.parent / "job.yaml")
    library = open_checked_library(job)
    assert {entry.name for entry in library.entries if entry.pack == "mine"} == {"part", "other", "wood", "sky"}
    assert preflight(job, library) == []
    assert library.cached_bytes == 0


@pytest.mark.parametrize(
    ("file", "line", "key_path"),
    [
        ("part.obj", 4, "scene.objects.parts.pick"),
        ("other.obj", 4, "scene.objects.parts.pick"),
        ("wood.png", 6, "scene.objects.parts.materials.*.pick"),
        ("sky.hdr", 8, "scene.environment.pick"),
    ],
)
def test_a_broken_file_is_named_with_the_line_that_asks_for_it(pack, file, line, key_path):
    (pack / file).write_bytes(b"\x00\x01broken")
    ((where, found_line, found_path, message),) = faults(pack)
    assert (where, found_line) == ("job.yaml", line)
    assert found_path.startswith(key_path)
    assert file in message
    assert "\n" not in message


def test_all_broken_files_come_at_once(pack):
    for file in ("part.obj", "wood.png", "sky.hdr"):
        (pack / file).write_bytes(b"")
    assert [line for _, line, _, _ in faults(pack)] == [4, 6, 8]


def test_a_missing_asset_has_the_nearest_name(pack):
    ((_, line, key_path, message),) = faults(pack, "scene.environment.pick=mine/skye")
    assert line is None
    assert key_path == "scene.environment.pick"
    assert "did you mean 'sky'" in message
    (pack / "wood.png").unlink()
    ((file, line, _, message),) = faults(pack)
    assert (file, line) == ("job.yaml", 6)
    assert "no material" in message


def test_a_missing_pack_says_how_to_add_it(pack):
    ((file, line, key_path, message),) = faults(pack, "assets.roots=[]")
    assert (file, line, key_path) == ("job.yaml", 13, "assets.packs.0")
    assert "synthvision assets add FOLDER --name mine" in message


def test_a_class_that_nothing_can_get_is_a_fault(pack):
    ((file, _, key_path, message),) = faults(pack, "classes.0.match={group: prats}")
    assert file == "--set classes.0.match={group: prats}"
    assert key_path == "classes.0.match"
    assert "did you mean 'parts'" in message


def test_what_opened_once_is_not_opened_again_until_it_changes(pack, monkeypatch):
    job = load_job(pack.parent / "job.yaml")
    open_checked_library(job)
    opened = []
    load = AssetLibrary.load
    monkeypatch.setattr(AssetLibrary, "load", lambda self, ref: opened.append(ref.name) or load(self, ref))
    open_checked_library(job)
    assert opened == []
    (pack / "wood.png").write_bytes(b"broken")
    with pytest.raises(ConfigError, match=r"wood\.png"):
        open_checked_library(job)
    assert opened == ["wood"]


def test_a_home_that_cannot_be_written_stops_nothing(pack, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SYNTHVISION_HOME", str(tmp_path / "file"))
    open_checked_library(load_job(pack.parent / "job.yaml"))

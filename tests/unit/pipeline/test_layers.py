"""Images added to a data set: byte for byte what asking for them from the start gives."""

from __future__ import annotations

import json
import shutil

import pytest

from synthvision.cli.main import main
from synthvision.config.job import load_job
from synthvision.core.errors import DatasetError, UsageError
from synthvision.dataset.augmentation import AugmentationEntry
from synthvision.dataset.checksums import checksum_holds
from synthvision.dataset.layout import DatasetLayout
from synthvision.dataset.manifest import load_manifest, save_manifest
from synthvision.dataset.reader import open_dataset
from synthvision.pipeline.check import check_dataset
from synthvision.pipeline.convert import convert_dataset
from synthvision.pipeline.layers import LAYER_CHOICES, parse_layers, replay_layers
from synthvision.pipeline.run import render_job

SEQUENCE = """
scene:
  surface: {pick: ground, size_m: [2, 2]}
  objects:
    cans:
      pick: can
      variants: 2
      count: 2
      placement: {kind: on_surface, region: {radius_m: 0.2}}
      motion: {kind: linear, speed_m_s: 0.4}
  environment: {pick: studio, illuminance_lux: 4000, variants: 2}
  camera: {kind: shell, fill: 0.9, fov_deg: 45}
classes: [{name: can, match: {category: can}}]
frames: 4
frames_per_scene: 2
frame_interval_s: 0.1
image: {width: 96, height: 72}
"""


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """A set of two scenes of two steps with pictures alone, and the same set with every kind of image."""
    root = tmp_path_factory.mktemp("layers")
    (root / "job.yaml").write_text(SEQUENCE)
    for name, names in (("plain", ()), ("full", LAYER_CHOICES)):
        job = load_job(root / "job.yaml", [f"output.{layer}=true" for layer in names])
        assert render_job(job, root / name, workers=1).done == 4
    return root


@pytest.fixture
def plain(pair, tmp_path):
    shutil.copytree(pair / "plain", tmp_path / "set")
    return tmp_path / "set"


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def move_object(folder, frame: int, metres: float):
    """Move the first can of a recorded scene, and leave its labels where they are."""
    shard = folder / "records" / "00000.jsonl"
    records = [json.loads(line) for line in shard.read_text().splitlines()]
    can = next(item for item in records[frame]["scene"]["objects"] if item["name"].startswith("cans"))
    can["position_m"][0] += metres
    text = "".join(
        json.dumps(item, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n" for item in records
    )
    shard.write_text(text)


def test_added_images_are_those_of_a_run_that_was_asked_for_them(pair, plain):
    pictures = {path: path.stat().st_mtime_ns for path in (plain / "images").rglob("*.png")}
    summary = replay_layers(plain, LAYER_CHOICES, workers=2)
    assert (summary.layers, summary.done, summary.there, summary.exit_code) == (LAYER_CHOICES, 4, 0, 0)
    made, asked = contents(plain), contents(pair / "full")
    assert made.keys() == asked.keys()
    assert [name for name in made if made[name] != asked[name]] == []
    assert pictures == {path: path.stat().st_mtime_ns for path in pictures}
    assert checksum_holds(DatasetLayout(plain), 0)
    assert check_dataset(plain) == []


def test_images_that_are_there_are_not_drawn_again(pair, plain, capsys):
    summary = replay_layers(pair / "full", ("depth", "ids"))
    assert (summary.layers, summary.done) == ((), 0)
    assert main(["replay", str(pair / "full"), "--layers", "depth"]) == 0
    assert "has these images already" in capsys.readouterr().err


def test_a_scene_that_shows_other_masks_is_named_and_nothing_changes(pair, plain):
    """Of the four frames one was changed; when it is right again only that one is drawn."""
    shard = plain / "records" / "00000.jsonl"
    right = shard.read_bytes()
    move_object(plain, 2, 0.05)
    before = contents(plain)
    summary = replay_layers(plain, ("ids",), workers=1)
    assert summary.exit_code == 1
    assert summary.layers == ()
    [failure] = summary.failures
    assert failure.index == 2
    assert "the scene drawn again must show the recorded masks" in failure.reason
    assert "2 of 3 differ, first that of surface" in failure.reason
    after = contents(plain)
    assert {name: after[name] for name in before} == before
    new = after.keys() - before.keys()
    assert not [name for name in new if "00000002" in name]
    assert open_dataset(plain).manifest.layers.keys() == {"image"}

    with pytest.raises(UsageError, match="ids were begun and not ended; end them first with --layers ids"):
        replay_layers(plain, ("depth",))

    shard.write_bytes(right)
    again = replay_layers(plain, ("ids",), workers=1)
    assert (again.layers, again.done, again.there) == (("ids",), 1, 3)
    assert (plain / "ids/0000/00000002.png").read_bytes() == (pair / "full/ids/0000/00000002.png").read_bytes()
    assert not (plain / ".layers").exists()
    assert check_dataset(plain) == []


def test_a_run_stopped_while_records_are_brought_in_line_ends_the_same(pair, plain, monkeypatch):
    def die(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("synthvision.pipeline.layers.save_manifest", die)
    with pytest.raises(KeyboardInterrupt):
        replay_layers(plain, LAYER_CHOICES, workers=1)
    monkeypatch.undo()
    assert "depth" in open_dataset(plain).frame(0).record.files
    summary = replay_layers(plain, LAYER_CHOICES, workers=1)
    assert (summary.done, summary.there, summary.layers) == (0, 4, LAYER_CHOICES)
    assert contents(plain) == contents(pair / "full")


def test_images_drawn_elsewhere_are_noted(plain):
    layout = DatasetLayout(plain)
    manifest = load_manifest(layout)
    save_manifest(layout, manifest.model_copy(update={"fingerprint": manifest.fingerprint | {"driver": "another"}}))
    assert replay_layers(plain, ("depth",), workers=1).exit_code == 0
    assert any("depth were drawn later, on another machine" in text for text in load_manifest(layout).warnings)
    assert check_dataset(plain) == []


def test_augmented_sets_and_other_jobs_are_refused(pair, plain, tmp_path):
    manifest = load_manifest(DatasetLayout(plain))
    entry = AugmentationEntry(
        source="plain", source_manifest_sha256="0" * 64, pipeline={}, library="x", seed=0, variants=1, geometry="pixels"
    )
    save_manifest(DatasetLayout(plain), manifest.model_copy(update={"augmentation": entry}))
    with pytest.raises(UsageError, match="was augmented"):
        replay_layers(plain, ("depth",))
    save_manifest(DatasetLayout(plain), manifest)
    (tmp_path / "other.yaml").write_text(SEQUENCE.replace("count: 2", "count: 3"))
    with pytest.raises(UsageError, match=r"the job must be the one that made the data set, but scene\.objects\.cans"):
        replay_layers(plain, ("depth",), job=load_job(tmp_path / "other.yaml"))


def test_the_error_of_a_missing_layer_names_the_command(plain, tmp_path):
    with pytest.raises(DatasetError, match=r"synthvision replay \S*set --layers depth"):
        convert_dataset(plain, "bop", tmp_path / "bop")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--layers", "dept"], "did you mean 'depth'?"),
        (["--layers", "image"], "layers must be of depth"),
        (["--layers", "depth", "--frame", "1"], "--layers is for the whole data set"),
        (["--frame", "1", "--workers", "2"], "--workers goes with --layers"),
        ([], "replay needs --frame K"),
    ],
)
def test_wrong_usage(plain, capsys, words, said):
    assert main(["replay", str(plain), *words]) == 2
    assert said in capsys.readouterr().err


def test_layers_come_in_the_order_of_manifests():
    assert parse_layers("flow_backward, ids,depth") == ("depth", "ids", "flow_backward")

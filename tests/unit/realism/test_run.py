"""Refining a data set: what refiners must keep to, what the guard's verdict does to labels, and resuming."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from synthvision.config.job import load_job
from synthvision.config.settings_file import load_realism
from synthvision.core.errors import ConfigError, DatasetError, FrameError, PluginError, UsageError
from synthvision.dataset.reader import open_dataset
from synthvision.dataset.realism import ModelEntry
from synthvision.inspect.validate import validate_dataset
from synthvision.pipeline.replay import replay_frame
from synthvision.pipeline.run import render_job
from synthvision.realism import stage as stage_module
from synthvision.realism.config import RealismSpec
from synthvision.realism.licences import is_non_commercial
from synthvision.realism.refiner import RefinerSpec
from synthvision.realism.run import apply_realism

JOB = """
scene:
  surface: {pick: ground, size_m: [2, 2]}
  objects:
    bottles:
      pick: bottle
      count: 2
      placement: {kind: on_surface, region: {radius_m: 0.2}, clearance_m: 0.05}
  lights:
    sun: {kind: sun, illuminance_lux: 40000, elevation_deg: 50}
  environment: {pick: studio, illuminance_lux: 4000}
  camera: {kind: shell, fill: 1, fov_deg: 45}
classes: [{name: bottle, match: {category: bottle}}]
frames: 5
image: {width: 160, height: 120}
output: {depth: true}
"""


@pytest.fixture(scope="module")
def renders(tmp_path_factory):
    folder = tmp_path_factory.mktemp("renders")
    (folder / "job.yaml").write_text(JOB)
    assert render_job(load_job(folder / "job.yaml"), folder / "set", workers=1).done == 5
    return folder / "set"


class FakeRefiner:
    """Does what a test asks; by default it brightens every picture by four levels."""

    Spec = RefinerSpec
    needs = frozenset()
    smallest_px = 0
    models = (ModelEntry(kind="fake", name="brighter", sha256="0" * 64, licence="CC-BY-NC-4.0"),)

    def __init__(self, change=None):
        self.change = change or (lambda given: np.minimum(given.rgb_hwc, 251) + np.uint8(4))
        self.batches = []

    def refine(self, batch):
        self.batches.append([given.frame for given in batch])
        return [self.change(given) for given in batch]

    def close(self):
        self.closed = True


@pytest.fixture
def fake(monkeypatch):
    def use(refiner):
        monkeypatch.setattr(stage_module, "open_refiner", lambda spec, folder, device: refiner)
        return refiner

    return use


def spec(**changes):
    return RealismSpec.model_validate({"refiners": [{"kind": "plugin", "name": "fake"}], **changes})


def files_of(root):
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_geometry_is_the_sources_and_what_the_picture_shows_is_measured_anew(fake, renders, tmp_path):
    refiner = fake(FakeRefiner())
    summary = apply_realism(renders, spec(keep_render=True, batch=2), tmp_path / "set")
    assert (summary.done, summary.exit_code, summary.counts.pictures) == (5, 0, {"refined": 5})
    assert refiner.closed
    before, after = open_dataset(renders), open_dataset(tmp_path / "set")
    for old, new in zip(before, after, strict=True):
        assert np.array_equal(new.rgb(), np.minimum(old.rgb(), 251) + 4)
        assert new.path("depth").read_bytes() == old.path("depth").read_bytes()
        assert new.path("render").read_bytes() == old.path("image").read_bytes()
        assert [label.rle for label in new.record.instances] == [label.rle for label in old.record.instances]
        assert new.record.scene == old.record.scene
        assert {each.decision for each in new.record.realism.instances} == {"kept"}
    assert not validate_dataset(tmp_path / "set")
    assert json.loads(after.layout.coco.read_text())["annotations"]


def test_batches_are_groups_of_consecutive_frames(fake, renders, tmp_path):
    refiner = fake(FakeRefiner())
    apply_realism(renders, spec(batch=2), tmp_path / "two")
    assert refiner.batches == [[0, 1], [2, 3], [4]]
    fake(FakeRefiner())
    apply_realism(renders, spec(batch=16), tmp_path / "all")
    two, all_at_once = files_of(tmp_path / "two"), files_of(tmp_path / "all")
    assert {name for name in two if two[name] != all_at_once[name]} == {"manifest.json"}


def test_what_was_begun_is_ended_in_the_same_bytes(fake, renders, tmp_path):
    fake(FakeRefiner())
    apply_realism(renders, spec(), tmp_path / "whole")
    shutil.copytree(tmp_path / "whole", tmp_path / "set")
    root = tmp_path / "set"
    (root / "images/0000/00000003.png").write_bytes(b"half")
    (root / "annotations/instances.json").unlink()
    refiner = fake(FakeRefiner())
    summary = apply_realism(renders, spec(), root, resume=True)
    assert (summary.done, summary.there, refiner.batches) == (1, 4, [[3]])
    assert files_of(root) == files_of(tmp_path / "whole")
    with pytest.raises(DatasetError, match="new or empty"):
        apply_realism(renders, spec(), root)
    with pytest.raises(DatasetError, match="the refiners and the weights that it was begun with"):
        apply_realism(renders, spec(seed=7), root, resume=True)


def test_a_picture_that_fails_costs_no_other(fake, renders, tmp_path):
    def change(given):
        if given.frame == 1:
            raise FrameError("frame 1 is too much")
        return given.rgb_hwc

    fake(FakeRefiner(change))
    summary = apply_realism(renders, spec(batch=4), tmp_path / "set")
    assert (summary.done, summary.failures, summary.exit_code) == (4, {1: "frame 1 is too much"}, 1)
    assert [failure.frame for failure in open_dataset(tmp_path / "set").failures] == [1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda given: given.rgb_hwc[:-1], "of the size of the render"),
        (lambda given: given.rgb_hwc.astype(np.float32), "uint8"),
    ],
)
def test_a_refiner_must_return_pictures_of_the_same_form(fake, renders, tmp_path, change, message):
    fake(FakeRefiner(change))
    summary = apply_realism(renders, spec(), tmp_path / "set")
    assert summary.done == 0
    assert all(message in reason for reason in summary.failures.values())


def erased(given):
    """Fill every object with what lies around it, so that no label is true any more."""
    picture = given.rgb_hwc.copy()
    inside = given.class_hw > 0
    picture[inside] = np.median(given.rgb_hwc[~inside], axis=0).astype(np.uint8)
    return picture


def test_an_erased_object_comes_back(fake, renders, tmp_path):
    fake(FakeRefiner(erased))
    summary = apply_realism(renders, spec(guard={"limits": {"failing_share": 1.0}}), tmp_path / "set")
    assert summary.done == 5
    for old, new in zip(open_dataset(renders), open_dataset(tmp_path / "set"), strict=True):
        for label in new.labels():
            if label.box_xyxy and min(np.subtract(label.box_xyxy[2:], label.box_xyxy[:2])) >= 24:
                ids = label.instance_id
                decision = next(each for each in new.record.realism.instances if each.instance_id == ids)
                assert new.record.realism.decision == "render" or decision.decision == "restored", decision
        assert np.array_equal(new.rgb(), old.rgb()) or new.record.realism.decision == "refined"
    assert not validate_dataset(tmp_path / "set")


def test_or_its_annotation_becomes_one_to_ignore(fake, renders, tmp_path):
    fake(FakeRefiner(erased))
    limits = {"failing_share": 1.0, "picture_structure_lost": 1.0}
    guard = {"limits": limits, "on_failed_instance": "ignore", "new_structure": False}
    apply_realism(renders, spec(guard=guard), tmp_path / "set")
    made = open_dataset(tmp_path / "set")
    refused = [
        (frame.index, each.instance_id)
        for frame in made
        for each in frame.record.realism.instances
        if each.decision == "ignored"
    ]
    assert refused
    ignored = {(frame.index, label.instance_id): label for frame in made for label in frame.labels("ignored")}
    assert set(refused) <= ignored.keys()
    assert all(any(why.startswith("realism: ") for why in ignored[key].reasons) for key in refused)
    coco = json.loads(made.layout.coco.read_text())
    crowds = [entry for entry in coco["annotations"] if entry["iscrowd"]]
    assert len(crowds) == len(ignored)
    assert not validate_dataset(tmp_path / "set")


def test_wrong_use_is_refused_before_the_first_picture(fake, renders, tmp_path):
    refiner = fake(FakeRefiner())
    apply_realism(renders, spec(), tmp_path / "set")
    with pytest.raises(UsageError, match="was refined already"):
        apply_realism(tmp_path / "set", spec(), tmp_path / "again")
    refiner = FakeRefiner()
    refiner.needs = frozenset({"normals", "depth"})
    fake(refiner)
    with pytest.raises(UsageError, match=r"need normals images.*synthvision replay .* --layers normals"):
        apply_realism(renders, spec(), tmp_path / "again")
    assert not (tmp_path / "again").exists()


def test_a_refined_set_takes_no_renders_and_its_frames_replay_as_renders(fake, renders, tmp_path):
    fake(FakeRefiner())
    apply_realism(renders, spec(), tmp_path / "set")
    with pytest.raises(DatasetError, match="but was refined"):
        render_job(load_job(renders.parent / "job.yaml"), tmp_path / "set", workers=1, resume=True)
    again = replay_frame(tmp_path / "set", 2, out=tmp_path / "replay")
    assert np.array_equal(open_dataset(again).frame(2).rgb(), open_dataset(renders).frame(2).rgb())


def test_licences_that_forbid_commercial_use_are_warned_of(fake, renders, tmp_path):
    fake(FakeRefiner())
    apply_realism(renders, spec(), tmp_path / "set")
    warnings = open_dataset(tmp_path / "set").manifest.warnings
    assert any("brighter has the licence 'CC-BY-NC-4.0'" in warning for warning in warnings)
    for licence in ("flux-1-dev-non-commercial-license", "cc-by-nc-sa-4.0", "CC_BY_NC_4.0"):
        assert is_non_commercial(licence)
    for licence in ("Apache-2.0", "openrail++", "MIT", "CC-BY-4.0"):
        assert not is_non_commercial(licence)


def test_files_and_plugins_that_are_wrong_are_named(renders, tmp_path):
    path = tmp_path / "realism.yaml"
    path.write_text("refiners:\n  - {kind: fourier, reference: photos, share: 3}\nguards: {}\n")
    with pytest.raises(ConfigError) as caught:
        load_realism(path)
    text = str(caught.value)
    assert "realism.yaml:2" in text
    assert "share" in text
    assert "did you mean 'guard'" in text
    with pytest.raises(PluginError, match="no refiners plugin named 'fuorier'; did you mean 'fourier'"):
        apply_realism(
            renders, RealismSpec.model_validate({"refiners": [{"kind": "plugin", "name": "fuorier"}]}), tmp_path / "set"
        )

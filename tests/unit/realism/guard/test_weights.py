"""Networks of the user's own: tiny ones with random weights, saved and loaded as any other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from synthvision.core.errors import UsageError
from synthvision.realism.guard.config import GuardLimits, GuardSpec
from synthvision.realism.guard.detector import Detections, Detector
from synthvision.realism.guard.features import StructureFeatures
from synthvision.realism.guard.guard import Guard
from synthvision.realism.guard.targets import targets_of

SIZE = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}


@pytest.fixture(scope="module")
def vision_folder(tmp_path_factory):
    torch = pytest.importorskip("torch")
    from transformers import Dinov2Config, Dinov2Model

    torch.set_num_threads(1)
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("vision")
    Dinov2Model(Dinov2Config(image_size=56, patch_size=14, **SIZE)).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def detector_folder(tmp_path_factory):
    torch = pytest.importorskip("torch")
    from transformers import YolosConfig, YolosForObjectDetection

    torch.set_num_threads(1)
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("detector")
    config = YolosConfig(image_size=[64, 64], patch_size=32, num_detection_tokens=5, num_labels=2, **SIZE)
    YolosForObjectDetection(config).save_pretrained(folder)
    return folder


def test_features_of_the_same_picture_are_at_no_distance_and_a_flat_one_is_far(vision_folder, drawn):
    features = StructureFeatures(vision_folder, "cpu")
    targets = targets_of(drawn.ids, drawn.labels)
    same, own = features.distances(drawn.rgb, drawn.rgb, targets)
    assert (same, own) == (0.0, [0.0] * 4)
    other, far = features.distances(drawn.rgb, np.ascontiguousarray(drawn.rgb[::-1, ::-1]), targets)
    assert other > 0
    assert min(far) > 0


def test_the_guard_judges_by_features_where_weights_are_given(vision_folder, drawn):
    spec = GuardSpec(features=vision_folder.name, limits=GuardLimits(feature_distance=0.0))
    guard = Guard(spec, vision_folder.parent, "cpu")
    assert guard.judge(drawn.rgb, drawn.rgb, drawn.ids, drawn.labels).realism.decision == "refined"
    changed = guard.judge(drawn.rgb, 255 - drawn.rgb, drawn.ids, drawn.labels).realism
    assert changed.decision == "render"
    assert any(reason.startswith("feature_distance must be at most 0, got") for reason in changed.reasons)
    assert all("feature_distance" in item.scores for item in changed.instances)


def test_features_need_a_limit(vision_folder):
    with pytest.raises(UsageError, match=r"guard\.limits\.feature_distance must be set"):
        Guard(GuardSpec(features=str(vision_folder)), Path(), "cpu")


def test_a_detector_gives_boxes_in_pixels(detector_folder, drawn):
    found = Detector(detector_folder, "cpu").detect(drawn.rgb, 0.0)
    assert found.boxes_xyxy.shape == (5, 4)
    assert ((found.scores > 0) & (found.scores < 1)).all()
    assert set(found.classes.tolist()) <= {0, 1}
    assert (found.boxes_xyxy[:, 2:] > found.boxes_xyxy[:, :2]).all()
    centre = (found.boxes_xyxy[:, :2] + found.boxes_xyxy[:, 2:]) / 2
    assert ((centre > 0) & (centre < (240, 180))).all()


def test_a_detector_that_sees_the_same_finds_nothing_lost_or_made_up(detector_folder, drawn):
    detector = Detector(detector_folder, "cpu")
    assert detector.compare(drawn.rgb, drawn.rgb, targets_of(drawn.ids, drawn.labels), 0.01) == ([], 0)
    guard = Guard(GuardSpec(detector=str(detector_folder)), Path(), "cpu")
    assert guard.judge(drawn.rgb, drawn.rgb, drawn.ids, drawn.labels).realism.decision == "refined"


class Told:
    """Finds in each picture, known by its first pixel, what the test says."""

    def __init__(self, *found):
        self.found = found

    def detect(self, rgb_hwc, least):
        return self.found[int(rgb_hwc[0, 0, 0])]


def detections(*rows):
    boxes = np.array([row[:4] for row in rows], np.float32).reshape(-1, 4)
    return Detections(
        boxes, np.array([row[4] for row in rows], np.float32), np.array([row[5] for row in rows], np.int64)
    )


def test_objects_found_in_one_picture_alone_are_lost_or_made_up(drawn):
    targets = targets_of(drawn.ids, drawn.labels)
    boxes = [label.box_xyxy for label in drawn.labels]
    before = detections((*boxes[0], 0.9, 1), (*boxes[1], 0.9, 1), (*boxes[2], 0.3, 1))
    # The first is found again, the second as something else; the third was never sure; one more is made up.
    after = detections((*boxes[0], 0.3, 1), (*boxes[1], 0.9, 0), (100, 60, 130, 100, 0.8, 1), (0, 0, 9, 9, 0.4, 1))
    pictures = [np.full((180, 240, 3), value, np.uint8) for value in (0, 1)]
    assert Detector.compare(Told(before, after), *pictures, targets, 0.5) == ([2], 1)
    assert Detector.compare(Told(before, detections()), *pictures, targets, 0.5) == ([1, 2], 0)
    assert Detector.compare(Told(detections(), detections()), *pictures, [], 0.5) == ([], 0)


@pytest.mark.parametrize("key", ["features", "detector"])
def test_missing_weights_are_named(tmp_path, key):
    limits = GuardLimits(feature_distance=0.1)
    with pytest.raises(UsageError, match=rf"guard\.{key} must be a local folder .* there is none at .*nothing"):
        Guard(GuardSpec(limits=limits, **{key: "nothing"}), tmp_path, "cpu")


def test_weights_of_another_kind_are_named(tmp_path, vision_folder):
    with pytest.raises(UsageError, match=r"guard\.detector must hold a network for AutoModelForObjectDetection"):
        Guard(GuardSpec(detector=str(vision_folder)), Path(), "cpu")
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "config.json").write_text((vision_folder / "config.json").read_text())
    (broken / "model.safetensors").write_bytes(b"no weights")
    limits = GuardLimits(feature_distance=0.1)
    with pytest.raises(UsageError, match=r"guard\.features must hold a network for AutoModel"):
        Guard(GuardSpec(features=str(broken), limits=limits), Path(), "cpu")

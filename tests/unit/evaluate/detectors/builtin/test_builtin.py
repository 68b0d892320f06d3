from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from synthvision.core.errors import FrameError, UsageError  # noqa: E402  # after the skip
from synthvision.evaluate.accuracy.accuracy import evaluate_detections  # noqa: E402
from synthvision.evaluate.detectors.builtin.detector import BuiltinDetector, TrainedBuiltin  # noqa: E402
from synthvision.evaluate.detectors.builtin.network import DetectorNetwork  # noqa: E402
from synthvision.evaluate.detectors.config import AugmentationSpec, NetworkSpec  # noqa: E402
from synthvision.evaluate.detectors.detector import load_detector, load_detector_kind  # noqa: E402
from synthvision.evaluate.detectors.networks.loop import TrainingLoop, rate_factor  # noqa: E402
from synthvision.evaluate.detectors.pictures import TrainingPictures  # noqa: E402
from synthvision.features.photos import Photos  # noqa: E402

CLASSES = ("red", "blue")


def _bytes(folder):
    return {name: (folder / "model" / name).read_bytes() for name in ("model.safetensors", "detector.json")}


def test_it_learns_shapes_on_noise(make_set, tiny_spec, tmp_path):
    spec = tiny_spec.model_copy(
        update={
            "steps": 120,
            "batch": 6,
            "network": NetworkSpec(channels=(16, 24, 32, 32), blocks=(0, 1, 1, 0), head_channels=32, head_layers=1),
        }
    )
    detector = load_detector_kind("builtin").train(
        TrainingPictures([make_set(40)], None, CLASSES), spec, tmp_path / "out"
    )
    test = make_set(30, seed=1)
    found = list(detector.detect(test.photos.load(i) for i in range(len(test))))
    assert evaluate_detections(test, found, CLASSES).ap50 > 0.9


def test_two_trainings_give_equal_bytes_and_other_seeds_others(make_set, tiny_spec, tmp_path):
    pictures = TrainingPictures([make_set(4)], None, CLASSES)
    spec = tiny_spec.model_copy(update={"augmentation": AugmentationSpec()})
    BuiltinDetector().train(pictures, spec, tmp_path / "a")
    torch.rand(3)
    BuiltinDetector().train(pictures, spec, tmp_path / "b")
    BuiltinDetector().train(pictures, spec.model_copy(update={"seed": 1}), tmp_path / "c")
    assert _bytes(tmp_path / "a") == _bytes(tmp_path / "b")
    assert _bytes(tmp_path / "a")["model.safetensors"] != _bytes(tmp_path / "c")["model.safetensors"]


@pytest.mark.parametrize("optimiser", ["adamw", "sgd"])
def test_a_stopped_training_goes_on_as_if_it_had_not_stopped(make_set, tiny_spec, tmp_path, monkeypatch, optimiser):
    pictures = TrainingPictures([make_set(4)], None, CLASSES)
    spec = tiny_spec.model_copy(update={"steps": 5, "optimiser": optimiser})
    BuiltinDetector().train(pictures, spec, tmp_path / "whole")
    one_step = TrainingLoop._one_step

    def stopped(loop, crops):
        if loop.step == 3:
            raise KeyboardInterrupt
        return one_step(loop, crops)

    monkeypatch.setattr(TrainingLoop, "_one_step", stopped)
    with pytest.raises(KeyboardInterrupt):
        BuiltinDetector().train(pictures, spec, tmp_path / "parts")
    monkeypatch.undo()
    steps = []
    BuiltinDetector().train(pictures, spec, tmp_path / "parts", progress=lambda now: steps.append(now.step))
    assert steps == [3, 4, 5]
    assert _bytes(tmp_path / "whole") == _bytes(tmp_path / "parts")
    lines = [(folder / "losses.jsonl").read_text() for folder in (tmp_path / "whole", tmp_path / "parts")]
    assert lines[0] == lines[1]
    assert not (tmp_path / "parts" / "checkpoint.safetensors").exists()


def test_an_ended_training_is_not_repeated_and_another_is_refused(make_set, tiny_spec, tmp_path):
    pictures = TrainingPictures([make_set(4)], None, CLASSES)
    BuiltinDetector().train(pictures, tiny_spec, tmp_path / "a")
    steps = []
    BuiltinDetector().train(pictures, tiny_spec, tmp_path / "a", progress=steps.append)
    assert steps == []
    with pytest.raises(UsageError, match="seed differ"):
        BuiltinDetector().train(pictures, tiny_spec.model_copy(update={"seed": 3}), tmp_path / "a")
    other = TrainingPictures([make_set(4, seed=2)], None, CLASSES)
    with pytest.raises(UsageError, match=r"pictures, pictures_per_set differ"):
        BuiltinDetector().train(other, tiny_spec, tmp_path / "a")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "notes").touch()
    with pytest.raises(UsageError, match="other files"):
        BuiltinDetector().train(pictures, tiny_spec, tmp_path / "b")


def test_a_saved_detector_finds_the_same_and_a_broken_one_is_refused(make_set, tiny_spec, tmp_path):
    one = make_set(3)
    trained = BuiltinDetector().train(TrainingPictures([one], None, CLASSES), tiny_spec, tmp_path / "a")
    trained.save(tmp_path / "b")
    loaded = load_detector(tmp_path / "b", "cpu")
    assert loaded.classes == CLASSES
    assert loaded.record == trained.record
    pictures = [one.photos.load(i) for i in range(3)]
    for first, second in zip(trained.detect(pictures), loaded.detect(pictures), strict=True):
        assert np.array_equal(first.box_xyxy_n4, second.box_xyxy_n4)
        assert np.array_equal(first.score_n, second.score_n)
    card = json.loads((tmp_path / "b" / "detector.json").read_text())
    assert card["pictures_per_set"] == [["toy0", 3]]
    assert str(tmp_path) not in json.dumps(card)
    weights = tmp_path / "b" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-4] + b"\0\0\0\1")
    with pytest.raises(UsageError, match="hash differs"):
        load_detector(tmp_path / "b", "cpu")
    weights.write_bytes(b"nothing")
    with pytest.raises(UsageError, match="whole safetensors"):
        load_detector(tmp_path / "b", "cpu")
    with pytest.raises(UsageError, match=r"no detector\.json"):
        load_detector(tmp_path, "cpu")


def test_a_training_can_go_on_from_another_also_with_other_classes(make_set, tiny_spec, tmp_path):
    one = make_set(3)
    BuiltinDetector().train(TrainingPictures([one], None, CLASSES), tiny_spec, tmp_path / "a")
    spec = tiny_spec.model_copy(update={"steps": 1, "learning_rate": 1e-12, "ema": 0.0, "picture_side": None})
    start = tmp_path / "a" / "model"
    again = BuiltinDetector().train(TrainingPictures([one], None, CLASSES), spec, tmp_path / "b", start=start)
    assert isinstance(again, TrainedBuiltin)
    assert again.picture_side == 96
    before, after = (
        TrainedBuiltin.load(folder, "cpu")._network.state_dict() for folder in (start, tmp_path / "b" / "model")
    )
    assert torch.allclose(before["out.weight"], after["out.weight"], atol=1e-5)
    more = TrainingPictures([one], None, (*CLASSES, "green"))
    wider = BuiltinDetector().train(more, spec, tmp_path / "c", start=start)
    assert torch.allclose(wider._network.state_dict()["head.0.0.weight"], before["head.0.0.weight"], atol=1e-5)
    larger = spec.model_copy(update={"network": NetworkSpec(channels=(8, 8, 16, 32), blocks=(0, 1, 0, 0))})
    with pytest.raises(UsageError, match="other settings made it"):
        BuiltinDetector().train(more, larger, tmp_path / "d", start=start)


def test_boxes_are_in_pixels_of_the_picture_given(make_set, tiny_spec):
    network = DetectorNetwork(tiny_spec.network, 2)
    with torch.no_grad():
        # Every place answers: an object, 8 px to each side at the working size, of class 0 for sure.
        network.out.weight.zero_()
        network.out.bias.copy_(torch.tensor([3.0, 0, 0, 0, 0, 9, -9]))
        network.second_look.out.weight.zero_()
    trained = TrainedBuiltin(network, CLASSES, 64, "float32", "cpu", {})
    (found,) = trained.detect([np.zeros((160, 320, 3), np.uint8)])
    # Five times as large as at the working size, inside the picture, one class.
    sides = found.box_xyxy_n4[:, 2:] - found.box_xyxy_n4[:, :2]
    assert sides.max(axis=0).tolist() == [80, 80]
    assert (found.box_xyxy_n4 >= 0).all()
    assert (found.box_xyxy_n4[:, [0, 2]] <= 320).all()
    assert (found.box_xyxy_n4[:, [1, 3]] <= 160).all()
    assert set(found.class_n.tolist()) == {0}
    assert (np.diff(found.score_n) <= 0).all()


def test_what_is_found_does_not_depend_on_the_company(make_set, tiny_spec, tmp_path):
    one = make_set(3)
    trained = BuiltinDetector().train(TrainingPictures([one], None, CLASSES), tiny_spec, tmp_path / "a")
    pictures = [one.photos.load(i) for i in range(3)]
    odd = np.full((50, 120, 3), 90, np.uint8)
    together = list(trained.detect([pictures[0], pictures[1], odd, pictures[2]]))
    assert len(together) == 4
    for place, picture in ((0, pictures[0]), (2, odd), (3, pictures[2])):
        (alone,) = trained.detect([picture])
        assert alone.box_xyxy_n4 == pytest.approx(together[place].box_xyxy_n4, abs=1e-3)
    assert list(trained.detect([])) == []


def test_pictures_without_objects_and_classes_without_pictures_are_allowed(make_set, tiny_spec, tmp_path):
    one = make_set(3)
    empty = replace(one, photos=Photos(one.photos.root, one.photos.paths, ((), one.photos.boxes[1], ())))
    trained = BuiltinDetector().train(TrainingPictures([empty], None, (*CLASSES, "green")), tiny_spec, tmp_path / "a")
    assert trained.classes == (*CLASSES, "green")
    nothing = replace(one, photos=Photos(one.photos.root, one.photos.paths, ((),) * 3))
    BuiltinDetector().train(TrainingPictures([nothing], None, CLASSES), tiny_spec, tmp_path / "b")
    fitted = tiny_spec.model_copy(update={"picture_side": None})
    with pytest.raises(UsageError, match="state picture_side"):
        BuiltinDetector().train(TrainingPictures([nothing], None, CLASSES), fitted, tmp_path / "c")


def test_patience_ends_a_training_whose_loss_does_not_fall(make_set, tiny_spec, tmp_path):
    spec = tiny_spec.model_copy(update={"steps": 50, "patience": 2, "learning_rate": 1e-12})
    trained = BuiltinDetector().train(TrainingPictures([make_set(3)], None, CLASSES), spec, tmp_path / "a")
    assert trained.record["steps_done"] < 50


def test_wrong_settings_are_refused(make_set, tiny_spec, tmp_path):
    pictures = TrainingPictures([make_set(2)], None, CLASSES)
    half = tiny_spec.model_copy(update={"precision": "float16"})
    with pytest.raises(UsageError, match="got float16"):
        BuiltinDetector().train(pictures, half, tmp_path / "a")
    with pytest.raises(UsageError, match="auto, cpu, cuda"):
        BuiltinDetector().train(pictures, tiny_spec.model_copy(update={"device": "tpu9"}), tmp_path / "b")
    wild = tiny_spec.model_copy(update={"learning_rate": 1e30, "optimiser": "sgd", "clip": 0.0, "warm_up": 0.0})
    with pytest.raises(FrameError, match="lower learning_rate"):
        BuiltinDetector().train(pictures, wild, tmp_path / "c")


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("stride", [4, 8, 16])
def test_the_network_keeps_its_stride_in_every_precision(precision, stride):
    network = DetectorNetwork(
        NetworkSpec(channels=(8, 8, 8, 8), blocks=(0, 0, 0, 0), stride=stride, head_channels=8), 3
    )
    with torch.autocast("cpu", enabled=precision == "bfloat16", dtype=torch.bfloat16):
        answers = network.eval()(torch.zeros(1, 3, 64, 96))
        looks = network.look_again(answers, [torch.tensor([[0.0, 0, 40, 30]] * 5)])
    places = (64 // stride, 96 // stride)
    assert answers.middle_nhw.shape == (1, *places)
    assert answers.distance_n4hw.shape == (1, 4, *places)
    assert answers.class_nchw.shape == (1, 3, *places)
    assert {answer.dtype for answer in answers[:3]} == {torch.float32}
    assert looks.shape == (5, 4)
    assert looks.dtype == torch.float32
    # What it believes at first: nothing, and boxes of six strides.
    assert answers.middle_nhw.sigmoid().mean().item() == pytest.approx(0.01, abs=0.005)
    assert answers.distance_n4hw.mean().item() == pytest.approx(3 * stride, rel=0.1)


def test_the_learning_rate_rises_then_falls(tiny_spec):
    spec = tiny_spec.model_copy(update={"steps": 100, "warm_up": 0.1})
    factors = [rate_factor(spec, step) for step in range(100)]
    assert factors[:10] == pytest.approx([0.1 * k for k in range(1, 11)])
    assert factors[10] == pytest.approx(1)
    assert factors[55] == pytest.approx(0.505, abs=0.01)
    assert factors[99] == pytest.approx(0.01, abs=0.001)

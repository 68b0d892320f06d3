from __future__ import annotations

import json
import re

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from synthvision.core.errors import UsageError  # noqa: E402  # after the skips
from synthvision.evaluate.detectors.crops import FILL, Crop  # noqa: E402
from synthvision.evaluate.detectors.detector import load_detector, load_detector_kind  # noqa: E402
from synthvision.evaluate.detectors.networks.transformers_detector import TrainedTransformers, _Learner  # noqa: E402
from synthvision.evaluate.detectors.pictures import TrainingPictures  # noqa: E402

CLASSES = ("red", "blue")


@pytest.fixture
def tiny_model(tmp_path):
    """A folder with a tiny YOLOS of random weights, for other classes, and the colours it takes."""
    from transformers import YolosConfig, YolosForObjectDetection

    torch.manual_seed(0)
    config = YolosConfig(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=48, image_size=[64, 64],
        patch_size=8, num_detection_tokens=6, use_mid_position_embeddings=False, num_labels=5,
    )  # fmt: skip
    folder = tmp_path / "tiny-yolos"
    YolosForObjectDetection(config).save_pretrained(folder)
    stated = {
        "image_processor_type": "YolosImageProcessor",
        "image_mean": [0.5, 0.5, 0.5],
        "image_std": [0.5, 0.5, 0.5],
    }
    (folder / "preprocessor_config.json").write_text(json.dumps({**stated, "do_normalize": True}))
    return folder


def test_a_local_model_learns_and_is_saved_and_read_again(tiny_model, make_set, tiny_spec, tmp_path):
    one = make_set(4, size_wh=(64, 64), most=1)
    spec = tiny_spec.model_copy(
        update={"steps": 40, "batch": 4, "picture_side": 64, "learning_rate": 2e-3, "log_every": 10, "save_every": 100}
    )
    losses = []
    trained = load_detector_kind(str(tiny_model)).train(
        TrainingPictures([one], None, CLASSES), spec, tmp_path / "a", progress=lambda now: losses.append(now.losses)
    )
    assert losses[-1]["model"] < 0.8 * losses[0]["model"]
    assert trained.record["model"] == "tiny-yolos"
    assert trained.record["colours"] == {"mean": [0.5] * 3, "spread": [0.5] * 3}
    assert str(tmp_path) not in json.dumps(trained.record)
    loaded = load_detector(tmp_path / "a" / "model", "cpu")
    assert loaded.classes == CLASSES
    pictures = [one.photos.load(0), np.full((30, 100, 3), 90, np.uint8)]
    for first, second in zip(trained.detect(pictures), loaded.detect(pictures), strict=True):
        assert np.array_equal(first.box_xyxy_n4, second.box_xyxy_n4)
        assert len(first)
        assert first.class_n.max() < 2
    # An ended training is not repeated.
    again = load_detector_kind(str(tiny_model)).train(TrainingPictures([one], None, CLASSES), spec, tmp_path / "a")
    assert again.record == trained.record


def test_a_stopped_training_goes_on_as_if_it_had_not_stopped(tiny_model, make_set, tiny_spec, tmp_path, monkeypatch):
    from synthvision.evaluate.detectors.networks.loop import TrainingLoop

    pictures = TrainingPictures([make_set(2, size_wh=(64, 64))], None, CLASSES)
    kind = load_detector_kind(str(tiny_model))
    kind.train(pictures, tiny_spec, tmp_path / "whole")
    one_step = TrainingLoop._one_step

    def stopped(loop, crops):
        if loop.step == 3:
            raise KeyboardInterrupt
        return one_step(loop, crops)

    monkeypatch.setattr(TrainingLoop, "_one_step", stopped)
    with pytest.raises(KeyboardInterrupt):
        kind.train(pictures, tiny_spec, tmp_path / "parts")
    monkeypatch.undo()
    kind.train(pictures, tiny_spec, tmp_path / "parts")
    first, second = (tmp_path / name / "model" / "model.safetensors" for name in ("whole", "parts"))
    assert first.read_bytes() == second.read_bytes()
    start = tmp_path / "whole" / "model"
    on = tiny_spec.model_copy(update={"steps": 1, "learning_rate": 1e-12, "ema": 0.0, "weight_decay": 0.0})
    later = kind.train(pictures, on, tmp_path / "later", start=start)
    assert later.record["start"] == json.loads((start / "detector.json").read_text())["sha256"]
    more = TrainingPictures(pictures.sets, None, (*CLASSES, "green"))
    with pytest.raises(UsageError, match="the classes to go on from"):
        kind.train(more, on, tmp_path / "other", start=start)


def test_models_get_boxes_as_shares_and_ignored_places_grey():
    seen = {}

    class Spy(torch.nn.Module):
        def forward(self, pixel_values, labels):
            seen.update(pixels=pixel_values, labels=labels)
            return type("Answer", (), {"loss": pixel_values.sum()})

    crop = Crop(
        np.zeros((64, 64, 3), np.uint8),
        np.array([[16, 8, 48, 24]], np.float32),
        np.array([1], np.int64),
        np.array([[32, 32, 64, 64]], np.float32),
    )
    _Learner(Spy(), {}, torch.device("cpu")).losses([crop])
    assert seen["labels"][0]["boxes"].tolist() == [[0.5, 0.25, 0.5, 0.25]]
    assert seen["labels"][0]["class_labels"].tolist() == [1]
    assert seen["pixels"][0, 0, 40, 40].item() == pytest.approx(FILL / 255)
    assert seen["pixels"][0, 0, 10, 10].item() == 0


@pytest.mark.parametrize("exclusive", [True, False])
def test_both_kinds_of_scores_are_read_and_boxes_are_of_the_picture_given(exclusive):
    # Middle (0.25, 0.5) of a picture that is padded from 64 x 32 to 64 x 32: no padding; five times as large.
    logits = torch.tensor([[[4.0, -4.0] + ([0.0] if exclusive else [])]])
    answer = type("Answer", (), {"logits": logits, "pred_boxes": torch.tensor([[[0.25, 0.5, 0.2, 0.4]]])})

    class Fixed(torch.nn.Module):
        def forward(self, pixel_values):
            assert pixel_values.shape == (1, 3, 32, 64)
            return answer

    trained = TrainedTransformers(Fixed(), CLASSES, 64, {}, "float32", "cpu", {})
    (found,) = trained.detect([np.zeros((160, 320, 3), np.uint8)])
    assert found.class_n[0] == 0
    wanted = np.exp(4) / (np.exp(4) + np.exp(-4) + 1) if exclusive else 1 / (1 + np.exp(-4))
    assert found.score_n[0] == pytest.approx(wanted, abs=1e-5)
    assert found.box_xyxy_n4[0] == pytest.approx([48, 48, 112, 112], abs=1e-3)


def test_what_is_no_model_is_refused(tmp_path, make_set, tiny_spec, monkeypatch):
    # As without a network, but without waiting for it.
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    pictures = TrainingPictures([make_set(2)], None, CLASSES)
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="local folder with a detection model of transformers as safetensors"):
        load_detector_kind(str(tmp_path / "empty")).train(pictures, tiny_spec, tmp_path / "a")
    with pytest.raises(UsageError, match=re.escape("needs a network or an older copy")):
        load_detector_kind("nobody/nothing").train(pictures, tiny_spec, tmp_path / "b")
    with pytest.raises(UsageError, match="must be builtin"):
        load_detector_kind("buildin")

from __future__ import annotations

import subprocess
import sys

import pytest
from pydantic import ValidationError

from synthvision.core.errors import UsageError
from synthvision.evaluate.detectors.config import AugmentationSpec, NetworkSpec, TrainingSpec
from synthvision.evaluate.detectors.detector import load_detector


@pytest.mark.parametrize(
    ("model", "settings", "message"),
    [
        (TrainingSpec, {"crop": 100}, "multiple of 32"),
        (TrainingSpec, {"steps": 0}, "greater than or equal to 1"),
        (TrainingSpec, {"epochs": 3}, "Extra inputs"),
        (NetworkSpec, {"channels": (8, 8, 8, 9)}, "multiples of 8"),
        (NetworkSpec, {"blocks": (0, 0, 0, -1)}, "0 or more"),
        (AugmentationSpec, {"rotation_deg": 45}, "less than or equal to 30"),
    ],
)
def test_wrong_settings_are_refused(model, settings, message):
    with pytest.raises(ValidationError, match=message):
        model(**settings)


@pytest.mark.parametrize("model", [TrainingSpec, NetworkSpec, AugmentationSpec])
def test_every_field_is_described_and_survives_json(model):
    assert all(field.description for field in model.model_fields.values())
    assert model.model_validate_json(model().model_dump_json()) == model()


def test_no_variation_is_all_zero():
    assert not any(AugmentationSpec.none().model_dump().values())


def test_torch_is_loaded_by_trainings_alone():
    code = (
        "import sys, synthvision.evaluate.detectors.config, synthvision.evaluate.detectors.crops, "
        "synthvision.evaluate.detectors.detector, synthvision.evaluate.detectors.ultralytics_detector\n"
        "assert not {'torch', 'transformers', 'ultralytics'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("text", "message"),
    [("{", "readable JSON"), ("[]", "card of a trained detector"), ('{"kind": "x", "classes": []}', "kind must be")],
)
def test_broken_cards_are_refused(tmp_path, text, message):
    (tmp_path / "detector.json").write_text(text)
    with pytest.raises(UsageError, match=message):
        load_detector(tmp_path)

"""A generator that was trained behind other refiners: what its card says, and what a chain must look like."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest
import torch

from synthvision.core.errors import UsageError
from synthvision.core.streams import rng_for
from synthvision.dataset.reader import open_dataset
from synthvision.realism.config import RealismSpec
from synthvision.realism.inputs import refine_input
from synthvision.realism.stage import RealismStage
from synthvision.realism.training.config import TrainingSpec
from synthvision.realism.training.run import train
from synthvision.realism.training.sources import open_synthetic

torch.set_num_threads(1)

COLOUR = {"kind": "colour", "reference": "photos", "most_shift": 40.0}
SENSOR = {"kind": "sensor", "reference": "photos"}


def write_photos(folder, seed=1, count=8):
    """Photos with a cast of red, with noise."""
    folder.mkdir()
    for index in range(count):
        rng = rng_for(seed, index, "photos")
        picture = rng.normal((150, 90, 60), 12, (70, 80, 3)) + 60 * (rng.random((7, 8, 1)) > 0.5).repeat(10, 0).repeat(
            10, 1
        )
        cv2.imwrite(str(folder / f"{index}.png"), picture.clip(0, 255).astype(np.uint8)[..., ::-1])
    return folder


def settings(**changes):
    return TrainingSpec(
        **{
            "steps": 2, "crop": 32, "width": 8, "blocks": 1, "downs": 1, "discriminator_width": 8,
            "discriminator_layers": 2, "nce_patches": 16, "evaluate_every": 2, "evaluate_crops": 8, "log_every": 1,
            "sheet_every": 2, "save_every": 2, "held_out": 0.25, "pool": 0, "device": "cpu", "before": [COLOUR, SENSOR],
            "extractors": ("statistics",),
        }
        | changes
    )  # fmt: skip


@pytest.fixture
def trained(make_dataset, tmp_path):
    """A folder with photos, renders and a generator that was trained behind colour and sensor."""
    renders = make_dataset(6)
    photos = write_photos(tmp_path / "photos")
    train(settings(), renders, photos, tmp_path / "out", base=tmp_path)
    return tmp_path


def chain(*refiners):
    return RealismSpec.model_validate({"refiners": refiners})


GENERATOR = {"kind": "generator", "weights": "out/model"}


def test_the_generator_is_trained_on_what_the_chain_makes(make_dataset, tmp_path):
    renders = make_dataset(6)
    write_photos(tmp_path / "photos")
    with RealismStage(chain(COLOUR, SENSOR), tmp_path, "cpu") as stage:
        before = tuple(stage._refiners)
        source, held = open_synthetic(renders, (), 0.25, before, seed=4)
        for part in (source, held):
            for place, index in enumerate(part.frames):
                frame = open_dataset(renders).frame(index)
                (wanted,) = stage.refine([refine_input(frame, (), 4)])
                assert np.array_equal(part.load(place).rgb_hwc, wanted)
                assert not np.array_equal(wanted, frame.rgb())


def test_the_card_says_what_must_stand_before_it_and_no_place_of_files(trained):
    card = json.loads((trained / "out" / "model" / "model.json").read_text())
    assert [entry["kind"] for entry in card["before"]] == ["colour", "sensor"]
    assert card["before"][0]["settings"]["most_shift"] == 40.0
    # Progress is told against renders that nothing was done to; colour brings these much nearer.
    assert card["given_distances"]["statistics"] < card["render_distances"]["statistics"]
    for name in ("model/model.json", "training.json"):
        assert '"photos"' not in (trained / "out" / name).read_text().replace('"photos":', "")
    with RealismStage(chain(COLOUR, SENSOR, GENERATOR), trained, "cpu") as stage:
        assert [entry.kind for entry in stage.models] == ["colour", "sensor", "generator"]


def test_photos_may_lie_elsewhere(trained):
    write_photos(trained / "copies")
    moved = [each | {"reference": "copies"} for each in (COLOUR, SENSOR)]
    RealismStage(chain(*moved, GENERATOR), trained, "cpu").close()


@pytest.mark.parametrize(
    ("refiners", "message"),
    [
        ([GENERATOR], "trained behind colour, sensor and must stand directly behind it, got nothing: put"),
        ([SENSOR, GENERATOR], "got sensor: put"),
        ([SENSOR, COLOUR, GENERATOR], "got sensor, colour: put"),
        ([COLOUR, SENSOR, SENSOR, GENERATOR], "got sensor, sensor: put"),
        ([COLOUR | {"strength": 0.5}, SENSOR, GENERATOR], "got colour with another strength: put"),
        ([COLOUR, SENSOR | {"reference": "other"}, GENERATOR], "got sensor that learned from other photos or renders"),
        ([COLOUR, SENSOR, GENERATOR, GENERATOR], "got sensor, generator: put"),
    ],
)
def test_another_chain_is_refused(trained, refiners, message):
    write_photos(trained / "other", seed=2)
    with pytest.raises(UsageError, match=message):
        RealismStage(chain(*refiners), trained, "cpu")


def test_a_resumed_training_must_have_the_same_chain(trained, make_dataset):
    write_photos(trained / "copies")
    moved = [each | {"reference": "copies"} for each in (COLOUR, SENSOR)]
    train(settings(before=moved), trained / "set", trained / "photos", trained / "out", base=trained, resume=True)
    with pytest.raises(UsageError, match="but before differ"):
        train(
            settings(before=[COLOUR]), trained / "set", trained / "photos", trained / "out", base=trained, resume=True
        )


def test_plain_pictures_cannot_go_through_a_chain(tmp_path):
    photos, renders = write_photos(tmp_path / "photos"), write_photos(tmp_path / "renders", seed=3)
    with pytest.raises(UsageError, match="before the generator need a data set of synthvision"):
        train(settings(), renders, photos, tmp_path / "out", base=tmp_path)


def test_validation_photos_are_measured_against_and_must_be_others(make_dataset, tmp_path):
    renders = make_dataset(6)
    photos, others = write_photos(tmp_path / "photos"), write_photos(tmp_path / "others", seed=2)
    result = train(settings(), renders, photos, tmp_path / "out", validation=others, base=tmp_path)
    assert result.real_photos == 8
    (others / "copy.png").write_bytes((photos / "3.png").read_bytes())
    with pytest.raises(UsageError, match=r"must not be trained on, but 1 of 9 are in .*photos too, such as copy.png"):
        train(settings(), renders, photos, tmp_path / "again", validation=others, base=tmp_path)

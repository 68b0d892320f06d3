"""The small model on a toy with a known answer: two colours in the photos, two others in the renders."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from synthvision.core.errors import FrameError, UsageError
from synthvision.core.streams import rng_for
from synthvision.realism.diffusion.card import load_card
from synthvision.realism.diffusion.config import DiffusionSpec, DiffusionTrainingSpec
from synthvision.realism.diffusion.scratch import ScratchRefiner
from synthvision.realism.diffusion.training import split_of, train_diffusion
from synthvision.realism.refiner import RefineInput

REAL = ((60, 90, 150), (220, 190, 90))
RENDERED = ((90, 90, 90), (200, 120, 160))
SIDE = 24
TINY = {
    "crop": 16, "width": 8, "levels": 2, "batch": 3, "steps": 6, "save_every": 2, "log_every": 2, "sheet_every": 0,
    "held_out": 0.25, "warmup": 2,
}  # fmt: skip


def picture(index, colours, stream, side=SIDE):
    """One square or disc on a ground, and its mask."""
    rng = rng_for(1, index, stream)
    y, x = np.mgrid[:side, :side]
    cx, cy = rng.uniform(0.4, 0.6, 2) * side
    radius = rng.uniform(0.2, 0.32) * side
    square = rng.random() < 0.5
    mask = np.maximum(abs(x - cx), abs(y - cy)) < radius if square else (x - cx) ** 2 + (y - cy) ** 2 < radius**2
    rgb = np.where(mask[..., None], colours[1], colours[0]) + rng.normal(0, 2, (side, side, 3))
    return rgb.clip(0, 255).round().astype(np.uint8), mask


def write_photos(folder: Path, count: int) -> Path:
    folder.mkdir(parents=True)
    for index in range(count):
        Image.fromarray(picture(index, REAL, "test.photo")[0]).save(folder / f"{index:03}.png")
    return folder


@dataclass(frozen=True)
class Trained:
    """What the toy training gave.

    Args:
        folder: Of the training.
        losses: Lines of losses.jsonl.
    """

    folder: Path
    losses: list[float]


@pytest.fixture(scope="session")
def trained(tmp_path_factory) -> Trained:
    root = tmp_path_factory.mktemp("toy")
    photos = write_photos(root / "photos", 40)
    spec = DiffusionTrainingSpec(
        crop=SIDE, width=16, levels=2, steps=240, batch=6, learning_rate=4e-3, warmup=20, ema=0.98, held_out=0.0,
        sheet_every=0, save_every=1000, log_every=40, real_licence="CC0-1.0",
    )  # fmt: skip
    seen = []
    result = train_diffusion(spec, None, photos, root / "out", progress=seen.append)
    assert result.folder == root / "out" / "model"
    assert result.steps == result.best_step == 240
    assert result.real_photos == 40
    lines = [json.loads(line) for line in (root / "out" / "losses.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [40, 80, 120, 160, 200, 240]
    assert [one.step for one in seen] == [40, 80, 120, 160, 200, 240]
    return Trained(root / "out", [line["losses"]["velocity"] for line in lines])


@pytest.fixture
def render(frames):
    """Make an input of one toy render."""
    (whole,) = frames()

    def make(index, side=SIDE, seed=5):
        rgb, mask = picture(index, RENDERED, "test.render", side)
        ids = mask.astype(np.uint16)
        return RefineInput(whole.record, rgb, ids, ids, None, None, seed), mask

    return make


def refiner(trained, **changes):
    settings = {"kind": "diffusion", "weights": "model", "strength": 0.6, "steps": 20} | changes
    return ScratchRefiner(DiffusionSpec.model_validate(settings), trained.folder, "cpu")


def grown(mask, by):
    kernel = np.ones((2 * abs(by) + 1,) * 2, np.uint8)
    return (cv2.dilate if by > 0 else cv2.erode)(mask.astype(np.uint8), kernel) > 0


def test_the_loss_falls(trained):
    assert trained.losses[-1] < 0.25 * trained.losses[0]


def test_the_photos_colours_come_and_edges_stay(trained, render):
    made = refiner(trained)
    before, after, moved = [], [], []
    for index in range(6):
        given, mask = render(index)
        (found,) = made.refine([given])
        for part, colour in ((grown(mask, -2), REAL[1]), (~grown(mask, 2), REAL[0])):
            before.append(np.abs(given.rgb_hwc[part].mean(axis=0) - colour).mean())
            after.append(np.abs(found[part].mean(axis=0) - colour).mean())
        away = [np.abs(found.astype(int) - colour).sum(axis=2) for colour in REAL]
        wrong = (away[1] < away[0]) != mask
        moved.append(wrong[~(grown(mask, 1) & ~grown(mask, -1))].mean())
    assert np.mean(after) < 0.5 * np.mean(before)
    assert max(after) < max(before) / 2
    assert np.mean(moved) < 0.005
    assert max(moved) < 0.02


def test_strength_goes_from_the_render_to_the_photos(trained, render):
    given, _ = render(0)
    away = []
    for strength in (0.05, 0.3, 0.6, 0.9):
        (found,) = refiner(trained, strength=strength).refine([given])
        away.append(np.abs(found.astype(int) - given.rgb_hwc).mean())
    assert away == sorted(away)
    assert away[0] < away[-1] / 4


def test_batch_and_seed(trained, render):
    made = refiner(trained, steps=4)
    given = [render(0)[0], render(1)[0], render(2, side=40)[0]]
    together = made.refine(given)
    for one, found in zip(given, together, strict=True):
        assert np.array_equal(made.refine([one])[0], found)
        assert found.shape == one.rgb_hwc.shape
    assert not np.array_equal(made.refine([render(0, seed=6)[0]])[0], together[0])
    (model,) = made.models
    assert (model.kind, model.licence, model.strength, model.real_photos) == ("diffusion", "CC0-1.0", 0.6, 40)
    assert model.name == "diffusion-photos"
    assert made.needs == frozenset()
    assert made.smallest_px == 0
    made.close()
    with pytest.raises(UsageError, match="after it was closed"):
        made.refine(given)


def test_out_of_memory_takes_fewer_tiles_and_says_so(trained, render):
    import torch

    given, _ = render(0, side=60)
    whole = refiner(trained, steps=4)
    (expected,) = whole.refine([given])
    small = refiner(trained, steps=4, batch=8)
    network, most = small._network, 2

    def short(noisy, *rest):
        if len(noisy) > most:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return network(noisy, *rest)

    small._network = short
    (found,) = small.refine([given])
    assert np.abs(found.astype(int) - expected).max() <= 1
    assert small.notes == [
        "the GPU ran out of memory with 8 tiles at once: going on with 4",
        "the GPU ran out of memory with 4 tiles at once: going on with 2",
    ]
    most = 0
    with pytest.raises(FrameError, match="one tile of 24 px must fit the memory of the GPU"):
        small.refine([given])


def test_weights_that_are_missing_changed_or_of_something_else(trained, tmp_path):
    def broken(match):
        with pytest.raises(UsageError, match=match):
            ScratchRefiner(DiffusionSpec(kind="diffusion", weights="m"), tmp_path, "cpu")

    broken(r"must hold the model.json and model.safetensors .* has no model.json")
    shutil.copytree(trained.folder / "model", tmp_path / "m")
    card = json.loads((tmp_path / "m" / "model.json").read_text())
    (tmp_path / "m" / "model.json").write_text(json.dumps(card | {"width": 24}))
    broken("must have shape|must hold the weights")
    (tmp_path / "m" / "model.json").write_text(json.dumps(card | {"method": "cut"}))
    broken("must be the card of a trained diffusion model")
    (tmp_path / "m" / "model.json").write_text(json.dumps(card | {"real_licence": "cc-by-nc-4.0"}))
    made = ScratchRefiner(DiffusionSpec(kind="diffusion", weights="m"), tmp_path, "cpu")
    assert made.notes == ["the licence of the photos of model diffusion-photos (cc-by-nc-4.0) forbids commercial use"]
    (tmp_path / "m" / "model.json").write_text(json.dumps(card))
    weights = tmp_path / "m" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-4])
    broken("must have the SHA-256")
    with pytest.raises(ValidationError, match=r"steps \* strength must be at least 1"):
        DiffusionSpec(kind="diffusion", weights="m", steps=3, strength=0.2)


def weights_of(out):
    return (out / "model" / "model.safetensors").read_bytes()


def test_a_resumed_training_is_as_if_undisturbed(tmp_path):
    photos = write_photos(tmp_path / "photos", 8)
    whole = DiffusionTrainingSpec(**TINY)
    train_diffusion(whole, None, photos, tmp_path / "whole")
    train_diffusion(whole, None, photos, tmp_path / "again")
    assert weights_of(tmp_path / "again") == weights_of(tmp_path / "whole")

    class KilledError(Exception):
        pass

    def kill(progress):
        if progress.step == 4:
            raise KilledError

    with pytest.raises(KilledError):
        train_diffusion(whole, None, photos, tmp_path / "part", progress=kill)
    assert not (tmp_path / "part" / "model").exists()
    train_diffusion(whole, None, photos, tmp_path / "part", resume=True)
    assert weights_of(tmp_path / "part") == weights_of(tmp_path / "whole")
    assert (tmp_path / "part" / "losses.jsonl").read_text() == (tmp_path / "whole" / "losses.jsonl").read_text()
    longer = DiffusionTrainingSpec(**TINY | {"steps": 8})
    train_diffusion(longer, None, photos, tmp_path / "part", resume=True)
    train_diffusion(longer, None, photos, tmp_path / "longer")
    assert weights_of(tmp_path / "part") == weights_of(tmp_path / "longer")

    other_seed = DiffusionTrainingSpec(**TINY | {"seed": 1})
    with pytest.raises(UsageError, match="must be empty, but holds a training"):
        train_diffusion(whole, None, photos, tmp_path / "part")
    with pytest.raises(UsageError, match="must have the settings and photos it began with, but seed differ"):
        train_diffusion(other_seed, None, photos, tmp_path / "part", resume=True)
    Image.fromarray(picture(99, REAL, "test.photo")[0]).save(photos / "new.png")
    with pytest.raises(UsageError, match="but photos differ"):
        train_diffusion(whole, None, photos, tmp_path / "part", resume=True)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    with pytest.raises(UsageError, match="must be empty or not exist"):
        train_diffusion(whole, None, photos, tmp_path / "full")


def test_card_sheets_and_the_split(tmp_path, make_dataset):
    photos = write_photos(tmp_path / "photos", 8)
    dataset = make_dataset(4)
    result = train_diffusion(
        DiffusionTrainingSpec(**TINY | {"sheet_every": 6, "steps": 3}), dataset, photos, tmp_path / "out"
    )
    card = load_card(result.folder)
    assert (card.crop, card.width, card.levels, card.steps) == (16, 8, 2, 3)
    assert card.photo_side == 64  # that of the renders
    assert card.real_photos == result.real_photos == 6
    train, held = split_of(card, photos)
    assert (len(train), len(held)) == (6, 2)
    assert not set(train.paths) & set(held.paths)
    with Image.open(tmp_path / "out" / "sheets" / "00000003.png") as sheet:
        assert sheet.size[0] == 4 * 96 + 3 * 4
    next(photos.glob("*.png")).unlink()
    with pytest.raises(UsageError, match=r"must be the photos that model .* was trained with"):
        split_of(card, photos)
    with pytest.raises(UsageError, match="real photos must not be renders"):
        train_diffusion(DiffusionTrainingSpec(**TINY), None, dataset / "images", tmp_path / "out2")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="there must be photos"):
        train_diffusion(DiffusionTrainingSpec(**TINY), None, tmp_path / "empty", tmp_path / "out3")
    with pytest.raises(ValidationError, match="crop must be a multiple of 4 and at least 16 with 3 levels, got 18"):
        DiffusionTrainingSpec(crop=18)

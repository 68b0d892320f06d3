"""The training as a whole: files, resuming, and what is refused."""

from __future__ import annotations

import json
import math

import cv2
import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from synthvision.core.errors import FrameError, UsageError
from synthvision.core.hashing import hash_file
from synthvision.core.streams import rng_for
from synthvision.dataset.realism import RealismEntry
from synthvision.realism.gan.model import GanModel
from synthvision.realism.training.config import TrainingSpec, preset
from synthvision.realism.training.loop import GanTraining
from synthvision.realism.training.progress import progress_line
from synthvision.realism.training.run import train


class StoppedError(Exception):
    """Stands for a killed process."""


def weights_of(out):
    return load_file(out / "model" / "model.safetensors")


def test_a_training_leaves_what_it_says(toy, tiny, tmp_path):
    seen = []
    result = train(tiny(real_licence="MIT"), *toy, tmp_path / "out", progress=seen.append)
    assert result.folder == tmp_path / "out" / "model"
    assert (result.steps, result.best_step, result.stopped_early, result.real_photos) == (4, 4, False, 18)
    card = json.loads((result.folder / "model.json").read_text())
    assert card["sha256"] == hash_file(result.folder / "model.safetensors")
    assert (card["real_licence"], card["real_photos"], card["method"]) == ("MIT", 18, "cut")
    lines = [json.loads(line) for line in (tmp_path / "out" / "losses.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [2, 4]
    assert "distance" in lines[1]
    assert [report.step for report in seen] == [2, 4]
    assert "step 4/4  gan " in progress_line(seen[1])
    sheet = cv2.imread(str(tmp_path / "out" / "sheets" / "00000004.png"))
    assert sheet.shape == (18 + 6 * 36, 4 * 36 - 4, 3)
    assert not list((tmp_path / "out").rglob("*.partial"))


@pytest.mark.parametrize("method", ["cut", "cyclegan"])
def test_resuming_gives_the_weights_of_a_run_without_a_break(toy, tiny, tmp_path, monkeypatch, method):
    spec = tiny(method=method, steps=6, evaluate_every=3, save_every=2, log_every=4)
    train(spec, *toy, tmp_path / "whole")
    step = GanModel.step

    def stopping(model, batch, number):
        if number == 5:
            raise StoppedError
        return step(model, batch, number)

    with monkeypatch.context() as patch:
        patch.setattr(GanModel, "step", stopping)
        with pytest.raises(StoppedError):
            train(spec, *toy, tmp_path / "broken")
    assert not (tmp_path / "broken" / "model").exists()
    train(spec, *toy, tmp_path / "broken", resume=True)
    whole, broken = weights_of(tmp_path / "whole"), weights_of(tmp_path / "broken")
    assert whole.keys() == broken.keys()
    assert all(torch.equal(whole[name], broken[name]) for name in whole)
    for name in ("losses.jsonl", "checkpoint.safetensors", "model/model.json"):
        assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "broken" / name).read_bytes()


def test_another_seed_gives_other_weights(toy, tiny, tmp_path):
    train(tiny(steps=2, save_every=2), *toy, tmp_path / "one")
    train(tiny(steps=2, save_every=2, seed=1), *toy, tmp_path / "two")
    one, two = weights_of(tmp_path / "one"), weights_of(tmp_path / "two")
    assert not torch.equal(one["head.convolution.weight"], two["head.convolution.weight"])


def test_a_finished_training_can_be_resumed_without_harm(toy, tiny, tmp_path):
    train(tiny(), *toy, tmp_path / "out")
    before = {path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()}
    train(tiny(), *toy, tmp_path / "out", resume=True)
    assert before == {path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()}


def test_training_ends_when_nothing_gets_better(toy, tiny, tmp_path, monkeypatch):
    distances = iter([9.0, 3.0, 5.0, 4.0, 2.0])
    monkeypatch.setattr(
        "synthvision.realism.training.loop.DistanceMeter.distance", lambda meter, pictures: next(distances)
    )
    spec = tiny(steps=40, evaluate_every=2, patience=2, extractors=("statistics",))
    result = train(spec, *toy, tmp_path / "out")
    assert (result.steps, result.best_step, result.stopped_early) == (6, 2, True)
    assert (result.distance, result.render_distance) == (3.0, 9.0)


def test_a_generator_that_makes_it_worse_is_said_so(toy, tiny, tmp_path, monkeypatch):
    distances = iter([1.0, 3.0])
    monkeypatch.setattr(
        "synthvision.realism.training.loop.DistanceMeter.distance", lambda meter, pictures: next(distances)
    )
    result = train(tiny(extractors=("statistics",)), *toy, tmp_path / "out")
    assert "the renders themselves are nearer to the photos (1.000, statistics)" in result.notes[0]


def test_conditions_and_class_crops_from_a_data_set(make_dataset, tiny, tmp_path):
    renders = make_dataset(6)
    photos = tmp_path / "photos"
    photos.mkdir()
    images, annotations = [], []
    for index in range(6):
        picture = np.full((70, 80, 3), 30 * index, np.uint8)
        picture[20:40, 30:55] = (40, 90, 200)
        cv2.imwrite(str(photos / f"{index}.png"), picture)
        images.append({"id": index + 1, "file_name": f"{index}.png", "width": 80, "height": 70})
        box = {"bbox": [30, 20, 25, 20], "area": 500, "iscrowd": 0}
        annotations.append({"id": index + 1, "image_id": index + 1, "category_id": 1, **box})
    coco = {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "card"}]}
    (photos / "coco.json").write_text(json.dumps(coco))
    spec = tiny(
        steps=2,
        class_crops=True,
        class_crop_px=16,
        conditions=("classes", "edges", "depth", "normals"),
        structure_weight=1,
    )
    result = train(spec, renders, photos / "coco.json", tmp_path / "out")
    card = json.loads((result.folder / "model.json").read_text())
    assert card["conditions"] == ["edges", "depth", "normals", "classes"]
    line = json.loads((tmp_path / "out" / "losses.jsonl").read_text().splitlines()[-1])
    assert {"class_gan", "class_judge", "structure"} < line["losses"].keys()


def test_fastcut_does_without_the_identity_term(toy, tiny, tmp_path):
    train(tiny(method="fastcut", steps=2), *toy, tmp_path / "fast")
    train(tiny(method="cut", steps=2), *toy, tmp_path / "cut")
    fast, cut = (json.loads((tmp_path / name / "losses.jsonl").read_text())["losses"] for name in ("fast", "cut"))
    assert "nce_identity" not in fast
    assert "nce_identity" in cut
    # Ten times the weight, where cut gives half of it to the identity term.
    assert fast["nce"] > 10 * cut["nce"]


def test_tensorboard_is_written_where_asked_for(toy, tiny, tmp_path):
    pytest.importorskip("tensorboard")
    train(tiny(steps=2, tensorboard=True), *toy, tmp_path / "out")
    assert list((tmp_path / "out" / "tensorboard").glob("events.*"))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"conditions": ("depth",)}, "conditions depth need a data set of synthvision, got a folder"),
        ({"class_crops": True}, "class_crops needs boxes of the real photos"),
        ({"crop": 64}, "crop must fit the renders, which are 48 x 48 px, got 64"),
        ({"device": "cuda:77"}, "device cuda:77 must be there"),
    ],
)
def test_settings_that_do_not_fit_the_pictures_are_refused(toy, tiny, tmp_path, changes, message):
    with pytest.raises(UsageError, match=message):
        train(tiny(**changes), *toy, tmp_path / "out")


def test_missing_layers_are_named(make_dataset, toy, tiny, tmp_path):
    from synthvision.dataset.config import OutputConfig

    renders = make_dataset(4, output=OutputConfig())
    with pytest.raises(UsageError, match=r"condition depth needs depth images.*--set output.depth=true"):
        train(tiny(conditions=("depth",)), renders, toy[1], tmp_path / "out")


def test_refined_renders_and_renders_as_photos_are_refused(make_dataset, toy, tiny, tmp_path):
    entry = RealismEntry(source="flat", config={}, models=(), seed=0)
    refined = make_dataset(4, folder="refined", realism=entry)
    with pytest.raises(UsageError, match="must not be refined"):
        train(tiny(), refined, toy[1], tmp_path / "out")
    renders = make_dataset(4)
    for real in (renders, renders / "images", renders / "annotations" / "instances.json"):
        with pytest.raises(UsageError, match="real photos must not be renders"):
            train(tiny(), toy[0], real, tmp_path / "out")


def test_a_used_folder_and_other_settings_are_refused(toy, tiny, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("x")
    with pytest.raises(UsageError, match="must be empty or not exist"):
        train(tiny(), *toy, out)
    (out / "mine.txt").unlink()
    train(tiny(), *toy, out)
    with pytest.raises(UsageError, match="holds a training: resume it"):
        train(tiny(), *toy, out)
    with pytest.raises(UsageError, match="but learning_rate differ"):
        train(tiny(learning_rate=1e-3), *toy, out, resume=True)
    (toy[1] / "000.png").write_bytes((toy[1] / "001.png").read_bytes())
    with pytest.raises(UsageError, match="but photos differ"):
        train(tiny(), *toy, out, resume=True)


def test_broken_photos_and_none_are_named(toy, tiny, tmp_path):
    (toy[1] / "003.png").write_bytes(b"\x89PNG no more")
    with pytest.raises(UsageError, match=r"003\.png"):
        train(tiny(), *toy, tmp_path / "out")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="must be photos"):
        train(tiny(), toy[0], tmp_path / "empty", tmp_path / "out")


def test_losses_that_are_not_finite_end_it(toy, tiny, tmp_path, monkeypatch):
    monkeypatch.setattr(GanModel, "step", lambda model, batch, number: {"gan": math.nan})
    with pytest.raises(FrameError, match="gan became nan at step 0: lower learning_rate"):
        train(tiny(), *toy, tmp_path / "out")


def test_too_little_memory_says_what_to_halve(toy, tiny, tmp_path, monkeypatch):
    def full(training, step):
        raise torch.cuda.OutOfMemoryError

    monkeypatch.setattr(GanTraining, "_batch", full)
    with pytest.raises(UsageError, match="must fit the GPU, but batch 1 of crops of 32 px at width 8 does not"):
        train(tiny(), *toy, tmp_path / "out")


def test_settings_that_cannot_be():
    with pytest.raises(ValueError, match="crop must be a multiple of 8 with downs 2, got 100"):
        TrainingSpec(crop=100)
    with pytest.raises(
        ValueError, match="crop must be at least 48 with 3 discriminator_layers and 2 discriminator_scales"
    ):
        TrainingSpec(crop=40, downs=2, discriminator_scales=2)
    TrainingSpec(crop=48, discriminator_scales=2)
    with pytest.raises(ValueError, match="conditions must name each at most once"):
        TrainingSpec(conditions=("edges", "edges"))
    with pytest.raises(ValueError, match="diffusion must be left out with method cut"):
        TrainingSpec(diffusion={})
    with pytest.raises(ValueError, match="blocks"):
        TrainingSpec(method="diffusion", blocks=4)


def test_diffusion_takes_what_it_has_in_common():
    spec = TrainingSpec(method="diffusion", steps=7, crop=32, seed=5, diffusion={"width": 16, "steps": 3})
    own = spec.for_diffusion()
    assert (own.steps, own.crop, own.seed, own.width) == (7, 32, 5, 16)
    assert own.batch == type(own)().batch


@pytest.mark.parametrize("size", [256, 512])
@pytest.mark.parametrize("method", ["cut", "fastcut", "cyclegan"])
def test_presets_have_their_size(method, size):
    assert (preset(method, size).method, preset(method, size).crop) == (method, size)
    assert preset("diffusion", size).for_diffusion() == type(preset("diffusion", size).for_diffusion())()


def test_the_smallest_crop_can_be_trained_on(toy, tiny, tmp_path):
    spec = tiny(steps=1, crop=24, discriminator_layers=2, discriminator_scales=2, evaluate_every=1)
    assert train(spec, *toy, tmp_path / "out").steps == 1


def test_classes_that_only_training_pictures_share_are_said_so(make_dataset, flat, tiny, tmp_path):
    def cards(frame):
        # The last frames show another class.
        return [flat.Card("disc" if frame > 3 else "card", 0.0, 0.0, 0.1, 0.1)]

    photos = tmp_path / "photos"
    photos.mkdir()
    rng = rng_for(0, 0, "photos")
    images = [{"id": index + 1, "file_name": f"{index}.png", "width": 64, "height": 64} for index in range(6)]
    for entry in images:
        cv2.imwrite(str(photos / entry["file_name"]), rng.integers(0, 255, (64, 64, 3)).astype(np.uint8))
    box = {"bbox": [20, 20, 25, 20], "area": 500, "iscrowd": 0, "category_id": 1}
    annotations = [{"id": entry["id"], "image_id": entry["id"], **box} for entry in images]
    coco = {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "card"}]}
    (photos / "coco.json").write_text(json.dumps(coco))
    with pytest.raises(UsageError, match=r"among the pictures that are kept back: .* got disc and card"):
        train(tiny(class_crops=True), make_dataset(6, cards=cards), photos / "coco.json", tmp_path / "out")

"""Distillation: a student learns a teacher whose work is known, and the report says what is lost."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest
import torch

from synthvision.core.errors import UsageError
from synthvision.core.streams import rng_for
from synthvision.dataset.reader import open_dataset
from synthvision.dataset.realism import ModelEntry
from synthvision.realism.distil.config import DistilSpec
from synthvision.realism.distil.pairs import open_pairs
from synthvision.realism.distil.report import likeness, measure_loss
from synthvision.realism.distil.run import distil
from synthvision.realism.distil.student import Student

torch.set_num_threads(1)


class StoppedError(Exception):
    """Stands for a killed process."""


class Warm:
    """A teacher that makes pictures darker and warmer, and counts them."""

    needs = frozenset({"depth"})
    models = (ModelEntry(kind="test", name="warm", licence="MIT", real_photos=7),)
    smallest_px = 0

    def __init__(self):
        self.refined = []

    def refine(self, batch):
        self.refined += [entry.frame for entry in batch]
        assert all(entry.depth_m_hw is not None and entry.class_hw.max() > 0 for entry in batch if entry.frame != 2)
        return [self.apply(entry.rgb_hwc) for entry in batch]

    @staticmethod
    def apply(rgb_hwc):
        return np.rint(rgb_hwc * (0.8, 0.6, 0.4) + (20, 0, 0)).astype(np.uint8)


def tiny(**changes):
    settings = {
        "steps": 4,
        "crop": 32,
        "batch": 1,
        "width": 8,
        "blocks": 1,
        "downs": 1,
        "learning_rate": 5e-3,
        "ema": 0.9,
        "held_out": 0.3,
        "log_every": 2,
        "save_every": 2,
        "teacher_batch": 3,
        "device": "cpu",
    }
    return DistilSpec(**(settings | changes))


def test_a_student_learns_its_teacher(make_dataset, tmp_path):
    renders, teacher = make_dataset(8), Warm()
    result = distil(teacher, renders, tmp_path / "out", tiny(steps=200, save_every=200))
    report = result.report
    assert sorted(teacher.refined) == list(range(8))
    assert report.frames == 2
    assert report.render.l1 > 20
    assert report.student.l1 < 0.3 * report.render.l1
    assert report.student.psnr_db > report.render.psnr_db + 8
    assert report.student.edges_kept > 0.9
    assert json.loads((tmp_path / "out" / "report.json").read_text())["student"]["l1"] == report.student.l1
    card = json.loads((result.folder / "model.json").read_text())
    assert (card["name"], card["method"], card["real_photos"], card["real_licence"]) == (
        "distilled-warm",
        "distilled",
        7,
        "MIT",
    )


def test_pairs_of_a_folder_and_distances_to_photos(make_dataset, tmp_path):
    renders = make_dataset(5)
    for frame in open_dataset(renders):
        if frame.index != 1:
            path = tmp_path / "pairs" / f"{frame.index:08d}.png"
            path.parent.mkdir(exist_ok=True)
            cv2.imwrite(str(path), cv2.cvtColor(Warm.apply(frame.rgb()), cv2.COLOR_RGB2BGR))
    photos = tmp_path / "photos"
    photos.mkdir()
    for index in range(4):
        noise = rng_for(4, index, "photos").integers(20, 90, (40, 50, 3))
        cv2.imwrite(str(photos / f"{index}.png"), noise.astype(np.uint8))
    spec = tiny(conditions=("classes", "edges"))
    result = distil(tmp_path / "pairs", renders, tmp_path / "out", spec, real=photos)
    assert result.report.to_real.keys() == {"render", "teacher", "student"}
    assert json.loads((result.folder / "model.json").read_text())["conditions"] == ["edges", "classes"]


def test_a_refined_data_set_can_be_the_pairs(make_dataset):
    refined = open_pairs(make_dataset(3))
    assert refined.frames == (0, 1, 2)
    assert refined.load(1).shape == (64, 96, 3)
    assert refined.models == ()


def test_resuming_gives_the_same_student_and_asks_the_teacher_for_what_is_missing(make_dataset, tmp_path, monkeypatch):
    renders = make_dataset(5)
    distil(Warm(), renders, tmp_path / "whole", tiny(steps=6))
    step = Student._train_step

    def stopping(student):
        if student.step == 3:
            raise StoppedError
        return step(student)

    with monkeypatch.context() as patch:
        patch.setattr(Student, "_train_step", stopping)
        with pytest.raises(StoppedError):
            distil(Warm(), renders, tmp_path / "broken", tiny(steps=6))
    (tmp_path / "broken" / "pairs" / "0000" / "00000003.png").unlink()
    teacher = Warm()
    distil(teacher, renders, tmp_path / "broken", tiny(steps=6), resume=True)
    assert teacher.refined == [3]
    for name in ("model/model.safetensors", "report.json", "losses.jsonl"):
        assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "broken" / name).read_bytes()


def test_what_cannot_be_is_refused(make_dataset, tmp_path):
    renders = make_dataset(4)
    with pytest.raises(UsageError, match="there is no such folder"):
        distil(tmp_path / "none", renders, tmp_path / "a", tiny())
    (tmp_path / "names").mkdir()
    cv2.imwrite(str(tmp_path / "names" / "cat.png"), np.zeros((4, 4, 3), np.uint8))
    with pytest.raises(UsageError, match=r"named by frame, such as 00000017\.png, got none"):
        distil(tmp_path / "names", renders, tmp_path / "b", tiny())
    for frame in range(4):
        cv2.imwrite(str(tmp_path / "names" / f"{frame}.png"), np.zeros((64, 90, 3), np.uint8))
    with pytest.raises(UsageError, match="as large as the render, 96 x 64 px, got 90 x 64"):
        distil(tmp_path / "names", renders, tmp_path / "c", tiny())
    with pytest.raises(UsageError, match="crop must fit the renders"):
        distil(Warm(), renders, tmp_path / "d", tiny(crop=128))
    with pytest.raises(UsageError, match="at least 3 frames that the teacher refined, got 2"):
        distil(Warm(), make_dataset(2, folder="few"), tmp_path / "e", tiny())
    with pytest.raises(UsageError, match="must be empty, but holds a distillation"):
        distil(Warm(), renders, tmp_path / "d", tiny(crop=128))
    with pytest.raises(UsageError, match="but they differ"):
        distil(Warm(), renders, tmp_path / "d", tiny(), resume=True)
    with pytest.raises(ValueError, match="l1_weight or pyramid_weight must be above 0"):
        tiny(l1_weight=0, pyramid_weight=0)


def test_likeness_has_known_answers():
    picture = np.full((40, 40, 3), 100, np.uint8)
    cv2.rectangle(picture, (10, 10), (25, 25), (200, 60, 30), -1)
    same = likeness([picture], [picture])
    assert (same.l1, same.psnr_db, same.edges_kept, same.edges_true) == (0, 100, 1, 1)
    brighter = likeness([picture + np.uint8(10)], [picture])
    assert brighter.l1 == 10
    assert brighter.psnr_db == pytest.approx(20 * np.log10(25.5), abs=1e-4)
    moved = likeness([np.roll(picture, 6, axis=1)], [picture])
    assert moved.edges_kept < 0.8


def test_a_student_that_equals_its_teacher_loses_nothing():
    renders = [rng_for(5, index, "renders").integers(60, 120, (32, 32, 3)).astype(np.uint8) for index in range(12)]
    made = [Warm.apply(render) for render in renders]
    real = [
        Warm.apply(rng_for(6, index, "real").integers(60, 120, (32, 32, 3)).astype(np.uint8)) for index in range(12)
    ]
    report = measure_loss(renders, made, made, real)
    assert (report.student.l1, report.student.psnr_db) == (0, 100)
    assert report.to_real["student"] == report.to_real["teacher"] < 0.5 * report.to_real["render"]
    assert report.to_teacher["student"] < report.to_teacher["render"]

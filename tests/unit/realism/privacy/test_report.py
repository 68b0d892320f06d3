"""Planted copies are found, fresh pictures are not taken for copies, and every figure has a known answer."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from synthvision.core.errors import UsageError
from synthvision.core.streams import rng_for
from synthvision.features.extractor import load_extractor
from synthvision.realism.privacy.membership import attack
from synthvision.realism.privacy.nearest import (
    PATCH_PX,
    feature_distances,
    patch_distances,
    small_grey,
)
from synthvision.realism.privacy.report import privacy_report, save_pairs

EXTRACTOR = load_extractor("statistics")


def photos_of(kit, training=18, held_out=12):
    training_set = kit.write("training", [kit.scene(i, "test.training") for i in range(training)])
    return training_set, kit.write("held_out", [kit.scene(i, "test.held_out") for i in range(held_out)])


def altered(picture, index):
    """A copy as a leaking refiner makes it: darker, other contrast, noise."""
    rng = rng_for(0, index, "test.altered")
    return np.clip(0.85 * picture.astype(float) + 12 + rng.normal(0, 4, picture.shape), 0, 255).astype(np.uint8)


def test_copies_are_found(kit):
    training, held_out = photos_of(kit)
    copies = [altered(kit.scene(i, "test.training"), i) for i in range(12)]
    outputs = kit.write("outputs", [*copies, *(kit.scene(i, "test.fresh") for i in range(4))])
    report = privacy_report(outputs, training, held_out, EXTRACTOR)
    assert report.leaks
    assert report.patches.nearer > report.patches.expected == 18 / 30
    assert report.patches.p < 0.01
    assert report.patches.training_median < 0.5 * report.patches.held_out_median
    assert report.by_patches.auc > 0.75
    assert report.by_patches.low > 0.6
    assert report.by_loss is None
    listed = [(pair.output, pair.photo) for pair in report.pairs if pair.by == "patches"]
    assert sorted(listed[:12]) == [(f"{i:04}.png", f"{i:04}.png") for i in range(12)]
    assert len(listed) <= 13  # with 12 photos for the baseline, one in 13 fresh ones is listed by chance
    ratios = [pair.distance / pair.threshold for pair in report.pairs]
    assert ratios == sorted(ratios)
    save_pairs(kit.root / "pairs.png", report, outputs, training)
    with Image.open(kit.root / "pairs.png") as sheet:
        assert sheet.size == (2 * 192 + 4, len(report.pairs) * (192 + 18))
    assert json.loads(json.dumps(report.to_json()))["leaks"] is True
    lines = report.lines()
    assert lines[-1] == "something of the photos leaks"
    assert any(line.startswith("look at 0000.png: by patches") for line in lines)


def test_fresh_pictures_are_no_leak(kit):
    training, held_out = photos_of(kit)
    outputs = kit.write("outputs", [kit.scene(i, "test.fresh") for i in range(12)])
    report = privacy_report(outputs, training, held_out, EXTRACTOR)
    assert not report.leaks
    assert min(report.features.p, report.patches.p, report.by_features.p, report.by_patches.p) > 0.01
    assert abs(report.by_features.auc - 0.5) < 0.25
    assert report.by_features.low < 0.5 < report.by_features.high
    assert len(report.pairs) <= 2  # each output has a chance of some 1 in 12 to be under the smallest of 12
    assert report.lines()[-1] == "no leak was found by these measures"
    again = privacy_report(outputs, training, held_out, EXTRACTOR)
    assert again == report


def test_plain_copies_are_found_by_features_too(kit):
    training, held_out = photos_of(kit)
    copies = [kit.scene(i, "test.training") for i in range(12)]
    report = privacy_report(kit.write("outputs", copies), training, held_out, EXTRACTOR)
    assert report.features.nearer == 1.0
    assert report.features.p < 0.01
    assert report.by_features.auc > 0.75
    listed = {pair.output: pair.photo for pair in report.pairs if pair.by == "features"}
    assert listed == {f"{i:04}.png": f"{i:04}.png" for i in range(12)}


def test_a_copied_piece_is_found_where_it_was_moved_to(kit):
    """Outputs are fresh but for one quarter, taken from a training photo and put elsewhere, brighter."""
    training, held_out = photos_of(kit)
    outputs = []
    for index in range(10):
        picture = kit.scene(index, "test.fresh")
        piece = kit.scene(index, "test.training")[10:58, 20:78].astype(float)
        picture[20:68, 4:62] = np.clip(1.1 * piece + 5, 0, 255).astype(np.uint8)
        outputs.append(picture)
    made = kit.write("outputs", outputs)
    report = privacy_report(made, training, held_out, EXTRACTOR, shortlist=None)
    assert report.patches.p < 0.01
    assert report.patches.nearer == 1.0
    assert report.leaks
    found = {pair.output: pair.photo for pair in report.pairs if pair.by == "patches"}
    assert found == {f"{i:04}.png": f"{i:04}.png" for i in range(10)}
    assert report.features.p > 0.01  # as whole pictures they are as fresh as others


def test_one_test_does_not_take_a_hundred_like_frames_for_a_hundred_facts(kit):
    """One photo that was trained on happens to be like the place of the renders: all outputs are nearest to it."""
    training, held_out = photos_of(kit)
    base = kit.scene(3, "test.training")
    rng = rng_for(0, 0, "test.noise")
    like = [np.clip(base + rng.normal(0, 1, base.shape), 0, 255).astype(np.uint8) for _ in range(24)]
    outputs = kit.write("outputs", like)
    report = privacy_report(outputs, training, held_out, EXTRACTOR)
    assert report.features.nearer == 1.0
    assert report.features.p > 0.3  # a single photo: two in three by chance
    assert len(report.pairs) == 24  # but the pairs are there to be looked at


def test_losses_of_a_diffusion_model_are_a_third_attack(kit):
    training, held_out = photos_of(kit, 12, 8)
    outputs = kit.write("outputs", [kit.scene(i, "test.fresh") for i in range(4)])
    losses = np.full(12, 0.1), np.full(8, 0.2)
    report = privacy_report(outputs, training, held_out, EXTRACTOR, losses=losses)
    assert report.by_loss is not None
    assert report.by_loss.auc == 1.0
    assert report.leaks
    assert any(line.startswith("membership by loss: AUC 1.000") for line in report.lines())


def test_too_few_photos(kit):
    training, held_out = photos_of(kit, 3, 1)
    with pytest.raises(UsageError, match="needs 2 photos or more on each side, got 3 trained on and 1 kept back"):
        privacy_report(training, training, held_out, EXTRACTOR)


def test_features_are_measured_in_the_photos_own_deviations():
    photos = np.array([[0, 10, 5], [2, 30, 5]], np.float32)  # deviations 1 and 10; the third says nothing
    outputs = np.array([[1, 20, 99], [0, 10, 0]], np.float32)
    found = feature_distances(outputs, photos, photos)
    assert found == pytest.approx(np.array([[1, 1], [0, 2]]))
    with pytest.raises(UsageError, match="photos must differ in their features"):
        feature_distances(outputs, photos, np.ones((4, 3), np.float32))


def test_pieces_match_at_any_place_brightness_and_contrast(kit):
    photo = small_grey(kit.scene(0, "test.training", (128, 96)))
    assert photo.shape == (72, 96)
    shifted = np.roll(photo, 9, axis=1)
    dimmed = np.clip(0.6 * shifted + 40, 0, 255).astype(np.uint8)
    other = small_grey(kit.scene(1, "test.training", (128, 96)))
    flat = np.full((72, 96), 90, np.uint8)
    found = patch_distances([photo, dimmed, other, flat], [photo, flat])
    assert found[0, 0] == pytest.approx(0, abs=1e-5)
    assert found[1, 0] < 0.02
    assert found[2, 0] > 0.2
    assert found[3, 0] == found[0, 1] == found[3, 1] == 1.0
    listed = patch_distances([photo, other], [photo, other], [[1], []])
    assert listed[0, 0] == listed[1, 0] == listed[1, 1] == 1.0
    assert listed[0, 1] < 1.0
    assert min(small_grey(np.zeros((4, 500, 3), np.uint8)).shape) == PATCH_PX


def test_auc_equals_its_definition_and_guessing_is_guessing():
    rng = rng_for(0, 0, "test.auc")
    members, others = rng.normal(0.7, 1, 60).round(1), rng.normal(0, 1, 45).round(1)
    pairs = [(m > o) + 0.5 * (m == o) for m in members for o in others]
    found = attack(members, others, 0)
    assert found.auc == pytest.approx(np.mean(pairs))
    assert found.low < found.auc < found.high
    assert found.p < 0.01
    assert found.leaks
    same = attack(np.zeros(10), np.zeros(12), 0)
    assert (same.auc, same.p, same.leaks) == (0.5, 1.0, False)
    values = [attack(rng.normal(0, 1, 20), rng.normal(0, 1, 20), seed).p for seed in range(20)]
    assert sum(p < 0.05 for p in values) <= 4
    with pytest.raises(UsageError, match="2 photos or more on each side"):
        attack(np.zeros(1), np.zeros(5), 0)

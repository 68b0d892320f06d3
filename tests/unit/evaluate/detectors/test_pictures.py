from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from synthvision.core.errors import UsageError
from synthvision.evaluate.detectors.pictures import TrainingPictures, fitted_side
from synthvision.features.photos import PhotoBox, Photos

CLASSES = ("red", "blue")


@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.1, 0.9), (1, 2, 1), (0.0, 1.0), (3.0, 0.0)])
def test_every_run_of_draws_holds_each_set_at_its_share(make_set, shares):
    sets = [make_set(3 + number, seed=number) for number in range(len(shares))]
    pictures = TrainingPictures(sets, shares, CLASSES)
    drawn = [pictures.place(5, position)[0] for position in range(400)]
    for number, share in enumerate(shares):
        taken = np.cumsum([one == number for one in drawn])
        wanted = np.arange(1, 401) * share / sum(shares)
        assert np.abs(taken - wanted).max() <= len(shares) - 1


def test_each_picture_of_a_set_is_drawn_once_before_any_again(make_set):
    pictures = TrainingPictures([make_set(5), make_set(4, seed=1)], (0.3, 0.7), CLASSES)
    drawn: dict[int, list[int]] = {0: [], 1: []}
    for position in range(300):
        number, index = pictures.place(0, position)
        drawn[number].append(index)
    for number, count in ((0, 5), (1, 4)):
        epochs = [drawn[number][start : start + count] for start in range(0, len(drawn[number]) - count, count)]
        assert all(sorted(epoch) == list(range(count)) for epoch in epochs)
        assert len({tuple(epoch) for epoch in epochs}) > 1


def test_without_shares_every_picture_counts_alike(make_set):
    pictures = TrainingPictures([make_set(6), make_set(2, seed=1)], None, CLASSES)
    assert set(Counter(pictures.place(0, position) for position in range(80)).values()) == {10}


def test_the_order_depends_on_the_seed_alone(make_set):
    pictures = TrainingPictures([make_set(7)], None, CLASSES)
    assert [pictures.place(1, k) for k in range(14)] == [pictures.place(1, k) for k in range(14)]
    assert [pictures.place(1, k) for k in range(14)] != [pictures.place(2, k) for k in range(14)]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sets": []}, "at least one set"),
        ({"classes": ()}, "at least one class"),
        ({"classes": ("red", "red", "blue")}, "named once each"),
        ({"classes": ("red", "blu")}, "got 'blue': did you mean 'blu'"),
        ({"shares": (1.0, 1.0)}, "1 sets and 2 shares"),
        ({"shares": (0.0,)}, "not all 0"),
        ({"shares": (-1.0,)}, "0 or more"),
    ],
)
def test_wrong_pictures_are_refused(make_set, change, message):
    given = {"sets": [make_set(2)], "shares": None, "classes": CLASSES, **change}
    with pytest.raises(UsageError, match=re.escape(message)):
        TrainingPictures(**given)


def test_the_digest_tells_whatever_a_training_can_see(make_set):
    one = make_set(2)
    boxes = ((PhotoBox("red", (0.0, 0.0, 9.0, 9.0)),), one.photos.boxes[1])
    moved = replace(one, photos=Photos(one.photos.root, one.photos.paths, boxes))
    ignoring = replace(one, ignored=((PhotoBox("red", (1.0, 1.0, 5.0, 5.0)),), ()))
    digests = {
        TrainingPictures([given], shares, classes).digest()
        for given, shares, classes in [
            (one, None, CLASSES),
            (moved, None, CLASSES),
            (ignoring, None, CLASSES),
            (one, None, ("blue", "red")),
        ]
    }
    assert len(digests) == 4
    assert TrainingPictures([one], (2.0,), CLASSES).digest() == TrainingPictures([one], None, CLASSES).digest()


def test_the_fitted_side_brings_the_median_object_to_its_size(make_set):
    one = make_set(3, size_wh=(400, 300), most=1)
    boxes = tuple((PhotoBox("red", (0.0, 0.0, side, side)),) for side in (100.0, 200.0, 280.0))
    sized = replace(one, photos=Photos(one.photos.root, one.photos.paths, boxes))
    # 200 of 400 pixels: half of the longest side.
    assert fitted_side([sized], 64) == 128
    # Enlarged by a fifth at most.
    assert fitted_side([sized], 1000) == 480
    with pytest.raises(UsageError, match="state picture_side"):
        fitted_side([replace(one, photos=Photos(one.photos.root, one.photos.paths, ((),) * 3))], 64)

"""Difference of inside and outside, and what can be read."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from synthvision.realism.guard.appearance import appearance_drift, legibility_loss
from synthvision.realism.guard.targets import targets_of


def disc(inside, outside, label_of):
    ids = np.zeros((100, 100), np.uint16)
    cv2.circle(view := np.zeros((100, 100), np.uint8), (50, 50), 22, 1, -1)
    ids[view > 0] = 1
    rgb = np.where((ids == 1)[:, :, None], np.float32(inside), np.float32(outside)).astype(np.float32)
    return rgb, targets_of(ids, [label_of(1, ids)])[0]


def test_an_object_that_took_the_colour_of_its_ground_has_drifted_fully(label_of):
    render, target = disc((200, 40, 40), (90, 90, 90), label_of)
    gone, _ = disc((90, 90, 90), (90, 90, 90), label_of)
    assert appearance_drift(render, gone, 1.0, target) == 1


def test_other_colours_are_no_drift(label_of):
    render, target = disc((200, 40, 40), (90, 90, 90), label_of)
    other, _ = disc((30, 160, 30), (200, 190, 180), label_of)
    assert appearance_drift(render, other, 1.0, target) < 0.1
    assert appearance_drift(render, render, 1.0, target) == 0


def test_an_object_like_its_ground_cannot_drift(label_of):
    render, target = disc((91, 90, 90), (90, 90, 90), label_of)
    assert appearance_drift(render, render, 1.0, target) is None


def letters(label_of):
    ids = np.zeros((100, 160), np.uint16)
    ids[20:80, 10:150] = 1
    return written("A7 K9"), targets_of(ids, [label_of(1, ids)])[0]


def written(text):
    rgb = np.full((100, 160, 3), 90, np.uint8)
    rgb[20:80, 10:150] = 235
    cv2.putText(rgb, text, (20, 62), cv2.FONT_HERSHEY_SIMPLEX, 1.2, (20, 20, 20), 2, cv2.LINE_AA)
    return rgb.astype(np.float32)


def test_letters_in_other_colours_are_legible(label_of):
    rgb, target = letters(label_of)
    assert legibility_loss(rgb, rgb, 1.0, target) == pytest.approx(0, abs=1e-3)
    assert legibility_loss(rgb, 255 - rgb, 1.0, target) == pytest.approx(0, abs=1e-3)
    assert legibility_loss(rgb, 0.5 * rgb + 60, 1.0, target) < 0.15


def test_other_letters_and_smeared_ones_are_not(label_of):
    rgb, target = letters(label_of)
    assert legibility_loss(rgb, written("5 QW3"), 1.0, target) > 0.4
    assert legibility_loss(rgb, cv2.GaussianBlur(rgb, (0, 0), 5), 1.0, target) > 0.4


def test_a_blank_surface_has_nothing_to_read(label_of):
    render, target = disc((200, 40, 40), (90, 90, 90), label_of)
    assert legibility_loss(render, render, 1.0, target) is None

"""A data set of a hundred frames with everything that label formats stumble over."""

from __future__ import annotations

from pathlib import Path

import pytest

from synthvision.annotate.config import LabelPolicy
from synthvision.core.streams import rng_for
from synthvision.dataset.config import OutputConfig
from synthvision.dataset.manifest import ClassEntry

#: Spaces, letters beyond ASCII, what XML and YAML have to quote, and one that nothing is of.
AWKWARD_CLASSES = ("größe kübel", "タイル: no", "disc <&> 'a'", "never seen")
PIXEL_M = 0.0199  # of a card 1 cm above the floor


def awkward_cards(flat, frame: int):
    """Objects with holes, in parts, of one pixel, at the borders, hidden, ignored, stuff, beside distractors."""
    big, tile, disc, _ = AWKWARD_CLASSES
    rng = rng_for(11, frame, "test.awkward")
    jitter = [float(value) for value in rng.uniform(-0.05, 0.05, 8)]
    if frame % 10 == 3:
        return []
    if frame % 10 == 4:  # all in one picture: a pixel in each corner, and a stripe of one pixel
        half = PIXEL_M / 2
        places = [(-47.5, 31.5), (47.5, 31.5), (-47.5, -31.5), (47.5, -31.5), (4.5, 3.5)]
        dots = [flat.Card("card", x * PIXEL_M, y * PIXEL_M, half, half, category=big) for x, y in places]
        return [*dots, flat.Card("card", 0, -0.3, 0.4, half, category=disc)]
    cards = [
        # A hole, by a distractor in its middle.
        flat.Card("card", -0.5 + jitter[0], jitter[1], 0.25, 0.25, 0.01, "thing", big),
        flat.Card("disc", -0.5 + jitter[0], jitter[1], 0.1, 0.1, 0.02, "distractor", None),
        # In two parts.
        flat.Card("card", 0.3 + jitter[2], 0.1, 0.3, 0.12, 0.01, "thing", disc),
        flat.Card("tile", 0.3 + jitter[2], 0.1, 0.04, 0.3, 0.03, "distractor", None),
        # Over the border, with keypoints inside and outside.
        flat.Card("tile", 0.95 + jitter[3], -0.4 + jitter[4], 0.1, 0.15, 0.02, "thing", tile),
    ]
    if frame % 3 == 0:  # mostly outside: ignored
        cards.append(flat.Card("disc", -1.03, 0.5 + jitter[5], 0.12, 0.12, 0.02, "thing", disc))
    if frame % 4 == 0:  # wholly hidden
        cards.append(flat.Card("card", 0.3 + jitter[2], 0.3, 0.02, 0.02, 0.005, "thing", big))
        cards.append(flat.Card("card", 0.3 + jitter[2], 0.3, 0.03, 0.03, 0.04, "distractor", None))
    if frame % 5 == 0:
        cards.append(flat.Card("tile", jitter[6], -0.45, 0.15, 0.06, 0.015, "thing", tile))
    return cards


@pytest.fixture
def make_awkward(make_dataset, flat):
    """Write the data set, pictures alone; changes go to `make_dataset`."""

    def make(frames: int = 100, **changes) -> Path:
        options = {
            "output": OutputConfig(),
            "policy": LabelPolicy(min_visible_pixels=1, max_truncation=0.65),
            "cards": lambda frame: awkward_cards(flat, frame),
            "classes": tuple(ClassEntry(name=name, supercategory="shape") for name in AWKWARD_CLASSES),
            "export": False,
        }
        return make_dataset(frames, **(options | changes))

    return make


@pytest.fixture
def awkward(make_awkward) -> Path:
    return make_awkward()

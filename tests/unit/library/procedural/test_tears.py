"""Torn prints: how much is gone, and that what is left is the print."""

from __future__ import annotations

import numpy as np
import pytest

from synthvision.library.procedural.models.household.bottle import BOTTLE
from synthvision.library.procedural.noise import make_texture
from synthvision.library.procedural.prints.tears import torn_paper

PRINT = make_texture(np.full((160, 256, 3), (20, 60, 200), np.uint8), is_srgb=True)


@pytest.mark.parametrize("share", [0.3, 0.5, 0.7])
@pytest.mark.parametrize("seed", range(4))
def test_the_share_is_gone_but_for_remnants(share, seed):
    torn = torn_paper(PRINT, share, seed).pixels_hwc
    gone = torn[..., 3] == 0
    assert set(np.unique(torn[..., 3])) == {0, 255}
    assert share - 0.12 < gone.mean() <= share + 1e-3
    # What is left is the print as it was, but for the white core of the paper along the tear.
    as_printed = (torn[..., :3] == (20, 60, 200)).all(axis=2)
    assert as_printed[~gone].mean() > 0.55
    white = torn[~gone & ~as_printed][:, :3].astype(int)
    assert white.max() > 200


def test_tears_differ_by_seed_and_come_again():
    first, again, other = (torn_paper(PRINT, 0.5, seed) for seed in (1, 1, 2))
    assert first.key == again.key != other.key


def test_what_is_left_of_a_torn_label_is_a_part_of_its_own():
    values = {
        name: parameter.default if hasattr(parameter, "default") else list(parameter.palette[0])
        for name, parameter in BOTTLE.parameters.items()
    }
    whole, torn = (BOTTLE.build({**values, "label_state": state}) for state in ("whole", "torn"))
    assert "label" in {part.name for part in whole.parts}
    (label,) = [part for part in torn.parts if part.name == "torn_label"]
    assert torn.materials[label.material].alpha_mode == "mask"
    assert (whole.attributes["label"], torn.attributes["label"]) == ("whole", "torn")

"""Goods handling: standard sizes, keypoints where they should be, and one measure of each pose."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from synthvision.library.model import Model
from synthvision.library.parameters import Colour, ProceduralAsset
from synthvision.library.procedural.models.storage import ASSETS

STORAGE = {asset.name: asset for asset in ASSETS}


def built(asset: ProceduralAsset, **fixed: Any) -> Model:
    values = {
        name: list(parameter.palette[0]) if isinstance(parameter, Colour) else parameter.default
        for name, parameter in asset.parameters.items()
    }
    return asset.build(values | fixed)


def size_of(model: Model) -> np.ndarray:
    low, high = model.bounds_23
    return high - low


@pytest.mark.parametrize("name", [name for name in STORAGE if name != "crate"])
def test_storage_is_found_in_a_warehouse_and_is_more_than_one_material(name):
    asset = STORAGE[name]
    assert "warehouse" in asset.tags
    assert len(built(asset).materials) >= 2


@pytest.mark.parametrize("name", [name for name in STORAGE if name != "crate"])
def test_keypoints_lie_on_or_in_the_object(name):
    model = built(STORAGE[name])
    low, high = model.bounds_23
    for key, place in model.keypoints.items():
        assert (np.array(place) >= low - 0.05).all(), key
        assert (np.array(place) <= high + 0.05).all(), key


@pytest.mark.parametrize(
    ("kind", "size"), [("euro", (1.2, 0.8, 0.144)), ("industrial", (1.2, 1.0, 0.162)), ("half", (0.8, 0.6, 0.144))]
)
def test_pallets_have_their_standard_sizes(kind, size):
    model = built(STORAGE["pallet"], kind=kind, stack=1, looseness=0.0)
    # Stamps and nail heads stand out by a few millimetres.
    assert size_of(model) == pytest.approx(size, abs=0.01)


def test_stacked_pallets_stand_on_each_other():
    one, four = (size_of(built(STORAGE["pallet"], kind="euro", stack=count))[2] for count in (1, 4))
    assert four == pytest.approx(4 * one, abs=0.01)


def test_shelf_counts_its_levels_and_beams_lie_in_steps_of_the_slots():
    model = built(STORAGE["shelf"], levels=4, first_level_m=0.5, level_gap_m=0.6)
    assert model.attributes["levels"] == "4"
    first, last = (model.keypoints[f"{end}_level_centre"][2] for end in ("first", "last"))
    assert last - first == pytest.approx(3 * 0.6)


def test_drum_is_as_high_as_it_says():
    assert size_of(built(STORAGE["drum"], height_m=0.88))[2] == pytest.approx(0.88, abs=0.015)


def test_forks_rise_with_the_lift():
    low, high = (
        built(STORAGE["forklift"], lift_m=lift, tilt_deg=0.0).keypoints["fork_tip_left"] for lift in (0.1, 1.1)
    )
    assert high[2] - low[2] == pytest.approx(1.0, abs=1e-6)
    assert high[0] > 0


def test_lit_forklift_gives_light():
    dark, lit = (built(STORAGE["forklift"], lit=state) for state in ("off", "on"))
    glow = [max(max(material.emissive) for material in model.materials) for model in (dark, lit)]
    assert glow[0] == 0
    assert glow[1] > 100


def test_pallet_jack_forks_fit_under_a_euro_pallet_when_lowered():
    model = built(STORAGE["pallet_jack"], lift_m=0.0)
    assert model.keypoints["fork_heel_left"][2] < 0.1


def test_taller_ladders_have_more_steps():
    short, tall = (size_of(built(STORAGE["ladder"], kind="step", steps=steps))[2] for steps in (3, 8))
    assert tall - short == pytest.approx(5 * 0.24, abs=0.05)

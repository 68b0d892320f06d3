"""The open box and the bar that holds paper down: what dice are photographed with."""

from __future__ import annotations

import numpy as np
import pytest

from synthvision.library.model import MeshPart, Model
from synthvision.library.parameters import Colour, ProceduralAsset
from synthvision.library.procedural.models.household.game_box import GAME_BOX
from synthvision.library.procedural.models.household.sheet_bar import MAGNET, SHEET_BAR


def build(asset: ProceduralAsset, **values: object) -> Model:
    defaults = {k: list(p.palette[0]) if isinstance(p, Colour) else p.default for k, p in asset.parameters.items()}
    return asset.build(defaults | values)


def part_of(model: Model, name: str) -> MeshPart:
    return next(part for part in model.parts if part.name == name)


def highest_at(model: Model, x: float, y: float) -> float:
    """Height of the topmost triangle over a place, by an own ray straight down."""
    found = []
    for part in model.parts:
        a, b, c = part.positions_n3.astype(np.float64)[part.triangles_m3].transpose(1, 0, 2)
        u, v, w = b[:, :2] - a[:, :2], c[:, :2] - a[:, :2], np.array([x, y]) - a[:, :2]
        area = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
        flat = np.abs(area) < 1e-15
        area = np.where(flat, 1.0, area)
        s = (w[:, 0] * v[:, 1] - w[:, 1] * v[:, 0]) / area
        t = (u[:, 0] * w[:, 1] - u[:, 1] * w[:, 0]) / area
        hit = ~flat & (s >= 0) & (t >= 0) & (s + t <= 1)
        found += (a[:, 2] + s * (b[:, 2] - a[:, 2]) + t * (c[:, 2] - a[:, 2]))[hit].tolist()
    return max(found)


@pytest.mark.parametrize(
    ("length", "ratio", "height", "board"), [(0.28, 0.78, 0.045, 0.0018), (0.2, 1.0, 0.03, 0.0025)]
)
def test_the_box_is_open_and_has_the_sizes_asked_for(length, ratio, height, board):
    model = build(GAME_BOX, length_m=length, width_ratio=ratio, height_m=height, board_m=board)
    low, high = model.bounds_23
    assert high - low == pytest.approx([length, ratio * length, height], abs=1e-6)
    for x, y in ((0.0, 0.0), (0.4 * length, 0.0), (0.0, -0.4 * ratio * length)):
        assert highest_at(model, x, y) == pytest.approx(board, abs=1e-6)
    assert highest_at(model, length / 2 - board / 2, 0.013) == pytest.approx(height, abs=1e-6)
    assert model.keypoints["floor"] == pytest.approx((0.0, 0.0, board))


@pytest.mark.parametrize("turn_in", [0.004, 0.012, 0.02])
def test_the_print_goes_over_the_rim_as_far_as_asked_for(turn_in):
    model = build(GAME_BOX, height_m=0.05, turn_in_m=turn_in)
    assert part_of(model, "inside").positions_n3[:, 2].max() == pytest.approx(0.05 - turn_in, abs=1e-6)
    assert part_of(model, "cover").positions_n3[:, 2].max() == pytest.approx(0.05, abs=1e-6)


def test_a_low_box_keeps_some_bare_board():
    model = build(GAME_BOX, height_m=0.03, turn_in_m=0.02)
    assert part_of(model, "inside").positions_n3[:, 2].max() == pytest.approx(0.03 - 0.018, abs=1e-6)


def test_the_bar_has_two_magnets_at_its_ends():
    model = build(SHEET_BAR, length_m=0.3, width_m=0.04, thickness_m=0.003, magnet_m=0.014, magnet_inset_m=0.03)
    low, high = part_of(model, "bar").positions_n3.min(axis=0), part_of(model, "bar").positions_n3.max(axis=0)
    assert high - low == pytest.approx([0.3, 0.04, 0.003], abs=1e-6)
    assert highest_at(model, 0.0, 0.0) == pytest.approx(0.003, abs=1e-6)
    for name, side in (("left", -1), ("right", 1)):
        x, y, _ = model.keypoints[name]
        assert (x, y) == pytest.approx((side * 0.12, 0.0))
        assert highest_at(model, x, y) > 0.0033
        assert highest_at(model, x, y + 0.0075) == pytest.approx(0.003, abs=1e-6)


def test_magnets_stay_on_the_bar_however_near_the_end_they_are_asked_for():
    model = build(SHEET_BAR, length_m=0.22, magnet_m=0.018, magnet_inset_m=0.012)
    magnets, bar = part_of(model, "magnets"), part_of(model, "bar")
    assert np.abs(magnets.positions_n3[:, 0]).max() <= np.abs(bar.positions_n3[:, 0]).max() - 0.0029


def test_a_magnet_is_a_disc_of_the_size_asked_for():
    model = build(MAGNET, diameter_m=0.02, thickness_m=0.005, edge_ratio=0.1)
    low, high = model.bounds_23
    assert high - low == pytest.approx([0.02, 0.02, 0.005], abs=2e-5)
    assert highest_at(model, 0.0, 0.0) == pytest.approx(0.005, abs=1e-6)
    outline = part_of(model, "body").positions_n3[:, :2]
    assert np.linalg.norm(outline, axis=1).max() == pytest.approx(0.01, abs=2e-5)

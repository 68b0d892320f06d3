"""The playing card: facts, texture coordinates, pips on its face."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from synthvision.library.model import Model
from synthvision.library.parameters import Choice, Integer, Number
from synthvision.library.procedural.models.household.playing_card import CARD_HEIGHT_M, CARD_WIDTH_M, PLAYING_CARD
from synthvision.library.procedural.prints.card_faces import CARD_PX, card_back, card_face
from synthvision.library.procedural.prints.suits import RANKS, SUITS

NUMBERS = {rank: value for value, rank in enumerate(RANKS[:9], start=2)}


def build(**values) -> Model:
    defaults = {}
    for name, parameter in PLAYING_CARD.parameters.items():
        assert isinstance(parameter, Choice | Integer | Number)
        defaults[name] = parameter.default
    return PLAYING_CARD.build(defaults | values)


def part_of(model: Model, slot: str):
    return next(part for part in model.parts if model.materials[part.material].name == slot)


@pytest.mark.parametrize("suit", SUITS)
@pytest.mark.parametrize("rank", RANKS)
def test_attributes_name_the_card(rank, suit):
    assert build(rank=rank, suit=suit).attributes == {"rank": rank, "suit": suit}


def test_front_covers_the_whole_image_upright():
    model = build(curl_per_m=0.0, twist_per_m=0.0, corner_lift_m=0.0)
    front, back = part_of(model, "front"), part_of(model, "back")
    for part in (front, back):
        assert part.uvs_n2.min(axis=0) == pytest.approx([0.0, 0.0], abs=1e-6)
        assert part.uvs_n2.max(axis=0) == pytest.approx([1.0, 1.0], abs=1e-6)
    # Seen on the face, u grows to the right (+x) and v downwards (-y); the back is seen from below.
    assert front.uvs_n2[:, 0] == pytest.approx(front.positions_n3[:, 0] / CARD_WIDTH_M + 0.5, abs=1e-5)
    assert front.uvs_n2[:, 1] == pytest.approx(0.5 - front.positions_n3[:, 1] / CARD_HEIGHT_M, abs=1e-5)
    assert back.uvs_n2[:, 0] == pytest.approx(0.5 - back.positions_n3[:, 0] / CARD_WIDTH_M, abs=1e-5)
    assert (front.normals_n3[:, 2] > 0.999).all()
    assert (back.normals_n3[:, 2] < -0.999).all()
    assert model.bounds_23[1] - model.bounds_23[0] == pytest.approx([CARD_WIDTH_M, CARD_HEIGHT_M, 0.0003], abs=2e-5)
    assert CARD_PX[0] / CARD_PX[1] == pytest.approx(CARD_WIDTH_M / CARD_HEIGHT_M, rel=0.002)


@pytest.mark.parametrize("curl", [-3.0, 1.0, 3.0])
def test_curl_keeps_the_area_and_lifts_the_card(curl):
    flat, bent = (build(curl_per_m=value, twist_per_m=0.0, corner_lift_m=0.0) for value in (0.0, curl))

    def area(model: Model) -> float:
        part = part_of(model, "front")
        a, b, c = part.positions_n3.astype(float)[part.triangles_m3].transpose(1, 0, 2)
        return float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2)

    assert area(bent) == pytest.approx(area(flat), rel=0.003)
    rise = bent.bounds_23[1, 2] - flat.bounds_23[1, 2]
    # The sagitta of an arc of that curvature over a length between the card's width and height.
    assert abs(curl) * CARD_WIDTH_M**2 / 8 * 0.9 < rise < abs(curl) * (CARD_WIDTH_M**2 + CARD_HEIGHT_M**2) / 8


def test_visible_side_follows_the_face():
    model = build(curl_per_m=2.5, corner_lift_m=0.004)
    directions = {state.value: np.array(state.direction_xyz) for state in model.states}
    assert {state.state for state in model.states} == {"visible_side"}
    assert {state.towards for state in model.states} == {"camera"}
    for side in ("front", "back"):
        assert directions[side] @ part_of(model, side).normals_n3.mean(axis=0) > 0.9


@pytest.mark.parametrize("rank", list(NUMBERS))
@pytest.mark.parametrize("suit", SUITS)
@pytest.mark.parametrize("style", [0, 1])
def test_number_cards_have_as_many_pips_as_their_rank_says(rank, suit, style):
    image = card_face(rank, suit, style).astype(int)
    inner = image[:, int(0.235 * image.shape[1]) : int(0.765 * image.shape[1])]
    marks = (np.abs(inner - image[image.shape[0] // 2, 2]).max(axis=2) > 90).astype(np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(marks)
    assert (stats[1:, cv2.CC_STAT_AREA] > 800).sum() == NUMBERS[rank]


@pytest.mark.parametrize("style", range(4))
def test_faces_differ_and_indices_are_turned(style):
    faces = {(rank, suit): card_face(rank, suit, style) for rank in RANKS for suit in SUITS}
    assert len({face.tobytes() for face in faces.values()}) == 52
    for (rank, suit), face in faces.items():
        corner, opposite = face[:130, :80].astype(int), face[::-1, ::-1][:130, :80].astype(int)
        assert np.abs(corner - opposite).mean() < 2.0, (rank, suit)
        index = face[20:75, 12:60].astype(int)
        red = (index[..., 0] - index[..., 1]).max() > 100
        assert red == (suit in ("hearts", "diamonds"))


@pytest.mark.parametrize("rank", ["jack", "queen", "king"])
def test_court_figures_have_two_heads(rank):
    face = card_face(rank, "hearts", 0).astype(int)
    assert np.abs(face - face[::-1, ::-1]).mean() < 2.0


def test_backs_look_the_same_upside_down():
    backs = [card_back(design).astype(int) for design in range(8)]
    for back in backs:
        assert np.abs(back - back[::-1, ::-1]).mean() < 1.0
    assert len({back.tobytes() for back in backs}) == 8

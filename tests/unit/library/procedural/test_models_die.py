"""The pips of a die, read from its geometry and its texture."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from synthvision.core.id_colours import linear_from_srgb8
from synthvision.library.model import Model
from synthvision.library.procedural.models.household.die import DIE


def build(**values) -> Model:
    plain = {
        "size_m": 0.016, "edge_ratio": 0.09, "corner_cut": 0.3, "colour": [0.75, 0.73, 0.68],
        "second_colour": [0.5, 0.3, 0.04], "pip_colour": [0.015, 0.015, 0.015], "pattern": "solid", "pattern_seed": 0,
        "finish": "gloss", "pip_radius_ratio": 0.18, "pip_spacing_ratio": 0.51, "pip_orientation": 0,
        "one_style": "as_others", "pip_paint": "legible", "pip_layout": "spread",
    }  # fmt: skip
    assert set(plain) == set(DIE.parameters)
    return DIE.build(plain | values)


def dark_spots(model: Model, direction: np.ndarray) -> list[np.ndarray]:
    """Places in the model's frame, relative to the middle, of the spots on the face towards `direction`."""
    part, material = model.parts[0], model.materials[0]
    pixels = material.base_colour_map.pixels_hwc
    face = part.normals_n3 @ direction > 0.999
    places = part.positions_n3[face] - part.positions_n3.mean(axis=0)
    # A linear map from texture coordinates to places on the flat face.
    design = np.concatenate([part.uvs_n2[face], np.ones((face.sum(), 1))], axis=1)
    to_place, *_ = np.linalg.lstsq(design, places, rcond=None)
    low, high = part.uvs_n2[face].min(axis=0), part.uvs_n2[face].max(axis=0)
    height, width = pixels.shape[:2]
    x0, x1, y0, y1 = (round(float(v)) for v in (low[0] * width, high[0] * width, low[1] * height, high[1] * height))
    window = pixels[y0:y1, x0:x1].astype(int)
    ground = np.median(window.reshape(-1, 3), axis=0)
    spots = (np.abs(window - ground).max(axis=2) > 60).astype(np.uint8)
    count, _, stats, centres = cv2.connectedComponentsWithStats(spots)
    uv = [((cx + x0 + 0.5) / width, (cy + y0 + 0.5) / height, 1.0) for cx, cy in centres[1:]]
    assert all(stats[1:, cv2.CC_STAT_AREA] > 40), stats[1:count]
    return [np.array(place) @ to_place for place in uv]


@pytest.mark.parametrize("orientation", range(8))
@pytest.mark.parametrize("one_style", ["as_others", "large", "large_red"])
def test_each_face_shows_its_value(orientation, one_style):
    model = build(pip_orientation=orientation, one_style=one_style)
    assert sorted(state.value for state in model.states) == ["1", "2", "3", "4", "5", "6"]
    for state in model.states:
        assert (state.state, state.towards) == ("top_face", "up")
        assert len(dark_spots(model, np.array(state.direction_xyz))) == int(state.value)


def test_pips_are_symmetric_about_the_middle_of_their_face():
    model = build()
    for state in model.states:
        direction = np.array(state.direction_xyz)
        offsets = np.array(dark_spots(model, direction))
        flat = offsets - np.outer(offsets @ direction, direction)
        assert np.abs(flat.mean(axis=0)).max() < 2e-4
        assert np.abs(flat).max() < 0.008


def test_opposite_faces_add_up_to_seven_and_the_die_is_right_handed():
    directions = {int(state.value): np.array(state.direction_xyz) for state in build().states}
    for value, direction in directions.items():
        assert np.array_equal(directions[7 - value], -direction)
    # 1, 2, 3 counter-clockwise about their corner seen from outside is a right-handed frame.
    assert np.linalg.det(np.stack([directions[1], directions[2], directions[3]])) == pytest.approx(1.0)


def test_orientation_bits_turn_two_three_and_six():
    def signs(orientation: int, value: int) -> set[tuple[int, int]]:
        model = build(pip_orientation=orientation)
        direction = next(np.array(s.direction_xyz) for s in model.states if s.value == str(value))
        axes = [axis for axis in range(3) if abs(direction[axis]) < 0.5]
        return {tuple(round(float(p[a]) / 0.0041) for a in axes) for p in dark_spots(model, direction)}

    for bit, value in ((1, 2), (2, 3), (4, 6)):
        assert signs(0, value) != signs(bit, value)
        assert signs(0, value) == signs(7 - bit, value)


def test_pips_never_vanish_in_the_body():
    same = [0.5, 0.02, 0.02]
    model = build(colour=same, pip_colour=same)
    assert len(dark_spots(model, np.array(next(s.direction_xyz for s in model.states if s.value == "5")))) == 5


@pytest.mark.parametrize(("paint", "shown"), [("legible", 0.8), ("as_given", 0.3)])
def test_pips_that_hardly_show_are_painted_anew_unless_they_are_asked_for(paint, shown):
    model = build(colour=[0.02, 0.02, 0.02], pip_colour=[0.3, 0.01, 0.01], pip_paint=paint)
    pixels = linear_from_srgb8(model.materials[0].base_colour_map.pixels_hwc)
    assert pixels[..., 0].max() == pytest.approx(shown, rel=0.08)


@pytest.mark.parametrize("spacing", [0.46, 0.56])
def test_gathered_pips_lie_nearer_to_the_middle_and_stay_apart(spacing):
    spread, gathered = (
        build(pip_layout=layout, pip_radius_ratio=0.215, pip_spacing_ratio=spacing) for layout in ("spread", "gathered")
    )
    for state in gathered.states:
        direction = np.array(state.direction_xyz)
        places = [np.array(dark_spots(model, direction)) for model in (spread, gathered)]
        assert len(places[1]) == int(state.value)
        reach = [np.linalg.norm(found - np.outer(found @ direction, direction), axis=1).max() for found in places]
        if state.value != "1":
            assert reach[1] == pytest.approx(0.83 * reach[0], rel=0.03)

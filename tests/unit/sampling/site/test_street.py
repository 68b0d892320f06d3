"""Streets: the plan against geometry, places on strips, cameras on strips, lamps after dark."""

from __future__ import annotations

import math

import numpy as np
import pytest
from pydantic import ValidationError

from synthvision.library.parameters import Choice, Integer, Number
from synthvision.library.procedural.models.surroundings.street import STREET
from synthvision.library.procedural.models.surroundings.street_layout import plan_of
from synthvision.library.procedural.models.surroundings.street_lines import Centre
from synthvision.sampling.camera_config import StripCamera
from synthvision.sampling.placement.config import Along
from synthvision.sampling.site.street import Carriageway, RaisedGround, street_strips
from synthvision.sampling.site.strips import Strip, strips_of
from synthvision.sampling.strip_cameras import strip_view


def params(**changed):
    values = {}
    for name, parameter in STREET.parameters.items():
        assert isinstance(parameter, (Choice, Integer, Number))
        values[name] = parameter.default
    return values | changed


def height_at(plan, x, y):
    """Height of the ground by which support holds the point."""
    point = np.array([[x, y]])
    return 0.0 if Carriageway(plan).holds(point, 0.0) else plan.kerb_m if RaisedGround(plan).holds(point, 0.0) else None


@pytest.mark.parametrize("centre", [Centre(-5.0, 60.0, 1 / 90), Centre(3.0, 70.0, -1 / 100), Centre(0.0, 0.0, 0.0)])
def test_plan_and_ground_are_each_others_inverse(centre):
    rng = np.random.default_rng(0)
    s, t = rng.uniform(-60, 140, 500), rng.uniform(-40, 40, 500)
    assert np.allclose(centre.plan(centre.ground(s, t)), np.stack([s, t], axis=1), atol=1e-9)


def test_a_bend_keeps_lengths_and_widths():
    centre = Centre(0.0, 50.0, 1 / 80)
    s = np.linspace(0.0, 50.0, 2001)
    middle, beside = centre.ground(s, np.zeros(2001)), centre.ground(s, np.full(2001, 4.0))
    assert np.linalg.norm(np.diff(middle, axis=0), axis=1).sum() == pytest.approx(50.0, abs=1e-3)
    assert np.linalg.norm(beside - middle, axis=1) == pytest.approx(4.0)
    # To the left of a bend to the left the way is shorter by the ratio of the radii.
    assert np.linalg.norm(np.diff(beside, axis=0), axis=1).sum() == pytest.approx(50.0 * 76 / 80, abs=1e-3)


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"junction": "cross", "verge": "both", "cycle": "both", "lanes_right": 2},
        {"junction": "left", "curve": "right", "traffic": "left"},
        {"curve": "left", "crossing": "signals", "parking": "none"},
    ],
)
def test_strips_lie_on_the_ground_that_their_height_says(changed):
    plan = plan_of(params(**changed))
    for strip in street_strips(params(**changed)):
        if strip.name.startswith("building_line") or strip.kind == "kerb":
            continue
        for place in np.linspace(0.5, strip.length_m - 0.5, 9):
            point, _ = strip.at(float(place))
            assert height_at(plan, point[0], point[1]) == pytest.approx(point[2]), strip.name


@pytest.mark.parametrize(("traffic", "sign"), [("right", -1.0), ("left", 1.0)])
def test_lanes_run_with_traffic_and_inward_points_to_the_middle(traffic, sign):
    strips = street_strips(params(traffic=traffic, junction="cross", verge="both", cycle="both"))
    for strip in strips:
        point, heading = strip.at(strip.length_m / 2)
        if strip.name.startswith(("lane/side", "crossing", "building_line/end")):
            continue
        if "side_" in strip.name:
            # In a side street the middle is its own centre line, at x = 0.
            towards = np.array([-point[0], 0.0])
        else:
            towards = np.array([0.0, -point[1]])
            if strip.kind == "lane":
                assert math.cos(heading) * sign * point[1] > 0, strip.name
        assert float(strip.outward(heading) @ towards) < 0, strip.name


def test_places_along_a_strip():
    strip = Strip("lane/0", "lane", np.array([[0.0, 0.0, 0.0], [3.0, 4.0, 1.0], [3.0, 9.0, 1.0]]), 3.0, 10.0)
    first = math.sqrt(26)
    assert strip.length_m == pytest.approx(first + 5)
    point, heading = strip.at(first + 2)
    assert point == pytest.approx([3.0, 6.0, 1.0])
    assert heading == pytest.approx(math.pi / 2)
    assert strip.at(-1.0)[0] == pytest.approx([0.0, 0.0, 0.0])
    assert strip.at(99.0)[0] == pytest.approx([3.0, 9.0, 1.0])
    assert strip.points(np.array([0.0, first])) == pytest.approx(np.array([[0, 0, 0], [3, 4, 1]]))
    assert strips_of([strip], ["lane"]) == strips_of([strip], ["lane/*"]) == [strip]
    assert strips_of([strip], ["pavement"]) == []


def test_mesh_has_the_heights_of_the_plan_and_paint_lies_above_the_road():
    values = params(junction="right", verge="both")
    model = STREET.build(values)
    parts = {}
    for part in model.parts:
        parts.setdefault(part.name, []).append(part.positions_n3[:, 2])
    heights = {name: np.concatenate(each) for name, each in parts.items()}
    assert heights["pavement"] == pytest.approx(values["kerb_height_m"])
    assert heights["marking"].min() >= 0.003
    assert heights["crossing"].min() >= 0.003
    assert heights["kerb"].max() == pytest.approx(values["kerb_height_m"])


def test_wrong_placements_and_cameras_are_refused():
    with pytest.raises(ValidationError, match="either spacing_m or arrange: row"):
        Along.model_validate({"kind": "along", "strips": "kerb", "spacing_m": 3, "arrange": "row"})
    with pytest.raises(ValidationError, match="growing shares"):
        Along.model_validate({"kind": "along", "strips": "kerb", "range": [0.8, 0.2]})
    with pytest.raises(ValidationError, match="must be one of forward"):
        Along.model_validate({"kind": "along", "strips": "kerb", "heading": "upwards"})
    with pytest.raises(ValidationError, match="must be one of forward"):
        StripCamera.model_validate({"kind": "on_strip", "strips": "lane", "heading": "up"})


class Fixed:
    """A drawer that takes the low end of nothing: values come as they stand."""

    def number(self, path, value):
        return float(value)

    def word(self, path, value):
        return value

    def rng(self, path):
        return np.random.default_rng(0)


def test_a_camera_on_a_strip_looks_along_it_or_at_another():
    lane = Strip("lane/0", "lane", np.array([[0.0, -2.0, 0.0], [50.0, -2.0, 0.0]]), 3.0, 10.0)
    crossing = Strip("crossing/0", "crossing", np.array([[30.0, -5.0, 0.0], [30.0, 5.0, 0.0]]), 3.0, 1.0, "none")
    spec = StripCamera.model_validate({"kind": "on_strip", "strips": "lane", "range": [0.2, 0.2], "height_m": 1.4})
    position, target = strip_view(Fixed(), "camera", spec, [lane, crossing])
    assert position == pytest.approx([10.0, -2.0, 1.4])
    assert target - position == pytest.approx([12.0, 0.0, 0.0], abs=1e-9)
    looking = spec.model_copy(update={"towards": ("crossing",), "distance_m": (9.9, 10.2)})
    position, target = strip_view(Fixed(), "camera", looking, [lane, crossing])
    way = (np.array([30.0, 0.0, 0.0]) - position) / np.linalg.norm(np.array([30.0, 0.0, 0.0]) - position)
    assert (target - position) / 12.0 == pytest.approx(way)

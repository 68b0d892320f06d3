"""Ways through space: known places, and velocities that are what the places do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from synthvision.sampling.motion.config import ShakeSpec
from synthvision.sampling.motion.shake import draw_shake
from synthvision.sampling.motion.speed import Changing, Going, StoppingAndGoing
from synthvision.sampling.motion.tracks import Along, Circle, Drift, Orbit, Straight, project_on_strip

START = np.array([1.0, -2.0, 0.5])


@dataclass(frozen=True)
class FakeStrip:
    """A strip as sites give them."""

    name: str
    path_k3: np.ndarray
    speed_m_s: float = 10.0
    kind: str = "lane"

    @property
    def length_m(self):
        return float(np.linalg.norm(np.diff(self.path_k3, axis=0), axis=1).sum())

    def at(self, distance_m):
        ways = np.diff(self.path_k3, axis=0)
        lengths = np.linalg.norm(ways, axis=1)
        ends = np.cumsum(lengths)
        index = min(int(np.searchsorted(ends, distance_m)), len(lengths) - 1)
        share = (distance_m - (ends[index] - lengths[index])) / lengths[index]
        return self.path_k3[index] + share * ways[index], float(np.arctan2(ways[index][1], ways[index][0]))


BEND = FakeStrip("lane/0", np.array([[0.0, 0, 0], [20, 0, 0], [20, 30, 0]]))
STOPPING = StoppingAndGoing(8.0, 4.0, 3.0, 1.5, 0.7)
TRACKS = {
    "drift": Drift(START, np.array([1.0, 2, -0.5]), np.array([0.2, -0.4, 1.1])),
    "straight": Straight(START, np.array([0.6, 0.8, 0.0]), Changing(9.0, 1.0, 0.4, 6.0)),
    "left": Circle(START, 0.3, 1 / 12, Going(5.0)),
    "right": Circle(START, 2.3, -1 / 7, STOPPING),
    "orbit": Orbit(START, np.array([4.0, 1, 0]), 0.8),
    "along": Along(BEND, np.array([14.0, 1.2, 0.1]), 14.0, False, 4.0, Going(7.0)),
    "against": Along(BEND, np.array([19.0, 4.0, 0.1]), 24.0, True, 4.0, Going(7.0)),
}


def turn_rate(before, after, seconds):
    """Angular velocity from two rotation matrices a short time apart."""
    skew = (after @ before.T - (after @ before.T).T) / 2
    return np.array([skew[2, 1], skew[0, 2], skew[1, 0]]) / seconds


@pytest.mark.parametrize("name", TRACKS)
@pytest.mark.parametrize("time_s", [0.0, 0.35, 1.9])
def test_velocities_are_what_places_and_turns_do(name, time_s):
    track, step = TRACKS[name], 1e-5
    now, before, after = (track.at(time_s + shift) for shift in (0.0, -step, step))
    np.testing.assert_allclose(now.velocity_m_s, (after.anchor_m - before.anchor_m) / (2 * step), atol=2e-3)
    np.testing.assert_allclose(now.turn_rad_s, turn_rate(before.turn_33, after.turn_33, 2 * step), atol=2e-3)


@pytest.mark.parametrize("name", TRACKS)
def test_at_time_zero_everything_is_where_it_was_placed(name):
    track = TRACKS[name]
    now = track.at(0.0)
    start = track.start_m
    np.testing.assert_allclose(now.anchor_m, start, atol=1e-12)
    np.testing.assert_allclose(now.turn_33, np.eye(3), atol=1e-12)
    assert now.way_m == pytest.approx(0.0, abs=1e-12)


def test_a_circle_comes_round():
    speed, radius = 3.0, 5.0
    track = Circle(START, 0.4, 1 / radius, Going(speed))
    around = 2 * np.pi * radius / speed
    np.testing.assert_allclose(track.at(around).anchor_m, START, atol=1e-9)
    half = track.at(around / 2)
    # Half way round it is a diameter to the left, facing back.
    np.testing.assert_allclose(half.anchor_m - START, 2 * radius * np.array([-np.sin(0.4), np.cos(0.4), 0]), atol=1e-9)
    np.testing.assert_allclose(half.turn_33, np.diag([-1.0, -1, 1]), atol=1e-9)


def test_braking_takes_the_length_of_the_textbook():
    # From 14 m/s at 7 m/s2: two seconds and 14 m.
    speed = Changing(14.0, 0.0, 1.0, 7.0)
    assert speed.way(1.0) == pytest.approx((14.0, 14.0))
    assert speed.way(3.0) == pytest.approx((28.0, 0.0))
    assert speed.way(60.0) == pytest.approx((28.0, 0.0))


def test_stop_and_go_stands_and_goes():
    speed = StoppingAndGoing(8.0, 4.0, 3.0, 1.0, 0.0)
    assert speed.way(2.0)[1] == 8.0
    assert speed.way(5.5)[1] == 0.0
    assert speed.way(4.0)[0] == speed.way(7.0)[0] == pytest.approx(8.0 * 3.0)
    assert speed.way(7.0 * 5)[0] == pytest.approx(5 * 24.0)
    # One that has begun before is as far behind its own start.
    assert StoppingAndGoing(8.0, 4.0, 3.0, 1.0, 2.0).way(5.0)[0] == pytest.approx(24.0 - speed.way(2.0)[0])


def test_an_orbit_keeps_distance_and_sight_of_its_centre():
    track = TRACKS["orbit"]
    way = track.centre_m - track.start_m
    for time_s in (0.3, 2.0, 9.1):
        now = track.at(time_s)
        np.testing.assert_allclose(now.turn_33 @ way, track.centre_m - now.anchor_m, atol=1e-12)


def test_a_strip_is_followed_at_the_same_distance_from_its_middle():
    track = Along(BEND, np.array([2.0, 1.2, 0.1]), 2.0, False, 2.0, Going(10.0))
    np.testing.assert_allclose(track.at(1.0).anchor_m, [12.0, 1.2, 0.1])
    # After the bend to the left the same offset is to the left of the new direction.
    later = track.at(3.0)
    np.testing.assert_allclose(later.anchor_m, [18.8, 12.0, 0.1])
    np.testing.assert_allclose(later.turn_33 @ [1, 0, 0], [0, 1, 0], atol=1e-12)
    # Beyond its end it goes straight on.
    np.testing.assert_allclose(track.at(6.0).anchor_m, [18.8, 42.0, 0.1])


def test_a_bend_turns_a_long_thing_little_by_little():
    track = Along(BEND, np.array([16.0, 0.0, 0.0]), 16.0, False, 4.0, Going(1.0))
    headings = [float(np.arctan2(*track.at(time_s).turn_33[[1, 0], 0])) for time_s in np.linspace(0, 8, 33)]
    assert max(np.diff(headings)) < np.radians(12)
    assert headings[-1] == pytest.approx(np.pi / 2)


def test_places_on_a_strip():
    assert project_on_strip(BEND, np.array([5.0, 2.0, 9.0])) == pytest.approx((5.0, 2.0))
    assert project_on_strip(BEND, np.array([23.0, 10.0, 0.0])) == pytest.approx((30.0, 3.0))


def test_a_shaking_hand_wanders_as_far_as_asked(fake):
    from synthvision.sampling.drawing import Drawer, Ledger

    spec = ShakeSpec.model_validate({"position_m": 0.01, "angle_deg": 0.5, "frequency_hz": 2})
    shake = draw_shake(Drawer(3, 0, "", Ledger()), "camera.motion.shake", spec)
    times = np.linspace(0, 400, 20_001)
    values = np.array([shake.at(time_s)[0] for time_s in times])
    np.testing.assert_allclose(values.std(axis=0), [0.01] * 3 + [np.radians(0.5)] * 3, rtol=0.05)
    np.testing.assert_allclose(values.mean(axis=0), 0, atol=1e-3)
    rates = (shake.at(1.00001)[0] - shake.at(0.99999)[0]) / 2e-5
    np.testing.assert_allclose(shake.at(1.0)[1], rates, atol=1e-6)

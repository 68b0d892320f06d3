"""Figures of cars: the few lengths that make a hatchback a hatchback, from common European models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["STYLES", "CarFigure", "car_figure"]


@dataclass(frozen=True, slots=True)
class CarFigure:
    """Proportions of one car, metres; x runs forward from the middle of its length.

    Args:
        style: Body style.
        length: Bumper to bumper.
        width: Without mirrors.
        height: Top of the roof.
        nose_x: Foremost point.
        tail_x: Rearmost point.
        front_x: Front axle.
        rear_x: Rear axle.
        wheel_radius: With tyre.
        sill_z: Lower edge of the body.
        belt_front_z: Lower edge of the windows at the front.
        belt_rear_z: And at the rear.
        lip_z: Front edge of the bonnet.
        cowl_x: Middle of the foot of the windscreen.
        cowl_z: Its height.
        header_x: Middle of the top of the windscreen.
        roof_rear: Where the roof ends above the rear window, (x, z).
        screen_low: Foot of the rear window, (x, z).
        tail_z: Height of the edge between rear face and boot lid (or the belt of a hatchback).
        header_station: Lattice station of the end of the roof.
        screen_station: Lattice station of the foot of the rear window.
        glass_station: Lattice station at which the side windows end.
        arch: Radius of the wheel arches.
        tumblehome: Half width of the roof above the windows as a share of the half width.
        pillar_x: Rear edge of the front doors.
        taper: How much narrower the body is at the nose and at the tail, as shares.
        roof_taper: How much narrower the roof is at its rear end, as a share.
        brow: How much lower than the roof the top of the windscreen is.
        glass_top: Highest place of the side windows.
        tail_corner: How far the rear corners lie ahead of the rearmost point.
    """

    style: str
    length: float
    width: float
    height: float
    nose_x: float
    tail_x: float
    front_x: float
    rear_x: float
    wheel_radius: float
    sill_z: float
    belt_front_z: float
    belt_rear_z: float
    lip_z: float
    cowl_x: float
    cowl_z: float
    header_x: float
    roof_rear: tuple[float, float]
    screen_low: tuple[float, float]
    tail_z: float
    header_station: int
    screen_station: int
    glass_station: int
    arch: float
    tumblehome: float
    pillar_x: float
    taper: tuple[float, float] = (0.16, 0.12)
    roof_taper: float = 0.07
    brow: float = 0.055
    glass_top: float = 9.0
    tail_corner: float = 0.15

    @property
    def half(self) -> float:
        """Half the width, metres."""
        return self.width / 2


#: length, width, height, front and rear overhang, wheel radius, sill, belt at front and rear, lip and cowl heights,
#: cowl behind the front axle, length of the windscreen in x, tumblehome. Compare a VW Polo and Golf (hatchback),
#: BMW 3 (saloon), Skoda Octavia Combi (estate), VW Tiguan (SUV), Fiat 500 (mini), Audi TT (coupe).
_PROPORTIONS: dict[str, tuple[float, ...]] = {
    "mini": (3.62, 1.64, 1.49, 0.70, 0.56, 0.295, 0.20, 0.93, 0.97, 0.76, 1.00, 0.20, 0.70, 0.755),
    "hatchback": (4.15, 1.77, 1.46, 0.83, 0.70, 0.315, 0.195, 0.91, 0.975, 0.755, 0.98, 0.27, 0.80, 0.735),
    "saloon": (4.68, 1.82, 1.44, 0.82, 1.04, 0.325, 0.185, 0.91, 0.965, 0.735, 0.965, 0.42, 0.84, 0.71),
    "estate": (4.70, 1.82, 1.47, 0.86, 1.06, 0.325, 0.185, 0.91, 0.96, 0.745, 0.97, 0.36, 0.82, 0.735),
    "suv": (4.45, 1.87, 1.69, 0.86, 0.90, 0.37, 0.30, 1.07, 1.13, 0.92, 1.15, 0.28, 0.72, 0.755),
    "coupe": (4.28, 1.83, 1.35, 0.86, 0.86, 0.33, 0.16, 0.88, 0.95, 0.66, 0.93, 0.46, 0.84, 0.69),
}

STYLES = tuple(_PROPORTIONS)


def car_figure(params: Mapping[str, Any]) -> CarFigure:
    """Return the figure that the parameters of a car ask for."""
    style = str(params["body_style"])
    length, width, height, front, rear, wheel, sill, belt_f, belt_r, lip, cowl_z, cowl, screen, tumble = _PROPORTIONS[
        style
    ]
    stretch, tall = float(params["length_scale"]), float(params["height_scale"])
    length, width, height = length * stretch, width * (0.6 + 0.4 * stretch), height * tall
    front, rear, screen = front * stretch, rear * stretch, screen * float(params["screen_rake"])
    lift = float(params["belt_lift_m"])
    nose, tail = length / 2, -length / 2
    front_x, rear_x = nose - front, tail + rear
    wheel *= float(params["wheel_scale"])
    cowl_x = front_x - cowl
    belt_r += lift
    roof_rear, screen_low, tail_z, stations = _rear(style, tail, rear_x, height, belt_r)
    return CarFigure(
        style, length, width, height, nose, tail, front_x, rear_x, wheel, sill, belt_f + 0.3 * lift, belt_r,
        lip * (0.5 + 0.5 * tall), cowl_x, cowl_z, cowl_x - screen, roof_rear, screen_low, tail_z, *stations,
        1.13 * wheel + 0.012, tumble + float(params["roof_width"]), 0.5 * (front_x + rear_x),
    )  # fmt: skip


def _rear(
    style: str, tail: float, rear_x: float, height: float, belt: float
) -> tuple[tuple[float, float], tuple[float, float], float, tuple[int, int, int]]:
    """End of the roof, foot of the rear window, tail edge, and the stations of roof end, window foot, side glass."""
    if style == "saloon":
        return (rear_x + 0.18, height - 0.075), (rear_x - 0.46, belt + 0.075), belt - 0.01, (5, 3, 5)
    if style == "coupe":
        return (rear_x + 0.36, height - 0.055), (tail + 0.34, belt + 0.06), belt - 0.0, (5, 2, 5)
    if style == "estate":
        return (tail + 0.23, height - 0.07), (tail + 0.09, belt + 0.03), belt - 0.06, (2, 1, 2)
    if style == "suv":
        return (tail + 0.26, height - 0.08), (tail + 0.10, belt + 0.03), belt - 0.07, (2, 1, 3)
    deep = 0.25 if style == "mini" else 0.31
    return (tail + deep, height - 0.09), (tail + 0.085, belt + 0.04), belt - 0.05, (3, 1, 4)

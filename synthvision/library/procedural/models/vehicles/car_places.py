"""Named points of cars and vans: wheels, ends, roof and lamps."""

from __future__ import annotations

from collections.abc import Mapping

from synthvision.library.procedural.models.vehicles.car_details import centre_x
from synthvision.library.procedural.models.vehicles.car_figure import CarFigure
from synthvision.library.procedural.models.vehicles.car_shape import HALF, NX, NZ, half_width
from synthvision.library.procedural.models.vehicles.coachwork import Skin

__all__ = ["CAR_KEYPOINTS", "car_keypoints", "car_wheels"]

Point = tuple[float, float, float]

CAR_KEYPOINTS = (
    "front_left_wheel",
    "front_right_wheel",
    "rear_left_wheel",
    "rear_right_wheel",
    "front_centre",
    "rear_centre",
    "roof_centre",
    "left_head_lamp",
    "right_head_lamp",
    "left_tail_lamp",
    "right_tail_lamp",
)
"""Names in the order that exporters write."""


def car_wheels(figure: CarFigure, width_m: float) -> dict[str, Point]:
    """Return the centres of the wheels, whose outer faces lie just inside the arches."""
    out = {}
    for end, x in (("front", figure.front_x), ("rear", figure.rear_x)):
        y = float(half_width(figure, x, figure.wheel_radius + figure.arch)) - width_m / 2 - 0.012
        out[f"{end}_left_wheel"] = (x, y, figure.wheel_radius)
        out[f"{end}_right_wheel"] = (x, -y, figure.wheel_radius)
    return out


def car_keypoints(figure: CarFigure, skin: Skin, wheels: Mapping[str, Point]) -> dict[str, Point]:
    """Return all points of `CAR_KEYPOINTS`."""
    middle_z = 0.62 * figure.belt_front_z
    head = skin.line([(NX, 2 * HALF - 1, k) for k in (3, 4)])[1]
    tail = skin.line([(0, 2 * HALF, k) for k in (3, 4)])[1]
    roof = skin.line([(7, HALF, NZ), (8, HALF, NZ)])[0]
    lamps: dict[str, Point] = {}
    for name, (x, y, z) in (("head_lamp", head.tolist()), ("tail_lamp", tail.tolist())):
        lamps |= {f"left_{name}": (x, y, z), f"right_{name}": (x, -y, z)}
    return {
        **wheels,
        "front_centre": (centre_x(skin, middle_z, True), 0.0, middle_z),
        "rear_centre": (centre_x(skin, middle_z, False), 0.0, middle_z),
        "roof_centre": (float(roof[0]), 0.0, float(roof[2])),
        **lamps,
    }

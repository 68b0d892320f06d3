"""A folding wheelchair, empty or with somebody in it.

Sizes of the usual folding chair: 24 inch drive wheels with push rims, 8 inch castors, seat 0.43 m wide and 0.5 m high,
about 1.05 m long and 0.63 m wide over all (within ISO 7176-5's 1.2 by 0.7 m).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.library.model import Model
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.models.people.baggage import metal_of, plastic_of, rubber_of, woven
from synthvision.library.procedural.models.people.body import PERSON_PARTS, Person, person_pieces
from synthvision.library.procedural.models.people.persona import PERSON_PARAMETERS, clothes_of, looks_of, measures_of
from synthvision.library.procedural.models.people.placing import centred
from synthvision.library.procedural.models.people.posing import Arm, Leg, Pose, figure_in, reaching_arm, reaching_leg
from synthvision.library.procedural.models.people.seatwork import padded_sheet
from synthvision.library.procedural.models.people.skeleton import SIDES, Figure, Measures
from synthvision.library.procedural.models.people.tubework import bent_tube, rod, spoked_wheel, tyre_ring
from synthvision.library.procedural.shapes.boxes import bevelled_boxes
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join, turn_about

__all__ = ["WHEELCHAIR"]

_LEFT_OUT = ("hat", "hat_colour", "hood", "shoes", "skirt_length", "stockings", "upper", "lower")
SEAT_Z = 0.50


def _chair(params: Mapping[str, Any], wide: float, seat: float) -> list[tuple[Mesh, Any]]:
    seed, dirt = int(params["wear_seed"]), float(params["dirt"])
    radius, y = float(params["wheel_m"]), wide / 2
    back_top = SEAT_Z + float(params["back_m"])
    axle = np.array([-0.06, 0.0, radius])
    tubes: list[Mesh] = []
    bright: list[Mesh] = []
    tyres: list[Mesh] = []
    black: list[Mesh] = []
    for side in (1.0, -1.0):
        s = np.array([0.0, side, 0.0])
        wheel = spoked_wheel(radius, 0.034, 12, 20, 0.025)
        place = axle + (y + 0.045) * s
        camber = turn_about("x", side * float(np.radians(params["camber_deg"])))
        tyres.append(wheel.tyre.turned(camber).moved(place))
        bright += [part.turned(camber).moved(place) for part in (wheel.rim, wheel.spokes)]
        bright.append(
            tyre_ring(radius - 0.035, 0.0085, 0.0085, 20, 4).moved([0, side * 0.04, 0]).turned(camber).moved(place)
        )
        back = np.array([-seat + 0.12, 0.0, 0.0])
        tubes.append(
            bent_tube(
                [
                    back + [0.0, 0, 0.2] + y * s,
                    back + [0, 0, back_top - 0.06] + y * s,
                    back + [-0.015, 0, back_top] + y * s,
                    back + [-0.12, 0, back_top + 0.01] + y * s,
                ],
                0.0115,
                6,
                2,
            )
        )
        black.append(
            rod(back + [-0.04, 0, back_top + 0.005] + y * s, back + [-0.135, 0, back_top + 0.011] + y * s, 0.0165, 6)
        )
        front = np.array([0.14, 0.0, 0.0])
        tubes.append(
            bent_tube(
                [
                    back + [0, 0, SEAT_Z - 0.02] + y * s,
                    front + [0, 0, SEAT_Z - 0.02] + y * s,
                    front + [0.09, 0, 0.3] + y * s,
                    front + [0.16, 0, 0.13] + 0.85 * y * s,
                ],
                0.0115,
                6,
                2,
            )
        )
        tubes.append(
            bent_tube(
                [
                    back + [0, 0, 0.22] + y * s,
                    front + [-0.02, 0, 0.22] + y * s,
                    front + [-0.02, 0, SEAT_Z - 0.02] + y * s,
                ],
                0.0105,
                5,
                2,
            )
        )
        tubes.append(
            bent_tube(
                [back + [0, 0, 0.70] + y * s, back + [0.30, 0, 0.71] + y * s, back + [0.34, 0, SEAT_Z - 0.02] + y * s],
                0.0105,
                5,
                2,
            )
        )
        black.append(bevelled_boxes(np.array([[0.25, 0.045, 0.028]]), (back + [0.15, 0, 0.727] + y * s)[None], 0.008))
        black.append(
            bevelled_boxes(np.array([[0.30, 0.006, 0.15]]), (back + [0.16, 0, 0.60] + (y - 0.004) * s)[None], 0.002)
        )
        castor = np.array([front[0] + 0.02, side * (y - 0.005), 0.1])
        tyres.append(tyre_ring(0.1, 0.022, 0.016, 12, 5).moved(castor))
        bright.append(rod(castor - [0, 0.02, 0], castor + np.array([0, 0.02, 0]), 0.025, 6))
        for spoke in range(3):
            a = np.pi / 6 + spoke * 2 * np.pi / 3
            black.append(rod(castor, castor + np.array([0.07 * np.cos(a), 0, 0.07 * np.sin(a)]), 0.011, 5))
        for fork in (0.026, -0.026):
            bright.append(rod(castor + np.array([0, fork, 0]), castor + np.array([0.03, 0.7 * fork, 0.13]), 0.007, 6))
        bright.append(rod(castor + np.array([0.03, 0, 0.11]), castor + np.array([0.03, 0, 0.18]), 0.017, 6))
        plate = front + [0.22, 0, 0.12] + 0.48 * y * s
        black.append(
            bevelled_boxes(np.array([[0.15, 0.78 * y, 0.014]]), plate[None], 0.005, turn_about("y", -0.18)[None])
        )
    tubes.append(rod([-0.2, -y, 0.21], [0.02, y, SEAT_Z - 0.03], 0.010, 6))
    tubes.append(rod([-0.2, y, 0.21], [0.02, -y, SEAT_Z - 0.03], 0.010, 6))

    def bottom(s: Floats, t: Floats) -> Floats:
        sag = 0.022 * (1 - (2 * s - 1) ** 2)
        return np.stack([-seat + 0.13 + t * (seat + 0.01), (2 * s - 1) * y, SEAT_Z + 0.004 - sag], axis=1)

    def rest(s: Floats, t: Floats) -> Floats:
        sag = 0.03 * (1 - (2 * s - 1) ** 2)
        return np.stack([-seat + 0.12 - sag, (2 * s - 1) * y, back_top - 0.03 - t * (back_top - SEAT_Z - 0.05)], axis=1)

    cloth = [padded_sheet(bottom, 5, 7, 0.03, (1.0, 1.0)), padded_sheet(rest, 5, 7, 0.02, (1.0, 1.0))]
    frame = plastic_of("frame", rgb(params["frame_colour"]), seed, dirt, 0.3)
    return [
        (join(cloth), woven("seat", (0.022, 0.022, 0.024), seed % 4, round(3 * dirt) / 3)),
        (join(tubes), frame),
        (join(bright), metal_of("metal", seed % 4)),
        (join(tyres), rubber_of("tyres", seed, dirt)),
        (join(black), plastic_of("fittings", (0.024, 0.024, 0.025), seed % 2, dirt, 0.65)),
    ]


def _occupant(params: Mapping[str, Any], m: Measures, wide: float, seat: float) -> Figure:
    """Somebody who sits well back, feet on the plates, hands on the push rims or in the lap."""
    leg = Leg(flex=84, knee=80, abduct=3)
    figure = figure_in(m, Pose(pitch=-6, lean=6, look=float(params["look_deg"]), arms=(Arm(), Arm()), legs=(leg, leg)))
    back = np.array([-seat + 0.13 + 0.085 * m.frame * m.girth, 0.0, SEAT_Z + 0.052 * m.frame * m.girth + 0.02])
    figure = figure.moved(back - figure.joints["pelvis"])
    for side, sign in SIDES:
        ankle = np.array([0.31, sign * 0.24 * wide, 0.145 + 0.043 * m.height + 0.01])
        figure = reaching_leg(figure, side, ankle, np.array([1.0, sign * 0.05, 0.9]), -10.0)
        if str(params["hands"]) == "rims":
            wrist = np.array([-0.02, sign * (wide / 2 + 0.085), 2 * float(params["wheel_m"]) + 0.06])
            figure = reaching_arm(figure, side, wrist, np.array([-1.0, sign * 0.6, 0.0]), pronate=20, curl=0.6)
        else:
            knee = figure.joints[f"{side}_shin"]
            hip = figure.joints[f"{side}_thigh"]
            wrist = hip * 0.52 + knee * 0.48 + [0.0, -sign * 0.01, 0.075 * m.frame * m.girth]
            figure = reaching_arm(figure, side, wrist, np.array([-0.5, sign * 1.0, -0.4]), pronate=80, curl=0.25)
    return figure


def _build(params: Mapping[str, Any]) -> Model:
    wide, seat = float(params["seat_width_m"]), float(params["seat_depth_m"])
    pieces = _chair(params, wide, seat)
    occupied = str(params["occupant"]) == "person"
    if occupied:
        m = measures_of(
            dict(params) | {"age": "old" if str(params["occupant_age"]) == "old" else "adult", "child_height_m": 1.4}
        )
        dressed = {name: params[name] for name in PERSON_PARAMETERS if name in params}
        dressed |= {
            "age": params["occupant_age"],
            "shoes": "leather",
            "hood": "none",
            "skirt_length": 0.0,
            "stockings": "dark",
        }
        person = Person(looks_of(dressed), clothes_of(dressed), fine=False)
        pieces += person_pieces(_occupant(params, m, wide, seat), person)
    keypoints = {
        "seat": (-0.12, 0.0, SEAT_Z),
        "left_handle": (-seat + 0.02, wide / 2, SEAT_Z + float(params["back_m"])),
        "right_handle": (-seat + 0.02, -wide / 2, SEAT_Z + float(params["back_m"])),
    }
    pieces, keypoints = centred(pieces, keypoints)
    return assembled(
        "wheelchair", params, pieces, attributes={"occupied": "yes" if occupied else "no"}, keypoints=keypoints
    )


_PERSON = {
    name: value for name, value in PERSON_PARAMETERS.items() if name not in (*_LEFT_OUT, "age", "child_height_m")
}

WHEELCHAIR = ProceduralAsset(
    name="wheelchair",
    kind="model",
    category="wheelchair",
    tags=("street", "people", "wheelchair", "mobility", "outdoor", "indoor"),
    size_m=1.1,
    description="A folding wheelchair with push rims, castors and footplates, empty or with a person in it.",
    parameters={
        "occupant": Choice(("none", "person"), "none", (0.4, 0.6)),
        "hands": Choice(("rims", "lap"), "lap"),
        "look_deg": Number(-30.0, 30.0, 0.0, "deg"),
        "seat_width_m": Number(0.40, 0.48, 0.43, "m"),
        "seat_depth_m": Number(0.38, 0.46, 0.42, "m"),
        "wheel_m": Number(0.28, 0.32, 0.305, "m"),
        "back_m": Number(0.36, 0.50, 0.43, "m"),
        "camber_deg": Number(0.0, 6.0, 1.0, "deg"),
        "frame_colour": Colour(
            ((0.02, 0.02, 0.022), (0.4, 0.41, 0.42), (0.35, 0.02, 0.02), (0.02, 0.06, 0.28), (0.05, 0.2, 0.08)), 0.12
        ),
        "wear_seed": Integer(0, 7, 0),
        "occupant_age": Choice(("adult", "old"), "old"),
        **_PERSON,
        "upper": Choice(("shirt", "sweater", "jacket", "tshirt"), "sweater"),
        "lower": Choice(("jeans", "chinos", "joggers"), "chinos"),
    },
    build=_build,
    parts=(*PERSON_PARTS, "seat", "frame", "metal", "tyres", "fittings"),
    keypoints=("seat", "left_handle", "right_handle"),
)

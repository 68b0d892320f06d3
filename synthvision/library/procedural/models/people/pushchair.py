"""A pushchair: folding tube frame, reclining cloth seat with hood, basket, four wheels.

Usual sizes: handle about 1.02 m high, 0.6 m wide, 0.85 to 1.0 m long (EN 1888 states safety, not sizes).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.library.model import Model
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.models.people.baggage import metal_of, plastic_of, rubber_of, woven
from synthvision.library.procedural.models.people.placing import centred
from synthvision.library.procedural.models.people.seatwork import padded_sheet
from synthvision.library.procedural.models.people.tubework import bent_tube, rod, tyre_ring
from synthvision.library.procedural.shapes.boxes import bevelled_boxes
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join

__all__ = ["PUSHCHAIR"]


def _wheel(radius: float, wide: float) -> tuple[Mesh, Mesh]:
    """Tyre, and hub with spokes."""
    tyre = tyre_ring(radius, 0.19 * radius + 0.004, wide / 2, 20, 6)
    spokes = [rod([0, -0.018, 0], [0, 0.018, 0], 0.022, 8)]
    for number in range(5):
        a = 2 * np.pi * number / 5 + 0.3
        spokes.append(rod([0, 0, 0], [0.8 * radius * np.cos(a), 0, 0.8 * radius * np.sin(a)], 0.009, 5))
    return tyre, join([*spokes, tyre_ring(0.80 * radius, 0.012, 0.35 * wide, 16, 4)])


def _seat_curve(recline: float, low: Floats) -> Floats:
    """The middle line of the seat from the footrest over knees and seat up the back: rows (x, z)."""
    back = np.array([-np.sin(recline), np.cos(recline)])
    knee = low + np.array([0.17, 0.02])
    points = [
        knee + np.array([0.14, -0.24]),
        knee + np.array([0.10, -0.22]),
        knee + np.array([0.03, -0.05]),
        knee,
        low + np.array([0.08, -0.008]),
        low,
        low + 0.05 * back + [0.0, 0.015],
        low + 0.28 * back,
        low + 0.52 * back,
    ]
    return np.array(points)


def _build(params: Mapping[str, Any]) -> Model:
    wide, handle = float(params["width_m"]), float(params["handle_m"])
    base = float(params["wheelbase_m"])
    front_r, rear_r = float(params["front_wheel_m"]), float(params["rear_wheel_m"])
    seed, dirt = int(params["wear_seed"]), float(params["dirt"])
    three = str(params["wheels"]) == "three"
    y = wide / 2 - 0.03
    rear_x, front_x = -base / 2, base / 2
    tubes: list[Mesh] = []
    hubs: list[Mesh] = []
    tyres: list[Mesh] = []
    grips: list[Mesh] = []
    joint = np.array([0.02, 0.0, 0.52])
    for side in (1.0, -1.0):
        s = np.array([0.0, side, 0.0])
        nose_y = 0.08 if three else y - 0.02
        top = np.array([rear_x - 0.10, 0.0, handle])
        tubes.append(
            bent_tube(
                [np.array([front_x - 0.02, 0, front_r + 0.05]) + nose_y * s, joint + y * s, top + y * s], 0.0125, 8, 3
            )
        )
        tubes.append(rod(np.array([rear_x, 0, rear_r + 0.01]) + y * s, joint + [0.05, 0, 0.04] + y * s, 0.0115, 8))
        tubes.append(
            rod(
                np.array([rear_x + 0.03, 0, 0.22]) + 0.96 * y * s,
                np.array([front_x - 0.09, 0, 0.22]) + (0.6 if three else 0.94) * y * s,
                0.008,
                6,
            )
        )
        place = np.array([rear_x, side * (y + 0.035), rear_r])
        tyre, hub = _wheel(rear_r, 0.042)
        tyres.append(tyre.moved(place))
        hubs.append(hub.moved(place))
        if not three or side > 0:
            place = np.array([front_x - 0.025, 0.0 if three else side * (y - 0.02), front_r])
            tyre, hub = _wheel(front_r, 0.038)
            tyres.append(tyre.moved(place))
            hubs.append(hub.moved(place))
            hubs += [
                rod(place + np.array([0, fork, 0]), place + np.array([0.018, 0.6 * fork, front_r + 0.05]), 0.007, 6)
                for fork in (0.028, -0.028)
            ]
            hubs.append(
                rod(
                    place + np.array([0.018, 0, front_r + 0.03]),
                    place + np.array([0.018, 0, front_r + 0.085]),
                    0.018,
                    8,
                )
            )
        grips.append(bevelled_boxes(np.array([[0.06, 0.03, 0.07]]), (joint + y * s)[None], 0.008))
        if str(params["grip"]) == "two":
            grips.append(
                bent_tube([top + y * s, top + [-0.05, 0, 0.03] + y * s, top + [-0.12, 0, 0.02] + y * s], 0.017, 8, 2)
            )
    tubes.append(rod([rear_x, -y - 0.03, rear_r], [rear_x, y + 0.03, rear_r], 0.009, 8))
    if str(params["grip"]) == "bar":
        x, z = rear_x - 0.10, handle
        grips.append(
            bent_tube(
                [(x + 0.01, -y, z - 0.02), (x - 0.06, -y, z + 0.03), (x - 0.06, y, z + 0.03), (x + 0.01, y, z - 0.02)],
                0.017,
                8,
                3,
            )
        )
    cloth, hood, basket = _cloths(params, y, joint)
    level = round(3 * dirt) / 3
    pieces = [
        (join(cloth), woven("seat", rgb(params["seat_colour"]), seed % 4, level)),
        (join(basket), woven("basket", (0.025, 0.025, 0.027), seed % 2, level)),
        (
            join(tubes),
            metal_of("frame", seed % 4)
            if str(params["frame"]) == "silver"
            else plastic_of("frame", (0.025, 0.025, 0.027), seed % 4, dirt),
        ),
        (join(hubs), plastic_of("hubs", (0.06, 0.06, 0.062), seed % 2, dirt)),
        (join(tyres), rubber_of("tyres", seed, dirt)),
        (join(grips), plastic_of("grips", (0.02, 0.02, 0.021), seed % 2, dirt, 0.75)),
    ]
    if hood is not None:
        pieces.append((hood, woven("hood", rgb(params["hood_colour"]), (seed + 1) % 4, level)))
    keypoints = {"handle": (rear_x - 0.13, 0.0, handle + 0.03), "seat": (joint[0] - 0.05, 0.0, 0.48)}
    pieces, keypoints = centred(pieces, keypoints)
    attributes = {"wheels": str(params["wheels"]), "hood": str(params["hood"])}
    return assembled("pushchair", params, pieces, attributes=attributes, keypoints=keypoints)


def _cloths(params: Mapping[str, Any], y: float, joint: Floats) -> tuple[list[Mesh], Mesh | None, list[Mesh]]:
    """Seat with sides and bumper bar, hood, basket."""
    recline = float(np.radians(params["recline_deg"]))
    low = np.array([joint[0] - 0.08, 0.46])
    curve = _seat_curve(recline, low)
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(curve, axis=0), axis=1))])
    along /= along[-1]

    def line(t: Floats) -> Floats:
        return np.stack([np.interp(t, along, curve[:, 0]), np.interp(t, along, curve[:, 1])], axis=1)

    def seat(s: Floats, t: Floats) -> Floats:
        at = line(t)
        cup = (2 * s - 1) ** 2 * 0.03
        return np.stack([at[:, 0] + 0.6 * cup, (2 * s - 1) * (y - 0.025), at[:, 1] + 0.5 * cup], axis=1)

    cloth = [padded_sheet(seat, 19, 9, 0.035, (1.0, 2.0))]
    top = curve[-1]
    for side in (1.0, -1.0):

        def panel(s: Floats, t: Floats, side: float = side) -> Floats:
            at = line(0.42 + 0.56 * t)
            out = np.array([np.cos(recline * 0.6), 0.0, 0.35])
            rise = s * (0.20 - 0.10 * t)
            wing = side * (y - 0.012 + 0.02 * np.sin(np.pi * s))
            return np.stack([at[:, 0] + out[0] * rise, wing, at[:, 1] + out[2] * rise], axis=1)

        cloth.append(padded_sheet(panel, 7, 4, 0.014, (0.5, 1.0)))
    knee = curve[3]
    bumper = bent_tube(
        [
            (knee[0] - 0.16, -y, knee[1] + 0.15),
            (knee[0] + 0.04, -0.9 * y, knee[1] + 0.19),
            (knee[0] + 0.04, 0.9 * y, knee[1] + 0.19),
            (knee[0] - 0.16, y, knee[1] + 0.15),
        ],
        0.016,
        8,
        3,
    )
    cloth.append(bumper)
    hood = None
    if str(params["hood"]) != "none":
        spread = {"half": 1.25, "full": 2.0}[str(params["hood"])]
        back = np.array([-np.sin(recline), np.cos(recline)])
        pivot = top - 0.16 * back

        def canopy(s: Floats, t: Floats) -> Floats:
            angle = recline + np.pi / 2 + 0.35 - spread * t
            over = np.sin(np.pi * np.clip(s, 0, 1)) ** 0.55
            reach = 0.06 + 0.22 * over * (1 - 0.03 * np.abs(np.sin(np.pi * 3 * t)))
            return np.stack(
                [pivot[0] + reach * np.cos(angle), (2 * s - 1) * (y + 0.005), pivot[1] + reach * np.sin(angle)], axis=1
            )

        hood = padded_sheet(canopy, 13, 11, 0.010, (1.2, 1.2))

    def tray(s: Floats, t: Floats) -> Floats:
        x = -0.30 + 0.55 * t
        dip = 0.16 * (1 - np.abs(2 * s - 1) ** 4) * (1 - np.abs(2 * t - 1) ** 6)
        return np.stack([x, (2 * s - 1) * 0.88 * y, 0.255 - dip], axis=1)

    return cloth, hood, [padded_sheet(tray, 9, 9, 0.008, (1.0, 1.0))]


_CLOTHS = (
    (0.018, 0.018, 0.02),
    (0.05, 0.052, 0.058),
    (0.03, 0.05, 0.11),
    (0.32, 0.03, 0.04),
    (0.28, 0.24, 0.18),
    (0.05, 0.2, 0.2),
    (0.24, 0.25, 0.26),
)

PUSHCHAIR = ProceduralAsset(
    name="pushchair",
    kind="model",
    category="pushchair",
    tags=("street", "people", "pushchair", "stroller", "buggy", "child", "outdoor"),
    size_m=1.0,
    description="A pushchair with three or four wheels, reclining padded seat, hood, basket and bumper bar.",
    parameters={
        "wheels": Choice(("four", "three"), "four", (0.75, 0.25)),
        "width_m": Number(0.46, 0.58, 0.52, "m"),
        "handle_m": Number(0.94, 1.08, 1.0, "m"),
        "wheelbase_m": Number(0.58, 0.76, 0.66, "m"),
        "front_wheel_m": Number(0.075, 0.11, 0.09, "m"),
        "rear_wheel_m": Number(0.10, 0.155, 0.125, "m"),
        "recline_deg": Number(18.0, 48.0, 27.0, "deg"),
        "hood": Choice(("none", "half", "full"), "full", (0.12, 0.38, 0.5)),
        "grip": Choice(("bar", "two"), "bar", (0.65, 0.35)),
        "frame": Choice(("silver", "black"), "silver"),
        "seat_colour": Colour(_CLOTHS, 0.15),
        "hood_colour": Colour(_CLOTHS, 0.15),
        "dirt": Number(0.0, 0.8, 0.25),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("seat", "basket", "frame", "hubs", "tyres", "grips", "hood"),
    keypoints=("handle", "seat"),
)

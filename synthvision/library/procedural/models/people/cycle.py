"""A plain bicycle of tubes for riders, with the points where it bears them.

Sizes: 28 inch wheels (622 mm rims after ISO 5775), wheelbase about 1.05 m, bottom bracket 0.28 m above the ground.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthvision.library.model import Material
from synthvision.library.procedural.models.people.riding import Contacts
from synthvision.library.procedural.models.people.skeleton import Measures
from synthvision.library.procedural.models.people.tubework import bent_tube, rod, spoked_wheel, tyre_ring
from synthvision.library.procedural.shapes.boxes import bevelled_boxes
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join
from synthvision.library.procedural.shapes.sweeps import sweep_tube
from synthvision.library.procedural.wear import roughness_map, worn_paint

__all__ = ["CYCLE_PARTS", "CycleFit", "cycle_pieces", "fitted_cycle"]

LinearColour = tuple[float, float, float]
Pieces = list[tuple[Mesh, Material]]
CYCLE_PARTS = ("frame", "tyres", "metal", "saddle", "reflector")
BRACKET_Z = 0.285


@dataclass(frozen=True, slots=True)
class CycleFit:
    """A bicycle sized for somebody, its origin under the bottom bracket.

    Args:
        contacts: Where it bears the rider.
        wheel: Radius of the wheels.
        wheelbase: Distance of the axles.
        crank: Length of the cranks.
        crank_rad: Where the left pedal stands.
        drop: Handlebar ends bent forwards and down, 0 or 1.
    """

    contacts: Contacts
    wheel: float
    wheelbase: float
    crank: float
    crank_rad: float
    drop: bool


def fitted_cycle(m: Measures, crank_rad: float, style: str) -> CycleFit:
    """Return a bicycle that fits a body; `style` is ``city``, ``trekking`` or ``race``."""
    size = m.height / 1.75
    leg = m.crotch + 0.038 * m.height
    crank = 0.17 * min(size, 1.05)
    wheel = 0.345 if m.height > 1.45 else 0.345 * max(0.62, m.height / 1.45)
    up = 0.80 * leg + (0.0 if style != "city" else -0.01)
    saddle = (-0.29 * up, 0.0, BRACKET_Z + up)
    reach = {"city": 0.52, "trekking": 0.62, "race": 0.70}[style] * size
    rise = {"city": 0.14, "trekking": 0.03, "race": -0.05}[style] * size
    half = {"city": 0.27, "trekking": 0.29, "race": 0.205}[style] * size
    grips = ((saddle[0] + reach, half, saddle[2] + rise), (saddle[0] + reach, -half, saddle[2] + rise))
    pedals = []
    for side, sign in ((1.0, 1.0), (-1.0, -1.0)):
        x, z = sign * crank * np.cos(crank_rad), sign * crank * np.sin(crank_rad)
        pedals.append((float(x), side * 0.13 * min(size, 1.0), float(BRACKET_Z + z + 0.012)))
    contacts = Contacts(saddle, grips, (pedals[0], pedals[1]))
    return CycleFit(contacts, wheel, 1.06 * size if size < 0.9 else 1.06, crank, crank_rad, style == "race")


def cycle_pieces(fit: CycleFit, colour: LinearColour, seed: int, dirt: float) -> Pieces:
    """Return the meshes and materials of a bicycle."""
    rear = np.array([-0.41 * fit.wheelbase, 0.0, fit.wheel])
    front = np.array([0.59 * fit.wheelbase, 0.0, fit.wheel])
    wheels = [spoked_wheel(fit.wheel, 0.036, 12, 24) for _ in range(2)]
    tyres = join([wheel.tyre.moved(place) for wheel, place in zip(wheels, (rear, front), strict=True)])
    bright = [wheel.rim.moved(place) for wheel, place in zip(wheels, (rear, front), strict=True)]
    bright += [wheel.spokes.moved(place) for wheel, place in zip(wheels, (rear, front), strict=True)]
    frame, metal = _frame(fit, rear, front)
    paint = Material(
        name="frame",
        base_colour_map=worn_paint(colour, seed, dirt=0.5 * dirt, scuff=0.4),
        roughness=0.35,
        metallic_roughness_map=roughness_map(seed, 0.3),
        clearcoat=0.6,
        clearcoat_roughness=0.1,
    )
    rubber = Material(
        name="tyres",
        base_colour_map=worn_paint(
            (0.02, 0.02, 0.021), seed % 2, dirt=0.3 + 0.5 * dirt, scuff=0.2, scuff_colour=(0.1, 0.1, 0.1)
        ),
        roughness=0.88,
    )
    steel = Material(
        name="metal",
        base_colour=(0.56, 0.56, 0.57, 1.0),
        metallic=1.0,
        roughness=0.38,
        metallic_roughness_map=roughness_map(seed + 1, 0.3),
    )
    leather = Material(name="saddle", base_colour=(0.022, 0.02, 0.019, 1.0), roughness=0.55)
    red = Material(name="reflector", base_colour=(0.55, 0.01, 0.008, 1.0), roughness=0.25, clearcoat=0.5)
    back = np.array(fit.contacts.saddle) + np.array([-0.05, 0.0, -0.16])
    light = bevelled_boxes(np.array([[0.03, 0.05, 0.04]]), back[None], 0.006)
    return [
        (frame, paint),
        (tyres, rubber),
        (join([*bright, metal]), steel),
        (join([_saddle(fit), *_grips(fit)]), leather),
        (light, red),
    ]


def _frame(fit: CycleFit, rear: Floats, front: Floats) -> tuple[Mesh, Mesh]:
    saddle = np.array(fit.contacts.saddle)
    bracket = np.array([0.0, 0.0, BRACKET_Z])
    up = (saddle - bracket) / np.linalg.norm(saddle - bracket)
    seat = saddle - 0.2 * up
    head_low = front + np.array([-0.115, 0.0, fit.wheel + 0.05 - 0.0])
    steer = np.array([-0.30, 0.0, 0.954])
    head_top = head_low + steer * max(float(seat[2] - head_low[2]) * 0.9, 0.09)
    tubes = [
        rod(bracket, seat, 0.016),
        rod(bracket, head_low, 0.018),
        rod(seat, head_top - 0.02 * steer, 0.015),
        rod(head_low - 0.01 * steer, head_top, 0.021),
    ]
    for sign in (1.0, -1.0):
        side = np.array([0.0, sign, 0.0])
        tubes.append(rod(bracket + 0.03 * side, rear + 0.055 * side, 0.009, 6))
        tubes.append(rod(seat - 0.03 * up + 0.012 * side, rear + 0.055 * side, 0.008, 6))
        crown = head_low + np.array([0.0, 0.0, -0.02])
        tubes.append(
            bent_tube([crown + 0.01 * side, crown + 0.05 * side - [0, 0, 0.03], front + 0.05 * side], 0.0105, 6, 2)
        )
    post = rod(seat - 0.05 * up, saddle - 0.045 * up, 0.013)
    stem_top = head_top + steer * 0.05
    left, right = (np.array(grip) for grip in fit.contacts.grips)
    middle = (left + right) / 2
    clamp = np.array([middle[0] + (0.02 if fit.drop else 0.06), 0.0, max(middle[2], stem_top[2])])
    metal = [
        post,
        rod(head_top - 0.02 * steer, stem_top, 0.014),
        rod(stem_top, clamp, 0.014),
        rod(front - [0, 0.06, 0], front + np.array([0, 0.06, 0]), 0.008, 6),
    ]
    metal.append(rod(rear - [0, 0.065, 0], rear + np.array([0, 0.065, 0]), 0.008, 6))
    bar = []
    for grip in (left, right):
        sign = float(np.sign(grip[1]))
        if fit.drop:
            hook = grip + np.array([0.09, 0.0, -0.04])
            bar.append(
                [
                    clamp,
                    clamp + np.array([0.0, sign * abs(grip[1]), 0.0]),
                    hook,
                    hook + np.array([-0.05, 0.0, -0.09]),
                    grip + np.array([-0.03, 0.0, -0.13]),
                ]
            )
        else:
            bar.append(
                [
                    clamp,
                    clamp + np.array([0.02, sign * 0.4 * abs(grip[1]), 0.0]),
                    grip + np.array([0.03, -sign * 0.09, 0.0]),
                    grip + np.array([-0.02, sign * 0.05, 0.0]),
                ]
            )
    metal += [bent_tube(points, 0.0115, 6, 2) for points in bar]
    return join(tubes), join([*metal, *_drive(fit, bracket, rear)])


def _drive(fit: CycleFit, bracket: Floats, rear: Floats) -> list[Mesh]:
    """Chain wheel, cranks, pedals and chain."""
    pieces = [
        tyre_ring(0.09, 0.008, 0.003, 16, 3).moved(bracket - [0, 0.045, 0]),
        rod(bracket - [0, 0.06, 0], bracket + np.array([0, 0.06, 0]), 0.02, 8),
    ]
    pieces.append(tyre_ring(0.04, 0.012, 0.004, 12, 3).moved(rear - [0, 0.045, 0]))
    for pedal in fit.contacts.pedals:
        axle = np.array([pedal[0], pedal[1], pedal[2] - 0.012])
        inner = np.array([0.0, np.sign(pedal[1]) * 0.062, bracket[2]])
        pieces.append(rod(inner, [axle[0], inner[1], axle[2]], 0.011, 6))
        pieces.append(rod([axle[0], inner[1], axle[2]], axle, 0.007, 6))
        pieces.append(bevelled_boxes(np.array([[0.09, 0.085, 0.022]]), axle[None], 0.004))
    for offset, start in ((0.086, 0.034), (-0.086, -0.034)):
        pieces.append(rod(bracket + np.array([0.0, -0.045, offset]), rear + np.array([0.0, -0.045, start]), 0.004, 4))
    return pieces


def _saddle(fit: CycleFit) -> Mesh:
    x = np.array([-0.13, -0.11, -0.03, 0.06, 0.13, 0.145])
    path = np.stack([x, np.zeros(6), -0.022 + 0.01 * np.cos(x * 20)], axis=1)
    radii = np.array([(0.012, 0.055), (0.03, 0.082), (0.026, 0.062), (0.02, 0.028), (0.018, 0.02), (0.006, 0.009)])
    return sweep_tube(path, radii, 10, binormal_xyz=(0.0, 1.0, 0.0), exponent=2.4).moved(fit.contacts.saddle)


def _grips(fit: CycleFit) -> list[Mesh]:
    if fit.drop:
        return [
            rod(np.array(g) + np.array([-0.03, 0, 0.0]), np.array(g) + np.array([0.06, 0, -0.02]), 0.016, 8)
            for g in fit.contacts.grips
        ]
    return [
        rod(
            np.array(g) + np.array([0.008, -np.sign(g[1]) * 0.05, 0.0]),
            np.array(g) + np.array([-0.022, np.sign(g[1]) * 0.055, 0.0]),
            0.0165,
            8,
        )
        for g in fit.contacts.grips
    ]

"""A plain motorcycle for riders: naked or scooter, with the points where it bears them.

Sizes of a middle-weight machine: wheelbase 1.42 m, 17 inch wheels (outside radius 0.31 m), seat 0.80 m high.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from synthvision.library.model import Material
from synthvision.library.procedural.models.people.riding import Contacts
from synthvision.library.procedural.models.people.tubework import bent_tube, reshaded, rod, tyre_ring
from synthvision.library.procedural.shapes.boxes import bevelled_boxes, rounded_box
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join, turn_about
from synthvision.library.procedural.shapes.sweeps import sweep_tube
from synthvision.library.procedural.wear import roughness_map, worn_paint

__all__ = ["MOTORCYCLE_PARTS", "Machine", "machine_of", "motorcycle_pieces"]

LinearColour = tuple[float, float, float]
Rows = Sequence[Sequence[float]]
Pieces = list[tuple[Mesh, Material]]
MOTORCYCLE_PARTS = ("paint", "tyres", "metal", "black", "headlamp", "tail_lamp", "plate")


@dataclass(frozen=True, slots=True)
class Machine:
    """A motorcycle, its origin on the ground in the middle between the axles.

    Args:
        style: ``naked`` or ``scooter``.
        contacts: Where it bears the rider.
        wheel: Radius of the wheels.
        wheelbase: Distance of the axles.
    """

    style: str
    contacts: Contacts
    wheel: float
    wheelbase: float


def machine_of(style: str) -> Machine:
    """Return one of the two machines."""
    if style == "scooter":
        contacts = Contacts(
            (-0.20, 0.0, 0.775), ((0.36, 0.31, 1.02), (0.36, -0.31, 1.02)), ((0.22, 0.15, 0.31), (0.22, -0.15, 0.31))
        )
        return Machine(style, contacts, 0.235, 1.30)
    contacts = Contacts(
        (-0.14, 0.0, 0.80), ((0.42, 0.36, 1.04), (0.42, -0.36, 1.04)), ((0.0, 0.25, 0.36), (0.0, -0.25, 0.36))
    )
    return Machine(style, contacts, 0.31, 1.42)


def _bulge(path: Rows, radii: Rows, sections: int = 12, exponent: float = 2.4) -> Mesh:
    tube = sweep_tube(
        np.asarray(path, np.float64),
        np.asarray(radii, np.float64),
        sections,
        binormal_xyz=(0.0, 1.0, 0.0),
        exponent=exponent,
    )
    return reshaded(tube)


def motorcycle_pieces(machine: Machine, colour: LinearColour, lit: bool, seed: int, dirt: float) -> Pieces:
    """Return the meshes and materials of a motorcycle.

    Args:
        machine: Which one.
        colour: Linear RGB of the paint.
        lit: Whether head and tail lamp are on.
        seed: Of wear.
        dirt: 0..1.
    """
    half = machine.wheelbase / 2
    front, rear = np.array([half, 0.0, machine.wheel]), np.array([-half, 0.0, machine.wheel])
    tyres, metal = [], []
    for place, wide in ((front, 0.058), (rear, 0.078)):
        tyres.append(tyre_ring(machine.wheel, 0.055, wide, 22, 6).moved(place))
        metal += [part.moved(place) for part in _cast_wheel(machine.wheel - 0.095)]
    scooter = machine.style == "scooter"
    paint, black, more = (_scooter if scooter else _naked)(machine, front, rear)
    metal += more
    coat = Material(
        name="paint",
        base_colour_map=worn_paint(colour, seed, dirt=0.4 * dirt, scuff=0.25),
        roughness=0.28,
        metallic_roughness_map=roughness_map(seed, 0.2),
        clearcoat=0.9,
        clearcoat_roughness=0.06,
    )
    rubber = Material(
        name="tyres",
        base_colour_map=worn_paint(
            (0.02, 0.02, 0.021), seed % 2, dirt=0.3 + 0.4 * dirt, scuff=0.2, scuff_colour=(0.1, 0.1, 0.1)
        ),
        roughness=0.88,
    )
    steel = Material(
        name="metal",
        base_colour=(0.5, 0.5, 0.51, 1.0),
        metallic=1.0,
        roughness=0.34,
        metallic_roughness_map=roughness_map(seed + 1, 0.35),
    )
    plastic = Material(
        name="black",
        base_colour_map=worn_paint(
            (0.022, 0.022, 0.023), seed % 2, dirt=0.4 * dirt, scuff=0.3, scuff_colour=(0.1, 0.1, 0.1)
        ),
        roughness=0.6,
    )
    left, right = (np.array(grip) for grip in machine.contacts.grips)
    lamp_place = np.array([half - (0.10 if scooter else 0.21), 0.0, 0.90])
    lamp = rounded_box((0.09, 0.15, 0.15) if not scooter else (0.08, 0.17, 0.11), 0.036, 1).moved(lamp_place)
    glass = Material(
        name="headlamp",
        base_colour=(0.62, 0.64, 0.66, 1.0),
        roughness=0.08,
        clearcoat=0.8,
        emissive=(9000.0, 8800.0, 8200.0) if lit else (0.0, 0.0, 0.0),
    )
    tail_x = -half - (0.04 if scooter else 0.0)
    tail = bevelled_boxes(
        np.array([[0.05, 0.14, 0.05]]), np.array([[tail_x - 0.08, 0.0, 0.74 if scooter else 0.80]]), 0.008
    )
    red = Material(
        name="tail_lamp",
        base_colour=(0.42, 0.01, 0.008, 1.0),
        roughness=0.15,
        emissive=(900.0, 20.0, 10.0) if lit else (0.0, 0.0, 0.0),
    )
    plate = bevelled_boxes(np.array([[0.006, 0.18, 0.15]]), np.array([[tail_x - 0.115, 0.0, 0.58]]), 0.0015)
    white = Material(name="plate", base_colour=(0.6, 0.6, 0.58, 1.0), roughness=0.5)
    black += _controls(left, right, lamp_place)
    return [
        (join(paint), coat),
        (join(tyres), rubber),
        (join(metal), steel),
        (join(black), plastic),
        (lamp, glass),
        (tail, red),
        (plate, white),
    ]


def _cast_wheel(radius: float) -> list[Mesh]:
    """Rim, five spokes, hub and brake disc about the origin."""
    rim = tyre_ring(radius, 0.02, 0.045, 18, 4)
    spokes = []
    for number in range(5):
        a = 2 * np.pi * number / 5
        spokes.append(
            rod(
                [0.03 * np.cos(a), 0, 0.03 * np.sin(a)],
                [(radius - 0.02) * np.cos(a), 0, (radius - 0.02) * np.sin(a)],
                0.014,
                6,
            )
        )
    disc = tyre_ring(0.14 if radius > 0.18 else 0.10, 0.022, 0.003, 14, 4).moved([0.0, 0.062, 0.0])
    return [rim, *spokes, rod([0, -0.08, 0], [0, 0.08, 0], 0.032, 10), disc]


def _controls(left: Floats, right: Floats, lamp: Floats) -> list[Mesh]:
    """Handlebar, grips, mirrors."""
    clamp = np.array([lamp[0] - 0.11, 0.0, left[2] - 0.03])
    pieces = []
    for grip in (left, right):
        sign = float(np.sign(grip[1]))
        inner = grip - [0.0, sign * 0.07, 0.0]
        pieces.append(bent_tube([clamp, clamp + np.array([0.0, sign * 0.1, 0.02]), inner, grip], 0.012, 6, 2))
        pieces.append(rod(inner, grip + np.array([0.0, sign * 0.06, 0.0]), 0.018, 8))
        head = grip + np.array([0.02, sign * 0.0, 0.20])
        pieces.append(rod(inner + np.array([0.02, 0, 0.0]), head, 0.006, 6))
        pieces.append(rounded_box((0.03, 0.12, 0.075), 0.014, 1).moved(head + np.array([0.0, sign * 0.04, 0.02])))
    return pieces


def _naked(machine: Machine, front: Floats, rear: Floats) -> tuple[list[Mesh], list[Mesh], list[Mesh]]:
    tank = _bulge(
        [(-0.10, 0, 0.80), (-0.05, 0, 0.84), (0.10, 0, 0.89), (0.27, 0, 0.91), (0.36, 0, 0.88), (0.38, 0, 0.86)],
        [(0.03, 0.06), (0.085, 0.11), (0.11, 0.165), (0.11, 0.155), (0.075, 0.10), (0.02, 0.04)],
    )
    tail = _bulge(
        [(-0.50, 0, 0.745), (-0.62, 0, 0.79), (-0.76, 0, 0.835), (-0.79, 0, 0.84)],
        [(0.05, 0.10), (0.055, 0.11), (0.04, 0.075), (0.015, 0.03)],
        10,
    )
    fender = _fender(front, machine.wheel + 0.025, 0.065, (0.5, 2.1))
    seat = _bulge(
        [(-0.56, 0, 0.83), (-0.50, 0, 0.83), (-0.32, 0, 0.795), (-0.12, 0, 0.765), (0.0, 0, 0.79), (0.04, 0, 0.80)],
        [(0.02, 0.07), (0.045, 0.12), (0.05, 0.14), (0.045, 0.135), (0.035, 0.08), (0.015, 0.04)],
        10,
    )
    engine = [
        rounded_box((0.34, 0.30, 0.26), 0.05, 1).moved((0.06, 0.0, 0.42)),
        rounded_box((0.18, 0.24, 0.26), 0.03, 1).turned(turn_about("y", 0.35)).moved((0.17, 0.0, 0.62)),
        rod([0.06, -0.18, 0.40], [0.06, 0.18, 0.40], 0.085, 14),
    ]
    exhaust = bent_tube(
        [(0.26, -0.06, 0.62), (0.36, -0.08, 0.42), (0.22, -0.11, 0.27), (-0.25, -0.15, 0.30)], 0.022, 8, 3
    )
    can = sweep_tube(
        np.array([(-0.24, -0.15, 0.30), (-0.28, -0.155, 0.31), (-0.62, -0.18, 0.42), (-0.66, -0.183, 0.432)]),
        np.array([(0.024, 0.024), (0.055, 0.055), (0.058, 0.058), (0.04, 0.04)]),
        10,
        binormal_xyz=(0.0, 1.0, 0.0),
    )
    metal = [*engine[2:], exhaust, can]
    black = [*engine[:2], seat]
    head = np.array([0.40, 0.0, 0.86])
    for sign in (1.0, -1.0):
        side = np.array([0.0, sign, 0.0])
        metal.append(rod(front + 0.088 * side, head + 0.088 * side + [0.02, 0, 0.10], 0.022, 8))
        black.append(bent_tube([head + 0.03 * side, (0.1, sign * 0.13, 0.72), (-0.22, sign * 0.12, 0.45)], 0.022, 6, 2))
        black.append(bent_tube([(-0.2, sign * 0.11, 0.72), (-0.5, sign * 0.1, 0.76)], 0.015, 6, 2))
        metal.append(rod((-0.22, sign * 0.11, 0.42), rear + 0.11 * side, 0.024, 6))
        metal.append(rod((-0.02, sign * 0.12, 0.345), (-0.0, sign * 0.3, 0.345), 0.011, 6))
    black.append(rod((-0.30, 0, 0.70), (-0.36, 0, 0.40), 0.04, 8))
    black.append(rounded_box((0.16, 0.30, 0.03), 0.01, 1).moved(head + np.array([0.0, 0.0, 0.06])))
    black.append(rod((-0.70, 0.0, 0.80), (-0.82, 0.0, 0.52), 0.016, 6))
    metal.append(bevelled_boxes(np.array([[0.03, 0.26, 0.22]]), np.array([[0.345, 0.0, 0.55]]), 0.005))
    return [tank, tail, fender], black, metal


def _scooter(machine: Machine, front: Floats, rear: Floats) -> tuple[list[Mesh], list[Mesh], list[Mesh]]:
    body = _bulge(
        [(-0.80, 0, 0.66), (-0.74, 0, 0.64), (-0.50, 0, 0.60), (-0.25, 0, 0.56), (-0.06, 0, 0.52), (-0.03, 0, 0.50)],
        [(0.04, 0.06), (0.10, 0.13), (0.14, 0.19), (0.16, 0.185), (0.17, 0.14), (0.12, 0.08)],
    )
    shield = _bulge(
        [(0.30, 0, 0.26), (0.34, 0, 0.36), (0.42, 0, 0.60), (0.47, 0, 0.82), (0.46, 0, 0.96), (0.44, 0, 1.0)],
        [(0.04, 0.15), (0.045, 0.22), (0.05, 0.25), (0.075, 0.22), (0.06, 0.13), (0.03, 0.06)],
    )
    fender = _fender(front, machine.wheel + 0.03, 0.07, (0.2, 2.4))
    floor = rounded_box((0.62, 0.30, 0.10), 0.03, 2).moved((0.10, 0.0, 0.255))
    seat = _bulge(
        [(-0.72, 0, 0.77), (-0.66, 0, 0.775), (-0.42, 0, 0.765), (-0.18, 0, 0.735), (-0.04, 0, 0.71), (0.0, 0, 0.69)],
        [(0.02, 0.07), (0.045, 0.13), (0.05, 0.15), (0.045, 0.135), (0.04, 0.09), (0.02, 0.04)],
        10,
    )
    engine = rounded_box((0.42, 0.16, 0.16), 0.04, 2).moved((-0.42, 0.10, 0.30))
    can = rod((-0.25, -0.14, 0.24), (-0.72, -0.16, 0.30), 0.055, 10)
    screen = rod((0.42, 0, 0.95), (0.39, 0, 1.02), 0.03, 8)
    forks = [rod(front + np.array([0, s * 0.075, 0]), (0.46, s * 0.05, 0.62), 0.018, 6) for s in (1.0, -1.0)]
    stay = rod((-0.76, 0.0, 0.66), (-0.76, 0.0, 0.54), 0.016, 6)
    shock = rod(rear + np.array([0, -0.11, 0.02]), (-0.52, -0.11, 0.56), 0.025, 8)
    return [body, shield, fender], [floor, seat, engine, screen, stay], [can, *forks, shock]


def _fender(axle: Floats, radius: float, half: float, span: tuple[float, float]) -> Mesh:
    angle = np.linspace(*span, 9)
    path = np.stack([radius * np.cos(angle), np.zeros(9), radius * np.sin(angle)], axis=1) + axle
    return reshaded(sweep_tube(path, np.tile([0.008, half], (9, 1)), 8, binormal_xyz=(0.0, 1.0, 0.0), exponent=3.0))

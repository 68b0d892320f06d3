"""City buses: low floor, one or two bodies' length of windows, doors on the right or left, destination signs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled, opaque, rgb
from synthvision.library.procedural.models.vehicles.fittings import (
    glass_material,
    number_plate,
    plate_material,
    trim_material,
)
from synthvision.library.procedural.models.vehicles.lamps import (
    LIGHTS,
    head_lamp_material,
    lamp_uvs,
    tail_lamp_material,
)
from synthvision.library.procedural.models.vehicles.livery import DESIGNS, name_boards, name_material, sign_material
from synthvision.library.procedural.models.vehicles.slabs import (
    blocks,
    coach_paint,
    front_plate,
    lain,
    rounded_outline,
    side_plate,
)
from synthvision.library.procedural.models.vehicles.wheels import WheelSpec, placed_wheels, tyre_material
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join
from synthvision.library.procedural.shapes.rods import rods

__all__ = ["BUS"]

HUB_Z = 0.48
ARCH = 0.58
LOW = 0.30
"""Lower edge of the body: a low-floor bus steps up 0.32 m."""


def _build(params: Mapping[str, Any]) -> Model:
    length, height = float(params["length_m"]), float(params["height_m"])
    half, front = float(params["width_m"]) / 2, length / 2
    axles = [front - 2.70, -front + 3.35]
    belt, top = float(params["belt_m"]), height - 0.52
    door_side = -1.0 if str(params["traffic"]) == "right" else 1.0
    doors = _door_places(front, axles, str(params["doors"]))
    rake = float(params["rake_m"])
    shell = rounded_outline(_outline(front, height, axles, rake), [0.06, 0.10, *([0.03] * 16), 0.10, 0.06, 0.20, 0.34])
    parts = {
        "paint": join([side_plate(shell, -half, half, 0.09), _roof_units(params, height, half)]),
        "window": _glass(params, front, half, belt, top, axles, doors, door_side, rake, height),
        "trim": join([_door_frames(doors, door_side, half, top), _bumpers(front, half), _mirrors(front, half, top), _pillars(front, half, belt, top)]),
        "skirt": _skirts(axles, front, half, doors, door_side),
        "head_lamp": lamp_uvs(blocks([((0.05, 0.46, 0.20), (front - 0.005, s * (half - 0.40), 0.78)) for s in (-1, 1)], 0.018), 0.0),
        "tail_lamp": lamp_uvs(blocks([((0.05, 0.16, 0.42), (-front + 0.005, s * (half - 0.18), 1.05)) for s in (-1, 1)], 0.018), 0.0),
        "plate": join([number_plate((front + 0.055, 0.0, 0.52), 1.0), number_plate((-front - 0.02, 0.0, 0.75), -1.0)]),
        "sign": _signs(front, half, top, rake, height, door_side),
    }  # fmt: skip
    if str(params["advert"]) == "yes":
        parts["print"] = name_boards(2.6, 0.62, (-0.1 * length, 0.5 * (LOW + belt) + 0.12), half + 0.014)
    materials = _materials(params)
    keep = ("head_lamp", "tail_lamp", "plate", "sign", "print")
    pieces = [(mesh if name in keep else lain(mesh, 5.0, height), materials[name]) for name, mesh in parts.items()]
    y = half - 0.17
    wheels = {
        f"{end}_{side}_wheel": (x, sign * y, HUB_Z)
        for end, x in zip(("front", "rear"), axles, strict=True)
        for side, sign in (("left", 1.0), ("right", -1.0))
    }
    rolled = placed_wheels(WheelSpec(HUB_Z, 0.30, 0.60, "steel", 8, 18, 0.02), wheels)
    pieces += [(rolled["tyre"], materials["tyre"]), (rolled["rim"], materials["rim"])]
    return assembled(
        "bus",
        params,
        pieces,
        attributes={
            "doors": str(len(doors)),
            "door_side": "right" if door_side < 0 else "left",
            "lights": str(params["lit"]),
        },
        keypoints={
            **wheels,
            "front_centre": (front, 0.0, 1.2),
            "rear_centre": (-front, 0.0, 1.2),
            "roof_centre": (0.0, 0.0, height),
            "front_door": (doors[0], door_side * half, 1.2),
            "left_head_lamp": (front, half - 0.40, 0.78),
            "right_head_lamp": (front, 0.40 - half, 0.78),
            "left_tail_lamp": (-front, half - 0.18, 1.05),
            "right_tail_lamp": (-front, 0.18 - half, 1.05),
        },
    )


def _outline(front: float, height: float, axles: list[float], rake: float) -> list[tuple[float, float]]:
    """Side view from the lower rear corner, counter-clockwise, both wheel arches cut out: 22 corners."""
    points = [(-front + 0.02, LOW + 0.12), (-front + 0.30, LOW)]
    for x in reversed(axles):
        for turn in np.linspace(np.pi * 0.99, np.pi * 0.01, 8):
            points.append((x + ARCH * float(np.cos(turn)), max(HUB_Z + ARCH * float(np.sin(turn)), LOW)))
    points += [(front - 0.25, LOW), (front, LOW + 0.15), (front - rake, height), (-front, height)]
    return points


def _door_places(front: float, axles: list[float], count: str) -> list[float]:
    middle = (axles[0] + axles[1]) / 2
    places = [front - 1.05, middle + 0.2]
    return [*places, -front + 1.5] if count == "3" else places


def _doors_width(number: int) -> float:
    return 1.2 if number else 1.15


def _glass(
    params: Mapping[str, Any], front: float, half: float, belt: float, top: float, axles: list[float], doors: list[float],
    door_side: float, rake: float, height: float,
) -> Mesh:  # fmt: skip
    """Band of windows on both sides, glazed doors, windscreen, rear window."""
    plates = []
    for side in (-1.0, 1.0):
        cuts = [-front + 0.35]
        if side == door_side:
            for number in reversed(range(len(doors))):
                wide = _doors_width(number) / 2 + 0.05
                cuts += [doors[number] - wide, doors[number] + wide]
        cuts.append(front - 0.42)
        for start, end in zip(cuts[::2], cuts[1::2], strict=True):
            if end - start > 0.25:
                corners = [(start, belt), (end, belt), (end, top), (start, top)]
                plates.append(_on_side(rounded_outline(corners, 0.08), side, half, 0.006))
    for number, x in enumerate(doors):
        wide = _doors_width(number)
        for leaf in (-1, 1):
            a, b = sorted((x + leaf * 0.04, x + leaf * (wide / 2 - 0.07)))
            corners = [(a, LOW + 0.18), (b, LOW + 0.18), (b, top - 0.06), (a, top - 0.06)]
            plates.append(_on_side(rounded_outline(corners, 0.05), door_side, half, 0.012))
    low = 0.98 if str(params["front"]) == "deep" else 1.15
    screen = [(-half + 0.12, low), (half - 0.12, low), (half - 0.14, height - 0.14), (-half + 0.14, height - 0.14)]
    plates.append(_leaned(front_plate(rounded_outline(screen, 0.14), -0.02, 0.008), front, rake, height))
    rear = [(-half + 0.30, belt + 0.05), (half - 0.30, belt + 0.05), (half - 0.30, top), (-half + 0.30, top)]
    plates.append(front_plate(rounded_outline(rear, 0.1), -front - 0.006, -front + 0.02))
    return join(plates)


def _on_side(outline: Floats, side: float, half: float, out: float) -> Mesh:
    return side_plate(outline, half - 0.012, half + out) if side > 0 else side_plate(outline, -half - out, 0.012 - half)


def _leaned(mesh: Mesh, front: float, rake: float, height: float) -> Mesh:
    """A plate across x = 0 put against the raked front."""
    x, y, z = mesh.positions_n3.T
    slope = rake / (height - LOW - 0.15)
    moved = np.stack([x + front - slope * (z - LOW - 0.15), y, z], axis=1)
    normals = mesh.normals_n3 + np.outer(mesh.normals_n3[:, 0], [0.0, 0.0, slope])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return Mesh(moved, normals, mesh.uvs_n2, mesh.triangles_m3)


def _door_frames(doors: list[float], side: float, half: float, top: float) -> Mesh:
    items = []
    for number, x in enumerate(doors):
        wide = _doors_width(number)
        tall, middle = top - LOW - 0.06, (top + LOW) / 2 + 0.03
        items += [((0.06, 0.03, tall), (x + at, side * (half - 0.005), middle)) for at in (-wide / 2, 0.0, wide / 2)]
        items += [((wide, 0.03, 0.08), (x, side * (half - 0.005), z)) for z in (LOW + 0.09, top - 0.01)]
        items += [((0.03, 0.05, 0.8), (x + at, side * (half + 0.03), 1.25)) for at in (-0.10, 0.10)]
    return blocks(items, 0.008)


def _pillars(front: float, half: float, belt: float, top: float) -> Mesh:
    """Narrow bars between the panes, and the hinged upper panes."""
    xs = np.arange(-front + 1.75, front - 1.2, 1.42)
    items = []
    for side in (-1, 1):
        items += [((0.035, 0.02, top - belt), (float(x), side * (half + 0.001), (top + belt) / 2)) for x in xs]
        items += [((1.0, 0.02, 0.025), (float(x) + 0.71, side * (half + 0.001), top - 0.30)) for x in xs[:-1:2]]
    return blocks(items, 0.0)


def _bumpers(front: float, half: float) -> Mesh:
    items = [((0.14, 2 * half - 0.06, 0.30), (front - 0.02, 0.0, 0.50)), ((0.12, 2 * half - 0.06, 0.24), (-front + 0.045, 0.0, 0.50)),
             ((0.02, 1.3, 0.5), (-front + 0.0, 0.0, 1.1))]  # fmt: skip
    floor = [((2 * front - 0.8, 2 * half - 0.75, 0.2), (0.0, 0.0, 0.42))]
    wipers = rods(
        np.array([[front + 0.0, -0.5, 1.12], [front + 0.0, 0.25, 1.12]]),
        np.array([[front - 0.02, 0.15, 1.40], [front - 0.02, 0.9, 1.40]]),
        0.014,
        5,
    )
    return join([blocks(items, 0.03), blocks(floor, 0.0), wipers])


def _mirrors(front: float, half: float, top: float) -> Mesh:
    """Mirrors hang from arms ahead of the screen, as on most city buses."""
    items = []
    starts, ends = [], []
    for side in (-1, 1):
        x, y = front + 0.10, side * (half + 0.16)
        items.append(((0.10, 0.20, 0.42), (x, y, top - 0.55)))
        starts += [[front - 0.25, side * (half - 0.12), top + 0.12], [x, y, top + 0.05]]
        ends += [[x, y, top + 0.05], [x, y, top - 0.40]]
    return join([blocks(items, 0.035), rods(np.array(starts), np.array(ends), 0.022, 6)])


def _skirts(axles: list[float], front: float, half: float, doors: list[float], side: float) -> Mesh:
    """A band of a second colour along the foot of the sides."""
    items = []
    for sign in (-1.0, 1.0):
        cuts = sorted(
            [-front + 0.32, axles[1] - ARCH - 0.04, axles[1] + ARCH + 0.04, axles[0] - ARCH - 0.04, axles[0] + ARCH + 0.04,
             front - 0.28] + ([d + e for n, d in enumerate(doors) for e in (-_doors_width(n) / 2 - 0.05, _doors_width(n) / 2 + 0.05)] if sign == side else [])
        )  # fmt: skip
        for a, b in zip(cuts, cuts[1:], strict=False):
            middle = (a + b) / 2
            blocked = any(abs(middle - x) < ARCH for x in axles)
            blocked |= sign == side and any(abs(middle - x) < _doors_width(n) / 2 for n, x in enumerate(doors))
            if not blocked and b - a > 0.1:
                items.append(((b - a, 0.03, 0.36), (middle, sign * (half - 0.005), LOW + 0.20)))
    return blocks(items, 0.008)


def _roof_units(params: Mapping[str, Any], height: float, half: float) -> Mesh:
    """Air conditioning, batteries or gas tanks under hoods on the roof."""
    length = float(params["length_m"])
    kind = str(params["roof"])
    spots = {
        "plain": [(0.1, 1.4, 0.14)],
        "air": [(0.12, 2.4, 0.24), (-0.28, 1.8, 0.2)],
        "battery": [(0.0, 0.62 * length, 0.32)],
    }[kind]
    return blocks(
        [
            ((wide, 1.45 * half, tall + 0.05), (share * length, 0.0, height + tall / 2 - 0.025))
            for share, wide, tall in spots
        ],
        0.07,
    )


def _signs(front: float, half: float, top: float, rake: float, height: float, side: float) -> Mesh:
    """Destination signs: over the windscreen and beside the front door, and behind."""
    wide, tall, z = 1.7, 0.27, height - 0.33
    slope = rake / (height - LOW - 0.15)
    x = front - slope * (z - LOW - 0.15) + 0.014
    corners = [
        [x, y, z + dz]
        for y, dz in ((-wide / 2, -tall / 2), (wide / 2, -tall / 2), (wide / 2, tall / 2), (-wide / 2, tall / 2))
    ]
    sheet_x = [[row[0] - slope * (row[2] - z), row[1], row[2]] for row in corners]
    back = [[-front - 0.012, -y * 0.5, zz] for _, y, zz in corners]
    at, zz, w, h = front - 2.35, top - 0.15, 1.1, 0.17
    flank = [
        [at - side * dx, side * (half + 0.012), zz + dz]
        for dx, dz in ((-w / 2, -h / 2), (w / 2, -h / 2), (w / 2, h / 2), (-w / 2, h / 2))
    ]
    sheets = np.array([sheet_x, back, flank])
    uv = np.array([[0, 1], [1, 1], [1, 0], [0, 0]], np.float64)
    normals = np.array([[1, 0, slope], [-1, 0, 0], [0, side, 0]], np.float64)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    triangles = np.concatenate([[[4 * k, 4 * k + 1, 4 * k + 2], [4 * k, 4 * k + 2, 4 * k + 3]] for k in range(3)])
    return Mesh(sheets.reshape(-1, 3), np.repeat(normals, 4, axis=0), np.tile(uv, (3, 1)), triangles.astype(np.int64))


def _materials(params: Mapping[str, Any]) -> dict[str, Material]:
    seed, dirt, lights = int(params["wear_seed"]), float(params["dirt"]), str(params["lit"])
    return {
        "paint": coach_paint("paint", rgb(params["colour"]), seed, dirt),
        "skirt": coach_paint("skirt", rgb(params["second_colour"]), seed, dirt),
        "window": glass_material(),
        "trim": trim_material(shade=0.02),
        "head_lamp": head_lamp_material("projector", lights),
        "tail_lamp": tail_lamp_material("banded", lights),
        "plate": plate_material(int(params["plate_seed"]), "white"),
        "sign": sign_material(int(params["line"]), lights != "off"),
        "print": name_material(int(params["design"])),
        "tyre": tyre_material(dirt, seed),
        "rim": Material(name="rim", base_colour=opaque((0.30, 0.30, 0.31)), metallic=0.6, roughness=0.5),
    }


BUS = ProceduralAsset(
    name="bus",
    kind="model",
    category="bus",
    tags=("street", "vehicle", "road", "motor", "public_transport", "outdoor"),
    size_m=11.5,
    description="A city bus with low floor, two or three doors, destination signs and units on the roof.",
    parameters={
        "length_m": Number(9.0, 13.2, 12.0, "m"),
        "height_m": Number(2.85, 3.15, 2.95, "m"),
        "width_m": Number(2.45, 2.55, 2.55, "m"),
        "belt_m": Number(1.15, 1.45, 1.3, "m"),
        "rake_m": Number(0.06, 0.36, 0.16, "m"),
        "doors": Choice(("2", "3"), "3", (0.45, 0.55)),
        "traffic": Choice(("right", "left"), "right", (0.75, 0.25)),
        "front": Choice(("deep", "high"), "deep", (0.6, 0.4)),
        "roof": Choice(("plain", "air", "battery"), "air", (0.3, 0.4, 0.3)),
        "colour": Colour(
            (
                (0.45, 0.015, 0.015), (0.68, 0.68, 0.66), (0.02, 0.09, 0.35), (0.70, 0.45, 0.02), (0.02, 0.22, 0.10),
                (0.03, 0.28, 0.45), (0.30, 0.42, 0.06), (0.62, 0.17, 0.01), (0.45, 0.42, 0.34),
            ), 0.12,
        ),
        "second_colour": Colour(((0.03, 0.03, 0.035), (0.65, 0.65, 0.63), (0.02, 0.07, 0.28), (0.10, 0.10, 0.11)), 0.1),
        "advert": Choice(("no", "yes"), "no", (0.65, 0.35)),
        "design": Integer(0, DESIGNS - 1, 0),
        "line": Integer(0, 11, 0),
        "lit": Choice(LIGHTS, "off", (0.5, 0.3, 0.2)),
        "plate_seed": Integer(0, 15, 3),
        "dirt": Number(0.0, 0.8, 0.25),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("paint", "skirt", "window", "trim", "head_lamp", "tail_lamp", "plate", "sign", "print", "tyre", "rim"),
    keypoints=(
        "front_left_wheel", "front_right_wheel", "rear_left_wheel", "rear_right_wheel", "front_centre", "rear_centre",
        "roof_centre", "front_door", "left_head_lamp", "right_head_lamp", "left_tail_lamp", "right_tail_lamp",
    ),
)  # fmt: skip

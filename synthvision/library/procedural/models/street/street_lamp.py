"""Street lamps: bent and straight arms with flat heads, post-top heads, globes, and cast-iron lanterns."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.models.street.finishes import (
    foot_plate,
    galvanised,
    lamp_material,
    lathe,
    over_height,
    painted_steel,
)
from synthvision.library.procedural.shapes.boxes import bevelled_boxes, rounded_box
from synthvision.library.procedural.shapes.deformation import deformed
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join, turn_about
from synthvision.library.procedural.shapes.quads import quad_mesh
from synthvision.library.procedural.shapes.rods import bent_path, rods, tube_along

__all__ = ["STREET_LAMP"]

LUMINANCE_CD_M2 = 9000.0
"""Of a diffuser; the whole head then gives some thousand lumens."""

WARM, COOL = (0.95, 0.78, 0.5), (0.85, 0.88, 0.86)
ARM_STYLES = ("bent", "straight", "double")


def _build(params: Mapping[str, Any]) -> Model:
    style = str(params["style"])
    height = float(params["height_m"])
    if style in ("globe", "lantern"):
        height = 0.42 * height + 1.0
    radius = 0.0045 * height + 0.035
    if style == "lantern":
        metal, glass, lamp = _lantern(params, height, radius)
    elif style == "globe":
        metal, glass, lamp = _globe(params, height, radius)
    elif style == "post_top":
        metal, glass, lamp = _post_top(params, height, radius)
    else:
        metal, glass, lamp = _armed(params, style, height, radius)
    # A lamp on one arm reaches out to the front: the origin lies under the arm, inside the outline of the whole.
    shift = -0.3 * lamp[0] if style in ("bent", "straight") else 0.0
    top = max(float(mesh.positions_n3[:, 2].max()) for mesh in (*metal, *glass))
    place = (shift, 0.0, 0.0)
    lit = str(params["lit"]) == "on"
    tone = WARM if str(params["light"]) == "warm" else COOL
    pieces = [
        (over_height(join(metal).moved(place), top, 0.8), _finish(params, style)),
        (join(glass).moved(place), lamp_material("diffuser", tone, LUMINANCE_CD_M2 if lit else 0.0)),
        (over_height(foot_plate(5.2 * radius).moved(place), top, 0.8), galvanised("base", int(params["wear_seed"]))),
    ]
    return assembled(
        "street_lamp",
        params,
        pieces,
        attributes={"style": style, "lit": str(params["lit"])},
        keypoints={"base": place, "top": (shift, 0.0, top), "lamp": (lamp[0] + shift, lamp[1], lamp[2])},
    )


def _finish(params: Mapping[str, Any], style: str) -> Material:
    seed = int(params["wear_seed"])
    colour = rgb(params["colour"])
    if str(params["finish"]) == "zinc" and style not in ("lantern", "globe"):
        return galvanised("post", seed)
    return painted_steel("post", (colour, seed, float(params["dirt"]), 0.35))


def _pole(height: float, radius: float, *, thin: float = 0.55) -> list[Mesh]:
    """A tapered pole on a thicker sleeve with a small door for the fuses."""
    sleeve = 0.16 * height + 0.2
    wide = 1.32 * radius
    outline = [
        (0.0, 0.01),
        (wide, 0.01),
        (wide, sleeve),
        (radius, sleeve + 0.05),
        (thin * radius, height),
        (0.0, height),
    ]
    door = rounded_box((0.02, 1.1 * radius, 0.34), 0.006, 2).moved((-wide, 0.0, 0.55))
    collar = lathe([(0.0, 0.0), (1.55 * wide, 0.0), (1.5 * wide, 0.07), (wide, 0.1), (0.0, 0.1)], 0.006, 20)
    return [lathe(outline, [0, 0.004, 0.01, 0.02, 0.004, 0], 20), door, collar]


def _armed(
    params: Mapping[str, Any], style: str, height: float, radius: float
) -> tuple[list[Mesh], list[Mesh], tuple[float, float, float]]:
    """One or two arms with flat heads."""
    reach = float(params["arm_m"])
    rise = 0.0 if style == "straight" else (0.28 + 0.25 * float(params["arm_rise"])) * reach
    metal, glass = _pole(height, radius), []
    sides = (1.0, -1.0) if style == "double" else (1.0,)
    lamp = (0.0, 0.0, 0.0)
    for side in sides:
        if style == "straight":
            corners = [(0.0, 0.0, height - 0.12), (side * reach, 0.0, height - 0.12 + 0.09 * reach)]
            path: Floats = np.array(corners)
            metal.append(
                lathe([(0, 0), (0.7 * radius, 0), (0.7 * radius, 0.06), (0, 0.1)], 0.01, 14).moved((0, 0, height))
            )
            end_slope = 0.09
        else:
            corners = [
                (0.0, 0.0, height - 0.1),
                (0.05 * side * reach, 0.0, height + rise),
                (side * reach, 0.0, height + rise),
            ]
            path = bent_path([*corners[:1], corners[1], corners[2]], 0.85 * reach, 9)
            end_slope = 0.03
        count = len(path)
        metal.append(tube_along(path, 0.62 * radius, 12, scale_k=np.linspace(1.0, 0.72, count)))
        shell, lens = _flat_head(str(params["head"]), 0.55 + 0.05 * reach)
        turn = turn_about("z", 0.0 if side > 0 else np.pi) @ turn_about("y", -end_slope)
        end = path[-1] - [side * 0.12, 0.0, 0.0]
        metal.append(shell.turned(turn).moved(end))
        glass.append(lens.turned(turn).moved(end))
        if side > 0:
            x, _, z = glass[-1].positions_n3.mean(axis=0)
            lamp = (float(x), 0.0, float(z))
    return metal, glass, lamp


def _flat_head(head: str, length: float) -> tuple[Mesh, Mesh]:
    """A head that starts at the origin and points to +x: a thin slab of light diodes, or a bulbous old one."""
    if head == "slab":
        body = rounded_box((length, 0.27, 0.07), 0.025, 3, 4).moved((length / 2, 0.0, 0.0))
        body = deformed(
            body,
            lambda p: (
                p * np.stack([0 * p[:, 0] + 1, 0.62 + 0.38 * np.clip(p[:, 0] / 0.25, 0, 1), 1 + 0 * p[:, 0]], axis=1)
            ),
        )
        fins = [
            rounded_box((0.4 * length, 0.006, 0.035), 0.0025, 1).moved((0.42 * length, y, 0.045))
            for y in np.linspace(-0.08, 0.08, 7)
        ]
        lens = bevelled_boxes(np.array([(0.55 * length, 0.2, 0.016)]), np.array([(0.62 * length, 0.0, -0.034)]), 0.004)
        return join([body, *fins]), lens

    def egg(points: Floats) -> Floats:
        share = np.clip(points[:, 0] / length, 0.0, 1.0)
        width = 0.45 + 0.75 * np.sin(np.pi * np.clip(share, 0, 1) ** 0.8) ** 0.8
        return points * np.stack([np.ones_like(share), width, width], axis=1)

    body = deformed(rounded_box((length, 0.24, 0.12), 0.055, 3, 5).moved((length / 2, 0.0, 0.02)), egg)
    bowl = deformed(rounded_box((0.55 * length, 0.2, 0.13), 0.06, 3, 2).moved((0.6 * length, 0.0, -0.045)), egg)
    return body, bowl


def _post_top(
    params: Mapping[str, Any], height: float, radius: float
) -> tuple[list[Mesh], list[Mesh], tuple[float, float, float]]:
    """A disc that floats over the pole on thin bars, with light from below it."""
    wide = 0.22 + 0.1 * float(params["arm_rise"])
    top = height + 0.32
    plate = [
        (0.0, top),
        (0.9 * wide, top),
        (wide, top + 0.02),
        (wide, top + 0.05),
        (0.25 * wide, top + 0.11),
        (0, top + 0.12),
    ]
    angle = np.arange(3) * 2 * np.pi / 3
    ring = np.stack([np.cos(angle), np.sin(angle), np.zeros(3)], axis=1)
    bars = rods(ring * 0.5 * radius + [0, 0, height - 0.02], ring * 0.72 * wide + [0, 0, top + 0.01], 0.009, 6)
    lens = lathe(
        [(0.0, top - 0.035), (0.62 * wide, top - 0.035), (0.7 * wide, top + 0.01), (0.0, top + 0.01)], 0.01, 24
    )
    cup = lathe(
        [(0, height - 0.1), (0.8 * radius, height - 0.1), (1.2 * radius, height), (0, height + 0.02)], 0.006, 18
    )
    return [*_pole(height, radius), lathe(plate, 0.006, 28), bars, cup], [lens], (0.0, 0.0, top - 0.02)


def _globe(
    params: Mapping[str, Any], height: float, radius: float
) -> tuple[list[Mesh], list[Mesh], tuple[float, float, float]]:
    """Milky balls on a slim pole: one on top, or two to four around it."""
    ball = 0.17 + 0.05 * float(params["arm_rise"])
    metal, glass = _pole(height, radius, thin=0.6), []
    angle = np.linspace(-np.pi / 2, np.pi / 2, 12)
    sphere = lathe([(float(max(np.cos(a), 0.0)) * ball, float(np.sin(a)) * ball) for a in angle], 0.0, 20)
    sphere = Mesh(sphere.positions_n3, sphere.positions_n3 / ball, sphere.uvs_n2, sphere.triangles_m3)
    cup = lathe([(0, -0.08), (0.04, -0.08), (0.09, 0.0), (0.1, 0.035), (0, 0.035)], 0.008, 16)
    places = [(0.0, 0.0, height + 0.06)]
    if str(params["head"]) == "bulb":
        count = 2 + int(params["wear_seed"]) % 3
        for k in range(count):
            a = 2 * np.pi * k / count
            out = np.array([np.cos(a), np.sin(a), 0.0])
            corners = np.array(
                [[0, 0, height - 0.5], 0.5 * out + [0, 0, height - 0.5], 0.5 * out + [0, 0, height - 0.32]]
            )
            metal.append(tube_along(bent_path(corners, 0.2, 5), 0.022, 8))
            places.append((0.5 * np.cos(a), 0.5 * np.sin(a), height - 0.3))
    for x, y, z in places:
        metal.append(cup.moved((x, y, z)))
        glass.append(sphere.moved((x, y, z + 0.88 * ball)))
    return metal, glass, (0.0, 0.0, height + 0.06 + 0.88 * ball)


def _lantern(
    params: Mapping[str, Any], height: float, radius: float
) -> tuple[list[Mesh], list[Mesh], tuple[float, float, float]]:
    """A cast-iron post with rings and a four-sided lantern."""
    r = 1.05 * radius
    outline = [
        (0.0, 0.0), (3.0 * r, 0.0), (3.0 * r, 0.1), (2.2 * r, 0.16), (2.1 * r, 0.5), (2.5 * r, 0.54), (2.4 * r, 0.6),
        (1.35 * r, 0.72), (1.1 * r, 0.95), (1.5 * r, 0.98), (1.5 * r, 1.03), (r, 1.08),
        (0.72 * r, height - 0.45), (1.15 * r, height - 0.42), (1.15 * r, height - 0.36), (0.7 * r, height - 0.32),
        (0.6 * r, height - 0.04), (1.5 * r, height), (0.0, height + 0.01),
    ]  # fmt: skip
    metal = [lathe(outline, 0.012, 20)]
    bar = 0.3
    ladder: Floats = np.array([[0.0, -bar, height - 0.36], [0.0, bar, height - 0.36]])
    metal.append(rods(ladder[:1], ladder[1:], 0.014, 8))
    tall, low, wide = 0.42 + 0.1 * float(params["arm_rise"]), 0.1, 0.2
    base, top = height + 0.03, height + 0.03 + tall
    corners = np.array([(a, b) for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))], np.float64)
    feet = np.concatenate([corners * low, np.full((4, 1), base)], axis=1)
    heads = np.concatenate([corners * wide, np.full((4, 1), top)], axis=1)
    edges = rods(
        np.concatenate([feet, heads, feet]),
        np.concatenate([heads, np.roll(heads, -1, axis=0), np.roll(feet, -1, axis=0)]),
        0.011,
        6,
    )
    turn = turn_about("z", np.pi / 4)
    roof = [
        (0.0, top),
        (1.5 * wide, top),
        (1.52 * wide, top + 0.02),
        (0.7 * wide, top + 0.13),
        (0.55 * wide, top + 0.14),
    ]
    roof += [(0.5 * wide, top + 0.22), (0.15 * wide, top + 0.28), (0.0, top + 0.3)]
    cap = _four_sided(roof).turned(turn)
    finial = lathe([(0, 0), (0.02, 0.0), (0.012, 0.03), (0.03, 0.06), (0.0, 0.13)], 0.006, 10).moved((0, 0, top + 0.27))
    floor = _four_sided([(0.0, base - 0.03), (1.5 * low, base - 0.03), (1.5 * low, base + 0.01), (0.0, base + 0.01)])
    pane = _four_sided([(0, base + 0.005), (1.36 * low, base + 0.005), (1.36 * wide, top - 0.01), (0, top - 0.01)])
    metal += [edges, cap, finial, floor.turned(turn)]
    return metal, [pane.turned(turn)], (0.0, 0.0, base + 0.5 * tall)


def _four_sided(outline: list[tuple[float, float]]) -> Mesh:
    """A pyramid-like solid with four flat sides, from its outline along a diagonal."""
    quads = []
    for (r0, z0), (r1, z1) in pairwise(outline):
        for k in range(4):
            a, b = k * np.pi / 2, (k + 1) * np.pi / 2
            quads.append(
                [
                    (r0 * np.cos(a), r0 * np.sin(a), z0),
                    (r0 * np.cos(b), r0 * np.sin(b), z0),
                    (r1 * np.cos(b), r1 * np.sin(b), z1),
                    (r1 * np.cos(a), r1 * np.sin(a), z1),
                ]
            )
    return quad_mesh(np.array(quads)).without_slivers()


STREET_LAMP = ProceduralAsset(
    name="street_lamp",
    kind="model",
    category="street_lamp",
    tags=("street", "lamp", "light", "post", "outdoor", "city"),
    size_m=5.5,
    description="A street lamp on a tapered post: one or two arms, a post-top disc, globes, or an iron lantern.",
    parameters={
        "style": Choice(("bent", "straight", "double", "post_top", "globe", "lantern"), "bent"),
        "height_m": Number(3.8, 9.0, 6.0, "m"),
        "arm_m": Number(0.8, 2.2, 1.3, "m"),
        "arm_rise": Number(0.0, 1.0, 0.4),
        "head": Choice(("slab", "bulb"), "slab"),
        "finish": Choice(("zinc", "paint"), "zinc"),
        "colour": Colour(((0.02, 0.022, 0.022), (0.02, 0.05, 0.035), (0.09, 0.095, 0.1), (0.025, 0.035, 0.06)), 0.1),
        "light": Choice(("warm", "cool"), "warm"),
        "lit": Choice(("off", "on"), "off", (0.8, 0.2)),
        "dirt": Number(0.0, 0.8, 0.3),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("post", "diffuser", "base"),
    keypoints=("base", "top", "lamp"),
)

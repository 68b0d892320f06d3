"""What lorries and trailers carry their load in: box, curtain sider, flatbed, tank."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from synthvision.library.procedural.models.vehicles.livery import name_boards
from synthvision.library.procedural.models.vehicles.slabs import blocks, drum
from synthvision.library.procedural.shapes.mesh import Mesh, join
from synthvision.library.procedural.shapes.rods import rods

__all__ = ["BODIES", "LoadBody", "load_body"]

BODIES = ("box", "curtain", "flatbed", "tank")
Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class LoadBody:
    """A finished body.

    Args:
        meshes: By material: box, print, trim, metal, wood.
        top_z: Its highest point on the middle line.
    """

    meshes: dict[str, Mesh]
    top_z: float


def load_body(params: Mapping[str, Any], span_x: Span, low_z: float, half_y: float) -> LoadBody:
    """Return the body that ``params["body"]`` names.

    Args:
        params: Also ``body_height_m`` and ``printed``.
        span_x: Rear and front end.
        low_z: Top of the frame that it stands on.
        half_y: Half its width.
    """
    makers: dict[str, Callable[[Mapping[str, Any], Span, float, float], LoadBody]] = {
        "box": _box,
        "curtain": _curtain,
        "flatbed": _flatbed,
        "tank": _tank,
    }
    return makers[str(params["body"])](params, span_x, low_z, half_y)


def _frame(span: Span, low: float, high: float, half: float) -> Mesh:
    """Metal edges of a box: corner posts, sills and rails, standing a little out."""
    middle, length = (span[0] + span[1]) / 2, span[1] - span[0]
    items = []
    for side in (-1, 1):
        y = side * (half - 0.02)
        items += [((length, 0.06, 0.10), (middle, y, low + 0.05)), ((length, 0.06, 0.08), (middle, y, high - 0.03))]
        items += [
            ((0.08, 0.07, high - low + 0.01), (x, y, (low + high) / 2)) for x in (span[0] + 0.035, span[1] - 0.035)
        ]
    items += [
        ((0.06, 2 * half, 0.09), (x, 0.0, z))
        for x in (span[0] + 0.02, span[1] - 0.02)
        for z in (low + 0.05, high - 0.03)
    ]
    return blocks(items, 0.0)


def _rear_doors(x: float, low: float, high: float, half: float) -> Mesh:
    """Gap, locking bars with their handles, hinges."""
    y = [-0.62 * half, -0.16 * half, 0.16 * half, 0.62 * half]
    bars = rods(
        np.array([[x - 0.035, at, low + 0.08] for at in y]),
        np.array([[x - 0.035, at, high - 0.08] for at in y]),
        0.018,
        6,
    )
    items = [((0.03, 0.02, high - low - 0.1), (x - 0.004, 0.0, (low + high) / 2))]
    items += [((0.03, 0.30, 0.05), (x - 0.05, at + 0.1, low + 0.75)) for at in y]
    items += [
        ((0.05, 0.10, 0.07), (x - 0.01, side * (half - 0.06), float(z)))
        for side in (-1, 1)
        for z in np.linspace(low + 0.3, high - 0.3, 4)
    ]
    return join([bars, blocks(items, 0.0)])


def _box(params: Mapping[str, Any], span: Span, low: float, half: float) -> LoadBody:
    high = low + float(params["body_height_m"])
    middle, length = (span[0] + span[1]) / 2, span[1] - span[0]
    meshes = {
        "box": blocks([((length - 0.02, 2 * half - 0.02, high - low), (middle, 0.0, (low + high) / 2))], 0.02),
        "metal": join([_frame(span, low, high, half), _rear_doors(span[0], low, high, half)]),
    }
    if str(params["printed"]) == "yes":
        tall = 0.62 * (high - low)
        meshes["print"] = name_boards(
            min(tall * 2.66, 0.86 * length), tall, (middle, (low + high) / 2 + 0.05), half - 0.003
        )
    return LoadBody(meshes, high)


def _curtain(params: Mapping[str, Any], span: Span, low: float, half: float) -> LoadBody:
    """Curtains hang in folds between the rails; straps with buckles hold them."""
    body = _box(dict(params) | {"printed": "no"}, span, low, half)
    high = body.top_z
    length = span[1] - span[0]
    count = max(int(length / 0.62), 4)
    xs = np.linspace(span[0] + 0.3, span[1] - 0.3, count)
    straps, folds = [], []
    for side in (-1, 1):
        straps += [((0.05, 0.012, high - low - 0.2), (float(x), side * (half + 0.004), (low + high) / 2)) for x in xs]
        straps += [((0.07, 0.03, 0.09), (float(x), side * (half + 0.006), low - 0.02)) for x in xs]
        folds += [
            ((0.16, 0.016, high - low - 0.16), (float(x), side * (half - 0.004), (low + high) / 2))
            for x in (xs[1:] + xs[:-1]) / 2
        ]
    body.meshes["trim"] = blocks(straps, 0.0)
    body.meshes["box"] = join([body.meshes["box"], blocks(folds, 0.0)])
    if str(params["printed"]) == "yes":
        tall = 0.5 * (high - low)
        body.meshes["print"] = name_boards(
            min(tall * 2.66, 0.7 * length), tall, ((span[0] + span[1]) / 2, (low + high) / 2), half + 0.014
        )
    return body


def _flatbed(params: Mapping[str, Any], span: Span, low: float, half: float) -> LoadBody:
    """A wooden deck with drop sides and a front wall; the sides' height follows the body height."""
    tall = 0.16 + 0.12 * float(params["body_height_m"])
    middle, length = (span[0] + span[1]) / 2, span[1] - span[0]
    deck = low + 0.12
    planks = 9
    width = 2 * half / planks
    wood = blocks(
        [((length - 0.1, width - 0.012, 0.05), (middle, (k - planks / 2 + 0.5) * width, deck)) for k in range(planks)],
        0.0,
    )
    walls, posts = [], []
    ribs = np.linspace(span[0] + 0.05, span[1] - 0.05, max(int(length / 1.3), 3) + 1)
    for side in (-1, 1):
        y = side * (half - 0.015)
        walls += [((length - 0.06, 0.03, tall / 3 - 0.012), (middle, y, deck + tall * (k + 0.5) / 3)) for k in range(3)]
        posts += [((0.07, 0.05, tall + 0.04), (float(x), y, deck + tall / 2)) for x in ribs]
    walls += [
        ((0.03, 2 * half - 0.06, tall / 3 - 0.012), (span[0] + 0.02, 0.0, deck + tall * (k + 0.5) / 3))
        for k in range(3)
    ]
    head = deck + (1.1 if str(params["printed"]) == "yes" else 0.75)
    walls.append(((0.05, 2 * half - 0.08, head - deck), (span[1] - 0.03, 0.0, (head + deck) / 2)))
    posts += [
        ((0.09, 0.07, head - deck + 0.06), (span[1] - 0.03, side * (half - 0.035), (head + deck) / 2))
        for side in (-1, 1)
    ]
    bearers = [((0.08, 2 * half - 0.1, 0.1), (float(x), 0.0, low + 0.04)) for x in ribs]
    return LoadBody({"wood": wood, "box": blocks(walls, 0.006), "metal": blocks([*posts, *bearers], 0.0)}, deck + 0.03)


def _tank(params: Mapping[str, Any], span: Span, low: float, half: float) -> LoadBody:
    """A drum on saddles with a walkway, hatches and a ladder."""
    radius = 0.42 * float(params["body_height_m"])
    middle, length = (span[0] + span[1]) / 2, span[1] - span[0]
    centre = low + radius + 0.08
    barrel = drum(radius, length - 0.5, 0.12, 24).moved((middle, 0.0, centre))
    squash = 1.12
    barrel = Mesh(
        barrel.positions_n3 * [1.0, squash, 1.0],
        barrel.normals_n3 * [1.0, 1 / squash, 1.0],
        barrel.uvs_n2,
        barrel.triangles_m3,
    )
    barrel = Mesh(
        barrel.positions_n3,
        barrel.normals_n3 / np.linalg.norm(barrel.normals_n3, axis=1, keepdims=True),
        barrel.uvs_n2,
        barrel.triangles_m3,
    )
    saddles = [
        ((0.16, 1.7 * radius, 0.42), (float(x), 0.0, low + 0.16)) for x in np.linspace(span[0] + 0.6, span[1] - 0.6, 3)
    ]
    top = centre + radius
    walk = [((length - 1.2, 0.6, 0.03), (middle, 0.0, top + 0.01))]
    hatches = [
        drum(0.24, 0.10, 0.02, 7)
        .turned(np.array([[0, 0, -1], [0, 1, 0], [1, 0, 0]], np.float64))
        .moved((float(x), 0.0, top + 0.08))
        for x in np.linspace(span[0] + 1.0, span[1] - 1.0, 2)
    ]
    x = span[0] + 0.04
    ladder = [((x, y, low + 0.1), (x, y, top + 0.55)) for y in (-0.2, 0.2)]
    ladder += [((x, -0.2, float(z)), (x, 0.2, float(z))) for z in np.linspace(low + 0.2, top + 0.4, 7)]
    ladder += [((span[0] + 0.04, y, top + 0.5), (span[1] - 0.4, y, top + 0.5)) for y in (-0.32,)]
    ladder += [
        ((float(at), -0.32, top - 0.03), (float(at), -0.32, top + 0.5))
        for at in np.linspace(span[0] + 0.6, span[1] - 0.5, 4)
    ]
    ends = np.array(ladder)
    metal = join([rods(ends[:, 0], ends[:, 1], 0.018, 5), blocks([*saddles, *walk], 0.01), *hatches])
    meshes = {"box": barrel, "metal": metal}
    if str(params["printed"]) == "yes":
        tall = 0.55 * radius
        meshes["print"] = name_boards(2.66 * tall, tall, (middle, centre + 0.05), squash * radius + 0.004)
    return LoadBody(meshes, top)

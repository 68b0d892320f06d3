"""Nuts with threaded holes: hexagon, flange, lock, cap and square nuts to ISO sizes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Integer, Number, ProceduralAsset, Symmetry
from synthvision.library.procedural.models.assembly import assembled
from synthvision.library.procedural.models.machine_parts.fasteners import ISO_SIZES, Metric, nut_body, threaded_hole
from synthvision.library.procedural.models.machine_parts.finishes import charted, lathed, plastic
from synthvision.library.procedural.models.machine_parts.placing import named_metal
from synthvision.library.procedural.shapes.drilled_plates import Rim, circle, edge, outline, ring_plate
from synthvision.library.procedural.shapes.mesh import Mesh, join
from synthvision.library.procedural.shapes.profiles import Profile, filleted

__all__ = ["NUT"]

SEGMENTS = 24


def _build(params: Mapping[str, Any]) -> Model:
    size = ISO_SIZES[str(params["size"])]
    style, seed, kind = str(params["style"]), int(params["wear_seed"]), str(params["material"])
    height = size.nut * float(params["height_ratio"])
    if style == "jam":
        height = 0.5 * size.major
    metal = named_metal("body", kind, "turned", seed)
    dark = named_metal("thread", kind, "turned", seed, rougher=0.08)
    if style == "square":
        body = _square(size, height)
        hole = threaded_hole(size, height, SEGMENTS)
    else:
        body, hole = nut_body(size, height, SEGMENTS)
    pieces: list[tuple[Mesh, Material]] = [(body, metal), (hole.tinted((0.7, 0.7, 0.7)), dark)]
    if style == "flange":
        pieces.append((lathed(_skirt(size), 32), metal))
    top = height
    if style == "lock":
        collar, ring = _collar(size, height)
        pieces += [(collar, metal), (ring, plastic("insert", (0.02, 0.07, 0.3) if seed % 2 else (0.75, 0.74, 0.7)))]
        top = height + 0.28 * size.major
    if style == "cap":
        pieces.append((lathed(_dome(size, height), 32), metal))
        top = height + 0.62 * size.major
    return assembled(
        "nut",
        params,
        pieces,
        attributes={"style": style, "size": str(params["size"]), "material": kind},
        keypoints={"top_centre": (0.0, 0.0, top), "base_centre": (0.0, 0.0, 0.0)},
    )


def _square(size: Metric, height: float) -> Mesh:
    """A square block (DIN 557) without a hole's wall."""
    half = size.flats / 2
    ring = outline([(half, -half), (half, half), (-half, half), (-half, -half)], 0.12 * half)
    wall, faces, _ = ring_plate(
        Rim(ring, edge(0.0, height, 0.03 * size.major)),
        Rim(circle(0.52 * size.major, SEGMENTS), edge(0.0, height, 0.0)),
    )
    return charted(join([wall, faces]))


def _skirt(size: Metric) -> Profile:
    """Flange around the foot (ISO 4161), a ring that goes into the hexagon."""
    d = size.major
    inner, outer = 0.6 * d, 1.12 * d
    return filleted(
        [
            (inner, 0.2 * d),
            (inner, 0.0),
            (outer, 0.0),
            (outer, 0.1 * d),
            (0.82 * d, 0.26 * d),
            (inner, 0.3 * d),
            (inner, 0.2 * d),
        ],
        [0.0, 0.0, 0.02 * d, 0.04 * d, 0.1 * d, 0.0, 0.0],
        step_rad=0.5,
    )


def _collar(size: Metric, height: float) -> tuple[Mesh, Mesh]:
    """Collar of a lock nut (ISO 7040) and the nylon ring in it."""
    d = size.major
    low, high = height - 0.1 * d, height + 0.28 * d
    collar = filleted(
        [
            (0.66 * d, low),
            (0.78 * d, low),
            (0.78 * d, high),
            (0.62 * d, high),
            (0.62 * d, high - 0.05 * d),
            (0.66 * d, low),
        ],
        [0.0, 0.0, 0.12 * d, 0.02 * d, 0.0, 0.0],
        step_rad=0.5,
    )
    ring = filleted(
        [(0.46 * d, low), (0.66 * d, low), (0.64 * d, high - 0.06 * d), (0.46 * d, high - 0.06 * d), (0.46 * d, low)],
        [0.0, 0.0, 0.0, 0.03 * d, 0.0],
        step_rad=0.5,
    )
    return lathed(collar, 32), lathed(ring, 32)


def _dome(size: Metric, height: float) -> Profile:
    """Dome of a cap nut (DIN 1587)."""
    d = size.major
    angle = np.linspace(0.0, np.pi / 2, 7)
    radius = 0.45 * size.flats
    arc = [(radius * np.cos(a), height + 0.62 * d * np.sin(a)) for a in angle[:-1]]
    points = [(0.0, height - 0.05 * d), (radius, height - 0.05 * d), *arc, (0.0, height + 0.62 * d)]
    return filleted(points, [0.0, 0.0, *([0.3 * d] * len(arc)), 0.0], step_rad=0.5)


NUT = ProceduralAsset(
    name="nut",
    kind="model",
    category="nut",
    tags=("part", "inspection", "fastener", "machine", "metal", "factory"),
    size_m=0.018,
    description="A metric nut with a threaded hole: hexagon, thin, flange, lock with nylon ring, cap or square.",
    parameters={
        "size": Choice(("M5", "M6", "M8", "M10", "M12", "M16", "M20"), "M10"),
        "style": Choice(("hex", "jam", "flange", "lock", "cap", "square"), "hex", (0.35, 0.1, 0.17, 0.18, 0.12, 0.08)),
        "height_ratio": Number(0.92, 1.12, 1.0),
        "material": Choice(
            ("zinc", "black_oxide", "stainless", "yellow_zinc", "brass"), "zinc", (0.35, 0.2, 0.2, 0.15, 0.1)
        ),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("body", "thread", "insert"),
    keypoints=("top_centre", "base_centre"),
    symmetry=(Symmetry((0.0, 0.0, 1.0), 2),),
)

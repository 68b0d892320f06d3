"""Pipe fittings: elbows of 90 and 45 degrees and tees, threaded, with plain sockets, or flanged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled
from synthvision.library.procedural.models.machine_parts.finishes import charted, metal, plastic
from synthvision.library.procedural.models.machine_parts.placing import (
    centred,
    laid_along_x,
    named_metal,
    socket_end,
)
from synthvision.library.procedural.shapes.drilled_plates import Rim, circle, drilled_plate, edge
from synthvision.library.procedural.shapes.mesh import Mesh, join, turn_about
from synthvision.library.procedural.shapes.profiles import Profile, filleted
from synthvision.library.procedural.shapes.rods import tube_along

__all__ = ["PIPE_ELBOW"]

SEGMENTS = 24
PITCHES_M = (0.00181, 0.00231)
"""14 threads per inch up to G 3/4, 11 from G 1 on (ISO 7-1)."""


def _build(params: Mapping[str, Any]) -> Model:
    ends, form = str(params["ends"]), str(params["form"])
    radius = float(params["bore_m"]) / 2 * 1.18
    seed = int(params["wear_seed"])
    bend = radius * float(params["bend_ratio"])
    angle = {"elbow_90": np.pi / 2, "elbow_45": np.pi / 4, "tee": np.pi / 2}[form]
    tube, places = _tee(radius, bend) if form == "tee" else _bent(radius, bend, angle)
    fitting, bored, extra = [charted(tube)], [], []
    for place, heading in places:
        (end, hole), flange = _end(ends, radius)
        turn = turn_about("z", heading) @ laid_along_x()
        fitting.append(end.turned(turn).moved(place))
        bored.append(hole.turned(turn).moved(place))
        if flange is not None:
            extra.append(flange.turned(turn).moved(place))
    body = _material(str(params["material"]), seed)
    pieces: list[tuple[Mesh, Material]] = [
        (join(fitting), body),
        (join(bored), _bore_material(str(params["material"]), seed)),
    ]
    if extra:
        pieces.append((join(extra), named_metal("flange", "steel", "milled", seed)))
    reach = 1.9 * radius
    marks = {
        f"opening_{k + 1}": (
            float(place[0] + reach * np.cos(heading)),
            float(place[1] + reach * np.sin(heading)),
            0.0,
        )
        for k, (place, heading) in enumerate(places[:2])
    }
    posed, points = centred(pieces, marks)
    return assembled(
        "pipe_elbow",
        params,
        posed,
        attributes={"form": form, "ends": ends, "material": str(params["material"])},
        keypoints=points,
    )


def _bent(radius: float, bend: float, angle: float) -> tuple[Mesh, list[tuple[tuple[float, float, float], float]]]:
    """A tube that comes in along -x and leaves to its left."""
    turn = np.linspace(0.0, angle, 11)
    arc = np.stack([bend * np.sin(turn), bend * (1 - np.cos(turn)), np.zeros_like(turn)], axis=1)
    last = arc[-1]
    out = np.array([np.cos(angle), np.sin(angle), 0.0])
    path = np.concatenate([[[-0.3 * radius, 0.0, 0.0]], arc, [last + 0.3 * radius * out]])
    tube = tube_along(path, radius, 24)
    return tube, [((0.0, 0.0, 0.0), np.pi), ((float(last[0]), float(last[1]), 0.0), angle)]


def _tee(radius: float, bend: float) -> tuple[Mesh, list[tuple[tuple[float, float, float], float]]]:
    run = tube_along(np.array([[-bend, 0, 0], [bend, 0, 0]], np.float64), radius, 24)
    branch = tube_along(np.array([[0, 0, 0], [0, bend, 0]], np.float64), 0.999 * radius, 24)
    half = 0.72 * bend
    return join([run, branch]), [((-half, 0.0, 0.0), np.pi), ((0.0, half, 0.0), np.pi / 2), ((half, 0.0, 0.0), 0.0)]


def _end(ends: str, radius: float) -> tuple[tuple[Mesh, Mesh], Mesh | None]:
    """Outside and hole of an end along +z from the middle of the bend's end, and its flange."""
    r, long = radius, 1.9 * radius
    if ends == "threaded":
        # A malleable fitting (EN 10242): the band at its mouth is thicker than its body.
        outside = _collar(
            [
                (0.0, 0.0),
                (1.02 * r, 0.0),
                (1.16 * r, 0.35 * r),
                (1.2 * r, 1.15 * r),
                (1.36 * r, 1.25 * r),
                (1.36 * r, long),
                (1.03 * r, long),
            ],
            [0.0, 0.0, 0.2 * r, 0.06 * r, 0.06 * r, 0.1 * r, 0.0],
        )
        return socket_end(outside, 0.98 * r, 1.25 * r, SEGMENTS, PITCHES_M[radius > 0.0125]), None
    if ends == "socket":
        outside = _collar(
            [
                (0.0, 0.0),
                (1.02 * r, 0.0),
                (1.02 * r, 0.35 * r),
                (1.22 * r, 0.5 * r),
                (1.22 * r, long),
                (1.04 * r, long),
            ],
            [0.0, 0.0, 0.06 * r, 0.08 * r, 0.07 * r, 0.0],
        )
        return socket_end(outside, 1.0 * r, 1.3 * r, SEGMENTS), None
    outside = _collar(
        [
            (0.0, 0.0),
            (1.02 * r, 0.0),
            (1.02 * r, long - 0.32 * r),
            (1.4 * r, long - 0.3 * r),
            (1.4 * r, long),
            (0.87 * r, long),
        ],
        [0.0, 0.0, 0.1 * r, 0.02 * r, 0.03 * r, 0.0],
    )
    low, high = long - 0.38 * r, long - 0.04 * r
    turns = np.arange(4) * np.pi / 2 + np.pi / 4
    section = edge(low, high, 0.05 * r)
    holes = [Rim(circle(0.2 * r, 14, (1.75 * r * np.cos(a), 1.75 * r * np.sin(a))), section) for a in turns]
    holes.append(Rim(circle(1.2 * r, 24), edge(low, high, 0.0)))
    disc, walls = drilled_plate(Rim(circle(2.15 * r, 40), section), holes)
    return socket_end(outside, 0.84 * r, 1.2 * r, SEGMENTS), charted(join([disc, *walls]))


def _collar(points: list[tuple[float, float]], radii: list[float]) -> Profile:
    return filleted(points, radii, step_rad=0.5)


def _bore_material(kind: str, seed: int) -> Material:
    """Threads and seats are cut after casting and not coated."""
    if kind.startswith("pvc"):
        return replace(_material(kind, seed + 1), name="bore")
    cut = {"galvanised": "steel", "black_iron": "steel", "copper": "brass"}.get(kind, kind)
    return named_metal("bore", cut, "turned", seed)


def _material(kind: str, seed: int) -> Material:
    if kind == "galvanised":
        return metal("body", (0.5, 0.52, 0.54), "cast", roughness=0.48, seed=seed, marks=0.15)
    if kind == "black_iron":
        return metal("body", (0.06, 0.058, 0.056), "cast", roughness=0.6, seed=seed, marks=0.3)
    if kind == "pvc_grey":
        return plastic("body", (0.14, 0.155, 0.17), roughness=0.4, seed=seed)
    if kind == "pvc_white":
        return plastic("body", (0.74, 0.74, 0.71), roughness=0.38, seed=seed)
    if kind == "copper":
        return metal("body", (0.72, 0.33, 0.2), "rolled", roughness=0.32, seed=seed)
    return named_metal("body", kind, "blasted", seed, marks=0.4)


PIPE_ELBOW = ProceduralAsset(
    name="pipe_elbow",
    kind="model",
    category="pipe_fitting",
    tags=("part", "inspection", "pipe", "plumbing", "machine", "metal", "factory"),
    size_m=0.08,
    description="A pipe fitting: an elbow of 90 or 45 degrees or a tee with threaded, plain or flanged ends.",
    parameters={
        "form": Choice(("elbow_90", "elbow_45", "tee"), "elbow_90", (0.6, 0.2, 0.2)),
        "ends": Choice(("threaded", "socket", "flanged"), "threaded", (0.5, 0.3, 0.2)),
        "bore_m": Number(0.015, 0.032, 0.022, "m"),
        "bend_ratio": Number(1.3, 2.2, 1.6),
        "material": Choice(
            ("galvanised", "brass", "stainless", "pvc_grey", "pvc_white", "copper", "black_iron"),
            "galvanised",
            (0.24, 0.18, 0.14, 0.14, 0.1, 0.1, 0.1),
        ),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("body", "bore", "flange"),
    keypoints=("opening_1", "opening_2"),
)

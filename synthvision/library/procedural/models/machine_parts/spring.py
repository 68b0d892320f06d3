"""Coil springs: compression springs with ground ends, conical ones, extension springs with hooks, torsion springs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.library.model import Model
from synthvision.library.parameters import Choice, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled
from synthvision.library.procedural.models.machine_parts.finishes import charted
from synthvision.library.procedural.models.machine_parts.placing import laid_along_x, named_metal, parted, turned_pose
from synthvision.library.procedural.shapes.mesh import Floats, Mesh
from synthvision.library.procedural.shapes.rods import tube_along

__all__ = ["SPRING"]

PER_TURN = 18
SECTIONS = 9


def _build(params: Mapping[str, Any]) -> Model:
    style = str(params["style"])
    radius = float(params["diameter_m"]) / 2
    wire = radius / float(params["index"])
    turns = int(params["turns"])
    gap = 1.0 + float(params["gap"])
    seed = int(params["wear_seed"])
    path = {"extension": _hooked, "torsion": _legged}.get(style, _open_coil)(radius, wire, turns, gap)
    if style == "conical":
        share = (path[:, 2] - path[0, 2]) / np.ptp(path[:, 2])
        path[:, :2] *= (1.0 - 0.5 * share)[:, None]
    coil = tube_along(path, wire, SECTIONS)
    if style in ("compression", "conical"):
        coil = _ground(coil, path, wire)
    body = named_metal("wire", str(params["material"]), "brushed", seed)
    low, high = float(path[:, 2].min()) - wire, float(path[:, 2].max()) + wire
    points = {"first_end": (0.0, 0.0, low), "other_end": (0.0, 0.0, high), "centre": (0.0, 0.0, (low + high) / 2)}
    lying = style in ("extension", "torsion") or str(params["pose"]) == "lying"
    ends, wound = parted(coil, _end_faces(coil, path, wire))
    bright = named_metal("end", "steel", "ground", seed)
    posed, marks = turned_pose(
        [(charted(wound), body), (charted(ends), bright)], points, laid_along_x() if lying else np.eye(3)
    )
    return assembled(
        "spring",
        params,
        posed,
        attributes={"style": style, "material": str(params["material"])},
        keypoints=marks,
    )


def _end_faces(coil: Mesh, path: Floats, wire: float) -> NDArray[np.bool_]:
    """The faces where the wire was cut, and where the ends were ground flat."""
    corners = coil.positions_n3[coil.triangles_m3]
    middle = corners.mean(axis=1)
    level = np.ptp(corners[..., 2], axis=1) < 1e-9
    low, high = coil.positions_n3[:, 2].min(), coil.positions_n3[:, 2].max()
    ground = level & ((middle[:, 2] < low + 1e-9) | (middle[:, 2] > high - 1e-9))
    cut = [np.linalg.norm(corners - tip, axis=2).max(axis=1) < 1.05 * wire for tip in path[[0, -1]]]
    return np.asarray(ground | cut[0] | cut[1])


def _helix(radius: float, turn_k: Floats, height_k: Floats) -> Floats:
    angle = 2 * np.pi * turn_k
    return np.stack([radius * np.cos(angle), radius * np.sin(angle), height_k], axis=1)


def _open_coil(radius: float, wire: float, turns: int, gap: float) -> Floats:
    """A coil whose first and last turn lie close."""
    turn = np.linspace(0.0, turns + 2.0, PER_TURN * (turns + 2) + 1)
    pitch = 2 * wire * (1.0 + gap)
    rate = np.where((turn < 1.0) | (turn > turns + 1.0), 2.06 * wire, pitch)
    rate = np.convolve(np.pad(rate, 4, mode="edge"), np.ones(9) / 9, mode="valid")
    step = np.diff(turn)
    height = np.concatenate([[0.0], np.cumsum(0.5 * (rate[1:] + rate[:-1]) * step)])
    return _helix(radius, turn, height)


def _hooked(radius: float, wire: float, turns: int, gap: float) -> Floats:
    """A closed coil with a round hook at each end, turned up into the axis."""
    count = turns + 5
    turn = np.linspace(0.0, count, PER_TURN * count + 1)
    coil = _helix(radius, turn, (2.04 + 0.05 * gap) * wire * turn)
    angle = np.linspace(0.0, 1.55 * np.pi, PER_TURN)[1:]
    size = 0.86 * radius
    # The hook stands over the coil: it leaves along the wire and comes back over the axis.
    rise, back = size * (1 - np.cos(angle)), size * np.sin(angle)
    top = coil[-1, 2] + 1.4 * wire
    hook = np.stack([radius * np.cos(np.linspace(0.0, np.pi / 2, len(angle))) ** 2, back, top + rise], axis=1)
    hook[:, 0] = np.maximum(hook[:, 0], 0.0)
    bottom = hook * [1.0, -1.0, -1.0]
    bottom[:, 2] += coil[0, 2] + coil[-1, 2]
    return np.concatenate([bottom[::-1], coil, hook])


def _legged(radius: float, wire: float, turns: int, gap: float) -> Floats:
    """A close coil with two straight legs."""
    count = min(turns, 7) + 0.35
    turn = np.linspace(0.0, count, int(PER_TURN * count) + 1)
    coil = _helix(radius, turn, (2.1 + 0.1 * gap) * wire * turn)
    reach = 2.6 * radius
    steps = np.linspace(0.12, 1.0, 6)[:, None] * reach

    def leg(end: Floats, angle: float, side: float) -> Floats:
        along = side * np.array([-np.sin(angle), np.cos(angle), 0.0])
        return np.asarray(end + steps * along, np.float64)

    return np.concatenate([leg(coil[0], 0.0, -1.0)[::-1], coil, leg(coil[-1], 2 * np.pi * count, 1.0)])


def _ground(coil: Mesh, path: Floats, wire: float) -> Mesh:
    """The ends cut flat, as they are ground."""
    low, high = float(path[0, 2]) - 0.35 * wire, float(path[-1, 2]) + 0.35 * wire
    places, normals = coil.positions_n3.copy(), coil.normals_n3.copy()
    for cut, side in ((places[:, 2] < low, -1.0), (places[:, 2] > high, 1.0)):
        places[cut, 2] = low if side < 0 else high
        normals[cut] = [0.0, 0.0, side]
    return Mesh(places, normals, coil.uvs_n2, coil.triangles_m3)


SPRING = ProceduralAsset(
    name="spring",
    kind="model",
    category="spring",
    tags=("part", "inspection", "machine", "metal", "factory", "coil"),
    size_m=0.05,
    description="A coil spring of round wire: compression, conical, extension with hooks, or torsion with legs.",
    parameters={
        "style": Choice(("compression", "conical", "extension", "torsion"), "compression", (0.45, 0.15, 0.25, 0.15)),
        "diameter_m": Number(0.012, 0.03, 0.018, "m"),
        "index": Number(6.0, 13.0, 8.0),
        "turns": Integer(5, 10, 7),
        "gap": Number(0.4, 1.8, 1.0),
        "pose": Choice(("upright", "lying"), "upright", (0.6, 0.4)),
        "material": Choice(("steel", "stainless", "black_oxide", "yellow_zinc"), "steel", (0.35, 0.3, 0.25, 0.1)),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("wire", "end"),
    keypoints=("first_end", "centre", "other_end"),
)

"""Washers: plain, wide, spring (split), toothed and domed, to ISO and DIN sizes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.library.model import Model
from synthvision.library.parameters import Choice, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled
from synthvision.library.procedural.models.machine_parts.fasteners import ISO_SIZES, Metric
from synthvision.library.procedural.models.machine_parts.finishes import calm_edges, charted, lathed
from synthvision.library.procedural.models.machine_parts.placing import named_metal, parted
from synthvision.library.procedural.shapes.deformation import deformed, shifted
from synthvision.library.procedural.shapes.drilled_plates import Rim, circle, edge, outline, ring_plate
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, grid_triangles, join
from synthvision.library.procedural.shapes.profiles import filleted, rounded_rectangle

__all__ = ["WASHER"]

SEGMENTS = 64


def _build(params: Mapping[str, Any]) -> Model:
    size = ISO_SIZES[str(params["size"])]
    style, seed, kind = str(params["style"]), int(params["wear_seed"]), str(params["material"])
    thick = size.washer_thick * float(params["thickness_ratio"])
    bore = 0.535 * size.major
    wear = float(params["wear"])
    makers = {
        "plain": lambda: _plain(bore, size.washer_out / 2, thick),
        # ISO 7093: three times the nominal diameter.
        "wide": lambda: _plain(bore, 1.5 * size.major, 1.2 * thick),
        "spring": lambda: _spring(size, bore),
        "toothed": lambda: _toothed(bore, 0.92 * size.major, 0.55 * thick),
        "square": lambda: _square(bore, 1.5 * size.major, 1.4 * thick),
        "domed": lambda: _domed(bore, size.washer_out / 2, 0.7 * thick),
    }
    body = makers[style]()
    metal = named_metal("body", kind, "rolled" if style != "spring" else "turned", seed, rougher=0.3 * wear)
    # Punching shears the edges, which are left rougher and brighter than the plated faces.
    sheared = np.abs(body.normals_n3[body.triangles_m3].mean(axis=1)[:, 2]) < 0.5
    walls, faces = parted(body, sheared)
    cut = named_metal("edge", kind if kind != "black_oxide" else "steel", "brushed", seed + 1, rougher=0.12)
    top = float(np.ptp(body.positions_n3[:, 2]))
    return assembled(
        "washer",
        params,
        [(faces, metal), (walls, cut)],
        attributes={"style": style, "size": str(params["size"]), "material": kind},
        keypoints={"top_centre": (0.0, 0.0, top), "base_centre": (0.0, 0.0, 0.0)},
    )


def _plain(bore: float, outer: float, thick: float) -> Mesh:
    """Punched: the lower edge round, the upper one with a small burr-free bevel."""
    bevel = 0.18 * thick
    return lathed(
        filleted(
            [(bore, 0.5 * thick), (bore, 0.0), (outer, 0.0), (outer, thick), (bore, thick), (bore, 0.5 * thick)],
            [0.0, 0.5 * bevel, 1.5 * bevel, bevel, 0.5 * bevel, 0.0],
            step_rad=0.6,
        ),
        SEGMENTS,
    )


def _square(bore: float, half: float, thick: float) -> Mesh:
    ring = outline([(half, -half), (half, half), (-half, half), (-half, -half)], 0.1 * half)
    bevel = 0.15 * thick
    pieces = ring_plate(Rim(ring, edge(0.0, thick, bevel)), Rim(circle(bore, SEGMENTS), edge(0.0, thick, bevel)))
    return charted(calm_edges(join(pieces)))


def _toothed(bore: float, outer: float, thick: float) -> Mesh:
    """Lock washer with outer teeth that are twisted (DIN 6797 A)."""
    teeth = 12
    per = 6
    angle = np.arange(teeth * per) * 2 * np.pi / (teeth * per)
    phase = np.arange(teeth * per) % per
    reach = np.where(phase < 3, outer, 0.8 * outer)
    ring = np.stack([reach * np.cos(angle), reach * np.sin(angle)], axis=1)
    pieces = ring_plate(
        Rim(ring, edge(0.0, thick, 0.15 * thick)), Rim(circle(bore, teeth * per), edge(0.0, thick, 0.15 * thick))
    )

    def twisted(points: Floats) -> Floats:
        radius, turn = np.hypot(points[:, 0], points[:, 1]), np.arctan2(points[:, 1], points[:, 0])
        share = np.clip((radius - 0.78 * outer) / (0.22 * outer), 0.0, 1.0)
        return shifted(points, z=0.09 * outer * share * np.sin(teeth * turn - 2 * np.pi * 1.0 / per))

    return charted(deformed(join(pieces), twisted, 1e-7))


def _domed(bore: float, outer: float, thick: float) -> Mesh:
    """Disc spring (DIN 2093): a flat cone."""
    rise = 0.22 * (outer - bore)
    bevel = 0.15 * thick
    return lathed(
        filleted(
            [
                (bore, rise + 0.5 * thick),
                (bore, rise),
                (outer, 0.0),
                (outer, thick),
                (bore, rise + thick),
                (bore, rise + 0.5 * thick),
            ],
            [0.0, bevel, bevel, bevel, bevel, 0.0],
            step_rad=0.6,
        ),
        SEGMENTS,
    )


def _spring(size: Metric, bore: float) -> Mesh:
    """Split ring whose ends stand apart (DIN 127 B)."""
    wide, thick = 0.26 * size.major, 0.2 * size.major
    outline_k = rounded_rectangle(wide, thick, 0.12 * thick, steps=2)
    steps = 48
    angle = np.linspace(0.06, 2 * np.pi - 0.04, steps + 1)
    rise = np.linspace(-0.5, 0.5, steps + 1) * 0.9 * thick
    radial = np.stack([np.cos(angle), np.sin(angle), np.zeros_like(angle)], axis=1)
    middle = radial * (bore + wide / 2) + np.stack([0 * angle, 0 * angle, rise], axis=1)
    up = np.array([0.0, 0.0, 1.0])
    section, facing = outline_k.points_k2, outline_k.normals_k2
    grid = middle[:, None] + section[None, :, :1] * radial[:, None] + section[None, :, 1:] * up
    normals = facing[None, :, :1] * radial[:, None] + facing[None, :, 1:] * up
    count = len(section)
    along = np.broadcast_to((angle * bore)[:, None], (steps + 1, count))
    uvs = np.stack([np.broadcast_to(outline_k.distance_k[None], along.shape), along], axis=-1)
    # Growing angle is against the cross of radial and up, so the grid is turned over.
    skin = Mesh(
        grid.reshape(-1, 3), normals.reshape(-1, 3), uvs.reshape(-1, 2), grid_triangles(steps + 1, count)[:, ::-1]
    )
    ends = [_end(grid[0], radial[0], -1.0), _end(grid[-1], radial[-1], 1.0)]
    return charted(join([skin, *ends]))


def _end(ring: Floats, radial: Floats, side: float) -> Mesh:
    """The cut face of a split ring."""
    facing = side * np.array([-radial[1], radial[0], 0.0])
    points = np.concatenate([ring[:-1].mean(axis=0, keepdims=True), ring[:-1]])
    count = len(ring) - 1
    index = np.arange(count)
    triangles = np.stack([np.zeros(count, np.int64), 1 + index, 1 + (index + 1) % count], axis=1)
    if np.cross(points[1] - points[0], points[2] - points[0]) @ facing < 0:
        triangles = triangles[:, ::-1]
    return Mesh(points, np.tile(facing, (count + 1, 1)), points[:, [0, 2]], triangles)


WASHER = ProceduralAsset(
    name="washer",
    kind="model",
    category="washer",
    tags=("part", "inspection", "fastener", "machine", "metal", "factory"),
    size_m=0.022,
    description="A metric washer: plain, wide, square, split spring, toothed or disc spring.",
    parameters={
        "size": Choice(("M5", "M6", "M8", "M10", "M12", "M16", "M20"), "M10"),
        "style": Choice(
            ("plain", "wide", "spring", "toothed", "square", "domed"), "plain", (0.35, 0.15, 0.2, 0.1, 0.1, 0.1)
        ),
        "thickness_ratio": Number(0.85, 1.2, 1.0),
        "wear": Number(0.0, 1.0, 0.3),
        "material": Choice(
            ("zinc", "black_oxide", "stainless", "yellow_zinc", "brass"), "zinc", (0.35, 0.15, 0.25, 0.15, 0.1)
        ),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("body", "edge"),
    keypoints=("top_centre", "base_centre"),
)

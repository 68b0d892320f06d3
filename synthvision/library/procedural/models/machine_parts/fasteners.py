"""Screws and nuts to ISO: sizes, heads with their drives, shanks and holes with real threads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from synthvision.library.procedural.models.machine_parts.finishes import charted, lathed
from synthvision.library.procedural.models.machine_parts.placing import parted
from synthvision.library.procedural.shapes.drilled_plates import Rim, circle, edge, ring_plate
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join
from synthvision.library.procedural.shapes.profiles import Profile, chain, filleted
from synthvision.library.procedural.shapes.threads import screw_thread, thread_depth

__all__ = ["ISO_SIZES", "Head", "Metric", "head_height", "hex_ring", "nut_body", "screw_head", "shank", "threaded_hole"]

Head = Literal["hex", "hex_flange", "socket", "button", "countersunk", "pan"]


@dataclass(frozen=True, slots=True)
class Metric:
    """Measures of one metric size, metres.

    Args:
        major: Nominal diameter.
        pitch: Coarse pitch (ISO 261).
        flats: Width across flats of hexagon heads and nuts (ISO 4014, ISO 4032).
        hex_head: Height of a hexagon head (ISO 4014).
        nut: Height of a nut of style 1 (ISO 4032).
        socket_key: Width across flats of the socket (ISO 4762).
        washer_out: Outer diameter of a plain washer (ISO 7089).
        washer_thick: Its thickness.
    """

    major: float
    pitch: float
    flats: float
    hex_head: float
    nut: float
    socket_key: float
    washer_out: float
    washer_thick: float


def _size(*millimetres: float) -> Metric:
    return Metric(*(value / 1000 for value in millimetres))


#: ISO 261, 4014, 4032, 4762 and 7089, in millimetres.
ISO_SIZES: dict[str, Metric] = {
    "M3": _size(3, 0.5, 5.5, 2.0, 2.4, 2.5, 7, 0.5),
    "M4": _size(4, 0.7, 7.0, 2.8, 3.2, 3.0, 9, 0.8),
    "M5": _size(5, 0.8, 8.0, 3.5, 4.7, 4.0, 10, 1.0),
    "M6": _size(6, 1.0, 10.0, 4.0, 5.2, 5.0, 12, 1.6),
    "M8": _size(8, 1.25, 13.0, 5.3, 6.8, 6.0, 16, 1.6),
    "M10": _size(10, 1.5, 16.0, 6.4, 8.4, 8.0, 20, 2.0),
    "M12": _size(12, 1.75, 18.0, 7.5, 10.8, 10.0, 24, 2.5),
    "M16": _size(16, 2.0, 24.0, 10.0, 14.8, 14.0, 30, 3.0),
    "M20": _size(20, 2.5, 30.0, 12.5, 18.0, 17.0, 37, 3.0),
}

MOUTH = 0.52
"""Radius of the mouth of a threaded hole, in nominal diameters."""


def hex_ring(flats_m: float, per_side: int = 4) -> Floats:
    """Return a hexagon with points along its sides, flats facing +y and -y, float64 (6 * per_side, 2)."""
    corners = circle(flats_m / np.sqrt(3), 6)
    share = np.arange(per_side)[None, :, None] / per_side
    points = corners[:, None] + (np.roll(corners, -1, axis=0) - corners)[:, None] * share
    return points.reshape(-1, 2)


def hex_prism(flats_m: float, low_m: float, high_m: float, bore: Rim, chamfer: tuple[bool, bool]) -> tuple[Mesh, Mesh]:
    """Return a hexagon chamfered by a cone as turned bar is, and the wall of its hole.

    Args:
        flats_m: Width across flats.
        low_m: Bottom.
        high_m: Top.
        bore: Rim of the hole.
        chamfer: Whether the bottom and the top have the cone.
    """
    ring = hex_ring(flats_m)
    reach = np.linalg.norm(ring, axis=1)
    inner = 0.475 * flats_m
    slope = np.tan(np.radians(30))
    drop = (reach - inner) * slope
    flat = circle(inner, len(ring))
    low = low_m + (drop if chamfer[0] else 0.0 * drop)
    high = high_m - (drop if chamfer[1] else 0.0 * drop)
    pieces = [_hex_wall(ring, low, high)]
    for side, is_coned in ((1.0, chamfer[1]), (-1.0, chamfer[0])):
        level = high_m if side > 0 else low_m
        edge_z = high if side > 0 else low
        outer = np.concatenate([ring, edge_z[:, None]], axis=1)
        inside = np.concatenate([flat, np.full((len(flat), 1), level)], axis=1)
        radial = flat / inner
        tilt = np.array([np.sin(np.radians(30)), np.cos(np.radians(30))]) if is_coned else np.array([0.0, 1.0])
        facing = np.concatenate([radial * tilt[0], np.full((len(flat), 1), side * tilt[1])], axis=1)
        pieces.append(_band(outer, inside, facing, side))
    _, faces, wall = ring_plate(Rim(flat, edge(low_m, high_m, 0.0)), bore)
    pieces.append(faces)
    return charted(join(pieces)), charted(wall)


def nut_body(size: Metric, height_m: float, segments: int = 24) -> tuple[Mesh, Mesh]:
    """Return the outside of a hexagon nut on z = 0, and its threaded hole."""
    bore = Rim(circle(MOUTH * size.major, segments), edge(0.0, height_m, 0.0))
    body, _ = hex_prism(size.flats, 0.0, height_m, bore, (True, True))
    return body, threaded_hole(size, height_m, segments)


def threaded_hole(size: Metric, height_m: float, segments: int = 24) -> Mesh:
    """Return the wall of a threaded hole through a plate on z = 0; it meets the faces `MOUTH` diameters out."""
    reach = MOUTH * size.major
    lead = 0.5 * size.pitch
    thread_radius = reach - 0.35 * lead
    # A short cone leads into the thread at both ends.
    low = lathed(filleted([(thread_radius, lead), (reach, 0.0)], 0.0), segments)
    high = lathed(filleted([(reach, height_m), (thread_radius, height_m - lead)], 0.0), segments)
    thread = screw_thread(thread_radius, size.pitch, lead, height_m - lead, segments, inside=True)
    return join([low, high, thread])


def shank(size: Metric, length_m: float, threaded_m: float, segments: int = 24) -> Mesh:
    """Return a shank from z = 0 (the head) down to minus its length, chamfered at the tip, the lower part threaded."""
    root = size.major / 2 - thread_depth(size.pitch)
    tip = -length_m + 0.6 * size.pitch
    start = -length_m + threaded_m
    end = filleted([(0.0, -length_m), (0.82 * root, -length_m), (root, tip)], 0.0)
    thread = screw_thread(root, size.pitch, tip, start, segments)
    body = [lathed(end, segments), thread]
    if start < -1e-6:
        plain = filleted([(root, start), (size.major / 2, start + 0.3 * size.pitch), (size.major / 2, 0.0)], 0.0)
        body.append(lathed(chain(plain, filleted([(size.major / 2, 0.0), (0.0, 0.0)], 0.0)), segments))
    else:
        body.append(lathed(filleted([(root, start), (0.0, start)], 0.0), segments))
    return join(body)


def head_height(head: Head, size: Metric) -> float:
    """Return how high a head stands over its seat, metres (ISO 4014, 4162, 4762, 7380, 10642, 7045)."""
    d = size.major
    return {
        "hex": size.hex_head,
        "hex_flange": 1.05 * d,
        "socket": d,
        "button": 0.55 * d,
        "countersunk": 0.0,
        "pan": 0.65 * d,
    }[head]


def screw_head(head: Head, size: Metric, segments: int = 24) -> list[Mesh]:
    """Return a head on its seat at z = 0, the drive included; a countersunk one ends flush with z = 0."""
    d, high = size.major, head_height(head, size)
    if head in ("hex", "hex_flange"):
        low = 0.22 * d if head == "hex_flange" else 0.0
        centre = Rim(circle(0.2 * d, 12), edge(low, high, 0.0))
        body, _ = hex_prism(size.flats, low, high, centre, (False, True))
        # A shallow dish in the middle, as heads that are forged have it.
        dish = lathed(filleted([(0.2 * d, high), (0.15 * d, high - 0.04 * d), (0.0, high - 0.04 * d)], 0.0), 12)
        bottom = lathed(filleted([(0.0, low), (0.2 * d, low)], 0.0), 12)
        meshes = [body, dish, bottom]
        if head == "hex_flange":
            meshes.append(lathed(_flange(d), segments))
        return meshes
    if head == "countersunk":
        return _socketed(_cone(d), 0.42 * size.socket_key, 0.0, 0.32 * d, segments)
    if head == "button":
        return _socketed(_dome(0.95 * d, high, d), 0.42 * size.socket_key, high, 0.38 * d, segments)
    if head == "pan":
        return _socketed(_dome(1.0 * d, high, d), 0.38 * size.socket_key, high, 0.35 * d, segments)
    bevel = 0.1 * d
    side = filleted(
        [(0.0, 0.0), (0.75 * d, 0.0), (0.75 * d, high), (0.55 * d, high)], [0.0, 0.04 * d, bevel, 0.0], step_rad=0.5
    )
    return _socketed(side, size.socket_key / 2, high, 0.55 * d, segments)


def _flange(d: float) -> Profile:
    return filleted(
        [(0.0, 0.0), (1.05 * d, 0.0), (1.08 * d, 0.1 * d), (0.8 * d, 0.26 * d), (0.0, 0.3 * d)],
        [0.0, 0.03 * d, 0.05 * d, 0.1 * d, 0.0],
        step_rad=0.5,
    )


def _cone(d: float) -> Profile:
    return filleted(
        [(0.0, -0.52 * d), (0.5 * d, -0.52 * d), (0.98 * d, -0.04 * d), (0.98 * d, 0.0), (0.62 * d, 0.0)], 0.0
    )


def _dome(radius: float, high: float, d: float) -> Profile:
    angle = np.linspace(0.12, 0.5 * np.pi, 6)[:-1]
    arc = [(radius * np.cos(a) ** 0.8, high * np.sin(a) ** 0.9) for a in angle]
    end = 0.5 * d
    points = [(0.0, 0.0), (radius * 0.96, 0.0), *[p for p in arc if p[0] > end + 0.03 * d], (end, high)]
    return filleted(points, [0.0, 0.02 * d, *([0.15 * d] * (len(points) - 3)), 0.0], step_rad=0.5)


def _socketed(side: Profile, apothem: float, high: float, depth: float, segments: int) -> list[Mesh]:
    """A head whose skin ends in a flat ring at the top, and a hexagon socket in the middle of it."""
    reach = float(side.points_k2[-1, 0])
    hexagon = circle(min(apothem * 2 / np.sqrt(3), 0.92 * reach), 6)
    floor = high - depth
    _, faces, wall = ring_plate(
        Rim(circle(reach, segments), edge(floor, high, 0.0)),
        Rim(hexagon, edge(floor, high, 0.03 * reach, low_bevel_m=0.0)),
    )
    top = _upper(faces)
    pit = _pit(hexagon, floor)
    return [
        lathed(side, segments),
        charted(top),
        charted(wall).tinted((0.55, 0.55, 0.55)),
        charted(pit).tinted((0.4, 0.4, 0.4)),
    ]


def _pit(ring: Floats, z: float) -> Mesh:
    """The flat bottom of a socket."""
    points = np.concatenate([np.zeros((1, 2)), ring])
    count = len(ring)
    index = np.arange(count)
    triangles = np.stack([np.zeros(count, np.int64), 1 + index, 1 + (index + 1) % count], axis=1)
    positions = np.concatenate([points, np.full((count + 1, 1), z)], axis=1)
    return Mesh(positions, np.tile([0.0, 0.0, 1.0], (count + 1, 1)), points * [1.0, -1.0], triangles)


def _upper(faces: Mesh) -> Mesh:
    """The faces that look up."""
    return parted(faces, faces.normals_n3[faces.triangles_m3[:, 0], 2] > 0)[0]


def _hex_wall(ring: Floats, low_n: Floats, high_n: Floats) -> Mesh:
    """The six flats, whose ends are cut by cones."""
    count = len(ring)
    per_side = count // 6
    at = np.arange(count)
    nxt = (at + 1) % count
    angle = (at // per_side + 0.5) * np.pi / 3
    facing = np.stack([np.cos(angle), np.sin(angle), np.zeros(count)], axis=1)
    length = np.linalg.norm(ring[1] - ring[0])
    rows = []
    for index, z in ((at, low_n), (nxt, low_n), (nxt, high_n), (at, high_n)):
        rows.append(np.concatenate([ring[index], z[index][:, None]], axis=1))
    positions = np.stack(rows, axis=1).reshape(-1, 3)
    u = np.stack([at * length, (at + 1) * length, (at + 1) * length, at * length], axis=1).ravel()
    start = at[:, None, None] * 4
    triangles = (start + np.array([[0, 1, 2], [0, 2, 3]])).reshape(-1, 3)
    return Mesh(positions, np.repeat(facing, 4, axis=0), np.stack([u, -positions[:, 2]], axis=1), triangles)


def _band(outer: Floats, inner: Floats, facing: Floats, side: float) -> Mesh:
    """Triangles between two rings of equally many points."""
    count = len(outer)
    at = np.arange(count)
    nxt = (at + 1) % count
    triangles = np.concatenate(
        [np.stack([at, nxt, count + nxt], axis=1), np.stack([at, count + nxt, count + at], axis=1)]
    )
    positions = np.concatenate([outer, inner])
    if side < 0:
        triangles = triangles[:, ::-1]
    uvs = positions[:, :2] * [1.0, -1.0]
    return Mesh(positions, np.tile(facing, (2, 1)), uvs, triangles).without_slivers()

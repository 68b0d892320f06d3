"""Deep groove ball bearings (ISO 15 sizes): open with balls and cage, shielded with steel, sealed with rubber."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled
from synthvision.library.procedural.models.machine_parts.finishes import BRASS, STEEL, lathed, metal, plastic
from synthvision.library.procedural.models.machine_parts.placing import around_z, turned_pose
from synthvision.library.procedural.shapes.deformation import deformed, shifted
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join, turn_about
from synthvision.library.procedural.shapes.profiles import Profile, filleted

__all__ = ["BEARING", "BEARING_SIZES"]

SEGMENTS = 48

#: Bore, outer diameter and width in millimetres (ISO 15, dimension series 10 and 02) and number of balls.
BEARING_SIZES = {
    "608": (8, 22, 7, 7),
    "6000": (10, 26, 8, 7),
    "6200": (10, 30, 9, 8),
    "6202": (15, 35, 11, 8),
    "6004": (20, 42, 12, 9),
    "6204": (20, 47, 14, 8),
    "6205": (25, 52, 15, 9),
    "6206": (30, 62, 16, 9),
}


def _build(params: Mapping[str, Any]) -> Model:
    bore, outer, width, balls = BEARING_SIZES[str(params["designation"])]
    r0, r1, half = bore / 2000, outer / 2000, width / 2000
    seed, cover = int(params["wear_seed"]), str(params["cover"])
    wear = float(params["wear"])
    pitch, gap = (r0 + r1) / 2, r1 - r0
    ball = 0.31 * gap
    ring = metal("ring", STEEL, "turned", roughness=0.16 + 0.25 * wear, seed=seed, marks=0.5)
    shoulder = 0.21 * gap
    pieces: list[tuple[Mesh, Material]] = [
        (
            _shaded(
                lathed(_race(r1, -1.0, shoulder, half, ball, pitch, grooved=cover == "open"), SEGMENTS),
                r1,
                shoulder,
                half,
            ),
            ring,
        ),
        (
            _shaded(
                lathed(_race(r0, 1.0, shoulder, half, ball, pitch, grooved=cover == "open"), SEGMENTS),
                r0,
                shoulder,
                half,
            ),
            ring,
        ),
    ]
    if cover == "open":
        sphere = lathed(_ball(ball), 10).moved((pitch, 0.0, 0.0))
        shine = metal("balls", (0.66, 0.65, 0.64), "ground", roughness=0.07 + 0.2 * wear, seed=seed, marks=0.0)
        pieces.append((around_z(sphere, balls), shine))
        if str(params["cage"]) == "polymer":
            cage_material = plastic("cage", (0.16, 0.05, 0.015), roughness=0.5)
        elif str(params["cage"]) == "brass":
            cage_material = metal("cage", BRASS, "rolled", roughness=0.35, seed=seed)
        else:
            cage_material = metal("cage", (0.62, 0.6, 0.56), "rolled", roughness=0.26, seed=seed)
        pieces.append((_cage(pitch, ball, balls, gap), cage_material))
    else:
        inside, outside = r0 + shoulder - 0.02 * gap, r1 - shoulder + 0.02 * gap
        shields = [_shield(inside, outside, half, side) for side in (-1.0, 1.0)]
        pieces.append((join(shields), _cover_material(cover, seed)))
    standing = str(params["pose"]) == "standing"
    points = {"centre": (0.0, 0.0, 0.0), "face_centre": (0.0, 0.0, half), "rim": (r1, 0.0, 0.0)}
    turn = turn_about("y", np.pi / 2) if standing else np.eye(3)
    posed, marks = turned_pose(pieces, points, turn)
    return assembled(
        "bearing",
        params,
        posed,
        attributes={"cover": cover, "designation": str(params["designation"])},
        keypoints=marks,
    )


def _race(
    radius: float, inward: float, shoulder: float, half: float, ball: float, pitch: float, *, grooved: bool
) -> Profile:
    """Section of a ring: its mantle at `radius`, the groove of the balls on the other side."""
    bevel = 0.09 * half + 0.0003
    land = radius + inward * shoulder
    reach = 1.04 * ball
    arc: list[tuple[float, float]] = []
    if grooved:
        # The groove begins where a ball of this reach comes out of the land.
        start = np.arccos(min(abs(pitch - land) / reach, 0.95))
        arc = [(pitch - inward * reach * np.cos(a), reach * np.sin(a)) for a in np.linspace(start, -start, 6)]
    points = [(radius, 0.0), (radius, half), (land, half), *arc, (land, -half), (radius, -half), (radius, 0.0)]
    ends = [0.0] * min(len(arc), 1)
    radii = [0.0, bevel, 0.4 * bevel, *ends, *([0.3 * reach] * (len(arc) - 2)), *ends, 0.4 * bevel, bevel, 0.0]
    # Seen in the plane of the section the outer ring runs the other way round than the inner one.
    order = slice(None, None, 1 if inward < 0 else -1)
    return filleted(points[order], radii[order], step_rad=0.8)


def _shaded(ring: Mesh, radius: float, shoulder: float, half: float) -> Mesh:
    """A ring whose groove is darker, as hardly any light reaches it."""
    reach = np.linalg.norm(ring.positions_n3[:, :2], axis=1)
    deep = (np.abs(reach - radius) > 0.5 * shoulder) & (np.abs(ring.positions_n3[:, 2]) < 0.9 * half)
    return ring.tinted(np.where(deep[:, None], 0.3, 1.0))


def _ball(radius: float) -> Profile:
    angle = np.linspace(-np.pi / 2, np.pi / 2, 8)
    direction = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    direction[[0, -1], 0] = 0.0
    return Profile(radius * direction, direction)


def _cage(pitch: float, ball: float, balls: int, gap: float) -> Mesh:
    """Two stamped rings that bulge around the balls and are riveted between them."""
    wide, thick = 0.15 * gap, max(0.016 * gap, 0.0003)
    corners = [
        (pitch - wide / 2, 0.5 * thick),
        (pitch - wide / 2, 0.0),
        (pitch + wide / 2, 0.0),
        (pitch + wide / 2, thick),
        (pitch - wide / 2, thick),
        (pitch - wide / 2, 0.5 * thick),
    ]
    flat = lathed(filleted(corners, 0.0), 10 * balls)

    def bulged(points: Floats) -> Floats:
        turn = np.arctan2(points[:, 1], points[:, 0])
        away = (turn * balls / (2 * np.pi) + 0.5) % 1.0 - 0.5
        along = away * 2 * np.pi / balls * pitch
        height = np.sqrt(np.maximum((1.08 * ball) ** 2 - along**2, 0.0))
        return shifted(points, z=np.maximum(height, 0.02 * ball))

    upper = deformed(flat, bulged, 1e-7)
    lower = upper.turned(turn_about("x", np.pi))
    # A rivet in the middle of each gap between two balls.
    dome = lathed(filleted([(0.0, 0.0), (0.05 * gap, 0.0), (0.05 * gap, 0.03 * gap), (0.0, 0.045 * gap)], 0.0), 8)
    rivets = around_z(dome.moved((pitch, 0.0, 0.02 * ball + thick)), balls, np.pi / balls)
    return join([upper, lower, rivets])


def _shield(inside: float, outside: float, half: float, side: float) -> Mesh:
    """A stamped disc, its outer edge held in a groove."""
    top, drop = 0.9 * half, 0.14 * half
    low = top - 0.25 * half
    points = [
        (inside, low),
        (outside, low),
        (outside, top - drop),
        (0.93 * outside + 0.07 * inside, top),
        (0.6 * outside + 0.4 * inside, top),
        (0.5 * outside + 0.5 * inside, top - 0.4 * drop),
        (0.15 * outside + 0.85 * inside, top - 0.4 * drop),
        (inside, top - drop),
        (inside, low),
    ]
    fillet = 0.5 * drop
    mesh = lathed(
        filleted(points, [0.0, 0.0, fillet, fillet, fillet, fillet, fillet, fillet, 0.0], step_rad=0.5), SEGMENTS
    )
    return mesh if side > 0 else mesh.turned(turn_about("x", np.pi))


def _cover_material(cover: str, seed: int) -> Material:
    if cover == "shield":
        return metal("cover", (0.56, 0.56, 0.55), "rolled", roughness=0.3, seed=seed)
    colours = ((0.022, 0.022, 0.024), (0.025, 0.025, 0.025), (0.02, 0.06, 0.28), (0.42, 0.035, 0.02))
    return plastic("cover", colours[seed % len(colours)], roughness=0.62, seed=seed)


BEARING = ProceduralAsset(
    name="bearing",
    kind="model",
    category="bearing",
    tags=("part", "inspection", "machine", "metal", "factory"),
    size_m=0.04,
    description="A ball bearing: two ground rings with balls and cage, or covered by steel shields or rubber seals.",
    parameters={
        "designation": Choice(tuple(BEARING_SIZES), "6204"),
        "cover": Choice(("open", "shield", "seal"), "open", (0.5, 0.2, 0.3)),
        "cage": Choice(("steel", "brass", "polymer"), "steel", (0.6, 0.2, 0.2)),
        "pose": Choice(("flat", "standing"), "flat", (0.7, 0.3)),
        "wear": Number(0.0, 1.0, 0.25),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("ring", "balls", "cage", "cover"),
    keypoints=("centre", "face_centre", "rim"),
)

"""A traffic sign on its post: sheeting on a metal plate, clamps behind it, a foot in the ground or to carry about."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled
from synthvision.library.procedural.models.street.finishes import (
    cast_concrete,
    foot_plate,
    galvanised,
    lathe,
    over_height,
    rubber,
)
from synthvision.library.procedural.models.street.sign_faces import (
    LIMITS,
    SIGNS,
    WARNINGS,
    SignFace,
    face_texture,
    plate_texture,
    sign_outline,
)
from synthvision.library.procedural.shapes.boxes import bevelled_boxes, rounded_box
from synthvision.library.procedural.shapes.deformation import deformed, shifted
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join, turn_about
from synthvision.library.procedural.shapes.profiles import Profile, rounded_polygon
from synthvision.library.procedural.shapes.revolve import extrude
from synthvision.library.procedural.shapes.rods import rods

__all__ = ["TRAFFIC_SIGN"]

FRONT = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
"""Turns a plate that lies with its face up so that its face looks along +x and its top is up."""
PLATE_M, SHEET_M = 0.004, 0.0012


def _build(params: Mapping[str, Any]) -> Model:
    sign = str(params["sign"])
    size = float(params["size_m"]) * (1.55 if sign == "direction" else 1.0)
    outline, corner = sign_outline(sign)
    low = -float(outline[:, 1].min()) * size
    high = float(outline[:, 1].max()) * size
    centre = float(params["clear_m"]) + low
    extra = 0.24 if str(params["below"]) == "plate" else 0.0
    centre += extra
    radius = 0.03 if size < 0.75 else 0.038
    top = centre + (0.7 * high if str(params["post_top"]) == "hidden" else high + 0.12)
    pieces = _post(params, radius, top, centre)
    forward = radius + 0.02
    face = rounded_polygon(outline * size, corner * size, 3).refined(0.05)
    bend = float(params["bend"]) if str(params["damage"]) == "bent" else 0.0
    turn = float(params["bend_yaw_rad"])

    def placed(mesh: Mesh) -> Mesh:
        if bend > 0.0:
            mesh = deformed(mesh, lambda points: _bent(points, bend, turn, size))
        return mesh.turned(FRONT).moved((forward, 0.0, centre))

    plate = extrude(face, 0.0, PLATE_M, bevel_m=0.001)
    sheet = extrude(_drawn_in(face, 0.004), PLATE_M - 0.0004, PLATE_M + SHEET_M)
    sheet = sheet.with_uvs(sheet.positions_n3[:, :2] * [1.0, -1.0] / size + 0.5)
    pieces.append((placed(plate), _back(int(params["wear_seed"]))))
    pieces.append((placed(sheet), _sheeting(params, sign)))
    pieces.append((_clamps(outline * size, radius).moved((0.0, 0.0, centre)), galvanised("clamp", 1)))
    if extra:
        below = rounded_box((0.005, 0.42, 0.2), 0.002, 1).moved((forward, 0.0, centre - low - 0.13))
        uvs = np.stack(
            [below.positions_n3[:, 1] / 0.42 + 0.5, (centre - low - 0.13 - below.positions_n3[:, 2]) / 0.2 + 0.5],
            axis=1,
        )
        pieces.append((below.with_uvs(np.clip(uvs, 0.01, 0.99)), _below(int(params["design"]))))
    lean = turn_about("z", float(params["lean_yaw_rad"])) @ turn_about("y", math.radians(float(params["lean_deg"])))
    lean = lean @ turn_about("z", -float(params["lean_yaw_rad"]))
    # What stands loose stays flat; what is dug in leans with its post.
    standing = str(params["foot"]) == "portable"
    if not standing:
        pieces = [(mesh.turned(lean), material) for mesh, material in pieces]
    half = _half_width(outline * size, 0.0)
    marks: Floats = np.array([(0.0, 0.0, PLATE_M), (half, 0.0, PLATE_M), (-half, 0.0, PLATE_M)])
    marks = (_bent(marks, bend, turn, size) if bend > 0.0 else marks) @ FRONT.T + [forward, 0.0, centre]
    points: Floats = np.concatenate([[(0.0, 0.0, 0.0), (0.0, 0.0, top)], marks])
    points = points if standing else points @ lean.T
    names = ("base", "top", "sign_centre", "sign_left", "sign_right")
    attributes = {"sign": sign, "damage": str(params["damage"])}
    if sign == "speed_limit":
        attributes["limit"] = str(params["limit"])
    if sign == "warning":
        attributes["warning"] = str(params["warning"])
    return assembled(
        "traffic_sign",
        params,
        pieces,
        attributes=attributes,
        keypoints={name: (float(p[0]), float(p[1]), float(p[2])) for name, p in zip(names, points, strict=True)},
    )


def _post(params: Mapping[str, Any], radius: float, top: float, centre: float) -> list[tuple[Mesh, Material]]:
    """The tube, its cap and its foot."""
    seed = int(params["wear_seed"])
    tube = lathe([(0.0, 0.0), (radius, 0.0), (radius, top), (0.0, top)], [0, 0, 0.004, 0], 20)
    cap = lathe(
        [(0, top - 0.03), (radius + 0.003, top - 0.03), (radius + 0.003, top + 0.006), (0, top + 0.012)], 0.004, 20
    )
    pieces = [(over_height(tube, top), galvanised("post", seed)), (cap, rubber("cap", seed, 0.2))]
    foot = str(params["foot"])
    if foot == "plate":
        pieces.append((over_height(foot_plate(0.2), 1.0), galvanised("foot", seed)))
    elif foot == "collar":
        block = lathe([(0, 0), (0.2, 0), (0.19, 0.05), (0.16, 0.075), (0, 0.08)], 0.012, 24)
        pieces.append((block.placed_uvs((1.0, 0.3)), cast_concrete("foot", seed)))
    else:
        block = rounded_box((0.42, 0.82, 0.12), 0.03, 3, 2).moved((0.0, 0.0, 0.06))
        handles = rounded_box((0.1, 0.14, 0.06), 0.02, 2)
        ends = join([handles.moved((0.0, side * 0.3, 0.115)) for side in (-1, 1)])
        pieces.append((over_height(join([block, ends]), 0.5), rubber("foot", seed, float(params["dirt"]))))
    return pieces


def _clamps(outline_n2: Floats, radius: float) -> Mesh:
    """Two rails on the back of the plate, each held by a band around the post."""
    low, high = float(outline_n2[:, 1].min()), float(outline_n2[:, 1].max())
    heights = np.array([0.42 * low, 0.42 * high])
    # A corner of a triangle has no room for a long rail.
    width = np.array([1.1 * _half_width(outline_n2, float(z)) for z in heights])
    rail = bevelled_boxes(
        np.stack([np.full(2, 0.016), width, np.full(2, 0.03)], axis=1),
        np.stack([np.full(2, radius + 0.011), np.zeros(2), heights], axis=1),
        0.002,
    )
    outline = [(radius + 0.001, -0.016), (radius + 0.005, -0.016), (radius + 0.005, 0.016), (radius + 0.001, 0.016)]
    band = lathe([(0.0, -0.016), *outline[1:3], (0.0, 0.016)], 0.001, 20)
    ends: Floats = np.array([(radius + 0.004, side * (radius + 0.014), z) for side in (-1, 1) for z in heights])
    bolts = rods(np.add(ends, (-0.03, 0.0, 0.0)), np.add(ends, (0.012, 0.0, 0.0)), 0.006, 6)
    return join([rail, bolts, *(band.moved((0.0, 0.0, float(z))) for z in heights)])


def _half_width(outline_n2: Floats, height: float) -> float:
    """Half the width of a convex outline about x = 0 at a height inside it."""
    crossings = []
    for (x0, y0), (x1, y1) in zip(outline_n2, np.roll(outline_n2, -1, axis=0), strict=True):
        if (y0 - height) * (y1 - height) < 0:
            crossings.append(abs(x0 + (height - y0) / (y1 - y0) * (x1 - x0)))
    return float(min(crossings))


def _bent(points: Floats, bend: float, turn: float, size: float) -> Floats:
    """One side of the plate folded back, as by a lorry."""
    along = points[:, 0] * np.cos(turn) + points[:, 1] * np.sin(turn)
    beyond = np.maximum(along - 0.05 * size, 0.0)
    back = bend * beyond**2 / size * 3.0
    inwards = 0.25 * back
    return shifted(points, -inwards * np.cos(turn), -inwards * np.sin(turn), -back)


def _drawn_in(outline: Profile, distance_m: float) -> Profile:
    """The outline a little smaller, point for point."""
    return outline.offset(-distance_m)


def _sheeting(params: Mapping[str, Any], sign: str) -> Material:
    face = SignFace(
        sign,
        str(params["limit"]) if sign == "speed_limit" else "",
        str(params["warning"]) if sign == "warning" else "",
        int(params["design"]),
    )
    dirt = round(4 * float(params["dirt"])) / 4
    return Material(
        name="face",
        base_colour_map=face_texture(face, int(params["wear_seed"]), dirt, str(params["damage"]) == "torn"),
        roughness=0.38,
        clearcoat=0.5,
        clearcoat_roughness=0.15,
    )


def _below(design: int) -> Material:
    return Material(name="plate_below", base_colour_map=plate_texture(design), roughness=0.4, clearcoat=0.4)


def _back(seed: int) -> Material:
    return Material(
        name="plate",
        base_colour=(0.42, 0.43, 0.44, 1.0),
        base_colour_map=galvanised("plate", seed).base_colour_map,
        metallic=0.7,
        roughness=0.6,
    )


TRAFFIC_SIGN = ProceduralAsset(
    name="traffic_sign",
    kind="model",
    category="traffic_sign",
    tags=("street", "sign", "road", "traffic", "outdoor", "safety"),
    size_m=2.7,
    description="A traffic sign with a printed face on a galvanised post; dirty, bent or with torn sheeting.",
    parameters={
        "sign": Choice(tuple(SIGNS), "stop"),
        "limit": Choice(LIMITS, "50"),
        "warning": Choice(WARNINGS, "danger"),
        "size_m": Number(0.6, 0.9, 0.7, "m"),
        "clear_m": Number(1.4, 2.3, 2.0, "m"),
        "post_top": Choice(("hidden", "over"), "hidden", (0.75, 0.25)),
        "below": Choice(("none", "plate"), "none", (0.75, 0.25)),
        "foot": Choice(("collar", "plate", "portable"), "collar", (0.45, 0.3, 0.25)),
        "damage": Choice(("none", "bent", "torn"), "none", (0.7, 0.15, 0.15)),
        "bend": Number(0.2, 0.6, 0.35),
        "bend_yaw_rad": Number(0.0, 6.283, 0.6),
        "lean_deg": Number(0.0, 4.0, 0.5, "deg"),
        "lean_yaw_rad": Number(0.0, 6.283, 0.0),
        "dirt": Number(0.0, 1.0, 0.3),
        "design": Integer(0, 7, 0),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("post", "cap", "foot", "plate", "face", "clamp", "plate_below"),
    keypoints=("base", "top", "sign_centre", "sign_left", "sign_right"),
)

"""A playing card of 63.5 x 88.9 mm, curled as cards in use are, lying on its back with the face up.

Slots: ``front`` and ``back``, whose texture coordinates cover 0..1 over the whole card so that an image of a card can
replace them, and ``edge``. The state ``visible_side`` is the side that the camera sees.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model, StateDirection, Texture
from synthvision.library.parameters import Choice, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled, opaque
from synthvision.library.procedural.noise import fbm, make_texture, normal_map
from synthvision.library.procedural.prints.card_faces import BACKS, FACE_STYLES, card_back, card_face
from synthvision.library.procedural.prints.suits import RANKS, SUITS
from synthvision.library.procedural.shapes.deformation import deformed, eased
from synthvision.library.procedural.shapes.mesh import Floats, Mesh
from synthvision.library.procedural.shapes.sheets import rounded_sheet
from synthvision.library.procedural.wear import roughness_map

__all__ = ["CARD_HEIGHT_M", "CARD_WIDTH_M", "PLAYING_CARD"]

CARD_WIDTH_M, CARD_HEIGHT_M = 0.0635, 0.0889
CORNER_RADIUS_M = 0.0032


def _build(params: Mapping[str, Any]) -> Model:
    rank, suit = str(params["rank"]), str(params["suit"])
    thickness = float(params["thickness_m"])
    # Drawn thickness has few values so that the flat mesh is made once.
    sheets = rounded_sheet(CARD_WIDTH_M, CARD_HEIGHT_M, CORNER_RADIUS_M, round(thickness, 5), (9, 16), 4)
    front, back, edge = (deformed(sheet, lambda points: _curled(points, params), step_m=1e-7) for sheet in sheets)
    tone = float(params["yellowing"])
    paper = (1.0 - 0.03 * tone, 1.0 - 0.08 * tone, 1.0 - 0.22 * tone)
    worn = float(params["edge_wear"])
    front, back = (_darkened(sheet, flat, worn) for sheet, flat in ((front, sheets[0]), (back, sheets[1])))
    seed = int(params["wear_seed"])
    rough_map = roughness_map(seed, 0.3)
    linen = _linen() if str(params["finish"]) == "linen" else None
    rough = 0.5 if str(params["finish"]) == "linen" else 0.36
    slots = [
        Material(
            name=name,
            base_colour=opaque(paper),
            base_colour_map=image,
            roughness=rough,
            metallic_roughness_map=rough_map,
            normal_map=linen,
            ior=1.48,
        )
        for name, image in (
            ("front", _face_texture(rank, suit, int(params["face_style"]))),
            ("back", _back_texture(int(params["back_design"]))),
        )
    ]
    side = Material(name="edge", base_colour=opaque((0.72 * paper[0], 0.7 * paper[1], 0.64 * paper[2])), roughness=0.9)
    middle = front.positions_n3.mean(axis=0)
    facing = front.normals_n3.mean(axis=0)
    facing /= np.linalg.norm(facing)
    towards = (float(facing[0]), float(facing[1]), float(facing[2]))
    corners = _corners(params, float(round(thickness, 5)))
    return assembled(
        "playing_card",
        params,
        [(front, slots[0]), (back, slots[1]), (edge, side)],
        attributes={"rank": rank, "suit": suit},
        states=(
            StateDirection("visible_side", "front", towards, "camera"),
            StateDirection("visible_side", "back", (-towards[0], -towards[1], -towards[2]), "camera"),
        ),
        keypoints={"centre": (float(middle[0]), float(middle[1]), float(middle[2])), **corners},
    )


def _curled(points: Floats, params: Mapping[str, Any]) -> Floats:
    """Bent into a cylinder along a direction, twisted, and one corner lifted; lengths along the bend are kept."""
    curvature = float(params["curl_per_m"])
    direction = float(params["curl_direction_rad"])
    twist = float(params["twist_per_m"])
    lift = float(params["corner_lift_m"])
    x, y, z = points.T
    c, s = np.cos(direction), np.sin(direction)
    along, across = c * x + s * y, -s * x + c * y
    if abs(curvature) > 1e-4:
        angle = curvature * along
        along, rise = (
            np.sin(angle) / curvature - z * np.sin(angle),
            (1 - np.cos(angle)) / curvature + z * np.cos(angle),
        )
    else:
        rise = z
    rise = rise + twist * x * y
    number = int(params["lifted_corner"]) % 4
    side_x, side_y = (1 if number in (0, 3) else -1), (1 if number < 2 else -1)
    towards = (side_x * x / CARD_WIDTH_M + side_y * y / CARD_HEIGHT_M) * 1.0
    rise = rise + lift * eased(0.35, 1.25, towards)
    return np.stack([c * along - s * across, s * along + c * across, rise], axis=1)


def _corners(params: Mapping[str, Any], thickness: float) -> dict[str, tuple[float, float, float]]:
    """The four corners of the face before rounding, seen on the front: t top, b bottom, l left, r right."""
    names = ("corner_tl", "corner_tr", "corner_br", "corner_bl")
    signs = np.array([[-1, 1], [1, 1], [1, -1], [-1, -1]], np.float64)
    flat = np.concatenate([signs * [CARD_WIDTH_M / 2, CARD_HEIGHT_M / 2], np.full((4, 1), thickness)], axis=1)
    return {name: (float(x), float(y), float(z)) for name, (x, y, z) in zip(names, _curled(flat, params), strict=True)}


def _darkened(sheet: Mesh, flat: Mesh, amount: float) -> Mesh:
    """Grime where fingers hold a card: towards its edges."""
    reach = np.abs(flat.positions_n3[:, :2]) / [CARD_WIDTH_M / 2, CARD_HEIGHT_M / 2]
    dark = amount * eased(0.72, 1.0, reach.max(axis=1))
    return sheet.tinted(1.0 - dark[:, None] * [0.16, 0.19, 0.25])


@lru_cache(maxsize=52)
def _face_texture(rank: str, suit: str, style: int) -> Texture:
    return make_texture(card_face(rank, suit, style), is_srgb=True, wrap_uv=("clamp", "clamp"))


@lru_cache(maxsize=BACKS)
def _back_texture(design: int) -> Texture:
    return make_texture(card_back(design), is_srgb=True, wrap_uv=("clamp", "clamp"))


@lru_cache(maxsize=1)
def _linen() -> Texture:
    """The woven grain pressed into good cards."""
    rng = rng_for(0, 0, "playing_card.linen")
    size = 256
    y, x = np.mgrid[0:size, 0:size].astype(np.float32)
    weave = np.sin(x * (2 * np.pi * 64 / size)) + np.sin(y * (2 * np.pi * 64 / size))
    height = 1.8e-6 * weave + 1.5e-6 * fbm(rng, (size, size), (32, 32), 2)
    return make_texture(normal_map(height.astype(np.float32), CARD_WIDTH_M / size), is_srgb=False)


PLAYING_CARD = ProceduralAsset(
    name="playing_card",
    kind="model",
    category="playing_card",
    tags=("card", "game", "paper", "flat"),
    size_m=CARD_HEIGHT_M,
    description="A playing card with one of 52 faces of an own design, an own back, and the curl of a used card.",
    parameters={
        "rank": Choice(RANKS, "ace"),
        "suit": Choice(SUITS, "spades"),
        "face_style": Integer(0, FACE_STYLES - 1, 0),
        "back_design": Integer(0, BACKS - 1, 0),
        "thickness_m": Number(0.00028, 0.00034, 0.0003, "m"),
        "curl_per_m": Number(-3.2, 3.2, 0.6),
        "curl_direction_rad": Number(-0.9, 2.4, 0.2),
        "twist_per_m": Number(-1.2, 1.2, 0.0),
        "corner_lift_m": Number(0.0, 0.0045, 0.0005, "m"),
        "lifted_corner": Integer(0, 3, 0),
        "yellowing": Number(0.0, 1.0, 0.15),
        "edge_wear": Number(0.0, 1.0, 0.2),
        "finish": Choice(("linen", "smooth"), "linen", (0.6, 0.4)),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("front", "back", "edge"),
    keypoints=("centre", "corner_tl", "corner_tr", "corner_br", "corner_bl"),
)

"""A roll of adhesive tape on its core, new or nearly used up, with a loose end."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model, Texture
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled, opaque, rgb
from synthvision.library.procedural.models.products.finishes import plastic
from synthvision.library.procedural.models.products.printing import kraft_board
from synthvision.library.procedural.noise import encode_srgb, make_texture
from synthvision.library.procedural.shapes.lofts import circle_ring, loft, stacked
from synthvision.library.procedural.shapes.mesh import Mesh, turn_about
from synthvision.library.procedural.shapes.shells import thick_sheet
from synthvision.library.procedural.wear import roughness_map

__all__ = ["TAPE_ROLL"]

SEGMENTS = 72
KINDS = {
    # colour, metallic, roughness, core radius, width
    "brown": ((0.3, 0.16, 0.06), 0.0, 0.3, 0.038, 0.05),
    "clear": ((0.52, 0.5, 0.42), 0.0, 0.16, 0.038, 0.05),
    "duct": ((0.34, 0.345, 0.35), 0.35, 0.42, 0.038, 0.05),
    "masking": ((0.62, 0.5, 0.3), 0.0, 0.75, 0.038, 0.028),
    "electrical": ((0.02, 0.02, 0.022), 0.0, 0.36, 0.019, 0.017),
    "coloured": ((1.0, 1.0, 1.0), 0.0, 0.34, 0.0125, 0.019),
}


def _build(params: Mapping[str, Any]) -> Model:
    kind = str(params["style"])
    tint, metallic, rough, core, width = KINDS[kind]
    width *= float(params["width_factor"])
    seed = int(params["wear_seed"])
    build_up = (0.022 if core > 0.03 else 0.014) * float(params["left"])
    outer = core + 0.003 + build_up
    if kind in ("coloured", "electrical"):
        tint = rgb(params["colour"])
    film = Material(
        name="tape",
        base_colour=opaque(tint),
        base_colour_map=_layers(seed % 3),
        metallic=metallic,
        roughness=rough,
        metallic_roughness_map=roughness_map(seed, 0.4),
        clearcoat=0.5 if rough < 0.35 else 0.0,
        clearcoat_roughness=0.1,
    )
    rng = rng_for(seed, 0, "tape_roll.telescope")
    slip = float(params["telescope"]) * 0.12 * width * float(rng.uniform(0.4, 1.0))
    roll = _ring(core + 0.0032, outer, width, slip, outer)
    flap = _flap(outer, width, float(params["loose_m"]), slip)
    board = Material(name="core", base_colour_map=kraft_board((0.36, 0.25, 0.15), seed % 3, 0.0), roughness=0.88)
    hub = plastic("core", (0.72, 0.72, 0.7), 0.4, seed) if kind == "electrical" else board
    pieces: list[tuple[Mesh, Material]] = [
        (roll, film),
        (flap, film),
        (_ring(core, core + 0.003, width, 0.0, outer), hub),
    ]
    half = width / 2
    axis = {"left": np.array([0.0, 0.0, half]), "right": np.array([0.0, 0.0, -half])}
    if str(params["pose"]) == "standing":
        # On its edge, the axle along y.
        turn = turn_about("x", -np.pi / 2) @ turn_about("z", float(params["roll_rad"]))
        pieces = [(mesh.turned(turn), material) for mesh, material in pieces]
        axis = {name: turn @ point for name, point in axis.items()}
    return assembled(
        "tape_roll",
        params,
        pieces,
        attributes={"material": "plastic", "style": kind},
        keypoints={name: (float(p[0]), float(p[1]), float(p[2])) for name, p in axis.items()},
    )


def _ring(inner: float, outer: float, width: float, slip: float, chart_m: float) -> Mesh:
    """A wound ring about z; windings that slipped make its sides hollow."""
    half = width / 2
    edge = min(0.0006, 0.2 * (outer - inner))
    steps = np.linspace(inner + edge, outer - edge, 6)
    rise = slip * ((steps - inner) / (outer - inner)) ** 2
    lower = [(float(r), -half + float(lift)) for r, lift in zip(steps, rise, strict=True)]
    upper = [(float(r), half + float(lift)) for r, lift in zip(steps, rise, strict=True)]
    profile = [
        (inner, half - edge),
        (inner, -half + edge),
        *lower,
        (outer, -half + edge + slip),
        (outer, 0.0 + slip),
        (outer, half - edge + slip),
        *upper[::-1],
    ]
    mesh = loft(stacked([(circle_ring(r, SEGMENTS), z) for r, z in profile]), wrapped=True, crease_rad=0.5)
    away = np.hypot(mesh.positions_n3[:, 0], mesh.positions_n3[:, 1])
    on_side = np.abs(mesh.normals_n3[:, 2]) > 0.6
    v = np.where(on_side, 0.45 + 0.5 * away / chart_m, 0.2 + 0.1 * mesh.positions_n3[:, 2] / width)
    return mesh.with_uvs(np.stack([4.0 * mesh.uvs_n2[:, 0], v], axis=1))


def _flap(outer: float, width: float, length: float, slip: float) -> Mesh:
    """The loose end: it leaves the roll along the tangent and curls a little."""
    t = np.linspace(0.0, 1.0, 16)
    turn = 0.35 - t * (0.35 + length / (1.6 * outer))
    lift = outer + 0.0004 + 0.012 * np.clip((t - 0.3) / 0.7, 0.0, 1.0) ** 1.6 * length / 0.04
    middle = np.stack([lift * np.cos(turn), lift * np.sin(turn)], axis=1)
    z = np.linspace(-0.49, 0.49, 5) * width + slip
    grid = np.concatenate(
        [np.broadcast_to(middle[None], (5, 16, 2)), np.broadcast_to(z[:, None, None], (5, 16, 1))], axis=2
    )
    inward = np.concatenate([middle * (1.0 - 0.0003 / lift[:, None]), np.zeros((16, 1))], axis=1)
    under = np.concatenate([np.broadcast_to(inward[None, :, :2], (5, 16, 2)), grid[..., 2:]], axis=2)
    sheet = thick_sheet(under, grid)
    return sheet.with_uvs(np.stack([0.3 * sheet.uvs_n2[:, 0], 0.15 + 0.1 * sheet.uvs_n2[:, 1]], axis=1))


@lru_cache(maxsize=3)
def _layers(seed: int) -> Texture:
    """Grey levels to be multiplied: the smooth face above (v under 0.4), the edges of the windings below."""
    rng = rng_for(seed, 0, "tape_roll.layers")
    rows = 256
    lines = 0.72 + 0.28 * rng.random(rows).astype(np.float32)
    v = np.arange(rows) / rows
    level = np.where(v < 0.42, 1.0, lines * np.where(v > 0.44, 0.85, 0.6))
    image = np.broadcast_to(level[:, None, None], (rows, 64, 3)).astype(np.float32)
    return make_texture(encode_srgb(image), is_srgb=True, wrap_uv=("repeat", "clamp"))


TAPE_ROLL = ProceduralAsset(
    name="tape_roll",
    kind="model",
    category="tape_roll",
    tags=("table", "tool", "office", "workshop", "warehouse", "plastic"),
    size_m=0.1,
    description="A roll of packing, duct, masking or electrical tape on its core, lying or on edge, its end loose.",
    parameters={
        "style": Choice(tuple(KINDS), "brown", (0.25, 0.15, 0.2, 0.2, 0.12, 0.08)),
        "width_factor": Number(0.7, 1.2, 1.0),
        "left": Number(0.1, 1.0, 0.7),
        "loose_m": Number(0.008, 0.05, 0.02, "m"),
        "telescope": Number(0.0, 1.0, 0.1),
        "colour": Colour(
            ((0.02, 0.02, 0.022), (0.5, 0.02, 0.015), (0.02, 0.1, 0.4), (0.75, 0.55, 0.02), (0.05, 0.3, 0.08)), 0.1
        ),
        "pose": Choice(("lying", "standing"), "lying", (0.6, 0.4)),
        "roll_rad": Number(0.0, 6.283, 1.0),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("tape", "core"),
    keypoints=("left", "right"),
)

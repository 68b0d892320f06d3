"""A food tin of ribbed steel: round or for fish, with a paper label, closed or opened with its lid bent up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled
from synthvision.library.procedural.models.household.can_lids import pull_tab
from synthvision.library.procedural.models.products.finishes import STEEL, front_forward, metal, round_print
from synthvision.library.procedural.models.products.printing import crush_amount, crushed_word
from synthvision.library.procedural.prints.labels import DESIGNS
from synthvision.library.procedural.shapes.crushing import Move, bending, buckling, crumpling, crushed, flattening
from synthvision.library.procedural.shapes.lofts import circle_ring, loft, open_vessel, rectangle_ring, stacked
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, turn_about
from synthvision.library.procedural.shapes.patches import patch_in_uv

__all__ = ["TIN"]

SEAM_M = 0.0016
SIZES = {
    # diameter (or length, width), height: common European sizes, metres
    "soup": ((0.073, 0.073), 0.109),
    "wide": ((0.099, 0.099), 0.118),
    "small": ((0.065, 0.065), 0.078),
    "tuna": ((0.085, 0.085), 0.038),
    "fish": ((0.105, 0.062), 0.026),
}


def _build(params: Mapping[str, Any]) -> Model:
    style = str(params["style"])
    (size_x, size_y), tall = SIZES[style]
    tall *= float(params["height_factor"])
    seed, design = int(params["wear_seed"]), int(params["design"])
    amount = crush_amount(params)
    steel = metal("body", STEEL, 0.42, seed)
    opened = str(params["opening"]) == "open"
    pieces: list[tuple[Mesh, Material]] = []
    walls = _wall(params, style, size_x, size_y, tall)
    if opened:
        inside = [(_ring(style, size_x, size_y, -0.0014), z) for z in (tall - 0.003, 0.6 * tall, 0.3 * tall)]
        shell, cavity = open_vessel(walls, inside, crease_rad=0.7)
        pieces.append((cavity, metal("inside", (0.45, 0.43, 0.38), 0.4, seed)))
        pieces.append((_lid(style, size_x, size_y, tall, float(params["lid_angle_rad"])), steel))
    else:
        lid = [
            (-0.0030, tall - 0.0045),
            (-0.0045, tall - 0.0045),
            (-0.006, tall - 0.0036),
            (-0.012, tall - 0.0036),
            (-0.0135, tall - 0.0043),
            (-0.019, tall - 0.0043),
            (-0.0205, tall - 0.0036),
        ]
        shell = loft(stacked([*walls, *((_ring(style, size_x, size_y, o), z) for o, z in lid)]), crease_rad=0.7)
        place = turn_about("z", np.pi / 2)
        tab = pull_tab(0.34 * min(size_x, size_y), lifted=False).turned(place)
        pieces.append((tab.moved((-0.2 * size_x, 0.0, tall - 0.0042)), metal("tab", STEEL, 0.32)))
    upright = np.stack([shell.uvs_n2[:, 0], 1.0 - shell.positions_n3[:, 2] / tall], axis=1)
    moves = _moves(amount, seed, 0.5 * size_x, tall)
    shell = crushed(shell.with_uvs(upright), *moves, crease_rad=0.7)
    pieces = [(crushed(mesh, *moves, crease_rad=0.7), material) for mesh, material in pieces]
    pieces.insert(0, (shell, steel))
    if str(params["label"]) == "paper":
        margin = 0.0105 / tall if tall > 0.05 else 0.2
        label = front_forward(patch_in_uv(shell, (0.0, margin), (1.0, 1.0 - margin), 0.00035), 2)
        art = round_print(design, 256 if tall > 0.05 else 128, 2, seed, round(2 * float(params["dirt"])) / 2)
        paper = Material(name="label", base_colour_map=art, roughness=0.5, double_sided=True)
        pieces.append((label, paper))
    high = max(float(mesh.positions_n3[:, 2].max()) for mesh, _ in pieces)
    return assembled(
        "tin",
        params,
        pieces,
        attributes={
            "material": "metal",
            "style": style,
            "opening": str(params["opening"]),
            "crushed": crushed_word(amount),
        },
        keypoints={"base": (0.0, 0.0, 0.0), "top": (0.0, 0.0, min(high, tall))},
    )


def _moves(amount: float, seed: int, radius: float, tall: float) -> tuple[Move, ...]:
    if amount < 0.02:
        return ()
    return (
        crumpling(seed, "tin", depth_m=0.2 * amount * min(radius, tall), size_m=1.3 * radius, folds=6),
        flattening(radius, 0.35 * amount if tall > radius else 0.0, low_m=0.6 * tall if seed % 2 else -np.inf),
        buckling(seed, "tin", low_m=0.1 * tall, high_m=0.9 * tall, amount=0.4 * amount, folds=2.0, lean=0.9),
        bending(0.2 * tall, 0.8 * tall, 0.05 + 0.35 * amount, float(seed)),
    )


def _ring(style: str, size_x: float, size_y: float, offset: float) -> Floats:
    if style == "fish":
        corner = max(0.42 * size_y + offset, 0.004)
        return rectangle_ring(size_x + 2 * offset, size_y + 2 * offset, corner, steps=7, cells_xy=(6, 2))
    return circle_ring(size_x / 2 + offset, 36)


def _wall(
    params: Mapping[str, Any], style: str, size_x: float, size_y: float, tall: float
) -> list[tuple[Floats, float]]:
    """From the seam at the foot over the beads of the wall to the seam at the top."""
    profile = [
        (-0.012, 0.0024),
        (-0.0045, 0.003),
        (-0.003, 0.003),
        (-0.0015, 0.0),
        (SEAM_M, 0.0),
        (SEAM_M, 0.003),
        (0.0, 0.0037),
    ]
    low, high = 0.0105, tall - 0.0105
    count = int(params["bead_count"]) if tall > 0.05 else 0
    rows = max(4 * count, round(tall / 0.009), 4)
    depth = float(params["bead_depth_m"])
    for z in np.linspace(low, high, rows + 1):
        share = np.clip((z - low) / (high - low) * 1.5 - 0.25, 0.0, 1.0)
        profile.append((-depth * 0.5 * (1 - float(np.cos(2 * np.pi * count * share))), float(z)))
    if tall < 0.05:
        profile[7:] = [
            (0.0, low * 0.7),
            *((0.0, float(z)) for z in np.linspace(0.2 * tall, 0.8 * tall, 4)),
            (0.0, tall - 0.007),
        ]
    profile += [(0.0, tall - 0.0037), (SEAM_M, tall - 0.003), (SEAM_M, tall), (-0.0015, tall)]
    return [(_ring(style, size_x, size_y, offset), z) for offset, z in profile]


def _lid(style: str, size_x: float, size_y: float, tall: float, angle: float) -> Mesh:
    """The lid of an opened tin, curled up at the back."""
    offsets = [
        (-0.012, -0.0004),
        (-0.0048, -0.0004),
        (-0.004, 0.0),
        (-0.0042, 0.0006),
        (-0.012, 0.0004),
        (-0.014, 0.001),
        (-0.02, 0.001),
    ]
    disc = loft(stacked([(_ring(style, size_x, size_y, o), z) for o, z in offsets]), crease_rad=0.5)
    hinge = size_x / 2 - 0.0045
    swung = disc.moved((hinge, 0.0, 0.0)).turned(turn_about("y", -angle))
    return swung.moved((-hinge, 0.0, tall + 0.0002))


TIN = ProceduralAsset(
    name="tin",
    kind="model",
    category="tin",
    tags=("table", "waste", "packaging", "food", "metal", "container", "can"),
    size_m=0.11,
    description="A ribbed steel food tin with a paper label, round or for fish, closed, opened or crushed.",
    parameters={
        "style": Choice(tuple(SIZES), "soup", (0.35, 0.15, 0.15, 0.2, 0.15)),
        "height_factor": Number(0.9, 1.1, 1.0),
        "bead_count": Integer(0, 7, 5),
        "bead_depth_m": Number(0.0006, 0.0014, 0.001, "m"),
        "label": Choice(("paper", "bare"), "paper", (0.8, 0.2)),
        "design": Integer(0, DESIGNS - 1, 3),
        "opening": Choice(("closed", "open"), "closed", (0.65, 0.35)),
        "lid_angle_rad": Number(0.5, 2.1, 1.5),
        "crush": Number(0.0, 1.0, 0.0),
        "dirt": Number(0.0, 0.6, 0.1),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("body", "inside", "tab", "label"),
    keypoints=("base", "top"),
)

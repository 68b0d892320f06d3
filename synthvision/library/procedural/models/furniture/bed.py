"""A bed: frame with a headboard, mattress, a rumpled duvet and pillows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.finishes import FABRICS, fabric, in_tiles, metal, timber, wooden_uvs
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.models.furniture.upholstery import FABRIC_COLOURS, cloth_uvs, soft_block
from synthvision.library.procedural.shapes.box_sets import BoxSet
from synthvision.library.procedural.shapes.cushions import Cushion, cushion, cushion_piping
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join, turn_about
from synthvision.library.procedural.shapes.rods import bent_path, rods, tube_along
from synthvision.library.procedural.shapes.section_bodies import thick_sheet

__all__ = ["BED"]

LONG_M = 2.0


def _build(params: Mapping[str, Any]) -> Model:
    seed = int(params["seed"])
    rng = rng_for(seed, 0, "bed.parts")
    wide = {"single": 0.9, "queen": 1.4, "king": 1.8}[str(params["size"])]
    frame_top, thick = float(params["frame_m"]), float(params["mattress_m"])
    sleep = frame_top + thick - 0.05
    head = sleep + float(params["headboard_m"])
    style = str(params["style"])
    if style == "padded":
        cloth = fabric("frame", str(params["fabric"]), rgb(params["frame_colour"]), seed)
        frame, feet = _padded_frame(wide, frame_top, head)
        pieces: list[tuple[Mesh, Material]] = [
            (cloth_uvs(frame), cloth),
            (wooden_uvs(feet), timber("legs", str(params["wood"]), seed, varnish=0.2)),
        ]
    elif style == "metal":
        pieces = [(in_tiles(_metal_frame(wide, frame_top, head)), metal("frame", "black", seed, dirt=0.1))]
    else:
        pieces = [
            (
                wooden_uvs(_wooden_frame(rng, wide, frame_top, head, int(params["boards"]))),
                timber("frame", str(params["wood"]), seed, roughness=0.5, varnish=0.25),
            )
        ]
    shape = Cushion((LONG_M, wide, thick), 0.05, 0.012, 0.004, 0.0, 0.002, flat_bottom=True, cells=2)
    middle = (0.0, 0.0, frame_top - 0.05 + thick / 2)
    mattress = cloth_uvs(
        join([cushion(shape, seed), *(cushion_piping(shape, seed, share, 0.004) for share in (-0.8, 0.8))]).moved(
            middle
        )
    )
    pieces.append((mattress, fabric("mattress", "linen", (0.72, 0.71, 0.68), seed)))
    count = 1 if wide < 1.0 else 2
    pillows = []
    for k in range(count):
        y = (k - (count - 1) / 2) * wide / count
        pillow = cushion(
            Cushion((0.46, min(0.72, wide / count - 0.08), 0.09), 0.042, 0.05, -0.01, 0.03, 0.009, pinch=0.9, cells=3),
            seed + k,
        )
        turn = turn_about("z", float(rng.normal(0, 0.07))) @ turn_about("y", -0.18 - float(rng.uniform(0, 0.22)))
        pillows.append(pillow.turned(turn).moved((-0.72 + float(rng.normal(0, 0.02)), y, sleep + 0.115)))
    linen = fabric("pillows", "linen", rgb(params["pillow_colour"]), seed)
    pieces.append((cloth_uvs(join(pillows)), linen))
    duvet = _duvet(seed, wide, sleep, float(params["rumple"]), float(params["turned_down_m"]), thick)
    pieces.append(
        (cloth_uvs(duvet), fabric("duvet", str(params["duvet_weave"]), rgb(params["duvet_colour"]), seed + 1))
    )
    half_l, half_w = LONG_M / 2, wide / 2
    return assembled(
        "bed",
        params,
        pieces,
        attributes={"size": str(params["size"]), "style": style},
        keypoints={
            "centre": (0.0, 0.0, sleep),
            "head_left": (-half_l, half_w, sleep),
            "head_right": (-half_l, -half_w, sleep),
            "foot_left": (half_l, half_w, sleep),
            "foot_right": (half_l, -half_w, sleep),
            "headboard_top_left": (-half_l - 0.04, half_w, head),
            "headboard_top_right": (-half_l - 0.04, -half_w, head),
            "pillow": (-0.72, _first_pillow_y(count, wide), sleep + 0.15),
        },
    )


def _first_pillow_y(count: int, wide: float) -> float:
    """Where the first pillow lies across the bed."""
    return -(count - 1) / 2 * wide / count


def _padded_frame(wide: float, top: float, head: float) -> tuple[Mesh, Mesh]:
    """Box frame and headboard covered in cloth, the headboard in upright channels."""
    low = 0.1
    rail = soft_block((LONG_M + 0.08, 0.07, top - low), 0.025, 0.004, cells=2)
    parts = [rail.moved((0.0, side * (wide / 2 + 0.035), (top + low) / 2)) for side in (-1, 1)]
    parts.append(
        soft_block((0.07, wide + 0.14, top - low), 0.025, 0.004, cells=2).moved(
            (LONG_M / 2 + 0.035, 0.0, (top + low) / 2)
        )
    )
    channels = 5
    pitch = (wide + 0.14) / channels
    for k in range(channels):
        panel = soft_block((0.1, pitch - 0.003, head - low), 0.04, 0.012, cells=1)
        parts.append(panel.moved((-LONG_M / 2 - 0.055, (k - (channels - 1) / 2) * pitch, (head + low) / 2)))
    places = [(x, y) for x in (-0.95, 0.95) for y in (-wide / 2, wide / 2)]
    feet = rods([(x, y, 0.0) for x, y in places], [(x, y, low + 0.02) for x, y in places], 0.022, 12)
    return join(parts), feet


def _metal_frame(wide: float, top: float, head: float) -> Mesh:
    """Tube frame: bowed head and foot ends with bars."""
    parts = []
    for x, high in ((-LONG_M / 2 - 0.02, head), (LONG_M / 2 + 0.02, top + 0.28)):
        half = wide / 2 + 0.02
        parts.append(
            tube_along(
                bent_path([(x, -half, 0.0), (x, -half, high), (x, half, high), (x, half, 0.0)], 0.13, 5), 0.017, 10
            )
        )
        count = max(round(wide / 0.14), 5)
        ys = np.linspace(-half, half, count + 2)[1:-1]
        parts.append(rods([(x, y, top - 0.1) for y in ys], [(x, y, high) for y in ys], 0.0075, 6))
        parts.append(rods([(x, -half, top - 0.1)], [(x, half, top - 0.1)], 0.012, 8))
    sides = [(s * (wide / 2 + 0.005)) for s in (-1, 1)]
    rails = BoxSet(rng_for(0, 0, "bed.rails"))
    for y in sides:
        rails.add((LONG_M, 0.03, 0.07), (0.0, y, top - 0.06))
    rails.add((LONG_M, wide, 0.02), (0.0, 0.0, top - 0.07))
    return join([*parts, rails.mesh(0.003)])


def _wooden_frame(rng: np.random.Generator, wide: float, top: float, head: float, boards: int) -> Mesh:
    """Side rails, legs, a headboard of boards between posts, a low foot end."""
    boxes = BoxSet(rng)
    half = wide / 2 + 0.02
    for side in (-1, 1):
        boxes.add((LONG_M, 0.028, 0.15), (0.0, side * half, top - 0.075))
        boxes.add((0.07, 0.06, head), (-LONG_M / 2 - 0.035, side * (half - 0.01), head / 2), "z")
        boxes.add((0.06, 0.06, top + 0.01), (LONG_M / 2 + 0.02, side * (half - 0.01), (top + 0.01) / 2), "z")
    boxes.add((0.028, 2 * half - 0.06, 0.15), (LONG_M / 2 + 0.02, 0.0, top - 0.075), "y")
    low = top - 0.05
    tall = (head - low) / boards
    for k in range(boards):
        boxes.add((0.024, 2 * half - 0.06, tall * 0.9), (-LONG_M / 2 - 0.035, 0.0, low + (k + 0.5) * tall), "y")
    boxes.add((0.09, 2 * half + 0.07, 0.03), (-LONG_M / 2 - 0.035, 0.0, head + 0.012), "y")
    for k in range(9):
        boxes.add((0.09, wide, 0.018), (-0.9 + k * 0.225, 0.0, top - 0.062), "y")
    return boxes.mesh(0.004, 0.05)


def _duvet(seed: int, wide: float, top: float, rumple: float, down: float, thick: float) -> Mesh:
    """A quilt over the mattress that hangs down its sides, with folds and a turned-down edge."""
    rng = rng_for(seed, 0, "bed.duvet")
    over = 0.22 + 0.05 * rumple
    rows, columns = 25, 24
    start = -LONG_M / 2 + 0.42 + down
    x = np.linspace(start, LONG_M / 2 + 0.1, columns)
    across = np.linspace(-wide / 2 - over, wide / 2 + over, rows)
    grid_x, grid_y = np.meshgrid(x, across)
    waves = rng.normal(0, 1, (9, 2)) * [7.0, 6.0]
    phases = rng.uniform(0, 6.28, 9)
    folds = np.zeros_like(grid_x)
    for k, (wave, phase) in enumerate(zip(waves, phases, strict=True)):
        ridge = np.sin(grid_x * wave[0] + grid_y * wave[1] + phase)
        folds += (0.5 + 0.5 * ridge) ** 3 / (1.0 + 0.25 * k)
    height = 0.03 + (0.006 + 0.022 * rumple) * folds
    half = wide / 2 + 0.012
    flat = np.clip(grid_y, -half, half)
    beyond = np.abs(grid_y) - half
    drop = np.clip(beyond, 0, None)
    # Over the edge the quilt turns down along a quarter circle, then hangs and sways out.
    bend = 0.07
    angle = np.clip(drop / bend, 0, np.pi / 2)
    hang = np.clip(drop - bend * np.pi / 2, 0, None)
    sway = 0.02 * rumple * np.sin(9 * grid_x + phases[0]) * np.clip(hang / 0.1, 0, 1)
    place_y = flat + np.sign(grid_y) * (bend * np.sin(angle) + 0.12 * hang + sway)
    place_z = top + height * np.cos(angle) ** 0.5 - bend * (1 - np.cos(angle)) - hang
    place_y = place_y + np.sign(grid_y) * height * np.sin(angle) * 0.7
    end = np.clip(grid_x - (LONG_M / 2 - 0.02), 0, None)
    place_z = place_z - np.clip(end, 0, 1) ** 1.0 * 0.8
    fold_back = np.exp(-(((grid_x - start) / 0.05) ** 2))
    place_z = np.maximum(place_z + 0.02 * fold_back * (drop == 0), top - 0.8 * thick)
    grid: Floats = np.stack([grid_x + 0.012 * rumple * np.sin(7 * grid_y + phases[1]), place_y, place_z], axis=-1)
    return thick_sheet(grid, 0.022)


BED = ProceduralAsset(
    name="bed",
    kind="model",
    category="bed",
    tags=("furniture", "room", "bedroom", "indoor", "sleep"),
    size_m=2.1,
    description="A bed with a wooden, metal or padded frame, mattress, rumpled duvet and pillows.",
    parameters={
        "size": Choice(("single", "queen", "king"), "queen"),
        "style": Choice(("wooden", "padded", "metal"), "wooden", (0.45, 0.35, 0.2)),
        "frame_m": Number(0.26, 0.4, 0.32, "m"),
        "mattress_m": Number(0.18, 0.28, 0.22, "m"),
        "headboard_m": Number(0.28, 0.75, 0.45, "m"),
        "boards": Integer(1, 4, 3),
        "wood": Choice(("oak", "pine", "walnut", "beech", "stained"), "oak"),
        "fabric": Choice(FABRICS, "linen"),
        "frame_colour": FABRIC_COLOURS,
        "pillow_colour": Colour(((0.72, 0.71, 0.68), (0.66, 0.66, 0.67), (0.4, 0.45, 0.5), (0.55, 0.48, 0.38)), 0.08),
        "duvet_weave": Choice(("linen", "melange", "velvet"), "linen"),
        "duvet_colour": Colour(
            (
                (0.7, 0.69, 0.66),
                (0.25, 0.32, 0.4),
                (0.45, 0.4, 0.32),
                (0.2, 0.26, 0.2),
                (0.5, 0.3, 0.26),
                (0.12, 0.14, 0.2),
            ),
            0.12,
        ),
        "rumple": Number(0.0, 1.0, 0.4),
        "turned_down_m": Number(0.0, 0.35, 0.1, "m"),
        "seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("frame", "legs", "mattress", "pillows", "duvet"),
    keypoints=(
        "centre",
        "head_left",
        "head_right",
        "foot_left",
        "foot_right",
        "headboard_top_left",
        "headboard_top_right",
        "pillow",
    ),
)

"""Belt conveyors: belt around two drums, side rails of aluminium profile, legs, drive, guide rails."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model, Texture
from synthvision.library.parameters import Choice, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import LinearColour, assembled, opaque
from synthvision.library.procedural.models.machine_parts.electronics import rounded_boxes
from synthvision.library.procedural.models.machine_parts.finishes import charted, coated, lathed, plastic
from synthvision.library.procedural.models.machine_parts.placing import around_z, laid_along_x, named_metal
from synthvision.library.procedural.noise import (
    Image,
    encode_srgb,
    fbm,
    make_texture,
    normal_map,
    quantise,
    smoothstep,
    white_noise,
)
from synthvision.library.procedural.shapes.drilled_plates import Rim, drilled_plate, edge, outline
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, grid_triangles, join, turn_about
from synthvision.library.procedural.shapes.profiles import filleted
from synthvision.library.procedural.wear import scratch_lines

__all__ = ["CONVEYOR_BELT"]

TILE_M = 0.25
TURN_STEPS = 10
COARSE = 0.22
"""Marks on the frame are larger than on small parts, so that they do not repeat in sight."""

#: Colour and roughness of belts.
BELTS: dict[str, tuple[LinearColour, float]] = {
    "rubber": ((0.028, 0.028, 0.03), 0.75),
    "pvc_green": ((0.02, 0.16, 0.08), 0.4),
    "pvc_white": ((0.7, 0.7, 0.67), 0.42),
    "pvc_black": ((0.035, 0.035, 0.038), 0.42),
    "modular_blue": ((0.02, 0.11, 0.42), 0.38),
    "modular_grey": ((0.32, 0.33, 0.34), 0.4),
}


def _build(params: Mapping[str, Any]) -> Model:
    long, wide = float(params["length_m"]), float(params["belt_width_m"])
    stands = str(params["legs"]) == "yes"
    drum = float(params["drum_m"]) / 2
    top = float(params["top_m"]) if stands else 2 * drum + 0.03
    seed = int(params["wear_seed"])
    kind = str(params["belt"])
    thick = 0.012 if kind.startswith("modular") else 0.003
    axis_z = top - drum - thick
    half = long / 2 - drum - thick
    belt = _belt(half, wide, drum, thick, axis_z)
    colour, rough = BELTS[kind]
    base, data, bumps = _belt_maps(kind, seed % 4)
    cover = Material(
        name="belt",
        base_colour=opaque(colour),
        base_colour_map=base,
        roughness=rough * 1.2,
        metallic_roughness_map=data,
        normal_map=bumps,
    )
    frame = named_metal("frame", "aluminium", "brushed", seed)
    pieces: list[tuple[Mesh, Material]] = [(belt, cover)]
    drums = [_drum(drum - 0.0006, wide + 0.012).moved((side * half, 0.0, axis_z)) for side in (-1.0, 1.0)]
    pieces.append((join(drums), named_metal("drum", "steel", "turned", seed)))
    rail_y = wide / 2 + 0.012
    # A little under the belt, so that the belt is the highest flat place.
    rail_high = 2 * drum - 0.004
    rails = [
        _rail(long - 0.01, rail_high, side).moved((0.0, side * (rail_y + 0.015), axis_z + 0.002))
        for side in (-1.0, 1.0)
    ]
    cross_count = max(round(long / 0.5), 2)
    bars = [
        ((0.03, 2 * rail_y, 0.02), (float(x), 0.0, axis_z - 0.012))
        for x in np.linspace(-0.8 * half, 0.8 * half, cross_count)
    ]
    pieces.append((join([*rails, rounded_boxes(bars, 0.001)]).placed_uvs((COARSE, COARSE)), frame))
    pieces.append((_end_plates(half, rail_y, drum, axis_z), coated("bearing_plate", (0.055, 0.06, 0.065), seed=seed)))
    if stands:
        pieces += _legs(half, rail_y + 0.015, axis_z - drum, seed)
    pieces += _drive(str(params["drive"]), half, rail_y, drum, axis_z, seed)
    if str(params["guides"]) == "yes":
        pieces += _guides(long, rail_y, top, seed)
    points = {
        "belt_centre": (0.0, 0.0, top),
        "belt_front": (half, 0.0, top),
        "belt_back": (-half, 0.0, top),
        "belt_left": (0.0, wide / 2, top),
        "belt_right": (0.0, -wide / 2, top),
    }
    return assembled(
        "conveyor_belt",
        params,
        pieces,
        attributes={"belt": kind, "legs": str(params["legs"])},
        keypoints=points,
    )


def _belt(half: float, wide: float, drum: float, thick: float, axis_z: float) -> Mesh:
    """The endless band: outside, inside and edges, drawn as a closed path in x and z."""
    turn = np.linspace(-np.pi / 2, np.pi / 2, TURN_STEPS + 1)
    right = np.stack([half + 0 * turn, 0 * turn], axis=1), np.stack([np.cos(turn), np.sin(turn)], axis=1)
    left = np.stack([-half + 0 * turn, 0 * turn], axis=1), -np.stack([np.cos(turn), np.sin(turn)], axis=1)
    middle = np.concatenate([right[0], left[0], right[0][:1]])
    facing = np.concatenate([right[1], left[1], right[1][:1]])
    # The strands are divided, so that light and fog are right along a long belt.
    outer, inner = middle + facing * (drum + thick), middle + facing * drum
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(outer, axis=0), axis=1))])
    # Whole repeats around, so that there is no seam.
    along *= max(round(along[-1] / TILE_M), 1) / along[-1]
    bevel = min(0.3 * thick, 0.001)
    y = np.array([-wide / 2, -wide / 2 + bevel, wide / 2 - bevel, wide / 2])
    sink = np.array([bevel, 0.0, 0.0, bevel])

    def skin(path: Floats, sign: float, depth: Floats) -> Mesh:
        flat = path[:, None] - sign * facing[:, None] * depth[None, :, None]
        rows = flat.shape[:2]
        positions = np.stack([flat[..., 0], np.broadcast_to(y[None], rows), flat[..., 1] + axis_z], axis=-1)
        lean = np.array([-0.7, 0.0, 0.0, 0.7])
        normals = np.stack(
            [
                sign * facing[:, None, 0] + 0 * lean,
                0 * facing[:, :1] + lean[None],
                sign * facing[:, None, 1] + 0 * lean,
            ],
            axis=-1,
        )
        normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
        uvs = np.stack(np.broadcast_arrays(along[:, None], y[None] / TILE_M), axis=-1)
        triangles = grid_triangles(*rows)
        return Mesh(
            positions.reshape(-1, 3),
            normals.reshape(-1, 3),
            uvs.reshape(-1, 2),
            triangles if sign < 0 else triangles[:, ::-1],
        )

    outside = skin(outer, 1.0, sink)
    inside = skin(inner, -1.0, 0.0 * sink)
    edges = []
    for side, column in ((-1.0, 0), (1.0, 3)):
        ring_out = outside.positions_n3.reshape(len(along), 4, 3)[:, column]
        ring_in = inside.positions_n3.reshape(len(along), 4, 3)[:, column]
        positions = np.concatenate([ring_in, ring_out])
        normals = np.tile([0.0, side, 0.0], (len(positions), 1))
        uvs = np.concatenate([np.stack([along, 0 * along], axis=1), np.stack([along, 0 * along + 0.01], axis=1)])
        triangles = grid_triangles(2, len(along))
        edges.append(Mesh(positions, normals, uvs, triangles if side > 0 else triangles[:, ::-1]))
    fixed = [_turned_right(mesh) for mesh in (outside, inside, *edges)]
    return join(fixed).without_slivers()


def _turned_right(mesh: Mesh) -> Mesh:
    """Triangles turned over where they face against their normals."""
    a, b, c = (mesh.positions_n3[mesh.triangles_m3[:, corner]] for corner in range(3))
    shading = mesh.normals_n3[mesh.triangles_m3].sum(axis=1)
    if float(np.einsum("ij,ij->", np.cross(b - a, c - a), shading)) >= 0:
        return mesh
    return Mesh(mesh.positions_n3, mesh.normals_n3, mesh.uvs_n2, mesh.triangles_m3[:, ::-1])


@lru_cache(maxsize=16)
def _belt_maps(kind: str, seed: int) -> tuple[Texture, Texture, Texture]:
    """Base colour, roughness and normals of a quarter of a metre of belt, repeating."""
    rng = rng_for(seed, 0, f"conveyor.{kind}")
    shape = (512, 512)
    grain = fbm(rng, shape, (96, 96), 2, 0.5)
    cloud = fbm(rng, shape, (3, 3), 4, 0.5)
    stains = smoothstep(1.0, 2.4, fbm(rng, shape, (6, 6), 4, 0.55))
    # Goods and scrapers leave their marks along the belt, which is along u.
    streaks = smoothstep(0.9, 2.2, fbm(rng, shape, (40, 3), 3, 0.5))
    lines = scratch_lines(rng, shape, 40, 160.0)
    # A fabric of fine grain: coarse or deep, it would look like water from near.
    height, dark = np.asarray(0.07 * white_noise(rng, shape) + 0.03 * grain, np.float32), np.zeros(shape, np.float32)
    if kind.startswith("modular"):
        height, dark = _links(shape)
    elif kind == "rubber":
        y, x = np.mgrid[0:512, 0:512].astype(np.float32)
        height = np.asarray(
            0.06 * grain + 0.35 * (np.maximum(np.cos(2 * np.pi * x / 8), 0) * np.maximum(np.cos(2 * np.pi * y / 8), 0)),
            np.float32,
        )
    tone = (0.86 + 0.05 * cloud - 0.16 * stains - 0.1 * streaks + 0.12 * lines) * (1.0 - 0.75 * dark)
    rough = 0.8 + 0.05 * cloud + 0.12 * stains - 0.12 * streaks + 0.2 * lines
    full = np.full(shape, 255, np.uint8)
    base = np.clip(np.stack([tone, tone - 0.01 * stains, tone - 0.03 * stains], axis=-1), 0.02, 1.0)
    return (
        make_texture(encode_srgb(base), is_srgb=True),
        make_texture(np.stack([full, quantise(rough), full], axis=-1), is_srgb=False),
        make_texture(normal_map(np.asarray(height - 0.1 * lines, np.float32), 1.0), is_srgb=False),
    )


def _links(shape: tuple[int, int]) -> tuple[Image, Image]:
    """Rows of interlocking links of 25 mm: gaps between fingers, hinges across."""
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    pitch = shape[1] / 10
    row = np.floor(x / pitch)
    along = x % pitch
    finger = shape[0] / 16
    across = (y + 0.5 * finger * (row % 2)) % finger
    hinge = np.minimum(along, pitch - along)
    near = smoothstep(9.0, 7.0, hinge)
    slot = smoothstep(2.6, 1.2, np.abs(across - finger / 2)) * near
    groove = smoothstep(2.4, 1.0, np.abs(along - 7.5)) + smoothstep(2.4, 1.0, np.abs(along - pitch + 7.5))
    alternate = ((np.floor((y + 0.5 * finger * (row % 2)) / finger) % 2) > 0.5) * groove
    dark = np.clip(slot + alternate + smoothstep(2.0, 0.8, hinge) * 0.6, 0.0, 1.0)
    bead = 1.5 * np.sqrt(np.maximum(1.0 - (hinge / 9.0) ** 2, 0.0))
    return np.asarray(bead - 4.0 * dark, np.float32), np.asarray(dark, np.float32)


def _drum(radius: float, wide: float) -> Mesh:
    """A drum along y with its shaft."""
    half = wide / 2
    r = radius
    section = filleted(
        [
            (0.0, -half - 0.014),
            (0.2 * r + 0.003, -half - 0.014),
            (0.2 * r + 0.003, -half),
            (r, -half),
            (r, half),
            (0.2 * r + 0.003, half),
            (0.2 * r + 0.003, half + 0.014),
            (0.0, half + 0.014),
        ],
        [0.0, 0.0008, 0.0, 0.001, 0.001, 0.0, 0.0008, 0.0],
    )
    return lathed(section, 24).turned(turn_about("x", np.pi / 2))


def _rail(long: float, high: float, side: float) -> Mesh:
    """Aluminium profile of 30 mm with slots (as ISO 4017 hammer nuts fit), along x."""
    d, h = 0.015, high / 2
    slot, deep = 0.0042, 0.006
    corners = [(-d, -h), (d, -h)]
    for z in (-0.4 * h, 0.4 * h) if high > 0.055 else (0.0,):
        corners += [(d, z - slot), (d - deep, z - slot), (d - deep, z + slot), (d, z + slot)]
    corners += [(d, h), (-d, h)]
    ring = outline(corners, [0.0015, 0.0015, *([0.0] * (len(corners) - 4)), 0.0015, 0.0015])
    body, _ = drilled_plate(Rim(ring, edge(-long / 2, long / 2, 0.0006, steps=1)))
    # Drawn in y and z with its length along z; slots look outwards.
    turn = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    placed = charted(body).turned(turn)
    return placed if side > 0 else placed.turned(turn_about("z", np.pi))


def _end_plates(half: float, rail_y: float, drum: float, axis_z: float) -> Mesh:
    """Plates with the bearings of the drums, and their tensioning screws."""
    boxes = [
        ((1.9 * drum + 0.03, 0.006, 1.7 * drum), (x, side * (rail_y + 0.0335), axis_z - 0.85 * drum))
        for x in (-half, half)
        for side in (-1.0, 1.0)
    ]
    hub = filleted(
        [(0.0, -0.001), (0.55 * drum, -0.001), (0.55 * drum, 0.006), (0.3 * drum, 0.009), (0.0, 0.009)],
        [0.0, 0.0, 0.002, 0.001, 0.0],
    )
    hubs = []
    for x in (-half, half):
        for side in (-1.0, 1.0):
            turned = lathed(hub, 20).turned(turn_about("x", -side * np.pi / 2))
            hubs.append(turned.moved((x, side * (rail_y + 0.0365), axis_z)))
    return join([rounded_boxes(boxes, 0.0015), *hubs])


def _legs(half: float, y: float, under_z: float, seed: int) -> list[tuple[Mesh, Material]]:
    """Posts of profile with cross bars, and levelling feet."""
    places = [(sx * 0.72 * half, sy * y) for sx in (-1, 1) for sy in (-1, 1)]
    foot_high = 0.05
    posts = [((0.04, 0.03, under_z - foot_high + 0.006), (x, sy, foot_high)) for x, sy in places]
    ties = [((0.03, 2 * y - 0.03, 0.03), (sx * 0.72 * half, 0.0, 0.3 * under_z)) for sx in (-1, 1)]
    if under_z > 0.45:
        ties += [((1.44 * half - 0.04, 0.03, 0.03), (0.0, sy * y, 0.22 * under_z)) for sy in (-1, 1)]
    pad = filleted(
        [
            (0.0, 0.0),
            (0.028, 0.0),
            (0.027, 0.006),
            (0.012, 0.014),
            (0.008, 0.02),
            (0.0075, foot_high + 0.004),
            (0.0, foot_high + 0.004),
        ],
        [0.0, 0.001, 0.002, 0.003, 0.002, 0.0, 0.0],
        step_rad=0.6,
    )
    pads = [lathed(pad, 14).moved((x, sy, 0.0)) for x, sy in places]
    frame = named_metal("legs", "aluminium", "brushed", seed + 1)
    return [
        (rounded_boxes([*posts, *ties], 0.0012).placed_uvs((COARSE, COARSE)), frame),
        (join(pads), plastic("feet", (0.03, 0.03, 0.032), roughness=0.6, seed=seed)),
    ]


def _drive(kind: str, half: float, rail_y: float, drum: float, axis_z: float, seed: int) -> list[tuple[Mesh, Material]]:
    """A gear motor at the side of the front drum, or below the middle; a drum with the motor inside shows nothing."""
    paint = coated("drive", ((0.02, 0.09, 0.3), (0.1, 0.11, 0.12), (0.28, 0.3, 0.31))[seed % 3], seed=seed, gloss=0.5)
    box = 0.075
    if kind == "inside":
        cap = filleted([(0.0, 0.0), (0.6 * drum, 0.0), (0.55 * drum, 0.018), (0.0, 0.02)], [0.0, 0.001, 0.002, 0.0])
        return [(lathed(cap, 20).turned(turn_about("x", np.pi / 2)).moved((half, -rail_y - 0.036, axis_z)), paint)]
    if kind == "side":
        place = np.array([half, -rail_y - 0.036 - box / 2, axis_z])
    else:
        place = np.array([-0.25 * half, 0.0, axis_z - drum - 0.5 * box - 0.004])
    gear = rounded_boxes([((box, box, 1.1 * box), (0.0, 0.0, -0.55 * box))], 0.006)
    r = 0.42 * box
    motor = filleted(
        [
            (0.0, 0.0),
            (1.05 * r, 0.0),
            (1.05 * r, 0.008),
            (0.9 * r, 0.012),
            (0.9 * r, 0.1),
            (1.02 * r, 0.102),
            (1.02 * r, 0.135),
            (0.85 * r, 0.145),
            (0.0, 0.145),
        ],
        [0.0, 0.001, 0.001, 0.0, 0.0, 0.002, 0.006, 0.004, 0.0],
        step_rad=0.6,
    )
    fin = rounded_boxes([((0.16 * r, 0.0022, 0.086), (0.94 * r, 0.0, 0.014))], 0.0006)
    fins = around_z(fin, 14)
    terminal = rounded_boxes([((0.03, 0.045, 0.05), (0.95 * r + 0.006, 0.0, 0.04))], 0.003)
    turn = turn_about("y", -np.pi / 2)
    motor_set = join([lathed(motor, 24), fins, terminal]).turned(turn).moved((-0.5 * box + 0.002, 0.0, 0.0))
    return [(join([gear, motor_set]).moved(place), paint)]


def _guides(long: float, rail_y: float, top: float, seed: int) -> list[tuple[Mesh, Material]]:
    """Rails over the belt's edges on brackets."""
    rail = filleted(
        [(0.0, -0.46 * long), (0.006, -0.46 * long), (0.006, 0.46 * long), (0.0, 0.46 * long)], [0.0, 0.003, 0.003, 0.0]
    )
    bars = [
        lathed(rail, 12).turned(laid_along_x()).moved((0.0, side * (rail_y - 0.012), top + 0.045)) for side in (-1, 1)
    ]
    count = max(round(long / 0.6), 2)
    posts = []
    for x in np.linspace(-0.4 * long, 0.4 * long, count):
        for side in (-1, 1):
            posts.append(((0.022, 0.004, 0.075), (float(x), side * (rail_y + 0.033), top - 0.025)))
            posts.append(((0.012, 0.048, 0.008), (float(x), side * (rail_y + 0.012), top + 0.041)))
    return [
        (join(bars), plastic("guide", (0.7, 0.7, 0.66) if seed % 2 else (0.03, 0.2, 0.06), roughness=0.4, seed=seed)),
        (rounded_boxes(posts, 0.0008), named_metal("bracket", "stainless", "brushed", seed)),
    ]


CONVEYOR_BELT = ProceduralAsset(
    name="conveyor_belt",
    kind="model",
    category="conveyor",
    tags=("inspection", "conveyor", "stage", "machine", "factory", "warehouse"),
    size_m=1.4,
    description="A belt conveyor with drums, side rails, drive, legs and guide rails; rubber, PVC or modular belt.",
    parameters={
        "length_m": Number(0.6, 3.0, 1.4, "m"),
        "belt_width_m": Number(0.15, 0.6, 0.32, "m"),
        "drum_m": Number(0.04, 0.09, 0.06, "m"),
        "top_m": Number(0.45, 0.95, 0.75, "m"),
        "legs": Choice(("no", "yes"), "yes", (0.3, 0.7)),
        "belt": Choice(tuple(BELTS), "pvc_green", (0.25, 0.2, 0.15, 0.15, 0.15, 0.1)),
        "drive": Choice(("side", "below", "inside"), "side", (0.5, 0.3, 0.2)),
        "guides": Choice(("no", "yes"), "no", (0.6, 0.4)),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("belt", "frame", "drum", "bearing_plate", "legs", "feet", "drive", "guide", "bracket"),
    keypoints=("belt_centre", "belt_front", "belt_back", "belt_left", "belt_right"),
)

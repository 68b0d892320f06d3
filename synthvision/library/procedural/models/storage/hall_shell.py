"""A hall: concrete floor with painted lanes, clad walls, steel frames and trusses, lamps, dock doors, roof lights."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model, Texture
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.finishes import in_tiles, metal, painted, plastic
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.models.interior import (
    SLAB_M,
    floor_slab,
    on_wall,
    wall_box,
    wall_boxes,
)
from synthvision.library.procedural.models.storage.hall_plan import Hall, hall_plan
from synthvision.library.procedural.noise import (
    blur,
    encode_srgb,
    fbm,
    make_texture,
    normal_map,
    smoothstep,
    white_noise,
)
from synthvision.library.procedural.shapes.box_sets import BoxSet
from synthvision.library.procedural.shapes.mesh import Mesh, join
from synthvision.library.procedural.shapes.profiles import Profile
from synthvision.library.procedural.shapes.quads import plain_boxes, quad_mesh
from synthvision.library.procedural.shapes.revolve import revolve
from synthvision.library.procedural.shapes.rods import rods
from synthvision.library.procedural.skies.directions import blackbody_rgb

__all__ = ["HALL_SHELL"]

#: Lamps are seen with at most this luminance, far above white paper in their light.
_LAMP_SEEN_CD_M2 = 6000.0
_LINE_M, _PAINT_M = 0.1, 0.0015
_STEEL_M = 0.22
_PLINTH_M = 1.1
#: Paint repeats after so many metres.
_PAINT_TILE_M = 1.6
#: Sheet metal repeats after so many metres.
_SHEET_M = 1.0


def _build(params: Mapping[str, Any]) -> Model:
    hall = hall_plan(params)
    plan, seed = hall.plan, int(params["wear_seed"])
    rng = rng_for(seed, 0, "hall_shell.parts")
    height = plan.size_m[2]
    clad, steel = rgb(params["wall_colour"]), rgb(params["steel_colour"])
    pieces: list[tuple[Mesh, Material]] = [
        (floor_slab(plan, -SLAB_M, 0.0), Material(name="floor", base_colour=(0.33, 0.32, 0.3, 1.0), roughness=0.5)),
        (wall_boxes(plan), Material(name="wall", base_colour=(0.5, 0.5, 0.49, 1.0), roughness=0.85)),
        (
            floor_slab(plan, height, height + SLAB_M),
            Material(name="ceiling", base_colour=(0.62, 0.62, 0.6, 1.0), roughness=0.8),
        ),
        (_cladding(hall).placed_uvs((1 / _SHEET_M, 1 / _SHEET_M)), _sheeting(clad, seed)),
        (in_tiles(_steel(hall, params), seed), painted("steel", steel, seed, wear=0.2, dirt=0.3)),
        (in_tiles(_purlins(hall), seed), metal("purlins", "galvanised", seed, dirt=0.3)),
        (_lanes(hall, rng), _paint(rgb(params["lane_colour"]), seed, float(params["wear"]))),
    ]
    pieces += _docks(hall, rng, params, seed)
    pieces += _lamps(hall, params, seed)
    if params["roof_lights"] == "yes":
        shine = (plan.view_cd_m2,) * 3
        panes = Material(name="window", base_colour=(0.7, 0.72, 0.75, 1.0), roughness=0.5, emissive=shine)
        pieces.append((_roof_lights(hall), panes))
    x, y, z = plan.size_m
    return assembled(
        "hall_shell",
        params,
        pieces,
        attributes={"shell": "hall", "lamps": str(params["lamps"])},
        keypoints={
            "floor_centre": (0.0, 0.0, 0.0),
            "ceiling_centre": (0.0, 0.0, z),
            "corner_east_north": (x / 2, y / 2, 0.0),
            "corner_west_north": (-x / 2, y / 2, 0.0),
            "corner_west_south": (-x / 2, -y / 2, 0.0),
            "corner_east_south": (x / 2, -y / 2, 0.0),
        },
    )


def _cladding(hall: Hall) -> Mesh:
    """Sheet metal on the walls above a plinth, in pieces between the openings."""
    plan = hall.plan
    height = plan.size_m[2]
    corners = []
    for wall in range(4):
        holes = sorted((each for each in plan.openings if each.wall == wall), key=lambda each: each.middle_m)
        edges = [0.0]
        for each in holes:
            a, b = each.span_m[0] - 0.12, each.span_m[1] + 0.12
            corners.append(wall_box(plan, wall, (edges[-1], a), (_PLINTH_M, height), (-0.01, 0.03)))
            corners.append(wall_box(plan, wall, (a, b), (each.high_m + 0.14, height), (-0.01, 0.03)))
            edges.append(b)
        corners.append(wall_box(plan, wall, (edges[-1], plan.wall_length_m(wall)), (_PLINTH_M, height), (-0.01, 0.03)))
    return plain_boxes(np.array([low for low, _ in corners]), np.array([high for _, high in corners]))


def _sheeting(colour: tuple[float, float, float], seed: int) -> Material:
    return Material(
        name="cladding",
        base_colour=(*colour, 1.0),
        base_colour_map=_sheet_maps(seed % 4)[0],
        normal_map=_sheet_maps(seed % 4)[1],
        roughness=0.5,
    )


@lru_cache(maxsize=4)
def _sheet_maps(seed: int) -> tuple[Texture, Texture]:
    """Colour and normals of trapezoidal sheet: four upright ribs to a repeat of `_SHEET_M`, streaks of dirt below."""
    rng = rng_for(seed, 0, "hall_shell.sheet")
    across = (np.arange(512, dtype=np.float32) + 0.5) / 512 * 4 % 1.0
    rib = np.clip((0.30 - np.abs(across - 0.5)) / 0.09, 0.0, 1.0)
    height = np.broadcast_to(0.022 * rib, (512, 512)).astype(np.float32)
    cloud, streak = fbm(rng, (512, 512), (3, 3), 4, 0.6), blur(fbm(rng, (512, 512), (4, 64), 3, 0.6), 0.7, 24.0)
    valley = 1.0 - 0.12 * (1 - rib)
    tone = np.clip(0.92 * valley[None] * (1 + 0.03 * cloud + 0.05 * streak), 0.0, 1.0)
    colour = make_texture(encode_srgb(np.repeat(tone[:, :, None], 3, axis=2).astype(np.float32)), is_srgb=True)
    return colour, make_texture(normal_map(height, _SHEET_M / 512), is_srgb=False)


def _steel(hall: Hall, params: Mapping[str, Any]) -> Mesh:
    """Columns of rolled sections at the long walls, and trusses of two chords with a zigzag between."""
    length, width, height = hall.plan.size_m
    deep, edge = float(params["truss_m"]), 0.11
    frames = max(2, round(length / 6.5))
    middles: list[tuple[float, float, float]] = []
    sizes: list[tuple[float, float, float]] = []
    starts, ends = [], []
    for index in range(frames + 1):
        x = float(np.clip(length * (index / frames - 0.5), -length / 2 + 0.2, length / 2 - 0.2))
        for side in (-1, 1):
            y = side * (width / 2 - _STEEL_M / 2 + 0.005)
            tall = height - 0.01
            middles.append((x, y, tall / 2))
            sizes.append((0.012, _STEEL_M - 0.02, tall))
            for flange in (-1, 1):
                middles.append((x, y + flange * (_STEEL_M / 2 - 0.008), tall / 2))
                sizes.append((0.16, 0.016, tall))
        top, low = height - 0.07, height - deep
        middles += [(x, 0.0, top), (x, 0.0, low)]
        sizes += [(edge, width - 0.1, edge), (edge, width - 2 * _STEEL_M, edge)]
        bays = max(4, round(width / (1.8 * deep)))
        pitch = (width - 2 * _STEEL_M) / bays
        for bay in range(bays):
            y = -width / 2 + _STEEL_M + bay * pitch
            starts.append((x, y, low if bay % 2 else top))
            ends.append((x, y + pitch, top if bay % 2 else low))
    half = np.array(sizes) / 2
    return join([plain_boxes(np.array(middles) - half, np.array(middles) + half), rods(starts, ends, 0.035, 6)])


def _purlins(hall: Hall) -> Mesh:
    """Rails under the roof, from end to end."""
    length, width, height = hall.plan.size_m
    y = np.arange(-width / 2 + 0.9, width / 2 - 0.5, 1.8)
    low = np.column_stack([np.full(len(y), -length / 2), y - 0.03, np.full(len(y), height - 0.13)])
    return plain_boxes(low, low + np.array([length, 0.06, 0.15]))


def _lanes(hall: Hall, rng: np.random.Generator) -> Mesh:
    """Painted lines: along both sides of the aisles, round the open floor, and bays before the docks."""
    x0, x1 = hall.racks_x
    lines = []
    for y in hall.aisles:
        for side in (-1, 1):
            at = y + side * (hall.aisle_m / 2 - 0.12)
            lines.append((x0, at - _LINE_M / 2, x1, at + _LINE_M / 2))
    low, high = hall.staging
    length, _, _ = hall.plan.size_m
    east = length / 2 - 0.6
    inner = high - 0.35
    lines.append((-length / 2 + 0.8, inner - _LINE_M, x1, inner))
    lines.append((x1 + 0.4, low + 0.9, x1 + 0.4 + _LINE_M, hall.plan.size_m[1] / 2 - 0.8))
    lines.append((east - _LINE_M, low + 0.9, east, hall.plan.size_m[1] / 2 - 0.8))
    for each in hall.plan.openings:
        if each.wall == 3:
            a, b = each.span_m[0] - length / 2, each.span_m[1] - length / 2
            half = _LINE_M / 2
            lines += [(at - half, low + 0.3, at + half, low + 2.4) for at in (a - 0.3, b + 0.3)]
            # A hatched square that must be kept free.
            lines += [(a, low + 0.7 + step, b, low + 0.79 + step) for step in np.arange(0.0, 1.6, 0.4)]
    quads, uvs = [], []
    for ax, ay, bx, by in lines:
        quads.append([(ax, ay, _PAINT_M), (bx, ay, _PAINT_M), (bx, by, _PAINT_M), (ax, by, _PAINT_M)])
        start = rng.uniform(0, 1, 2)
        across = np.array([[0, 0], [bx - ax, 0], [bx - ax, by - ay], [0, by - ay]]) / _PAINT_TILE_M
        uvs.append(across + start)
    return quad_mesh(np.array(quads), np.array(uvs))


def _paint(colour: tuple[float, float, float], seed: int, wear: float) -> Material:
    return Material(
        name="lane_marking",
        base_colour=(*colour, 1.0),
        base_colour_map=_paint_texture(seed % 4, round(4 * wear) / 4),
        roughness=0.5,
        alpha_mode="mask",
        alpha_cutoff=0.5,
        double_sided=True,
    )


@lru_cache(maxsize=8)
def _paint_texture(seed: int, wear: float) -> Texture:
    """Floor paint that tyres have scuffed and torn."""
    rng = rng_for(seed, 0, "hall_shell.paint")
    shape = (512, 512)
    cloud, fine = fbm(rng, shape, (3, 3), 6, 0.65), fbm(rng, shape, (40, 40), 3, 0.7)
    scuffs = blur(white_noise(rng, shape), 14.0, 0.8)
    scuffs = scuffs / (np.abs(scuffs).max() + 1e-6)
    gone = smoothstep(-0.06, 0.06, cloud + 0.55 * fine + 1.2 * np.abs(scuffs) - (2.3 - 1.6 * wear))
    tone = np.clip(0.93 + 0.08 * fine - 0.35 * wear * np.clip(scuffs * 2, 0, 1) + 0.05 * cloud, 0.3, 1.0)
    picture = np.clip(255 * tone ** (1 / 2.2), 0, 255).astype(np.uint8)
    alpha = np.clip(255 * (1 - gone), 0, 255).astype(np.uint8)
    return make_texture(np.dstack([picture] * 3 + [alpha]), is_srgb=True)


def _docks(hall: Hall, rng: np.random.Generator, params: Mapping[str, Any], seed: int) -> list[tuple[Mesh, Material]]:
    """Sectional doors with ribs, a steel door for people, frames, and yellow posts beside the docks."""
    plan = hall.plan
    leaf, frame = BoxSet(rng), BoxSet(rng)
    starts, ends, stripes = [], [], []
    for each in plan.openings:
        (a, b), top = each.span_m, each.high_m
        level = "y" if each.wall in (0, 2) else "x"
        dock = each.wall == 3
        count = 6 if dock else 1
        for index in range(count):
            span = (a + 0.02, b - 0.02)
            heights = (index * top / count + 0.006, (index + 1) * top / count - 0.006)
            low, high = wall_box(plan, each.wall, span, heights, (-0.14, -0.09))
            leaf.add((high - low).tolist(), ((low + high) / 2).tolist(), level)
            for rib in (0.28, 0.72) if dock else ():
                at = heights[0] + rib * (heights[1] - heights[0])
                low, high = wall_box(
                    plan, each.wall, (span[0] + 0.03, span[1] - 0.03), (at - 0.05, at + 0.05), (-0.1, -0.08)
                )
                leaf.add((high - low).tolist(), ((low + high) / 2).tolist(), level)
        for span in ((a - 0.12, a + 0.02), (b - 0.02, b + 0.12)):
            low, high = wall_box(plan, each.wall, span, (0.0, top + 0.14), (-0.15, 0.04))
            frame.add((high - low).tolist(), ((low + high) / 2).tolist(), "z")
        low, high = wall_box(plan, each.wall, (a + 0.02, b - 0.02), (top - 0.02, top + 0.14), (-0.15, 0.039))
        frame.add((high - low).tolist(), ((low + high) / 2).tolist(), level)
        if dock:
            for at in (a - 0.32, b + 0.32):
                starts.append(on_wall(plan, 3, at, 0.0, 0.3))
                ends.append(on_wall(plan, 3, at, 1.05, 0.3))
                stripes += [(on_wall(plan, 3, at, z, 0.3), on_wall(plan, 3, at, z + 0.12, 0.3)) for z in (0.35, 0.62)]
    colour = rgb(params["door_colour"])
    return [
        (in_tiles(leaf.mesh(0.006), seed), painted("door", colour, seed + 1, wear=0.0, dirt=0.1, roughness=0.5)),
        (in_tiles(frame.mesh(0.006), seed), painted("frame", (0.06, 0.062, 0.065), seed, wear=0.3, dirt=0.4)),
        (in_tiles(rods(starts, ends, 0.055, 14)), painted("posts", (0.75, 0.48, 0.02), seed + 2, wear=0.6, dirt=0.4)),
        (
            in_tiles(rods([a for a, _ in stripes], [b for _, b in stripes], 0.0558, 14)),
            plastic("stripes", (0.03, 0.03, 0.03), seed, dirt=0.4),
        ),
    ]


def _lamps(hall: Hall, params: Mapping[str, Any], seed: int) -> list[tuple[Mesh, Material]]:
    """High-bay lamps or long strips on wires; those that are out do not glow."""
    plan = hall.plan
    red, green, blue = (float(value) for value in blackbody_rgb(plan.lamp_k))
    seen = min(plan.lamp_cd_m2, _LAMP_SEEN_CD_M2)
    housing: list[Mesh] = []
    lit: list[Mesh] = []
    out: list[Mesh] = []
    wires = []
    under = plan.size_m[2] - 0.02
    for each in plan.fixtures:
        x, y, z = each.centre_m
        wide, deep = each.size_m
        faces = lit if each.share > 0.3 else out
        if params["lamps"] == "high_bay":
            housing.append(_bell(wide / 2).moved((x, y, z)))
            faces.append(_disc(wide / 2 - 0.02).moved((x, y, z + 0.012)))
            wires.append(((x, y, z + 0.3), (x, y, under)))
        else:
            housing.append(_block((x, y, z + 0.045), (wide, deep, 0.07)))
            faces.append(_block((x, y, z + 0.006), (wide - 0.04, deep - 0.024, 0.012)))
            wires += [((x + s * wide / 3, y, z + 0.07), (x + s * wide / 3, y, under)) for s in (-1, 1)]
    pieces = [
        (in_tiles(join(housing), seed), plastic("lamp", (0.55, 0.55, 0.54), seed, dirt=0.3)),
        (in_tiles(rods([a for a, _ in wires], [b for _, b in wires], 0.004, 3)), metal("wires", "black", seed)),
    ]
    if lit:
        glow = Material(
            name="lamp_glow", base_colour=(0.8, 0.8, 0.78, 1.0), emissive=(red * seen, green * seen, blue * seen)
        )
        pieces.append((in_tiles(join(lit)), glow))
    if out:
        pieces.append((in_tiles(join(out)), plastic("lamp_off", (0.6, 0.6, 0.58), seed, dirt=0.2)))
    return pieces


def _block(middle: tuple[float, float, float], size: tuple[float, float, float]) -> Mesh:
    half = np.array(size) / 2
    return plain_boxes((np.array(middle) - half)[None], (np.array(middle) + half)[None])


def _bell(radius: float) -> Mesh:
    """A reflector, open below, with its driver on top."""
    points = np.array(
        [
            (0.0, 0.02),
            (radius - 0.015, 0.02),
            (radius, 0.0),
            (0.6 * radius, 0.16),
            (0.42 * radius, 0.2),
            (0.42 * radius, 0.3),
            (0.0, 0.3),
        ]
    )
    return revolve(_outline(points), 14).without_slivers()


def _disc(radius: float) -> Mesh:
    points = np.array([(0.0, -0.006), (radius, -0.006), (radius, 0.006), (0.0, 0.006)])
    return revolve(_outline(points), 14).without_slivers()


def _outline(points_k2: np.ndarray[Any, Any]) -> Profile:
    """Return a polyline with hard corners: every inner corner twice, each with the normal of one side."""
    way = np.diff(points_k2, axis=0)
    normal = np.column_stack([way[:, 1], -way[:, 0]])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    points = np.repeat(points_k2, 2, axis=0)[1:-1]
    return Profile(points, np.repeat(normal, 2, axis=0))


def _roof_lights(hall: Hall) -> Mesh:
    """Milky panes in the roof between the trusses."""
    length, width, height = hall.plan.size_m
    count = max(1, round(length / 9.0))
    lows, highs = [], []
    for index in range(count):
        x = length * ((index + 0.5) / count - 0.5)
        for y in (-width / 4, width / 4):
            lows.append((x - 0.8, y - 1.4, height - 0.012))
            highs.append((x + 0.8, y + 1.4, height + 0.01))
    return plain_boxes(np.array(lows), np.array(highs))


HALL_SHELL = ProceduralAsset(
    name="hall_shell",
    kind="model",
    category="hall",
    tags=("interior", "indoor", "warehouse", "industrial", "surroundings"),
    size_m=30.0,
    description="A warehouse hall with painted lanes, steel trusses, rows of lamps and dock doors, seen from inside.",
    parameters={
        "length_m": Number(18.0, 44.0, 28.0, "m"),
        "height_m": Number(5.0, 9.5, 7.0, "m"),
        "aisles": Integer(1, 3, 2),
        "aisle_m": Number(2.7, 4.2, 3.2, "m"),
        "rack_m": Number(1.05, 1.4, 1.2, "m"),
        "staging_m": Number(5.0, 11.0, 7.0, "m"),
        "docks": Integer(1, 5, 3),
        "truss_m": Number(0.6, 1.1, 0.8, "m"),
        "lamps": Choice(("high_bay", "strip"), "high_bay"),
        "lamp_pitch_m": Number(3.4, 6.5, 4.6, "m"),
        "dark_rows": Integer(0, 1, 0),
        "failed": Number(0.0, 0.25, 0.04),
        "roof_lights": Choice(("no", "yes"), "no", (0.6, 0.4)),
        "view_cd_m2": Number(50.0, 4000.0, 1200.0, "cd/m2", log=True),
        "lux": Number(60.0, 700.0, 220.0, "lux"),
        "lamp_k": Number(2900.0, 6500.0, 4600.0, "K"),
        "wall_colour": Colour(
            ((0.55, 0.56, 0.56), (0.55, 0.56, 0.56), (0.35, 0.38, 0.4), (0.5, 0.48, 0.42), (0.2, 0.28, 0.38)), 0.08
        ),
        "steel_colour": Colour(((0.3, 0.31, 0.32), (0.5, 0.5, 0.5), (0.06, 0.12, 0.3), (0.32, 0.08, 0.05)), 0.1),
        "lane_colour": Colour(((0.75, 0.5, 0.02), (0.75, 0.5, 0.02), (0.75, 0.75, 0.72), (0.62, 0.1, 0.05)), 0.08),
        "door_colour": Colour(((0.6, 0.6, 0.59), (0.1, 0.2, 0.42), (0.35, 0.37, 0.38)), 0.08),
        "wear": Number(0.0, 1.0, 0.5),
        "layout": Integer(0, 63, 0),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=(
        "floor", "wall", "ceiling", "cladding", "steel", "purlins", "lane_marking", "door", "frame", "posts", "stripes",
        "lamp", "lamp_glow", "lamp_off", "wires", "window",
    ),
    keypoints=(
        "floor_centre", "ceiling_centre", "corner_east_north", "corner_west_north", "corner_west_south",
        "corner_east_south",
    ),
)  # fmt: skip

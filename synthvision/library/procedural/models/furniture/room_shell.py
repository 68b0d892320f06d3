"""A room: floor, ceiling, walls with skirting, windows with what is seen outside, doors, ceiling lamps."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from itertools import pairwise
from typing import Any

import cv2
import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model, Texture
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.finishes import in_tiles, plastic
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.models.furniture.casework import (
    FINISHES,
    PAINTS,
    board_material,
    finished,
    handle_metal,
)
from synthvision.library.procedural.models.interior import (
    SLAB_M,
    WALL_M,
    Fixture,
    Opening,
    Plan,
    floor_slab,
    on_wall,
    spread_along,
    view_panes,
    wall_box,
    wall_boxes,
)
from synthvision.library.procedural.noise import encode_srgb, make_texture
from synthvision.library.procedural.shapes.box_sets import BoxSet
from synthvision.library.procedural.shapes.mesh import Mesh, join
from synthvision.library.procedural.shapes.profiles import Profile
from synthvision.library.procedural.shapes.revolve import revolve
from synthvision.library.procedural.shapes.rods import rods
from synthvision.library.procedural.skies.directions import blackbody_rgb
from synthvision.library.procedural.skies.views import window_view

__all__ = ["LAMP_SEEN_CD_M2", "ROOM_SHELL", "room_plan", "view_picture", "window_parts"]

#: Lamps are seen with at most this luminance, far above white paper in their light.
LAMP_SEEN_CD_M2 = 4000.0
_DOOR_WIDE_M, _DOOR_TALL_M = 0.9, 2.05
_SKIRTING_M = 0.014


def room_plan(params: Mapping[str, Any]) -> Plan:
    """Return where doors, windows and lamps of a room are, from the parameters of its shell."""
    rng = rng_for(int(params["layout"]), 0, "room_shell.plan")
    size = (float(params["length_m"]), float(params["width_m"]), float(params["height_m"]))
    wide, tall = float(params["window_width_m"]), float(params["window_height_m"])
    low = min(float(params["sill_m"]), size[2] - 0.3 - tall)
    low = max(low, 0.12)
    high = min(low + tall, size[2] - 0.22)
    lengths = (size[1], size[0], size[1], size[0])
    openings: list[Opening] = []
    for wall, count in ((1, int(params["windows"])), (0, int(params["side_windows"]))):
        places = spread_along(lengths[wall], wide, count, 0.35)
        openings += [Opening("window", wall, middle, wide, low, high) for middle in places]
    for wall in (2, 3)[: int(params["doors"])]:
        free = lengths[wall] - _DOOR_WIDE_M - 0.5
        middle = 0.25 + _DOOR_WIDE_M / 2 + free * float(rng.choice([0.06, 0.94, rng.uniform(0.2, 0.8)]))
        openings.append(Opening("door", wall, middle, _DOOR_WIDE_M, 0.0, _DOOR_TALL_M))
    return Plan(
        size_m=size,
        openings=tuple(openings),
        fixtures=_fixtures(str(params["lamps"]), size),
        view_cd_m2=float(params["view_cd_m2"]),
        lux=float(params["lux"]),
        lamp_k=float(params["lamp_k"]),
        view_k=float(params["view_k"]),
    )


def _fixtures(kind: str, size: tuple[float, float, float]) -> tuple[Fixture, ...]:
    x, y, z = size
    pitch, face, drop = {
        "panels": (2.4, (0.6, 0.6), 0.012),
        "strips": (2.6, (1.2, 0.16), 0.075),
        "pendant": (99.0, (0.34, 0.34), 0.62),
        "spots": (1.5, (0.09, 0.09), 0.008),
    }[kind]
    columns, rows = max(1, round(x / pitch)), max(1, round(y / pitch))
    return tuple(
        Fixture((x * ((i + 0.5) / columns - 0.5), y * ((j + 0.5) / rows - 0.5), z - drop), face, row=j)
        for j in range(rows)
        for i in range(columns)
    )


def _build(params: Mapping[str, Any]) -> Model:
    plan = room_plan(params)
    seed = int(params["wear_seed"])
    rng = rng_for(seed, 0, "room_shell.parts")
    height = plan.size_m[2]
    white = (0.8, 0.79, 0.77)
    pieces: list[tuple[Mesh, Material]] = [
        (floor_slab(plan, -SLAB_M, 0.0), Material(name="floor", base_colour=(0.36, 0.3, 0.24, 1.0), roughness=0.5)),
        (wall_boxes(plan), Material(name="wall", base_colour=(*white, 1.0), roughness=0.9)),
        (
            floor_slab(plan, height, height + SLAB_M),
            Material(name="ceiling", base_colour=(*white, 1.0), roughness=0.95),
        ),
    ]
    pieces.append((in_tiles(_skirting(plan, rng, float(params["skirting_m"])), seed), _trim(params, seed)))
    if any(each.kind == "window" for each in plan.openings):
        pieces += window_parts(plan, rng, seed, rgb(params["frame_colour"]), int(params["panes"]))
        pieces.append((view_panes(plan), _view(int(params["view"]), str(params["time"]), plan)))
    pieces += _doors(plan, rng, params, seed)
    pieces += _lamps(plan, str(params["lamps"]), seed)
    x, y, z = plan.size_m
    return assembled(
        "room_shell",
        params,
        pieces,
        attributes={"shell": "room", "time": str(params["time"])},
        keypoints={
            "floor_centre": (0.0, 0.0, 0.0),
            "ceiling_centre": (0.0, 0.0, z),
            "corner_east_north": (x / 2, y / 2, 0.0),
            "corner_west_north": (-x / 2, y / 2, 0.0),
            "corner_west_south": (-x / 2, -y / 2, 0.0),
            "corner_east_south": (x / 2, -y / 2, 0.0),
        },
    )


def _trim(params: Mapping[str, Any], seed: int) -> Material:
    return plastic("skirting", rgb(params["frame_colour"]), seed, dirt=0.25, roughness=0.4, grain=0.3)


def _skirting(plan: Plan, rng: np.random.Generator, tall: float) -> Mesh:
    """Boards along the walls, from door to door."""
    boxes = BoxSet(rng)
    for wall in range(4):
        doors = sorted(each.span_m for each in plan.openings if each.wall == wall and each.low_m < tall)
        edges = [0.0, *(edge for a, b in doors for edge in (a - 0.07, b + 0.07)), plan.wall_length_m(wall)]
        for a, b in zip(edges[::2], edges[1::2], strict=True):
            if b - a > 0.03:
                low, high = wall_box(plan, wall, (a, b), (0.0, tall), (0.0, _SKIRTING_M))
                boxes.add((high - low).tolist(), ((low + high) / 2).tolist(), "y" if wall in (0, 2) else "x")
    return boxes.mesh(0.004)


def window_parts(
    plan: Plan, rng: np.random.Generator, seed: int, colour: tuple[float, float, float], panes: int
) -> list[tuple[Mesh, Material]]:
    """Return frames, bars and sills of all windows."""
    frames, sills = BoxSet(rng), BoxSet(rng)
    edge, deep = 0.055, (-0.17, -0.1)
    for each in plan.openings:
        if each.kind != "window":
            continue
        (a, b), low, high = each.span_m, each.low_m, each.high_m
        bars = [((a, b), (low, low + edge)), ((a, b), (high - edge, high))]
        bars += [((a, a + edge), (low + edge, high - edge)), ((b - edge, b), (low + edge, high - edge))]
        for index in range(1, panes):
            at = a + (b - a) * index / panes
            bars.append(((at - 0.6 * edge, at + 0.6 * edge), (low + edge, high - edge)))
        if high - low > 1.5:
            at = low + 0.3 * (high - low)
            bars.append(((a + edge, b - edge), (at - 0.4 * edge, at + 0.4 * edge)))
        for index, (span, heights) in enumerate(bars):
            # Bars that cross lie a little apart: no two faces in one plane.
            back = 0.0 if index < 4 else 0.006 * (1 + index % 2)
            box_low, box_high = wall_box(plan, each.wall, span, heights, (deep[0] + back, deep[1] - back))
            upright = heights[1] - heights[0] > 2 * edge
            level = "y" if each.wall in (0, 2) else "x"
            frames.add((box_high - box_low).tolist(), ((box_low + box_high) / 2).tolist(), "z" if upright else level)
        box_low, box_high = wall_box(plan, each.wall, (a - 0.04, b + 0.04), (low - 0.03, low + 0.004), (-0.001, 0.024))
        sills.add(
            (box_high - box_low).tolist(), ((box_low + box_high) / 2).tolist(), "y" if each.wall in (0, 2) else "x"
        )
        box_low, box_high = wall_box(plan, each.wall, (a, b), (low, low + 0.004), (deep[1], -0.001))
        sills.add(
            (box_high - box_low).tolist(), ((box_low + box_high) / 2).tolist(), "y" if each.wall in (0, 2) else "x"
        )
    return [
        (in_tiles(frames.mesh(0.004), seed), plastic("window", colour, seed, dirt=0.15, roughness=0.35, grain=0.4)),
        (in_tiles(sills.mesh(0.0015), seed), plastic("sill", (0.62, 0.61, 0.58), seed, dirt=0.25, roughness=0.4)),
    ]


def _view(design: int, time: str, plan: Plan) -> Material:
    texture = view_picture(design, time)
    # The picture's mean, so that windows are as bright as they shall be.
    mean = float(((texture.pixels_hwc.astype(np.float64) / 255) ** 2.2).mean())
    return Material(
        name="view",
        base_colour=(0.0, 0.0, 0.0, 1.0),
        roughness=1.0,
        emissive=(plan.view_cd_m2 / mean,) * 3,
        emissive_map=texture,
    )


@lru_cache(maxsize=12)
def view_picture(design: int, time: str) -> Texture:
    """Return what is seen through a window: trees and sky, a little out of focus, or lamps at night."""
    rng = rng_for(design, 0, f"room_shell.view.{time}")
    picture, _ = window_view(rng, {"day": 1.0, "dusk": 0.25, "night": 0.0}[time])
    # Seen through a pane and out of focus: no pixel of the picture shows.
    soft = cv2.GaussianBlur(np.ascontiguousarray(picture[::-1]), (0, 0), 0.7, borderType=cv2.BORDER_REPLICATE)
    large = np.clip(cv2.resize(soft, (256, 256), interpolation=cv2.INTER_CUBIC), 0.0, None)
    large = cv2.GaussianBlur(large, (0, 0), 3.0, borderType=cv2.BORDER_REPLICATE)
    if time == "dusk":
        large = large * np.array([1.15, 0.92, 0.78], np.float32)
    return make_texture(encode_srgb(large / max(float(large.max()), 1e-6)), is_srgb=True, wrap_uv=("clamp", "clamp"))


def _doors(plan: Plan, rng: np.random.Generator, params: Mapping[str, Any], seed: int) -> list[tuple[Mesh, Material]]:
    """Leaves of stiles, rails and panels in their frames, with handles."""
    leaf, casing = BoxSet(rng), BoxSet(rng)
    starts, ends = [], []
    rows = int(params["door_panels"])
    for each in plan.openings:
        if each.kind != "door":
            continue
        (a, b), top = each.span_m, each.high_m
        level = "y" if each.wall in (0, 2) else "x"

        def put(
            boxes: BoxSet, span: tuple[float, float], heights: tuple[float, float], depths: tuple[float, float],
            grain: str, wall: int = each.wall,
        ) -> None:  # fmt: skip
            low, high = wall_box(plan, wall, span, heights, depths)
            boxes.add((high - low).tolist(), ((low + high) / 2).tolist(), grain)

        front, back = -0.035, -0.075
        inner = (a + 0.03, b - 0.03)
        put(leaf, (inner[0], inner[0] + 0.11), (0.008, top - 0.03), (back, front), "z")
        put(leaf, (inner[1] - 0.11, inner[1]), (0.008, top - 0.03), (back, front), "z")
        edges = np.linspace(0.2, top - 0.13, rows + 1)
        put(leaf, (inner[0] + 0.11, inner[1] - 0.11), (0.008, 0.2), (back + 0.001, front - 0.001), level)
        for low, high in pairwise(edges):
            put(leaf, (inner[0] + 0.11, inner[1] - 0.11), (high, high + 0.1), (back + 0.001, front - 0.001), level)
            put(
                leaf,
                (inner[0] + 0.1, inner[1] - 0.1),
                (low + 0.1 * (low > 0.21), high),
                (back + 0.01, front - 0.014),
                "z",
            )
        for span in ((a, a + 0.03), (b - 0.03, b)):
            put(casing, span, (0.0, top), (-WALL_M + 0.002, 0.001), "z")
        put(casing, (a + 0.03, b - 0.03), (top - 0.03, top), (-WALL_M + 0.002, 0.001), level)
        for span in ((a - 0.07, a + 0.015), (b - 0.015, b + 0.07)):
            put(casing, span, (0.0, top + 0.07), (0.0, 0.016), "z")
        put(casing, (a + 0.015, b - 0.015), (top - 0.015, top + 0.07), (0.0, 0.015), level)
        knob = inner[1] - 0.055
        starts += [
            on_wall(plan, each.wall, knob, 1.05, front - 0.002),
            on_wall(plan, each.wall, knob + 0.01, 1.05, 0.02),
        ]
        ends += [on_wall(plan, each.wall, knob, 1.05, 0.02), on_wall(plan, each.wall, knob - 0.12, 1.05, 0.02)]
    if not len(leaf):
        return []
    return [
        (finished(leaf.mesh(0.003), params, seed), board_material("door", params, seed)),
        (in_tiles(casing.mesh(0.003), seed), plastic("frame", rgb(params["frame_colour"]), seed, dirt=0.2, grain=0.3)),
        (in_tiles(rods(starts, ends, 0.009, 10)), handle_metal("handle", seed)),
    ]


def _lamps(plan: Plan, kind: str, seed: int) -> list[tuple[Mesh, Material]]:
    red, green, blue = (float(value) for value in blackbody_rgb(plan.lamp_k))
    seen = min(plan.lamp_cd_m2, LAMP_SEEN_CD_M2)
    glow = Material(
        name="lamp_glow",
        base_colour=(0.8, 0.8, 0.78, 1.0),
        roughness=0.6,
        emissive=(red * seen, green * seen, blue * seen),
    )
    boxes, faces, cables = BoxSet(rng_for(seed, 0, "room_shell.lamps")), BoxSet(rng_for(seed, 0, "glow")), []
    height = plan.size_m[2]
    globes = []
    for each in plan.fixtures:
        x, y, z = each.centre_m
        if kind == "pendant":
            radius = each.size_m[0] / 2
            angle = np.linspace(-np.pi / 2, np.pi / 2, 17)
            facing = np.column_stack([np.cos(angle), np.sin(angle)])
            facing[[0, -1], 0] = 0.0
            globe = revolve(Profile(radius * facing, facing), 24).without_slivers()
            globes.append(globe.moved((x, y, z + radius)))
            cables.append(((x, y, z + 2 * radius - 0.01), (x, y, height + 0.01)))
            boxes.add((0.1, 0.1, 0.03), (x, y, height - 0.014))
            continue
        wide, deep = each.size_m
        edge = 0.018 if kind == "panels" else 0.012
        body = height - z - 0.001
        boxes.add((wide + 2 * edge, edge, body + 0.01), (x, y - deep / 2 - edge / 2, z + body / 2))
        boxes.add((wide + 2 * edge, edge, body + 0.01), (x, y + deep / 2 + edge / 2, z + body / 2))
        boxes.add((edge, deep, body + 0.01), (x - wide / 2 - edge / 2, y, z + body / 2))
        boxes.add((edge, deep, body + 0.01), (x + wide / 2 + edge / 2, y, z + body / 2))
        faces.add((wide + 0.002, deep + 0.002, 0.006), (x, y, z + 0.003))
    housing = plastic("lamp", (0.72, 0.72, 0.7), seed, dirt=0.1)
    shining = join([*globes, *([faces.mesh(0.0008)] if len(faces) else [])])
    pieces = [(in_tiles(boxes.mesh(0.002), seed), housing), (in_tiles(shining), glow)]
    if cables:
        wires = rods([a for a, _ in cables], [b for _, b in cables], 0.003, 6)
        pieces.append((in_tiles(wires), plastic("cable", (0.05, 0.05, 0.05), seed)))
    return pieces


ROOM_SHELL = ProceduralAsset(
    name="room_shell",
    kind="model",
    category="room",
    tags=("interior", "indoor", "room", "office", "surroundings"),
    size_m=6.0,
    description="A room of any size with windows, doors, skirting and ceiling lamps, seen from inside.",
    parameters={
        "length_m": Number(3.6, 9.0, 5.4, "m"),
        "width_m": Number(3.2, 7.0, 4.4, "m"),
        "height_m": Number(2.4, 3.1, 2.6, "m"),
        "windows": Integer(1, 4, 2),
        "side_windows": Integer(0, 2, 0),
        "window_width_m": Number(0.8, 2.0, 1.3, "m"),
        "window_height_m": Number(1.0, 2.1, 1.4, "m"),
        "sill_m": Number(0.15, 1.0, 0.85, "m"),
        "panes": Integer(1, 3, 2),
        "doors": Integer(1, 2, 1),
        "door_panels": Integer(1, 4, 2),
        "layout": Integer(0, 63, 0),
        "lamps": Choice(("panels", "strips", "pendant", "spots"), "pendant"),
        "skirting_m": Number(0.05, 0.12, 0.07, "m"),
        "frame_colour": Colour(((0.76, 0.76, 0.74), (0.76, 0.76, 0.74), (0.7, 0.66, 0.58), (0.1, 0.1, 0.105)), 0.04),
        "finish": FINISHES,
        "paint": PAINTS,
        "time": Choice(("day", "dusk", "night"), "day", (0.6, 0.2, 0.2)),
        "view": Integer(0, 7, 0),
        "view_cd_m2": Number(0.3, 6000.0, 1800.0, "cd/m2", log=True),
        "view_k": Number(4500.0, 9000.0, 6500.0, "K"),
        "lux": Number(0.0, 800.0, 200.0, "lux"),
        "lamp_k": Number(2500.0, 6500.0, 3200.0, "K"),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=(
        "floor", "wall", "ceiling", "skirting", "window", "sill", "view", "door", "frame", "handle", "lamp",
        "lamp_glow", "cable",
    ),
    keypoints=(
        "floor_centre", "ceiling_centre", "corner_east_north", "corner_west_north", "corner_west_south",
        "corner_east_south",
    ),
)  # fmt: skip

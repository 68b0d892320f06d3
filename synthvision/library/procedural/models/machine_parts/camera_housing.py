"""Industrial cameras: cube housings with fins and connectors, C-mount lenses, smart cameras with window and LEDs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from synthvision.library.model import Material, Model, Texture
from synthvision.library.parameters import Choice, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled, opaque
from synthvision.library.procedural.models.machine_parts.electronics import frusta, rounded_boxes
from synthvision.library.procedural.models.machine_parts.fasteners import ISO_SIZES, screw_head
from synthvision.library.procedural.models.machine_parts.finishes import charted, coated, lathed, metal, plastic
from synthvision.library.procedural.models.machine_parts.lamps import anodised, cable, diffuser, gland
from synthvision.library.procedural.models.machine_parts.placing import around_z, centred, laid_along_x, named_metal
from synthvision.library.procedural.noise import make_texture
from synthvision.library.procedural.prints.canvas import Canvas, Ink
from synthvision.library.procedural.prints.lettering import TypeStyle, invented_name
from synthvision.library.procedural.shapes.boxes import rounded_box
from synthvision.library.procedural.shapes.mesh import Mesh, join, turn_about
from synthvision.library.procedural.shapes.profiles import chain, filleted

__all__ = ["CAMERA_HOUSING"]

MOUNT_RADIUS_M = 0.0127
"""C-mount: a thread of one inch (ISO 10935)."""

#: Sides of the square front and length of housings, metres: the usual 29 mm, 44 mm and 60 mm cubes.
BODIES = {"compact": (0.029, 0.042), "medium": (0.044, 0.058), "large": (0.06, 0.085), "smart": (0.058, 0.052)}


def _build(params: Mapping[str, Any]) -> Model:
    form, seed = str(params["form"]), int(params["wear_seed"])
    side, long = BODIES[form]
    long *= float(params["length_ratio"])
    high = side * (1.45 if form == "smart" else 1.0)
    shell = [_body(long, side, high, int(params["fins"]), form)]
    if str(params["finish"]) == "black":
        skin = anodised(seed)
    elif str(params["finish"]) == "silver":
        skin = anodised(seed, "silver")
    else:
        skin = coated(
            "housing",
            {"blue": (0.015, 0.08, 0.3), "red": (0.4, 0.015, 0.012), "white": (0.7, 0.7, 0.68)}[str(params["finish"])],
            seed=seed,
        )
    pieces: list[tuple[Mesh, Material]] = [(join(shell), skin)]
    lens_z = 0.16 * high if form == "smart" else 0.0
    reach = float(params["lens_m"]) if form != "smart" else 0.012
    lens_r = min(float(params["lens_radius_m"]), 0.48 * side) if form != "smart" else 0.3 * side
    pieces += _lens(lens_r, reach, seed, (long / 2, 0.0, lens_z), bare=form == "smart")
    if form == "smart":
        pieces += _flash(side, high, long, lens_z, params)
    pieces += _back(long, side, high, seed, str(params["cable"]))
    pieces += _plate(long, side, high, seed) if str(params["mount"]) == "yes" else []
    pieces.append(_label(long, side, high, seed))
    screw = join(screw_head("socket", ISO_SIZES["M3"], 10)).turned(laid_along_x())
    inset = 0.42
    corners = [(long / 2 + 0.0002, sy * inset * side, sz * inset * high) for sy in (-1, 1) for sz in (-1, 1)]
    small = 0.45 if form == "compact" else 0.8
    tiny = [
        Mesh(screw.positions_n3 * small, screw.normals_n3, screw.uvs_n2, screw.triangles_m3, screw.colours_n3).moved(at)
        for at in corners
    ]
    pieces.append((join(tiny), named_metal("screw", "stainless", "turned", seed)))
    front = long / 2 + reach
    marks = {
        "lens_centre": (front, 0.0, lens_z),
        "sensor": (long / 2 - 0.0175, 0.0, lens_z),
        "back_centre": (-long / 2, 0.0, 0.0),
    }
    moved, points = centred(pieces, marks)
    return assembled("camera_housing", params, moved, attributes={"form": form}, keypoints=points)


def _body(long: float, side: float, high: float, fins: int, form: str) -> Mesh:
    """Front block, finned middle and back block."""
    if form == "smart" or fins == 0:
        return charted(rounded_box((long, side, high), 0.0025, steps=2))
    front, back = 0.34 * long, 0.2 * long
    blocks = [
        ((front, side, high), (long / 2 - front / 2, 0.0, -high / 2)),
        ((back, side, high), (-long / 2 + back / 2, 0.0, -high / 2)),
    ]
    room = long - front - back
    core = 0.88
    blocks.append(((room + 0.002, core * side, core * high), (-long / 2 + back + room / 2, 0.0, -core * high / 2)))
    pitch = room / fins
    for k in range(fins):
        x = -long / 2 + back + (k + 0.5) * pitch
        blocks.append(((0.45 * pitch, side, high), (x, 0.0, -high / 2)))
    return rounded_boxes(blocks, min(0.0008, 0.12 * pitch))


def _lens(
    radius: float, reach: float, seed: int, at: tuple[float, float, float], *, bare: bool
) -> list[tuple[Mesh, Material]]:
    """A lens along +x: mount, barrel with focus and iris rings, front glass."""
    r, turn = radius, laid_along_x()
    mount = min(MOUNT_RADIUS_M + 0.0012, 1.1 * r)
    if bare:
        points = [
            (0.0, -0.001),
            (1.2 * r, -0.001),
            (1.15 * r, reach - 0.002),
            (0.9 * r, reach),
            (0.82 * r, reach - 0.003),
            (0.0, reach - 0.003),
        ]
        barrel = filleted(points, [0.0, 0.0, 0.001, 0.001, 0.0, 0.0])
        grips: list[Mesh] = []
    else:
        a, b = 0.3 * reach, 0.62 * reach
        points = [
            (0.0, -0.0015), (mount, -0.0015), (mount, 0.12 * reach), (0.86 * r, 0.14 * reach), (0.86 * r, a),
            (r, a + 0.0006), (r, a + 0.16 * reach), (0.88 * r, a + 0.17 * reach), (0.88 * r, b), (r, b + 0.0006),
            (r, b + 0.18 * reach), (0.93 * r, b + 0.19 * reach), (0.95 * r, reach), (0.84 * r, reach),
            (0.7 * r, reach - 0.006), (0.0, reach - 0.006),
        ]  # fmt: skip
        radii = [0.0, 0.0006, 0.0005, 0.0, 0.0, 0.0004, 0.0004, 0.0, 0.0, 0.0004, 0.0004, 0.0, 0.0006, 0.0003, 0.0, 0.0]
        barrel = filleted(points, radii, step_rad=0.8)
        ridge = rounded_boxes(
            [
                ((0.0008, 0.0012, 0.12 * reach), (r, 0.0, a + 0.02 * reach)),
                ((0.0008, 0.0012, 0.14 * reach), (r, 0.0, b + 0.02 * reach)),
            ],
            0.0002,
        )
        lock = lathed(filleted([(0.0, 0.0), (0.0014, 0.0), (0.0014, 0.004), (0.0, 0.004)], [0.0, 0.0, 0.0004, 0.0]), 10)
        stand = turn_about("y", -np.pi / 2)
        grips = [around_z(ridge, 24), lock.turned(stand).moved((-0.98 * r, 0.0, a + 0.08 * reach))]
    glass_r = (0.84 if bare else 0.72) * r
    bulge = 0.0028 if bare else 0.004
    angle = np.linspace(0.0, 1.0, 6)
    dome = [
        (float(glass_r * (1 - t)), float(reach - (0.0025 if bare else 0.0058) + bulge * (1 - (1 - t) ** 2) * 0.6))
        for t in angle
    ]
    glass = chain(
        filleted([(0.0, reach - 0.0075), (glass_r, reach - 0.0075)], 0.0),
        filleted([(glass_r, reach - 0.0075), *dome], [0.0, *([0.002] * (len(dome) - 1)), 0.0]),
    )
    tint = ((0.012, 0.008, 0.022), (0.006, 0.016, 0.012), (0.02, 0.01, 0.012))[seed % 3]
    front = Material(
        name="glass", base_colour=opaque(tint), roughness=0.04, clearcoat=1.0, clearcoat_roughness=0.02, ior=1.7
    )
    body = [lathed(barrel, 36), *grips]
    black = metal("lens", (0.028, 0.028, 0.03), "turned", roughness=0.4, seed=seed, marks=0.4)
    ring = filleted(
        [
            (0.955 * r, reach - 0.0042),
            (0.955 * r, reach - 0.0052),
            (0.975 * r, reach - 0.0052),
            (0.975 * r, reach - 0.0042),
            (0.955 * r, reach - 0.0042),
        ],
        0.0,
    )
    colour = ((0.6, 0.05, 0.03), (0.05, 0.2, 0.6), (0.75, 0.75, 0.72))[seed % 3]
    found = [(join(body).turned(turn).moved(at), black), (lathed(glass, 28).turned(turn).moved(at), front)]
    if not bare:
        found.append((lathed(ring, 36).turned(turn).moved(at), plastic("ring", colour)))
    return found


def _flash(
    side: float, high: float, long: float, lens_z: float, params: Mapping[str, Any]
) -> list[tuple[Mesh, Material]]:
    """Two rows of LEDs under a window at the front of a smart camera."""
    rows = [((0.84 * side, 0.15 * high, 0.0012), (0.0, z, 0.0)) for z in (lens_z - 0.42 * high, lens_z + 0.27 * high)]
    window = frusta(rows, 0.0004)
    window = window.with_uvs(window.uvs_n2 * [5.0, 1.0])
    turn = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    lamp = diffuser("white", str(params["lit"]) == "on", 15000.0, spots=True)
    return [(window.turned(turn).moved((long / 2 - 0.0002, 0.0, 0.0)), lamp)]


def _back(long: float, side: float, high: float, seed: int, cabled: str) -> list[tuple[Mesh, Material]]:
    """A round connector and a square socket, and perhaps a cable."""
    turn = turn_about("y", -np.pi / 2)
    r = min(0.006, 0.2 * side)
    shell = filleted(
        [(0.0, -0.001), (r, -0.001), (r, 0.007), (0.75 * r, 0.007), (0.75 * r, 0.002), (0.0, 0.002)],
        [0.0, 0.0, 0.0006, 0.0, 0.0, 0.0],
    )
    at = (-long / 2, 0.2 * side, 0.24 * high)
    pieces: list[tuple[Mesh, Material]] = [
        (lathed(shell, 24).turned(turn).moved(at), named_metal("socket", "zinc", "turned", seed))
    ]
    jack = rounded_boxes([((0.004, 0.5 * side, 0.38 * high), (-long / 2 - 0.0012, -0.14 * side, -0.4 * high))], 0.0006)
    hollow = frusta([((0.0006, 0.4 * side, 0.26 * high), (-long / 2 - 0.0034, -0.14 * side, -0.34 * high))])
    pieces.append((join([jack, hollow]), plastic("jack", (0.03, 0.03, 0.032), roughness=0.5)))
    light = frusta([((0.0008, 0.0028, 0.0018), (-long / 2 - 0.0003, -0.32 * side, 0.3 * high))])
    pieces.append((light, plastic("lamp", (0.05, 0.5, 0.1), roughness=0.3)))
    if cabled == "yes":
        plug = gland(0.75 * r).turned(turn).moved((at[0] - 0.006, at[1], at[2]))
        pieces.append((plug, named_metal("plug", "zinc", "turned", seed)))
        start = at[0] - 0.006 - 2.2 * r
        low = -high / 2
        loop = [
            (start, at[1], at[2]),
            (start - 0.025, at[1], at[2]),
            (start - 0.04, at[1], low + 0.004),
            (start - 0.07, at[1] + 0.02, low + 0.003),
        ]
        pieces.append(cable(loop, 0.0028, seed))
    return pieces


def _plate(long: float, side: float, high: float, seed: int) -> list[tuple[Mesh, Material]]:
    """A tripod plate below."""
    plate = rounded_boxes([((0.55 * long, 0.9 * side, 0.005), (0.08 * long, 0.0, -high / 2 - 0.0048))], 0.0008)
    return [(plate, named_metal("plate", "aluminium", "milled", seed))]


def _label(long: float, side: float, high: float, seed: int) -> tuple[Mesh, Material]:
    """A sticker on the right side: name, code, serial number."""
    size = (0.3 * long, 0.42 * high) if long > side else (0.5 * long, 0.4 * high)
    sheet = frusta([((size[0], size[1], 0.0004), (0.0, 0.0, 0.0))])
    stand = turn_about("x", np.pi / 2)
    material = Material(name="sticker", base_colour_map=_sticker(seed), roughness=0.45)
    return sheet.turned(stand).moved((0.32 * long if long > side else 0.0, -side / 2 + 0.00005, 0.0)), material


@lru_cache(maxsize=8)
def _sticker(seed: int) -> Texture:
    dark: Ink = (28, 28, 30)
    canvas = Canvas(160, 160, (226, 226, 222))
    canvas.text(invented_name(seed, "camera.name").upper(), (80, 28), 20, dark, TypeStyle(weight=0.1), max_width=136)
    canvas.text(f"VC-{120 + 35 * seed}M", (80, 58), 15, dark, max_width=130)
    for k in range(11):
        for j in range(11):
            if (k * 7 + j * 13 + k * j * (seed + 3)) % 5 < 2 or k == 0 or j == 10:
                canvas.polygon(
                    [
                        (20 + 6 * k, 80 + 6 * j),
                        (26 + 6 * k, 80 + 6 * j),
                        (26 + 6 * k, 86 + 6 * j),
                        (20 + 6 * k, 86 + 6 * j),
                    ],
                    dark,
                )
    canvas.text(f"SN {40210 + 77 * seed}", (122, 112), 9, dark, max_width=60)
    return make_texture(canvas.finished(), is_srgb=True, wrap_uv=("clamp", "clamp"))


CAMERA_HOUSING = ProceduralAsset(
    name="camera_housing",
    kind="model",
    category="industrial_camera",
    tags=("inspection", "camera", "machine", "factory"),
    size_m=0.1,
    description="An industrial camera: a finned cube with a C-mount lens, or a smart camera with built-in LEDs.",
    parameters={
        "form": Choice(("compact", "medium", "large", "smart"), "compact", (0.4, 0.25, 0.15, 0.2)),
        "length_ratio": Number(0.85, 1.35, 1.0),
        "fins": Integer(0, 6, 4),
        "lens_m": Number(0.026, 0.065, 0.038, "m"),
        "lens_radius_m": Number(0.0135, 0.021, 0.0155, "m"),
        "finish": Choice(("black", "silver", "blue", "red", "white"), "black", (0.35, 0.25, 0.15, 0.15, 0.1)),
        "mount": Choice(("no", "yes"), "yes"),
        "cable": Choice(("no", "yes"), "yes", (0.35, 0.65)),
        "lit": Choice(("off", "on"), "off"),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=(
        "housing",
        "lens",
        "glass",
        "ring",
        "screen",
        "socket",
        "jack",
        "lamp",
        "plug",
        "cable",
        "plate",
        "sticker",
        "screw",
    ),
    keypoints=("lens_centre", "sensor", "back_centre"),
)

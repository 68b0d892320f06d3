"""Medical glassware and syringes: disposable syringes with scale and needle cap, vials with crimp caps, ampoules."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from synthvision.library.model import Material, Model, Texture
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled, opaque, rgb
from synthvision.library.procedural.models.machine_parts.electronics import rounded_boxes
from synthvision.library.procedural.models.machine_parts.finishes import charted, lathed, metal, plastic
from synthvision.library.procedural.models.machine_parts.placing import around_z, laid_along_x, turned_pose
from synthvision.library.procedural.noise import make_texture
from synthvision.library.procedural.prints.canvas import Canvas
from synthvision.library.procedural.prints.lettering import TypeStyle, invented_name
from synthvision.library.procedural.shapes.drilled_plates import Rim, drilled_plate, edge, outline
from synthvision.library.procedural.shapes.mesh import Mesh, join
from synthvision.library.procedural.shapes.profiles import filleted
from synthvision.library.procedural.shapes.revolve import revolve

__all__ = ["SYRINGE"]

SEGMENTS = 32

#: Inner diameter and length of the barrel in millimetres by nominal millilitres (near ISO 7886-1).
SYRINGES = {"2": (8.7, 52.0), "5": (12.1, 62.0), "10": (14.5, 82.0), "20": (19.1, 97.0)}


def _build(params: Mapping[str, Any]) -> Model:
    style, seed = str(params["style"]), int(params["wear_seed"])
    if style == "syringe":
        pieces, tip = _syringe(params, seed)
        turn = laid_along_x()
    elif style == "vial":
        pieces, tip = _vial(params, seed)
        turn = np.eye(3)
    else:
        pieces, tip = _ampoule(params, seed)
        turn = np.eye(3)
    if str(params["pose"]) == "lying" and style != "syringe":
        turn = laid_along_x()
    base = min(float(mesh.positions_n3[:, 2].min()) for mesh, _ in pieces)
    posed, points = turned_pose(pieces, {"tip": (0.0, 0.0, tip), "base": (0.0, 0.0, base)}, turn)
    return assembled("syringe", params, posed, attributes={"style": style}, keypoints=points)


def _syringe(params: Mapping[str, Any], seed: int) -> tuple[list[tuple[Mesh, Material]], float]:
    """Barrel along +z from its finger flange at z = 0, plunger below, tip and needle cap above."""
    volume = str(params["volume_ml"])
    bore, long = (value / 1000 for value in SYRINGES[volume])
    r = bore / 2 + 0.0009
    fill = float(params["fill"])
    level = long * (0.12 + 0.75 * fill)
    milky, liquid = (0.7, 0.72, 0.72), rgb(params["liquid_colour"])
    # The piston closes the liquid off; behind it the barrel is empty.
    wall = filleted([(r, 0.0006), (r, long - 0.0012)], 0.0).refined(0.004)
    skin = revolve(wall, SEGMENTS)
    ends = lathed(filleted([(0.0, 0.0006), (r, 0.0006)], 0.0), SEGMENTS)
    nose = lathed(
        filleted(
            [(r, long - 0.0012), (r, long), (0.36 * r, long + 0.0035), (0.0, long + 0.0035)],
            [0.0, 0.0011, 0.001, 0.0],
            step_rad=0.5,
        ),
        SEGMENTS,
    )
    z = skin.positions_n3[:, 2]
    wet = z > long - level
    tone = np.where(wet[:, None], 0.55 * np.array(liquid) + 0.25 * np.array(milky), np.array(milky))
    piston = (z > long - level - 0.006) & ~wet
    tone[piston] = (0.06, 0.06, 0.065)
    printed = Material(
        name="barrel",
        base_colour_map=_scale_print(volume, seed % 2),
        roughness=0.22,
        clearcoat=0.7,
        clearcoat_roughness=0.08,
    )
    shell = join(
        [
            skin.tinted(tone),
            *(part.with_uvs(np.zeros((len(part.positions_n3), 2)) + 0.004).tinted(milky) for part in (ends, nose)),
        ]
    )
    x, y = 1.75 * r, 0.92 * r + 0.002
    ring = outline([(x, -y), (x, y), (-x, y), (-x, -y)], 0.9 * min(x, y))
    flange, _ = drilled_plate(Rim(ring, edge(-0.0006, 0.0016, 0.0006)))
    clear = plastic("flange", milky, roughness=0.3, seed=seed)
    out = 0.012 + (long - level - 0.01)
    rod_w = 1.5 * (r - 0.001)
    blades = rounded_boxes(
        [((rod_w, 0.0016, out + 0.006), (0.0, 0.0, -out)), ((0.0016, rod_w, out + 0.006), (0.0, 0.0, -out))], 0.0004
    )
    thumb = lathed(
        filleted(
            [(0.0, -out - 0.002), (1.12 * r, -out - 0.002), (1.12 * r, -out + 0.0002), (0.0, -out + 0.0002)],
            [0.0, 0.0008, 0.0008, 0.0],
        ),
        28,
    )
    white = plastic("plunger", (0.76, 0.76, 0.74), roughness=0.4, seed=seed)
    tip = long + 0.0035
    cone = lathed(
        filleted(
            [(0.0, tip - 0.001), (0.0024, tip - 0.001), (0.002, tip + 0.008), (0.0, tip + 0.008)],
            [0.0, 0.0, 0.0004, 0.0],
        ),
        16,
    )
    pieces: list[tuple[Mesh, Material]] = [
        (shell, printed),
        (join([charted(flange), cone]), clear),
        (join([blades, thumb]), white),
    ]
    if str(params["needle"]) == "capped":
        hub = filleted(
            [(0.0, tip + 0.003), (0.0034, tip + 0.003), (0.003, tip + 0.012), (0.0, tip + 0.012)],
            [0.0, 0.0004, 0.0004, 0.0],
        )
        ribs = around_z(rounded_boxes([((0.0009, 0.0009, 0.007), (0.0032, 0.0, tip + 0.0036))], 0.0002), 8)
        colour = ((0.02, 0.3, 0.12), (0.02, 0.12, 0.5), (0.7, 0.25, 0.01), (0.03, 0.03, 0.03))[seed % 4]
        pieces.append((join([lathed(hub, 20), ribs]), plastic("hub", colour, roughness=0.4)))
        cap = filleted(
            [(0.0, tip + 0.011), (0.0032, tip + 0.011), (0.0024, tip + 0.042), (0.0, tip + 0.043)],
            [0.0, 0.0003, 0.001, 0.0],
        )
        pieces.append((lathed(cap, 20), plastic("cap_cover", (0.62, 0.66, 0.68), roughness=0.25, seed=seed)))
        tip += 0.043
    elif str(params["needle"]) == "bare":
        hub = filleted(
            [
                (0.0, tip + 0.003),
                (0.0034, tip + 0.003),
                (0.0026, tip + 0.012),
                (0.0009, tip + 0.016),
                (0.0, tip + 0.016),
            ],
            [0.0, 0.0004, 0.0004, 0.0, 0.0],
        )
        pieces.append(
            (lathed(hub, 20), plastic("hub", ((0.02, 0.3, 0.12), (0.02, 0.12, 0.5))[seed % 2], roughness=0.4))
        )
        needle = filleted([(0.0, tip + 0.01), (0.0004, tip + 0.01), (0.0004, tip + 0.046), (0.0, tip + 0.048)], 0.0)
        pieces.append((lathed(needle, 10), metal("needle", (0.62, 0.61, 0.6), "ground", roughness=0.2, seed=seed)))
        tip += 0.048
    else:
        tip += 0.008
    return pieces, tip


@lru_cache(maxsize=8)
def _scale_print(volume: str, tint: int) -> Texture:
    """Graduation of a barrel: black on clear; v = 0 is at the tip."""
    canvas = Canvas(256, 512, (255, 255, 255))
    ink = (20, 20, 24) if tint == 0 else (24, 40, 110)
    total = int(volume)
    minor = {2: 0.1, 5: 0.2, 10: 0.5, 20: 1.0}[total]
    steps = round(total / minor)
    for k in range(steps + 1):
        y = 56 + 400 * k / steps
        whole = abs(k * minor - round(k * minor)) < 1e-6
        canvas.line([(90, y), (90 + (46 if whole else 26), y)], 2.6 if whole else 1.8, ink)
        if whole and (total <= 5 or round(k * minor) % (2 if total == 10 else 5) == 0):
            canvas.text(str(round(k * minor)), (152, y), 15, ink, TypeStyle(weight=0.08))
    canvas.text("ml", (152, 30), 14, ink)
    return make_texture(canvas.finished(), is_srgb=True)


def _glass(name: str, colour: tuple[float, float, float]) -> Material:
    return Material(
        name=name, base_colour=opaque(colour), roughness=0.08, clearcoat=1.0, clearcoat_roughness=0.03, ior=1.52
    )


def _vial(params: Mapping[str, Any], seed: int) -> tuple[list[tuple[Mesh, Material]], float]:
    """An injection vial (ISO 8362): glass, rubber stopper, crimped aluminium, flip-off disc."""
    r = 0.0075 + 0.0075 * float(params["fill"])
    high = r * float(params["slender"])
    shoulder, neck = high, 0.52 * r
    lip = high + 0.95 * r
    glass = rgb(params["glass_colour"])
    body = filleted(
        [
            (0.0, 0.0008),
            (0.82 * r, 0.0),
            (r, 0.0006),
            (r, shoulder),
            (neck, shoulder + 0.38 * r),
            (neck, lip - 0.3 * r),
            (0.72 * r, lip - 0.28 * r),
            (0.72 * r, lip),
            (0.0, lip),
        ],
        [0.0, 0.0005, 0.0008, 0.38 * r, 0.15 * r, 0.05 * r, 0.05 * r, 0.0, 0.0],
        step_rad=0.35,
    ).refined(0.003)
    skin = lathed(body, SEGMENTS)
    level = 0.62 * shoulder
    liquid = np.array(rgb(params["liquid_colour"]))
    z = skin.positions_n3[:, 2]
    tone = np.where((z < level)[:, None], 0.4 + 0.6 * liquid, 1.0)
    crimp = filleted(
        [
            (0.0, lip - 0.2 * r),
            (0.7 * r, lip - 0.36 * r),
            (0.79 * r, lip - 0.3 * r),
            (0.79 * r, lip + 0.16 * r),
            (0.45 * r, lip + 0.18 * r),
            (0.0, lip + 0.18 * r),
        ],
        [0.0, 0.05 * r, 0.05 * r, 0.08 * r, 0.0, 0.0],
    )
    disc = filleted(
        [
            (0.0, lip + 0.1 * r),
            (0.74 * r, lip + 0.2 * r),
            (0.8 * r, lip + 0.22 * r),
            (0.8 * r, lip + 0.34 * r),
            (0.5 * r, lip + 0.38 * r),
            (0.0, lip + 0.34 * r),
        ],
        [0.0, 0.0, 0.03 * r, 0.06 * r, 0.05 * r, 0.0],
    )
    band = filleted([(r + 0.0003, 0.16 * shoulder), (r + 0.0003, 0.84 * shoulder)], 0.0)
    ends = (
        filleted([(r - 0.0004, 0.16 * shoulder), (r + 0.0003, 0.16 * shoulder)], 0.0),
        filleted([(r + 0.0003, 0.84 * shoulder), (r - 0.0004, 0.84 * shoulder)], 0.0),
    )
    inner = filleted([(r - 0.0004, 0.84 * shoulder), (r - 0.0004, 0.16 * shoulder)], 0.0)
    label = join([revolve(piece, SEGMENTS) for piece in (band, *ends, inner)])
    paper = Material(name="label", base_colour_map=_label(seed), roughness=0.55)
    caps = ((0.55, 0.02, 0.02), (0.02, 0.1, 0.45), (0.03, 0.3, 0.1), (0.75, 0.5, 0.02), (0.5, 0.5, 0.5))
    return [
        (skin.tinted(tone), _glass("barrel", glass)),
        (label, paper),
        (lathed(crimp, 36), metal("crimp", (0.75, 0.75, 0.75), "rolled", roughness=0.3, seed=seed)),
        (lathed(disc, 32), plastic("cap_cover", caps[seed % len(caps)], roughness=0.35)),
    ], lip + 0.34 * r


@lru_cache(maxsize=8)
def _label(seed: int) -> Texture:
    canvas = Canvas(512, 192, (240, 240, 236))
    ink = ((20, 60, 140), (150, 24, 40), (10, 100, 80), (60, 60, 64))[seed % 4]
    canvas.polygon([(0, 0), (512, 0), (512, 34), (0, 34)], ink)
    name = invented_name(seed, "vial.name").upper()
    for x in (128, 384):
        canvas.text(name, (x, 78), 26, (20, 20, 24), TypeStyle(weight=0.06), max_width=200)
        canvas.text(f"{10 * (1 + seed)} mg / ml", (x, 118), 16, (40, 40, 44))
        canvas.line([(x - 80, 142), (x + 80, 142)], 2, (120, 120, 120))
        canvas.text(f"LOT {3100 + 91 * seed}", (x, 162), 12, (60, 60, 60))
    return make_texture(canvas.finished(), is_srgb=True, wrap_uv=("repeat", "clamp"))


def _ampoule(params: Mapping[str, Any], seed: int) -> tuple[list[tuple[Mesh, Material]], float]:
    """A glass ampoule (ISO 9187-1) with a breaking point and a colour ring."""
    r = 0.0054 + 0.004 * float(params["fill"])
    high = r * float(params["slender"]) * 1.35
    neck = 0.36 * r
    top = high + 5.2 * r
    outline_k = filleted(
        [
            (0.0, 0.0006),
            (0.8 * r, 0.0),
            (r, 0.0005),
            (r, high),
            (neck, high + 0.9 * r),
            (0.55 * r, high + 1.6 * r),
            (0.42 * r, top - 0.3 * r),
            (0.0, top),
        ],
        [0.0, 0.0004, 0.0008, 0.5 * r, 0.35 * r, 0.5 * r, 0.3 * r, 0.0],
        step_rad=0.35,
    ).refined(0.0025)
    skin = lathed(outline_k, SEGMENTS)
    liquid = np.array(rgb(params["liquid_colour"]))
    z = skin.positions_n3[:, 2]
    tone = np.where((z < 0.85 * high)[:, None], 0.4 + 0.6 * liquid, 1.0)
    at = high + 0.9 * r
    ring = filleted(
        [
            (neck - 0.0003, at),
            (neck - 0.0003, at - 0.0006),
            (neck + 0.0006, at - 0.0006),
            (neck + 0.0006, at + 0.0006),
            (neck - 0.0003, at + 0.0006),
            (neck - 0.0003, at),
        ],
        0.0,
    )
    mark = ((0.02, 0.1, 0.5), (0.6, 0.03, 0.02), (0.7, 0.5, 0.02), (0.72, 0.72, 0.7))[seed % 4]
    return [
        (skin.tinted(tone), _glass("barrel", rgb(params["glass_colour"]))),
        (lathed(ring, 24), plastic("ring", mark)),
    ], top


SYRINGE = ProceduralAsset(
    name="syringe",
    kind="model",
    category="syringe",
    tags=("part", "inspection", "medicine", "glass", "plastic", "factory", "vial", "ampoule"),
    size_m=0.09,
    description="A disposable syringe with scale, plunger and needle cap, an injection vial, or a glass ampoule.",
    parameters={
        "style": Choice(("syringe", "vial", "ampoule"), "syringe", (0.55, 0.3, 0.15)),
        "volume_ml": Choice(tuple(SYRINGES), "5"),
        "fill": Number(0.05, 0.95, 0.5),
        "slender": Number(2.2, 3.4, 2.7),
        "needle": Choice(("none", "capped", "bare"), "capped", (0.3, 0.5, 0.2)),
        "liquid_colour": Colour(
            ((0.68, 0.7, 0.7), (0.68, 0.7, 0.7), (0.75, 0.6, 0.15), (0.5, 0.05, 0.04), (0.3, 0.5, 0.7)), 0.08
        ),
        "glass_colour": Colour(((0.5, 0.53, 0.53), (0.5, 0.53, 0.53), (0.18, 0.055, 0.01)), 0.08),
        "pose": Choice(("upright", "lying"), "upright", (0.6, 0.4)),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("barrel", "flange", "plunger", "hub", "cap_cover", "needle", "label", "crimp", "ring"),
    keypoints=("tip", "base"),
)

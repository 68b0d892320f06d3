"""A sack: flat bags of cement or feed, standing sacks tied at the neck, sacks open with a rolled rim."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model, Texture
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.finishes import FABRIC_M, fabric
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.noise import encode_srgb, fbm, make_texture, normal_map
from synthvision.library.procedural.prints.canvas import Canvas
from synthvision.library.procedural.prints.lettering import TypeStyle, invented_name
from synthvision.library.procedural.shapes.cushions import Cushion, cushion
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join
from synthvision.library.procedural.shapes.rods import tube_along
from synthvision.library.procedural.shapes.section_bodies import section_body, superellipse

__all__ = ["SACK"]

COLUMNS = 40


def _build(params: Mapping[str, Any]) -> Model:
    kind, seed = str(params["kind"]), int(params["seed"])
    cloth = str(params["cloth"])
    skin = _skin(cloth, rgb(params["colour"]), seed, int(params["design"]), kind)
    length, width, thick = float(params["length_m"]), float(params["width_m"]), float(params["thickness_m"])
    pieces: list[tuple[Mesh, Material]]
    if kind == "lying":
        body, seams = _lying(seed, length, width, thick, float(params["slump"]))
        pieces = [
            (
                _print_uvs(body, length, width) if cloth == "paper" else body.placed_uvs((1 / FABRIC_M, 1 / FABRIC_M)),
                skin,
            )
        ]
        pieces.append((seams.placed_uvs((1 / FABRIC_M, 1 / FABRIC_M)), _thread()))
        top = (0.0, 0.0, float(body.positions_n3[:, 2].max()))
        mouth = (length / 2, 0.0, thick * 0.4)
    else:
        body, cord, mouth = _standing(params, seed, length, width, thick * 1.7, kind)
        around = (
            body.placed_uvs((-1.0 / (2.6 * width), 1.0 / length))
            if cloth == "paper"
            else body.placed_uvs((1 / FABRIC_M, 1 / FABRIC_M))
        )
        pieces = [(around, skin), (cord.placed_uvs((4.0, 4.0)), _thread())]
        top = (0.0, 0.0, float(body.positions_n3[:, 2].max()))
        if kind == "open":
            pieces.append((_filling(seed, mouth, body), _grain(str(params["filling"]), seed)))
    return assembled(
        "sack",
        params,
        pieces,
        attributes={"kind": kind, "cloth": cloth, "filling": str(params["filling"]) if kind == "open" else "closed"},
        keypoints={"base": (0.0, 0.0, 0.0), "top": top, "mouth": mouth},
    )


def _lying(seed: int, length: float, width: float, thick: float, slump: float) -> tuple[Mesh, Mesh]:
    """A filled bag on its side: full in the middle, flat at the sewn ends."""
    shape = Cushion(
        (0.86 * length, width, 0.75 * thick),
        0.36 * thick,
        crown_m=0.28 * thick,
        bulge_m=0.02 * width,
        sag_m=0.2 * thick * slump,
        crumple_m=0.008 + 0.02 * slump,
        pinch=0.5,
        flat_bottom=True,
        cells=10,
    )
    body = cushion(shape, seed)
    x = body.positions_n3[:, 0]
    floor = float(body.positions_n3[:, 2].min())
    body = body.moved((0.0, 0.0, -floor))
    # The ends run out into flat flaps that are sewn shut.
    flaps = []
    rng = rng_for(seed, 0, "sack.flaps")
    for side in (-1, 1):
        reach = float(np.abs(x).max())
        rings = []
        for share in np.linspace(0, 1, 4):
            ring = superellipse(0.46 * width * (1 + 0.04 * share), 0.012 + 0.16 * thick * (1 - share) ** 2, 2.6, 20)
            wave = 0.006 * np.sin(9 * ring[:, 0] / width + float(rng.uniform(0, 6))) * share
            xs = np.full(20, side * (reach - 0.02 + 0.075 * share))
            rings.append(np.stack([xs, ring[:, 0], 0.36 * thick * (1 - 0.25 * share) + ring[:, 1] + wave], axis=1))
        flaps.append(section_body(np.array(rings)))
    seams = []
    for side in (-1, 1):
        reach = float(np.abs(x).max()) + 0.03
        for rise in (1, -1):
            ys = np.linspace(-0.44 * width, 0.44 * width, 12)
            level = 0.36 * thick * 0.82 + rise * 0.0175
            path = np.stack([np.full(12, side * reach), ys, level + 0.003 * np.sin(np.arange(12) * np.pi)], axis=1)
            seams.append(tube_along(path, 0.0025, 5))
    return join([body, *flaps]), join(seams)


def _standing(
    params: Mapping[str, Any], seed: int, tall: float, width: float, deep: float, kind: str
) -> tuple[Mesh, Mesh, tuple[float, float, float]]:
    """A sack on its bottom: bulging low, folded above, tied at the neck or rolled open."""
    rng = rng_for(seed, 0, "sack.standing")
    slump = float(params["slump"])
    lean = rng.normal(0, 0.05, 2) * (0.5 + slump)
    rows = 22
    angle = np.arange(COLUMNS) * 2 * np.pi / COLUMNS
    phases = rng.uniform(0, 6.28, 6)
    rings: list[Floats] = []
    stop = 0.8 if kind == "tied" else 0.74
    for share in np.linspace(0.0, 1.0, rows):
        z = tall * stop * share
        belly = 0.82 + 0.26 * np.sin(np.pi * min(share * 1.15 + 0.08, 1.0)) ** 0.8 + 0.12 * slump * (1 - share) ** 2
        foot = 1.0 - 0.35 * np.exp(-share / 0.025)
        size = belly * foot
        pleat = 0.0
        if kind == "tied":
            neck = np.clip((share - 0.72) / 0.2, 0, 1)
            tuft = np.clip((share - 0.92) / 0.08, 0, 1)
            size = size * (1 - 0.82 * neck**1.3) * (1 + 1.5 * tuft)
            pleat = 0.09 * neck + 0.12 * tuft
        radius = size * (
            1
            + pleat * np.sin(11 * angle + phases[0])
            + 0.02 * np.sin(3 * angle + phases[1] + 7 * share) * (1 + slump)
            + 0.016 * np.sin(5 * angle + phases[2] - 9 * share)
            + 0.012 * np.sin(8 * angle + 17 * share + phases[3])
        )
        flat = superellipse(width / 2, deep / 2, 2.6 - 0.4 * share, COLUMNS)
        drop = 0.02 * slump * np.sin(2 * angle + phases[4])
        offset = lean * tall * share**2
        rings.append(
            np.stack([flat[:, 1] * radius + offset[0], flat[:, 0] * radius + offset[1], z + drop * share], axis=1)
        )
    if kind == "open":
        # The rim is rolled outwards and the inside goes down to the filling.
        last = rings[-1]
        middle = last.mean(axis=0)
        for grow, rise in (
            (1.06, 0.018),
            (1.1, 0.0),
            (1.08, -0.03),
            (1.02, -0.03),
            (0.99, 0.012),
            (0.95, 0.0),
            (0.93, -0.1),
        ):
            rings.append(middle + (last - middle) * [grow, grow, 1.0] + [0, 0, rise])
        mouth = (float(middle[0]), float(middle[1]), float(middle[2]) - 0.05)
        path = middle + (last - middle) * [1.075, 1.075, 1.0] + [0, 0, -0.02]
        cord = tube_along(path, 0.004, 5, closed=True)
    else:
        row = int(0.92 * (rows - 1))
        ring = rings[row]
        middle = ring.mean(axis=0)
        mouth = (float(rings[-1][:, 0].mean()), float(rings[-1][:, 1].mean()), float(rings[-1][:, 2].mean()))
        cords = [
            tube_along(middle + (ring - middle) * [1.05, 1.05, 0.3] + [0, 0, dz], 0.005, 6, closed=True)
            for dz in (-0.007, 0.004)
        ]
        tail = np.array(
            [
                middle,
                middle + np.array([0.05, 0.03, 0.005]),
                middle + np.array([0.1, 0.04, -0.05]),
                middle + np.array([0.11, 0.05, -0.12]),
            ]
        )
        cord = join([*cords, tube_along(tail + np.array([0.02, 0.0, 0.0]), 0.004, 5)])
    # A rolled rim turns back on itself from ring to ring: each band of it is shaded alone.
    creases = range(rows - 1, len(rings) - 1) if kind == "open" else ()
    return section_body(np.array(rings), creases=creases), cord, mouth


def _filling(seed: int, mouth: tuple[float, float, float], body: Mesh) -> Mesh:
    """A heap of what is in an open sack, a little smaller than the opening."""
    rng = rng_for(seed, 0, "sack.filling")
    places = body.positions_n3
    near = places[np.abs(places[:, 2] - mouth[2]) < 0.03]
    # The wall leans and waves: the heap keeps clear of its narrowest place.
    reach_x, reach_y = (0.8 * float(np.abs(near[:, axis] - mouth[axis]).max()) for axis in (0, 1))
    angle = np.arange(24) * 2 * np.pi / 24
    rings = []
    for share in np.linspace(0.0, 1.0, 6):
        size = 1.0 - 0.96 * share
        bump = 0.006 * rng.normal(size=24) * (1 - share)
        height = mouth[2] + 0.035 * (1 - (1 - share) ** 2) + bump
        rings.append(
            np.stack(
                [mouth[0] + reach_x * size * np.cos(angle), mouth[1] + reach_y * size * np.sin(angle), height], axis=1
            )
        )
    below = rings[0] * [1, 1, 0] + [0, 0, mouth[2] - 0.02]
    heap = section_body(np.array([below, *rings]), creases=(1,))
    return heap.with_uvs(heap.positions_n3[:, :2] * 4.0)


@lru_cache(maxsize=1)
def _thread() -> Material:
    return Material(name="thread", base_colour=(0.5, 0.42, 0.28, 1.0), roughness=0.95)


@lru_cache(maxsize=8)
def _grain(kind: str, seed: int) -> Material:
    colour = {"grain": (0.52, 0.34, 0.12), "beans": (0.09, 0.035, 0.016), "potatoes": (0.4, 0.27, 0.13)}[kind]
    rng = rng_for(seed % 2, 0, "sack.grain")
    bumps = fbm(rng, (256, 256), (48, 48), 2, 0.6)
    tone = np.asarray(np.clip(0.85 + 0.22 * bumps, 0.1, 1.4), np.float32)
    image = tone[:, :, None] * np.array(colour, np.float32)
    return Material(
        name="filling",
        base_colour_map=make_texture(encode_srgb(image), is_srgb=True),
        normal_map=make_texture(normal_map(np.asarray(0.0012 * bumps, np.float32), 0.25 / 256), is_srgb=False),
        roughness=0.7,
    )


def _print_uvs(mesh: Mesh, length: float, width: float) -> Mesh:
    """The printed face of a paper bag, laid over the bag from above."""
    x, y = mesh.positions_n3[:, 0], mesh.positions_n3[:, 1]
    return mesh.with_uvs(np.stack([0.5 + x / (1.05 * length), 0.5 - y / (1.15 * width)], axis=1))


def _skin(cloth: str, colour: tuple[float, float, float], seed: int, design: int, kind: str) -> Material:
    if cloth == "paper":
        colours, normals = _paper(design, kind == "lying")
        return Material(name="body", base_colour_map=colours, normal_map=normals, roughness=0.85)
    if cloth == "jute":
        return fabric("body", "boucle" if design % 2 else "linen", (0.42, 0.29, 0.14), seed)
    base = fabric("body", "linen", colour, seed)
    return Material(
        name="body",
        base_colour=base.base_colour,
        base_colour_map=base.base_colour_map,
        normal_map=base.normal_map,
        metallic_roughness_map=base.metallic_roughness_map,
        roughness=0.55,
    )


@lru_cache(maxsize=8)
def _paper(design: int, lying: bool) -> tuple[Texture, Texture]:
    """Kraft or white paper with a print, and its creases."""
    rng = rng_for(design, 0, "sack.paper")
    canvas = Canvas(384, 256, ((186, 148, 102), (226, 222, 212), (196, 160, 116))[design % 3])
    ink = ((30, 60, 130), (160, 30, 24), (24, 100, 50), (36, 34, 34))[design % 4]
    name = invented_name(design, "sack.name").upper()
    for shift in (0,) if lying else (-96, 96):
        wide = 260 if lying else 150
        canvas.rectangle(192 + shift - wide / 2, 60, 192 + shift + wide / 2, 116, ink)
        canvas.text(name, (192 + shift, 88), 30, (246, 244, 238), TypeStyle(weight=0.14), max_width=wide * 0.9)
        canvas.text(
            ("CEMENT 42.5", "FEED MIX", "PLASTER", "SALT")[design % 4],
            (192 + shift, 140),
            18,
            ink,
            max_width=wide * 0.9,
        )
        canvas.text(f"{(10, 25, 20, 40)[design % 4]} kg", (192 + shift, 178), 20, ink, TypeStyle(weight=0.1))
    creases = fbm(rng, (256, 384), (5, 7), 5, 0.62)
    dust = np.clip(0.25 * fbm(rng, (256, 384), (4, 4), 4, 0.6), 0, 1)[:, :, None]
    linear = (canvas.finished().astype(np.float32) / 255) ** 2.2
    linear = linear * (1 + 0.05 * creases[:, :, None]) * (1 - 0.35 * dust) + 0.25 * dust
    relief = np.abs(creases) * 0.002 + 0.0015 * creases
    return (
        make_texture(encode_srgb(np.asarray(linear, np.float32)), is_srgb=True),
        make_texture(normal_map(np.asarray(-relief, np.float32), 0.8 / 384), is_srgb=False),
    )


SACK = ProceduralAsset(
    name="sack",
    kind="model",
    category="sack",
    tags=("bag", "warehouse", "storage", "cement", "grain"),
    size_m=0.65,
    description="A sack of paper, jute or woven plastic: lying full, standing tied, or open with its filling.",
    parameters={
        "kind": Choice(("lying", "tied", "open"), "lying", (0.4, 0.35, 0.25)),
        "cloth": Choice(("paper", "jute", "woven"), "jute"),
        "length_m": Number(0.5, 0.9, 0.68, "m"),
        "width_m": Number(0.34, 0.52, 0.42, "m"),
        "thickness_m": Number(0.13, 0.22, 0.17, "m"),
        "slump": Number(0.0, 1.0, 0.4),
        "filling": Choice(("grain", "beans", "potatoes"), "grain"),
        "colour": Colour(((0.6, 0.6, 0.57), (0.5, 0.48, 0.4), (0.55, 0.6, 0.55), (0.65, 0.45, 0.2)), 0.1),
        "design": Integer(0, 7, 0),
        "seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("body", "thread", "filling"),
    keypoints=("base", "top", "mouth"),
)

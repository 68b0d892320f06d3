"""Blister packs of pills: formed cavities on a foil card, clear or aluminium, with a pill pressed out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model, Texture
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.models.machine_parts.finishes import charted, lathed, metal, plastic
from synthvision.library.procedural.models.machine_parts.placing import parted, turned_pose
from synthvision.library.procedural.noise import fbm, make_texture, normal_map
from synthvision.library.procedural.prints.canvas import Canvas
from synthvision.library.procedural.prints.lettering import TypeStyle, invented_name
from synthvision.library.procedural.shapes.deformation import deformed, shifted
from synthvision.library.procedural.shapes.drilled_plates import Rim, drilled_plate, edge, outline
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join, turn_about
from synthvision.library.procedural.shapes.profiles import Profile, filleted

__all__ = ["BLISTER_PACK"]

CARD_M = 0.0005


def _build(params: Mapping[str, Any]) -> Model:
    rows, columns = 2, int(params["columns"])
    seed, clear = int(params["wear_seed"]), str(params["film"]) == "clear"
    long_r, wide_r = _pill_radii(params)
    pitch_x, pitch_y = 2 * long_r + 0.0062, 2 * wide_r + 0.0078
    length, width = columns * pitch_x + 0.006, rows * pitch_y + 0.005
    places = [
        ((k - (columns - 1) / 2) * pitch_x, (j - (rows - 1) / 2) * pitch_y) for j in range(rows) for k in range(columns)
    ]
    lost = int(params["missing_index"]) % len(places) if str(params["missing"]) == "pill" else None
    high = 2 * float(params["pill_high_m"]) * 0.5 + 0.0014
    faces, edges = _card(length, width)
    printed = Material(
        name="foil",
        base_colour_map=_foil_print(seed, str(params["print_colour"])),
        metallic=0.85,
        roughness=0.36,
        normal_map=_foil_grain(),
        normal_scale=0.6,
    )
    film = _film(clear, seed)
    pieces: list[tuple[Mesh, Material]] = [(join([faces, edges]), printed)]
    domes, pills = [], []
    for k, (x, y) in enumerate(places):
        dome = _cavity(long_r + 0.0011, wide_r + 0.0011, high, closed=not clear).moved((x, y, CARD_M))
        if k != lost:
            domes.append(dome)
            pills.append(_pill(params, long_r, wide_r).moved((x, y, CARD_M + 0.0003)))
            continue
        pieces += _emptied(dome, (x, y), (long_r, wide_r), clear, seed)
    pieces.append((join(domes), film))
    if clear:
        shade = rgb(params["pill_colour"])
        pieces.append((join(pills), plastic("pill", shade, roughness=0.5, seed=seed)))
        if str(params["shape"]) == "capsule":
            # Hard capsules have two halves of different colours.
            pieces.pop()
            mesh = join(pills)
            second = mesh.positions_n3[mesh.triangles_m3].mean(axis=1)[:, 0]
            centres = np.array([x for x, _ in places])
            nearest = centres[np.abs(second[:, None] - centres[None]).argmin(axis=1)]
            first_half, other_half = parted(mesh, second > nearest)
            pieces += [
                (first_half, plastic("pill", shade, roughness=0.3, seed=seed)),
                (other_half, plastic("pill_half", (0.75, 0.74, 0.7), roughness=0.3, seed=seed)),
            ]
    bend = float(params["bend"])
    curved = [(_bent(mesh, bend, length), material) for mesh, material in pieces]
    turn = turn_about("x", np.pi) if str(params["pose"]) == "foil_up" else np.eye(3)
    corner = (length / 2 - 0.003, width / 2 - 0.003, CARD_M)
    marks = {
        "centre": (0.0, 0.0, CARD_M),
        "corner_1": corner,
        "corner_2": (-corner[0], corner[1], CARD_M),
        "corner_3": (-corner[0], -corner[1], CARD_M),
        "corner_4": (corner[0], -corner[1], CARD_M),
    }
    posed, points = turned_pose(curved, marks, turn)
    return assembled(
        "blister_pack",
        params,
        posed,
        attributes={"missing": str(params["missing"]), "shape": str(params["shape"]), "film": str(params["film"])},
        keypoints=points,
    )


def _pill_radii(params: Mapping[str, Any]) -> tuple[float, float]:
    radius = float(params["pill_m"]) / 2
    return {"round": (radius, radius), "oval": (1.35 * radius, 0.75 * radius), "capsule": (1.5 * radius, 0.6 * radius)}[
        str(params["shape"])
    ]


def _pill(params: Mapping[str, Any], long_r: float, wide_r: float) -> Mesh:
    """A tablet with a domed face and a score, or a capsule that lies."""
    high = float(params["pill_high_m"])
    if str(params["shape"]) == "capsule":
        angle = np.linspace(-np.pi / 2, np.pi / 2, 9)
        straight = long_r - wide_r
        direction = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        direction[[0, -1], 0] = 0.0
        points = wide_r * direction + np.stack([0 * angle, np.sign(np.round(direction[:, 1], 9)) * straight], axis=1)
        points = np.insert(points, 4, [wide_r, -straight], axis=0)
        points[5] = [wide_r, 0.0]
        points = np.insert(points, 6, [wide_r, straight], axis=0)
        direction = np.insert(np.insert(direction, 4, [1.0, 0.0], axis=0), 6, [1.0, 0.0], axis=0)
        body = lathed(Profile(points, direction), 14).turned(turn_about("y", np.pi / 2))
        return body.moved((0.0, 0.0, wide_r))
    rim, low = 0.35 * high, 0.0
    profile = filleted(
        [
            (0.0, low),
            (0.8 * wide_r, low + 0.08 * high),
            (wide_r, 0.5 * high - rim / 2),
            (wide_r, 0.5 * high + rim / 2),
            (0.8 * wide_r, high - 0.08 * high),
            (0.0, high),
        ],
        [0.0, 0.4 * wide_r, 0.1 * high, 0.1 * high, 0.4 * wide_r, 0.0],
        step_rad=0.9,
    )
    body = lathed(profile, 16)
    stretch = long_r / wide_r
    return deformed(body, lambda points: np.asarray(points * [stretch, 1.0, 1.0], np.float64), 1e-7)


def _cavity(long_r: float, wide_r: float, high: float, *, closed: bool) -> Mesh:
    """A formed dome; closed at its foot where it is opaque."""
    foot = [(0.0, -0.0002)] if closed else []
    start = [*foot, (1.14 * wide_r, -0.0002 if closed else 0.0003)]
    points = [*start, (1.02 * wide_r, 0.12 * high + 0.0002), (0.88 * wide_r, high), (0.0, 1.03 * high)]
    radii = [0.0] * len(start) + [0.15 * high, 0.35 * high, 0.0]
    dome = lathed(filleted(points, radii, step_rad=0.8), 18)
    # The long way stretches only the straight part, so that the ends stay round.
    extra = long_r - wide_r

    if extra < 1e-6:
        return dome

    def move(places: Floats) -> Floats:
        side = np.tanh(places[:, 0] / (0.25 * wide_r))
        return shifted(places, x=extra * side)

    return deformed(dome, move, 1e-7)


def _emptied(
    dome: Mesh, at: tuple[float, float], size: tuple[float, float], clear: bool, seed: int
) -> list[tuple[Mesh, Material]]:
    """A cavity whose pill was pressed out: the dome crushed, the foil below torn, seen from both sides."""
    long_r, wide_r = size
    x, y = at
    rng = rng_for(seed, 0, "blister_pack.crush")
    wave = rng.uniform(0, 2 * np.pi, 3)

    def crush(points: Floats) -> Floats:
        dx, dy = (points[:, 0] - x) / long_r, (points[:, 1] - y) / wide_r
        away = np.clip(dx**2 + dy**2, 0.0, 1.0)
        rise = np.maximum(points[:, 2] - CARD_M, 0.0)
        fold = 0.25 * np.sin(3.0 * dx + wave[0]) + 0.2 * np.sin(4.0 * dy + wave[1])
        return shifted(points, z=-rise * (0.62 + fold * 0.5) * (1.0 - 0.5 * away**2))

    crushed = deformed(dome, crush, 1e-7)
    # A ragged hole in the foil: a low dark body that shows on the foil side, with flaps around it.
    count = 26
    ragged = 1.0 + 0.12 * np.sin(np.arange(count) * 2.3 + wave[2]) + rng.uniform(-0.07, 0.07, count)
    turn = np.arange(count) * 2 * np.pi / count
    ring = np.stack([0.84 * long_r * ragged * np.cos(turn), 0.84 * wide_r * ragged * np.sin(turn)], axis=1)
    hole, _ = drilled_plate(Rim(ring, edge(-0.0003, CARD_M + 0.0003, 0.0)))
    hole = charted(hole).moved((x, y, 0.0))
    if clear:
        # The empty dome stays see-through; what shows in it is the hole in the foil.
        torn = plastic("missing_pill", (0.045, 0.045, 0.047), roughness=0.9, seed=seed)
        return [(hole, torn), (crushed, replace(_film(clear, seed), name="crushed_film"))]
    return [(join([crushed, hole.tinted((0.06, 0.06, 0.06))]), replace(_film(clear, seed), name="missing_pill"))]


def _film(clear: bool, seed: int) -> Material:
    if not clear:
        return metal("film", (0.77, 0.77, 0.77), "rolled", roughness=0.33, seed=seed, marks=2.0)
    return Material(
        name="film",
        base_colour=(0.95, 0.96, 0.97, 0.3),
        roughness=0.1,
        alpha_mode="blend",
        transmission=0.95,
        double_sided=True,
        ior=1.53,
    )


def _card(length: float, width: float) -> tuple[Mesh, Mesh]:
    """Foil card; its underside shows the print, its top the plain end of the same texture."""
    x, y = length / 2, width / 2
    cuts = [float(v) for v in np.linspace(-0.7 * x, 0.7 * x, 9)]
    ring = outline([(x, -y), (x, y), (-x, y), (-x, -y)], 0.004)
    for cut in cuts:
        after = np.roll(ring, -1, axis=0)
        crossed = np.flatnonzero((ring[:, 0] - cut) * (after[:, 0] - cut) < 0)
        share = (cut - ring[crossed, 0]) / (after[crossed, 0] - ring[crossed, 0])
        points = ring[crossed] + share[:, None] * (after[crossed] - ring[crossed])
        points[:, 0] = cut
        ring = np.insert(ring, crossed + 1, points, axis=0)
    shell, _ = drilled_plate(Rim(ring, edge(0.0, CARD_M, 0.0)), (), cuts)
    below = shell.normals_n3[shell.triangles_m3[:, 0], 2] < -0.5
    under, rest = parted(shell, below)
    place = under.positions_n3[:, :2] / [0.06, 0.06] * [1.0, 1.0] + 0.5
    print_uv = np.stack([place[:, 0], 0.45 * (place[:, 1] % 1.0001)], axis=1)
    print_uv[:, 1] = np.clip(0.5 * (under.positions_n3[:, 1] / width + 0.5), 0.01, 0.49)
    flat = rest.positions_n3[:, :2] / 0.06
    plain = np.stack([flat[:, 0], 0.75 + 0.2 * np.clip(rest.positions_n3[:, 1] / width, -0.5, 0.5)], axis=1)
    return under.with_uvs(print_uv), rest.with_uvs(plain)


@lru_cache(maxsize=16)
def _foil_print(seed: int, colour: str) -> Texture:
    """Upper half: the print of the back, again and again; lower half: plain aluminium."""
    inks = {"blue": (24, 52, 140), "green": (20, 104, 60), "black": (40, 40, 44), "red": (160, 30, 30)}
    ink = inks[colour]
    canvas = Canvas(384, 384, (208, 208, 208))
    name = invented_name(seed, "blister.name").upper()
    for row in range(3):
        for k in (0, 1):
            centre = (96 + 192 * k + (48 if row % 2 else 0), 34 + 62 * row)
            canvas.text(name, centre, 17, ink, TypeStyle(weight=0.06), max_width=150)
            canvas.text(f"{20 + 5 * (seed % 8)} mg", (centre[0], centre[1] + 23), 10, ink)
    image = canvas.finished()
    rng = rng_for(seed, 0, "blister.crinkle")
    tone = 1.0 + 0.05 * fbm(rng, (384, 384), (6, 6), 3, 0.5)[:, :, None]
    return make_texture(np.asarray(np.clip(image * tone, 0, 255), np.uint8), is_srgb=True)


@lru_cache(maxsize=1)
def _foil_grain() -> Texture:
    """The knurl that sealing leaves, and soft creases."""
    y, x = np.mgrid[0:256, 0:256].astype(np.float32)
    step = 2 * np.pi / 8
    knurl = np.maximum(np.cos(step * x), 0) * np.maximum(np.cos(step * y), 0)
    crease = fbm(rng_for(0, 0, "blister.crease"), (256, 256), (4, 4), 3, 0.5)
    return make_texture(normal_map(np.asarray(0.8 * knurl + 1.2 * crease, np.float32), 1.0), is_srgb=False)


def _bent(mesh: Mesh, bend: float, length: float) -> Mesh:
    """The card bowed a little along its length."""
    return deformed(mesh, lambda points: shifted(points, z=bend * 0.035 * points[:, 0] ** 2 / length * 4), 1e-7)


BLISTER_PACK = ProceduralAsset(
    name="blister_pack",
    kind="model",
    category="blister_pack",
    tags=("part", "inspection", "pills", "medicine", "packaging", "factory"),
    size_m=0.095,
    description="A blister pack of pills or capsules under clear film or aluminium, full or with one missing.",
    parameters={
        "columns": Integer(3, 7, 5),
        "shape": Choice(("round", "oval", "capsule"), "round", (0.45, 0.25, 0.3)),
        "pill_m": Number(0.008, 0.0125, 0.0095, "m"),
        "pill_high_m": Number(0.0036, 0.0055, 0.0044, "m"),
        "film": Choice(("clear", "aluminium"), "clear", (0.7, 0.3)),
        "pill_colour": Colour(
            (
                (0.8, 0.79, 0.76),
                (0.8, 0.79, 0.76),
                (0.75, 0.3, 0.28),
                (0.75, 0.6, 0.12),
                (0.2, 0.42, 0.6),
                (0.55, 0.08, 0.05),
                (0.3, 0.5, 0.2),
            ),
            0.08,
        ),
        "print_colour": Choice(("blue", "green", "black", "red"), "blue"),
        "missing": Choice(("none", "pill"), "none", (0.6, 0.4)),
        "missing_index": Integer(0, 13, 3),
        "pose": Choice(("film_up", "foil_up"), "film_up", (0.75, 0.25)),
        "bend": Number(-0.4, 1.0, 0.2),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("foil", "film", "pill", "pill_half", "missing_pill", "crushed_film"),
    keypoints=("centre", "corner_1", "corner_2", "corner_3", "corner_4"),
)

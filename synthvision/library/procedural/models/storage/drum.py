"""A drum of about 200 litres: a steel barrel with rolling hoops, a plastic drum, a fibre drum with a lever ring."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model, Texture
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset, Symmetry
from synthvision.library.procedural.finishes import in_tiles, metal, painted, plastic, print_on, soiled
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.noise import make_texture
from synthvision.library.procedural.prints.canvas import Canvas
from synthvision.library.procedural.prints.lettering import TypeStyle, invented_name
from synthvision.library.procedural.shapes.deformation import Dent, dented
from synthvision.library.procedural.shapes.mesh import Mesh, join
from synthvision.library.procedural.shapes.profiles import Profile, filleted
from synthvision.library.procedural.shapes.revolve import revolve
from synthvision.library.procedural.shapes.rods import rods

__all__ = ["DRUM"]

SEGMENTS = 32


def _build(params: Mapping[str, Any]) -> Model:
    kind, seed = str(params["kind"]), int(params["wear_seed"])
    wear, dirt = float(params["wear"]), float(params["dirt"])
    # A tight-head steel drum of 216.5 l is 585 mm over the hoops and 880 mm high (ISO 15750-2).
    height, radius = float(params["height_m"]), float(params["height_m"]) * float(params["slenderness"]) / 2
    colour = rgb(params["colour"])
    outer = _outline(kind, radius, height)
    dents = _dents(seed, radius, height, float(params["dent_m"]) * (1.0 if kind != "plastic" else 0.3))
    shell = dented(revolve(outer.refined(0.075), SEGMENTS, v_per_metre=1.0), dents)
    shell = shell.placed_uvs((2 * np.pi * radius, 1.0))
    body = {
        "steel": painted("body", colour, seed, wear=wear, dirt=dirt, roughness=0.36),
        "plastic": plastic("body", rgb(params["plastic_colour"]), seed, dirt=0.6 * dirt, roughness=0.42),
        "fibre": _fibre(seed, dirt),
    }[kind]
    pieces: list[tuple[Mesh, Material]] = [(soiled(in_tiles(shell, seed), 0.0, 0.35 * height, dirt), body)]
    top = height - {"steel": 0.017, "plastic": 0.022, "fibre": 0.006}[kind]
    if str(params["head"]) == "open" or kind == "fibre":
        ring = metal("fittings", "galvanised" if kind != "fibre" else "steel", seed, dirt=dirt)
        pieces.append((in_tiles(_lever_ring(radius, height, kind)), ring))
    else:
        fittings = (
            metal("fittings", "steel", seed, dirt=dirt)
            if kind == "steel"
            else plastic("fittings", (0.03, 0.03, 0.03), seed, dirt=dirt)
        )
        pieces.append((in_tiles(_bungs(radius, top)), fittings))
    label = str(params["label"])
    if label != "none":
        texture = _label(label, int(params["design"]))
        pieces.append((dented(_label_sheet(radius, height, outer), dents), print_on("label", texture)))
    return assembled(
        "drum",
        params,
        pieces,
        attributes={"kind": kind, "label": label},
        keypoints={
            "base": (0.0, 0.0, 0.0),
            "top_centre": (0.0, 0.0, height),
            "front_middle": (radius, 0.0, height / 2),
            "front_top": (radius, 0.0, height),
        },
    )


def _outline(kind: str, radius: float, height: float) -> Profile:
    """Half section from the middle of the bottom over the wall to the middle of the head."""
    if kind == "steel":
        body = radius * 0.975
        hoop = radius - body
        points = [
            (0.0, 0.014),
            (body - 0.012, 0.014),
            (body - 0.009, 0.0),
            (body + 0.006, 0.0),
            (body + 0.006, 0.013),
            (body, 0.02),
        ]
        radii = [0.0, 0.004, 0.003, 0.004, 0.004, 0.003]
        for share in (0.345, 0.655):
            z = share * height
            points += [(body, z - 0.024), (body + hoop, z - 0.006), (body + hoop, z + 0.006), (body, z + 0.024)]
            radii += [0.012, 0.009, 0.009, 0.012]
        points += [
            (body, height - 0.02),
            (body + 0.006, height - 0.013),
            (body + 0.006, height),
            (body - 0.009, height),
        ]
        points += [
            (body - 0.012, height - 0.017),
            (0.55 * body, height - 0.017),
            (0.52 * body, height - 0.013),
            (0.0, height - 0.013),
        ]
        radii += [0.003, 0.004, 0.004, 0.003, 0.004, 0.02, 0.02, 0.0]
        return filleted(points, radii)
    if kind == "plastic":
        foot = 0.93 * radius
        points = [
            (0.0, 0.012),
            (0.8 * foot, 0.012),
            (0.84 * foot, 0.0),
            (0.95 * foot, 0.0),
            (radius * 0.985, 0.09),
            (radius, 0.3 * height),
        ]
        points += [
            (radius, 0.7 * height),
            (0.985 * radius, height - 0.13),
            (0.955 * radius, height - 0.11),
            (0.955 * radius, height - 0.085),
        ]
        points += [(0.99 * radius, height - 0.075), (0.99 * radius, height - 0.045), (0.93 * radius, height - 0.03)]
        points += [
            (0.91 * radius, height),
            (0.83 * radius, height),
            (0.8 * radius, height - 0.022),
            (0.0, height - 0.018),
        ]
        radii = [
            0.0,
            0.01,
            0.012,
            0.035,
            0.08,
            0.6,
            0.6,
            0.02,
            0.01,
            0.01,
            0.012,
            0.012,
            0.012,
            0.012,
            0.012,
            0.012,
            0.0,
        ]
        return filleted(points, radii)
    body = 0.97 * radius
    points = [
        (0.0, 0.008),
        (body - 0.008, 0.008),
        (body - 0.008, 0.0),
        (body + 0.003, 0.0),
        (body + 0.003, 0.05),
        (body, 0.053),
    ]
    points += [
        (body, height - 0.06),
        (radius, height - 0.056),
        (radius, height),
        (body - 0.012, height),
        (body - 0.02, height - 0.006),
        (0.0, height - 0.006),
    ]
    return filleted(points, [0.0, 0.002, 0.003, 0.004, 0.002, 0.001, 0.001, 0.002, 0.005, 0.004, 0.005, 0.0])


def _dents(seed: int, radius: float, height: float, depth: float) -> list[Dent]:
    rng = rng_for(seed, 0, "drum.dents")
    dents = []
    for _ in range(4):
        angle, z = float(rng.uniform(0, 2 * np.pi)), float(rng.uniform(0.12, 0.88)) * height
        push, size = depth * float(rng.uniform(0.2, 1.0)), float(rng.uniform(0.05, 0.11))
        c, s = np.cos(angle), np.sin(angle)
        dents.append(Dent((radius * c, radius * s, z), (-push * c, -push * s, 0.0), (size, size, 0.7 * size)))
    return dents


def _bungs(radius: float, top: float) -> Mesh:
    """The two closures of a tight head, 2 and 3/4 inch, with their inner drive."""
    meshes = []
    for x, size in ((0.68 * radius, 0.036), (-0.68 * radius, 0.019)):
        cap = filleted(
            [
                (0.0, top - 0.004),
                (1.25 * size, top - 0.004),
                (1.2 * size, top + 0.004),
                (size, top + 0.004),
                (size, top + 0.012),
                (0.62 * size, top + 0.012),
                (0.6 * size, top + 0.006),
                (0.0, top + 0.006),
            ],
            [0.0, 0.001, 0.002, 0.001, 0.003, 0.002, 0.001, 0.0],
        )
        meshes.append(revolve(cap, 16).moved((x, 0.0, 0.0)))
        meshes.append(rods([(x - 0.6 * size, 0.0, top + 0.008)], [(x + 0.6 * size, 0.0, top + 0.008)], 0.003, 5))
    return join(meshes)


def _lever_ring(radius: float, height: float, kind: str) -> Mesh:
    """The clamp that holds the lid, with its lever along the front."""
    at = height - (0.012 if kind != "fibre" else 0.045)
    reach = radius * (0.985 if kind != "fibre" else 1.0) + 0.004
    band = filleted(
        [
            (reach - 0.014, at - 0.013),
            (reach, at - 0.013),
            (reach + 0.004, at),
            (reach, at + 0.013),
            (reach - 0.014, at + 0.013),
            (reach - 0.014, at - 0.013),
        ],
        [0.0, 0.004, 0.006, 0.004, 0.002, 0.0],
    )
    ring = revolve(band, SEGMENTS, v_per_metre=1.0).placed_uvs((2 * np.pi * radius, 1.0))
    angle = np.linspace(-0.28, 0.28, 7)
    path = np.stack([(reach + 0.009) * np.cos(angle), (reach + 0.009) * np.sin(angle), np.full(7, at)], axis=1)
    lever = rods(path[:-1], path[1:], 0.007, 6)
    bolts = rods(
        [(reach, 0.3 * radius, at), (reach - 0.01, -0.3 * radius, at)],
        [(reach + 0.02, 0.3 * radius, at), (reach + 0.012, -0.3 * radius, at)],
        0.009,
        6,
    )
    return join([ring, lever, bolts])


def _label_sheet(radius: float, height: float, outer: Profile) -> Mesh:
    """Paper around the front, between the hoops."""
    low, high = 0.4 * height, 0.6 * height
    inside = (outer.points_k2[:, 1] > low) & (outer.points_k2[:, 1] < high) & (outer.points_k2[:, 0] > 0.7 * radius)
    wall = (
        float(outer.points_k2[inside, 0].max())
        if inside.any()
        else float(outer.points_k2[outer.points_k2[:, 1] < 0.6 * height, 0][-1])
    )
    line = filleted([(wall + 0.0006, low), (wall + 0.0006, high)], 0.0).refined(0.03)
    half = 0.13 * height / radius
    return revolve(line, 10, arc_rad=(-half, half))


@lru_cache(maxsize=24)
def _label(kind: str, design: int) -> Texture:
    canvas = Canvas(256, 192, (244, 243, 238))
    rng = rng_for(design, 0, "drum.label")
    name = invented_name(design, "drum.label").upper()
    bar = ((20, 60, 130), (150, 24, 24), (24, 110, 60), (40, 40, 44))[design % 4]
    canvas.rectangle(0, 0, 256, 36, bar)
    canvas.text(name, (128, 18), 18, (250, 250, 250), TypeStyle(weight=0.1), max_width=230)
    canvas.text(
        ("SOLVENT", "MACHINE OIL", "CLEANER C7", "RESIN BASE")[design % 4], (82, 56), 13, (20, 20, 20), max_width=150
    )
    for row in range(7):
        canvas.rectangle(14, 78 + row * 12, 14 + float(rng.uniform(80, 138)), 82 + row * 12, (90, 90, 92))
    x = 14.0
    while x < 140:
        wide = float(rng.integers(1, 5))
        canvas.rectangle(x, 164, x + wide, 184, (12, 12, 12))
        x += wide + float(rng.integers(2, 4))
    if kind == "hazard":
        # Diamonds in red on white, as the GHS frames its pictograms.
        for centre in ((204.0, 76.0), (204.0, 146.0)):
            corners = np.array([(0, -34), (34, 0), (0, 34), (-34, 0)], np.float64)
            canvas.polygon(corners + centre, (205, 20, 20))
            canvas.polygon(corners * 0.8 + centre, (250, 250, 250))
            if centre[1] < 100:
                flame = [(0, -20), (9, -4), (6, 2), (12, 8), (5, 18), (-6, 18), (-12, 7), (-5, 0), (-4, -9)]
                canvas.polygon(np.array(flame, np.float64) + centre, (10, 10, 10))
            else:
                canvas.rectangle(centre[0] - 3, centre[1] - 18, centre[0] + 3, centre[1] + 6, (10, 10, 10))
                canvas.disc((centre[0], centre[1] + 14), 4, (10, 10, 10))
    else:
        canvas.rectangle(176, 52, 240, 110, bar)
        canvas.text(f"{200 + 5 * (design % 3)} L", (208, 82), 18, (250, 250, 250), TypeStyle(weight=0.1), max_width=58)
    return make_texture(canvas.finished(), is_srgb=True, wrap_uv=("clamp", "clamp"))


def _fibre(seed: int, dirt: float) -> Material:
    return plastic("body", (0.4, 0.255, 0.135), seed, dirt=dirt, roughness=0.85, grain=1.6)


DRUM = ProceduralAsset(
    name="drum",
    kind="model",
    category="drum",
    tags=("barrel", "warehouse", "storage", "container", "industrial", "oil"),
    size_m=0.9,
    description="A drum of about 200 litres: dented steel with rolling hoops, plastic, or fibre with a lever ring.",
    parameters={
        "kind": Choice(("steel", "plastic", "fibre"), "steel", (0.6, 0.27, 0.13)),
        "height_m": Number(0.72, 0.96, 0.88, "m"),
        "slenderness": Number(0.56, 0.72, 0.66),
        "head": Choice(("tight", "open"), "tight", (0.65, 0.35)),
        "colour": Colour(
            (
                (0.02, 0.08, 0.32),
                (0.02, 0.08, 0.32),
                (0.45, 0.03, 0.02),
                (0.03, 0.03, 0.032),
                (0.06, 0.24, 0.1),
                (0.62, 0.4, 0.03),
                (0.5, 0.5, 0.49),
                (0.25, 0.1, 0.05),
            ),
            0.15,
        ),
        "plastic_colour": Colour(
            ((0.015, 0.09, 0.42), (0.015, 0.09, 0.42), (0.03, 0.03, 0.032), (0.62, 0.62, 0.6)), 0.1
        ),
        "label": Choice(("none", "plain", "hazard"), "hazard", (0.35, 0.3, 0.35)),
        "design": Integer(0, 7, 0),
        "dent_m": Number(0.0, 0.03, 0.012, "m"),
        "wear": Number(0.0, 1.0, 0.45),
        "dirt": Number(0.0, 0.9, 0.35),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("body", "fittings", "label"),
    keypoints=("base", "top_centre", "front_middle", "front_top"),
    symmetry=(Symmetry((0.0, 0.0, 1.0), 0),),
)

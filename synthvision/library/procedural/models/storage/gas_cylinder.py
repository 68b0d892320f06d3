"""A gas cylinder: tall seamless bottles with a cap or valve, squat propane bottles with a collar."""

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
from synthvision.library.procedural.prints.lettering import TypeStyle
from synthvision.library.procedural.shapes.box_sets import BoxSet
from synthvision.library.procedural.shapes.mesh import Mesh, join
from synthvision.library.procedural.shapes.profiles import Profile, chain, filleted
from synthvision.library.procedural.shapes.revolve import revolve
from synthvision.library.procedural.shapes.rods import rods, tube_along

__all__ = ["GAS_CYLINDER"]

SEGMENTS = 30


def _build(params: Mapping[str, Any]) -> Model:
    kind, seed = str(params["kind"]), int(params["wear_seed"])
    wear, dirt = float(params["wear"]), float(params["dirt"])
    tall = float(params["height_m"]) * (1.0 if kind == "tall" else 0.42)
    radius = tall * float(params["slenderness"]) / 2 * (1.0 if kind == "tall" else 2.9)
    shoulder = tall - radius * (1.25 if kind == "tall" else 0.75)
    split = shoulder - 0.002
    profile = _outline(kind, radius, tall, shoulder)
    wall = profile.refined(0.12)
    body_colour, top_colour = rgb(params["colour"]), rgb(params["shoulder_colour"])
    mesh = revolve(wall, SEGMENTS, v_per_metre=1.0).placed_uvs((2 * np.pi * radius, 1.0))
    body = painted("body", body_colour, seed, wear=wear, dirt=dirt, roughness=0.42)
    pieces: list[tuple[Mesh, Material]] = []
    if kind == "tall" and str(params["two_tone"]) == "yes":
        # The colour of the shoulder names the gas (EN 1089-3).
        upper = mesh.positions_n3[mesh.triangles_m3][:, :, 2].min(axis=1) > split
        for chosen, material in (
            (~upper, body),
            (upper, painted("shoulder", top_colour, seed, wear=wear, dirt=dirt, roughness=0.42)),
        ):
            part = Mesh(mesh.positions_n3, mesh.normals_n3, mesh.uvs_n2, mesh.triangles_m3[chosen])
            pieces.append((soiled(in_tiles(part, seed), 0.0, 0.3, dirt), material))
    else:
        pieces.append((soiled(in_tiles(mesh, seed), 0.0, 0.3, dirt), body))
    closure = str(params["closure"])
    if kind == "tall" and closure == "cap":
        pieces.append(
            (
                in_tiles(_cap(tall)),
                painted("fittings", top_colour if wear > 0.5 else (0.3, 0.3, 0.3), seed + 1, wear=wear, dirt=dirt),
            )
        )
        top = tall + 0.15
    else:
        brass, wheel = _valve(tall, closure == "guard" or kind == "squat")
        pieces.append((in_tiles(brass), metal("valve", "brass", seed, dirt=dirt)))
        pieces.append(
            (
                in_tiles(wheel),
                plastic("hand_wheel", (0.03, 0.03, 0.03) if seed % 2 else (0.35, 0.02, 0.02), seed, dirt=dirt),
            )
        )
        top = tall + 0.115
        if kind == "squat":
            pieces.append((in_tiles(_collar(radius, tall, seed), seed), body))
        elif closure == "guard":
            pieces.append(
                (in_tiles(_tulip(tall), seed), plastic("fittings", rgb(params["shoulder_colour"]), seed, dirt=dirt))
            )
    label = revolve(
        filleted([(radius + 0.0006, 0.55 * shoulder), (radius + 0.0006, 0.55 * shoulder + 0.9 * radius)], 0.0).refined(
            0.06
        ),
        10,
        arc_rad=(-0.75, 0.75),
    )
    pieces.append((label, print_on("label", _label(int(params["design"])))))
    return assembled(
        "gas_cylinder",
        params,
        pieces,
        attributes={"kind": kind},
        keypoints={
            "base": (0.0, 0.0, 0.0),
            "shoulder": (radius, 0.0, shoulder),
            "neck": (0.0, 0.0, tall),
            "top": (0.0, 0.0, top),
        },
    )


def _outline(kind: str, radius: float, tall: float, shoulder: float) -> Profile:
    if kind == "tall":
        low = filleted(
            [
                (0.0, 0.012),
                (0.7 * radius, 0.012),
                (0.78 * radius, 0.0),
                (0.92 * radius, 0.0),
                (radius, 0.05),
                (radius, shoulder),
            ],
            [0.0, 0.01, 0.01, 0.03, 0.1, 0.0],
        )
        high = filleted(
            [
                (radius, shoulder),
                (radius, shoulder + 0.25 * radius),
                (0.62 * radius, tall - 0.35 * radius),
                (0.033, tall - 0.04),
                (0.033, tall - 0.02),
                (0.041, tall - 0.018),
                (0.041, tall),
                (0.0, tall),
            ],
            [0.0, 0.5 * radius, 0.7 * radius, 0.03, 0.002, 0.002, 0.004, 0.0],
        )
        return chain(low, high)
    return filleted(
        [
            (0.0, 0.03),
            (0.7 * radius, 0.03),
            (0.72 * radius, 0.0),
            (0.8 * radius, 0.0),
            (0.8 * radius, 0.035),
            (radius, 0.07),
            (radius, 0.5 * tall - 0.008),
            (1.012 * radius, 0.5 * tall),
            (radius, 0.5 * tall + 0.008),
            (radius, shoulder),
            (0.7 * radius, tall - 0.2 * radius),
            (0.035, tall - 0.012),
            (0.035, tall),
            (0.0, tall),
        ],
        [0.0, 0.004, 0.003, 0.003, 0.02, 0.06, 0.004, 0.004, 0.004, 0.45 * radius, 0.7 * radius, 0.006, 0.003, 0.0],
    )


def _cap(tall: float) -> Mesh:
    """A steel cap over the valve, with vents."""
    profile = filleted(
        [
            (0.0, tall - 0.03),
            (0.05, tall - 0.03),
            (0.052, tall + 0.03),
            (0.046, tall + 0.11),
            (0.03, tall + 0.15),
            (0.0, tall + 0.15),
        ],
        [0.0, 0.004, 0.02, 0.04, 0.02, 0.0],
    )
    vents = rods(
        [(0.047, 0.0, tall + 0.05), (-0.047, 0.0, tall + 0.05)],
        [(0.0535, 0.0, tall + 0.05), (-0.0535, 0.0, tall + 0.05)],
        0.011,
        10,
    )
    return join([revolve(profile, 20, v_per_metre=1.0).placed_uvs((0.3, 1.0)), vents])


def _valve(tall: float, low: bool) -> tuple[Mesh, Mesh]:
    """Brass valve with its outlet, and the hand wheel on top or at the side."""
    stem = filleted(
        [
            (0.0, tall - 0.01),
            (0.02, tall - 0.01),
            (0.017, tall + 0.02),
            (0.017, tall + 0.075),
            (0.01, tall + 0.08),
            (0.01, tall + 0.095),
            (0.0, tall + 0.095),
        ],
        0.002,
    )
    outlet = rods(
        [(0.0, 0.0, tall + 0.045), (0.036, 0.0, tall + 0.045)],
        [(0.042, 0.0, tall + 0.045), (0.05, 0.0, tall + 0.045)],
        np.array([0.012, 0.0165]),
        10,
    )
    angle = np.arange(24) * 2 * np.pi / 24
    size = 0.026 if low else 0.033
    wavy = size * (1 + 0.09 * np.cos(6 * angle))
    ring = np.stack([wavy * np.cos(angle), wavy * np.sin(angle), np.full(24, tall + 0.105)], axis=1)
    hub = filleted(
        [(0.0, tall + 0.09), (0.8 * size, tall + 0.1), (0.8 * size, tall + 0.11), (0.0, tall + 0.115)], 0.002
    )
    return join([revolve(stem, 16).placed_uvs((0.1, 0.1)), outlet]), join(
        [tube_along(ring, 0.008, 7, closed=True), revolve(hub, 16).placed_uvs((0.1, 0.1))]
    )


def _collar(radius: float, tall: float, seed: int) -> Mesh:
    """The guard of a propane bottle: a rolled band with openings to carry it by."""
    reach, low, high = 0.62 * radius, tall - 0.16 * radius, tall + 0.13
    boxes = BoxSet(rng_for(seed, 0, "gas_cylinder.collar"))
    angle = np.linspace(0.35, 2 * np.pi - 0.35, 25)
    path = np.stack([reach * np.cos(angle), reach * np.sin(angle), np.full(25, high)], axis=1)
    rim = tube_along(path, 0.008, 8)
    for k in range(24):
        middle = (angle[k] + angle[k + 1]) / 2
        wide = 2 * reach * float(np.sin((angle[1] - angle[0]) / 2)) * 1.06
        turn = np.array([[np.cos(middle), -np.sin(middle), 0], [np.sin(middle), np.cos(middle), 0], [0, 0, 1]])
        opening = 0.6 < abs(middle - np.pi) < 1.35
        spans = ((low, low + 0.05), (high - 0.035, high)) if opening else ((low, high),)
        for a, b in spans:
            boxes.add((0.003, wide, b - a), (reach * np.cos(middle), reach * np.sin(middle), (a + b) / 2), "z", turn)
    return join([rim, boxes.mesh(0.0006)])


def _tulip(tall: float) -> Mesh:
    """A plastic guard around the valve with a ring to hold it by."""
    starts, ends = [], []
    for k in range(4):
        a = np.pi / 4 + k * np.pi / 2
        starts.append((0.045 * np.cos(a), 0.045 * np.sin(a), tall - 0.03))
        ends.append((0.07 * np.cos(a), 0.07 * np.sin(a), tall + 0.13))
    angle = np.arange(24) * 2 * np.pi / 24
    ring = np.stack([0.07 * np.cos(angle), 0.07 * np.sin(angle), np.full(24, tall + 0.135)], axis=1)
    base = filleted([(0.0, tall - 0.045), (0.055, tall - 0.045), (0.055, tall - 0.015), (0.0, tall - 0.012)], 0.004)
    return join(
        [
            rods(starts, ends, 0.012, 8),
            tube_along(ring, 0.014, 8, closed=True),
            revolve(base, 20).placed_uvs((0.3, 0.1)),
        ]
    )


@lru_cache(maxsize=6)
def _label(design: int) -> Texture:
    canvas = Canvas(256, 160, (246, 244, 236))
    gas = ("ARGON", "OXYGEN", "PROPANE", "NITROGEN", "HELIUM", "CO2")[design % 6]
    canvas.text(gas, (150, 40), 26, (20, 24, 40), TypeStyle(weight=0.12), max_width=190)
    corners = np.array([(0, -34), (34, 0), (0, 34), (-34, 0)], np.float64)
    canvas.polygon(corners + np.array((46.0, 104.0)), ((40, 140, 60), (245, 205, 20), (210, 30, 24))[design % 3])
    canvas.polygon(
        np.array([(-6, -18), (6, -18), (6, 16), (-6, 16)], np.float64) + np.array((46.0, 104.0)), (15, 15, 15)
    )
    for row in range(6):
        canvas.rectangle(100, 66 + row * 14, 240 - 17 * (row % 3), 70 + row * 14, (90, 90, 92))
    return make_texture(canvas.finished(), is_srgb=True, wrap_uv=("clamp", "clamp"))


GAS_CYLINDER = ProceduralAsset(
    name="gas_cylinder",
    kind="model",
    category="gas_cylinder",
    tags=("gas_bottle", "warehouse", "storage", "industrial", "welding"),
    size_m=1.2,
    description="A tall gas cylinder with a cap, valve or guard and a coloured shoulder, or a squat propane bottle.",
    parameters={
        "kind": Choice(("tall", "squat"), "tall", (0.65, 0.35)),
        "height_m": Number(0.85, 1.5, 1.3, "m"),
        "slenderness": Number(0.15, 0.22, 0.18),
        "closure": Choice(("cap", "valve", "guard"), "valve"),
        "two_tone": Choice(("yes", "no"), "yes"),
        "colour": Colour(
            (
                (0.3, 0.31, 0.31),
                (0.02, 0.1, 0.36),
                (0.06, 0.2, 0.09),
                (0.45, 0.03, 0.02),
                (0.04, 0.04, 0.04),
                (0.6, 0.3, 0.03),
            ),
            0.12,
        ),
        "shoulder_colour": Colour(
            ((0.7, 0.7, 0.68), (0.05, 0.25, 0.1), (0.03, 0.03, 0.03), (0.4, 0.03, 0.02), (0.7, 0.45, 0.03)), 0.1
        ),
        "design": Integer(0, 5, 0),
        "wear": Number(0.0, 1.0, 0.5),
        "dirt": Number(0.0, 0.9, 0.35),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("body", "shoulder", "fittings", "valve", "hand_wheel", "label"),
    keypoints=("base", "shoulder", "neck", "top"),
    symmetry=(Symmetry((0.0, 0.0, 1.0), 0),),
)

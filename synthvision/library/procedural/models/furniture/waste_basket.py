"""A waste basket: a plastic bucket, wire mesh, or a pedal bin with a lid."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model, Texture
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.finishes import in_tiles, metal, painted, plastic, rubber
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.noise import make_texture
from synthvision.library.procedural.shapes.atlas import cube_sphere
from synthvision.library.procedural.shapes.box_sets import BoxSet
from synthvision.library.procedural.shapes.deformation import deformed, superelliptic
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join, turn_about
from synthvision.library.procedural.shapes.profiles import filleted
from synthvision.library.procedural.shapes.revolve import revolve
from synthvision.library.procedural.shapes.rods import rods, tube_along

__all__ = ["WASTE_BASKET"]

SEGMENTS = 40


def _build(params: Mapping[str, Any]) -> Model:
    kind, seed = str(params["kind"]), int(params["seed"])
    radius, tall = float(params["radius_m"]), float(params["height_m"])
    foot = radius * float(params["taper"])
    dirt = float(params["dirt"])
    colour = rgb(params["colour"])
    pieces: list[tuple[Mesh, Material]]
    top = tall
    if kind == "bin":
        pieces = _pedal_bin(params, radius, tall, seed)
        top = tall + 0.45 * radius
    elif kind == "mesh":
        wall = revolve(filleted([(foot, 0.008), (radius, tall)], 0.0).refined(0.1), SEGMENTS, v_per_metre=1.0)
        around = wall.placed_uvs((round(2 * np.pi * radius / 0.012), 1 / 0.012))
        skin = Material(
            name="wire",
            base_colour=(0.06, 0.06, 0.062, 1.0),
            base_colour_map=_wire(),
            metallic=0.6,
            roughness=0.45,
            alpha_mode="mask",
            alpha_cutoff=0.4,
            double_sided=True,
        )
        floor = revolve(
            filleted(
                [
                    (0.0, 0.002),
                    (foot - 0.004, 0.002),
                    (foot, 0.006),
                    (foot, 0.014),
                    (foot - 0.006, 0.014),
                    (0.0, 0.012),
                ],
                [0.0, 0.002, 0.003, 0.003, 0.002, 0.0],
            ),
            SEGMENTS,
        )
        angle = np.arange(SEGMENTS) * 2 * np.pi / SEGMENTS
        rims = [
            tube_along(
                np.stack([r * np.cos(angle), r * np.sin(angle), np.full(SEGMENTS, z)], axis=1), 0.0045, 8, closed=True
            )
            for r, z in ((radius, tall), (foot, 0.008))
        ]
        pieces = [
            (around, skin),
            (in_tiles(join([floor.placed_uvs((0.6, 0.3)), *rims])), metal("rim", "black", seed, dirt=dirt)),
        ]
    else:
        t = 0.0025
        profile = filleted(
            [
                (0.0, 0.004),
                (foot - 0.012, 0.004),
                (foot - 0.01, 0.0),
                (foot, 0.0),
                (radius, tall - 0.02),
                (radius + 0.007, tall - 0.018),
                (radius + 0.007, tall),
                (radius - t, tall),
                (radius - t, tall - 0.02),
                (foot - t, 0.008),
                (0.0, 0.008),
            ],
            [0.0, 0.002, 0.002, 0.008, 0.001, 0.002, 0.003, 0.002, 0.001, 0.006, 0.0],
        )
        wall = revolve(profile.refined(0.05), SEGMENTS, v_per_metre=1.0).placed_uvs((2 * np.pi * radius, 1.0))
        if float(params["squareness"]) > 2.4:
            wall = deformed(wall, superelliptic(float(params["squareness"]), 0.0, tall, 0.1))
        pieces = [(in_tiles(wall, seed), plastic("body", colour, seed, dirt=dirt, roughness=0.45))]
    litter = int(params["litter"])
    if litter and kind != "bin":
        rng = rng_for(seed, 0, "waste_basket.litter")
        paper = [
            _crumpled(rng, seed * 7 + k, 0.045 + 0.012 * float(rng.random())).moved(
                _drop(rng, radius * 0.62, tall * (0.5 + 0.36 * k / max(litter, 1)))
            )
            for k in range(litter)
        ]
        pieces.append((join(paper), Material(name="paper", base_colour=(0.72, 0.72, 0.7, 1.0), roughness=0.9)))
    return assembled(
        "waste_basket",
        params,
        pieces,
        attributes={"kind": kind, "litter": "yes" if litter and kind != "bin" else "no"},
        keypoints={
            "base": (0.0, 0.0, 0.0),
            "rim_centre": (0.0, 0.0, tall),
            "rim_front": (radius, 0.0, tall),
            "top": (0.0, 0.0, top),
        },
    )


def _drop(rng: np.random.Generator, reach: float, z: float) -> tuple[float, float, float]:
    angle, away = float(rng.uniform(0, 6.28)), reach * float(np.sqrt(rng.random())) * 0.8
    return away * float(np.cos(angle)), away * float(np.sin(angle)), z


def _crumpled(rng: np.random.Generator, seed: int, radius: float) -> Mesh:
    """A ball of crumpled paper."""
    waves = rng_for(seed, 0, "waste_basket.crumple").normal(0, 1, (10, 3)) * 4.5
    phases = rng.uniform(0, 6.28, 10)
    ball = cube_sphere(6)

    def move(points: Floats) -> Floats:
        bump = np.abs(np.sin(points @ waves.T + phases)).sum(axis=1) / 10
        return np.asarray(points * (radius * (0.6 + 0.7 * bump))[:, None], np.float64)

    return deformed(ball, move)


@lru_cache(maxsize=1)
def _wire() -> Texture:
    """Expanded metal: two sets of slanted wires."""
    y, x = np.mgrid[0:64, 0:64].astype(np.float32) / 64
    distance = np.minimum(np.abs((x + y) % 1 - 0.5), np.abs((x - y) % 1 - 0.5))
    alpha = np.clip((0.15 - distance) * 24, 0, 1)
    tone = np.clip(150 + 105 * (1 - distance / 0.15), 90, 255)
    pixels = np.concatenate([np.repeat(tone[:, :, None], 3, axis=2), (255 * alpha)[:, :, None]], axis=2)
    return make_texture(np.ascontiguousarray(pixels.astype(np.uint8)), is_srgb=True)


def _pedal_bin(params: Mapping[str, Any], radius: float, tall: float, seed: int) -> list[tuple[Mesh, Material]]:
    """A steel cylinder with a domed lid on a hinge and a pedal in front."""
    body = revolve(
        filleted(
            [(0.0, 0.02), (radius, 0.02), (radius, tall - 0.012), (radius - 0.006, tall - 0.006), (0.0, tall - 0.006)],
            [0.0, 0.002, 0.006, 0.002, 0.0],
        ).refined(0.12),
        SEGMENTS,
        v_per_metre=1.0,
    )
    base = revolve(
        filleted(
            [(0.0, 0.0), (radius + 0.004, 0.0), (radius + 0.004, 0.03), (radius - 0.004, 0.034), (0.0, 0.034)],
            [0.0, 0.004, 0.006, 0.002, 0.0],
        ),
        SEGMENTS,
    )
    lid_tall = 0.4 * radius
    lid = revolve(
        filleted(
            [(0.0, 0.0), (radius + 0.002, 0.0), (radius + 0.002, 0.02), (0.7 * radius, lid_tall), (0.0, lid_tall)],
            [0.0, 0.001, 0.012, 0.6 * radius, 0.0],
        ),
        SEGMENTS,
    )
    ring = revolve(
        filleted(
            [
                (radius - 0.006, tall - 0.014),
                (radius + 0.003, tall - 0.014),
                (radius + 0.003, tall - 0.001),
                (radius - 0.006, tall - 0.001),
                (radius - 0.006, tall - 0.014),
            ],
            0.0,
        ),
        SEGMENTS,
    )
    turn = turn_about("y", -np.radians(float(params["lid_deg"])))
    hinge = np.array([-radius, 0.0, tall])
    lifted = lid.moved((radius, 0.0, 0.0)).turned(turn).moved(hinge)
    boxes = BoxSet(rng_for(seed, 0, "waste_basket.pedal"))
    boxes.add((0.06, 0.07, 0.008), (radius + 0.025, 0.0, 0.018), "x", turn_about("y", 0.15))
    boxes.add((0.025, 0.06, 0.05), (-radius - 0.006, 0.0, tall - 0.012))
    handle = rods([(-radius - 0.012, -0.02, tall * 0.7)], [(-radius - 0.012, 0.02, tall * 0.7)], 0.008, 8)
    shell = (
        metal("body", "brushed", seed, dirt=float(params["dirt"]))
        if str(params["bin_finish"]) == "steel"
        else painted("body", rgb(params["colour"]), seed, wear=0.1, dirt=0.1, roughness=0.3)
    )
    around = (2 * np.pi * radius, 1.0)
    return [
        (in_tiles(join([body.placed_uvs(around), lifted.placed_uvs((2 * np.pi * radius, 0.3))]), seed), shell),
        (
            in_tiles(join([base.placed_uvs((1.0, 0.1)), boxes.mesh(0.002), handle])),
            plastic("fittings", (0.03, 0.03, 0.03), seed),
        ),
        (in_tiles(ring.placed_uvs((1.0, 0.1))), rubber("rim", seed)),
    ]


WASTE_BASKET = ProceduralAsset(
    name="waste_basket",
    kind="model",
    category="waste_basket",
    tags=("bin", "trash", "room", "office", "furniture", "indoor"),
    size_m=0.35,
    description="A waste basket of plastic or wire with crumpled paper, or a pedal bin with its lid down or up.",
    parameters={
        "kind": Choice(("bucket", "mesh", "bin"), "bucket", (0.4, 0.3, 0.3)),
        "radius_m": Number(0.11, 0.17, 0.14, "m"),
        "height_m": Number(0.25, 0.42, 0.31, "m"),
        "taper": Number(0.72, 0.92, 0.82),
        "squareness": Number(2.0, 5.0, 2.0),
        "lid_deg": Number(0.0, 70.0, 0.0, "deg"),
        "bin_finish": Choice(("steel", "painted"), "steel"),
        "litter": Integer(0, 6, 3),
        "colour": Colour(
            (
                (0.03, 0.03, 0.032),
                (0.3, 0.3, 0.3),
                (0.03, 0.12, 0.3),
                (0.65, 0.64, 0.6),
                (0.3, 0.04, 0.03),
                (0.08, 0.2, 0.12),
            ),
            0.12,
        ),
        "dirt": Number(0.0, 0.7, 0.2),
        "seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("body", "wire", "rim", "fittings", "paper"),
    keypoints=("base", "rim_centre", "rim_front", "top"),
)

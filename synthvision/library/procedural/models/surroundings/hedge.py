"""A clipped hedge: a dense block of leaves over twigs, flat-topped, rounded or let grow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset, Symmetry
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.models.surroundings.leaves import CLUSTERS, bark_material, cards, foliage_material
from synthvision.library.procedural.shapes.boxes import rounded_box
from synthvision.library.procedural.shapes.deformation import deformed
from synthvision.library.procedural.shapes.mesh import Floats, Mesh
from synthvision.library.procedural.shapes.tubes import tapered_tubes

__all__ = ["HEDGE"]

MAX_CARDS = 3000


def _build(params: Mapping[str, Any]) -> Model:
    size = np.array([float(params["depth_m"]), float(params["length_m"]), float(params["height_m"])])
    rng = rng_for(int(params["shape_seed"]), 0, "hedge")
    lumps = 0.35 * float(params["wildness"])
    bare = 0.1 * size[2]
    body = size - [0.12, 0.12, bare + 0.06]
    centre = np.array([0.0, 0.0, bare + body[2] / 2])
    radius = min(
        {"flat": 0.06, "round": 0.46}[str(params["top"])] * float(body[[0, 2]].min()), 0.46 * float(body.min())
    )
    phase = rng.uniform(0, 2 * np.pi, 6)

    def grown(points: Floats) -> Floats:
        x, y, z = points.T
        swell = (
            np.sin(2.1 * y + phase[0]) + 0.7 * np.sin(4.7 * y + 2.0 * z + phase[1]) + 0.5 * np.sin(5.0 * z + phase[2])
        )
        rise = np.sin(2.6 * y + phase[3]) + 0.6 * np.sin(6.1 * y + phase[4])
        share = np.clip((z - bare) / body[2], 0.0, 1.0)
        taper = 1.0 - float(params["taper"]) * share
        wide = taper * (1.0 + 0.16 * lumps * swell)
        return np.stack([x * wide, y, z + 0.2 * lumps * size[2] * rise * share], axis=1)

    def shaped(inset: float) -> Mesh:
        box = (float(body[0]) - 2 * inset, float(body[1]) - 2 * inset, float(body[2]) - 2 * inset)
        return deformed(rounded_box(box, max(radius - inset, 0.03), 2, 5).moved(centre), grown)

    block = shaped(0.0)
    core = Material(name="core", base_colour=(0.012, 0.017, 0.007, 1.0), roughness=1.0)
    leaves = _leaves(params, rng, block)
    pieces: list[tuple[Mesh, Material]] = [
        (shaped(0.07), core),
        (leaves, foliage_material("leaves", str(params["leaf"]), rgb(params["leaf_colour"]))),
        (_stems(rng, size), bark_material("brown")),
    ]
    top = float(leaves.positions_n3[:, 2].max())
    half = float(size[1]) / 2
    return assembled(
        "hedge",
        params,
        pieces,
        attributes={"top": str(params["top"])},
        keypoints={
            "base": (0.0, 0.0, 0.0),
            "top": (0.0, 0.0, top),
            "left": (0.0, half, 0.5 * top),
            "right": (0.0, -half, 0.5 * top),
        },
    )


def _leaves(params: Mapping[str, Any], rng: np.random.Generator, block: Mesh) -> Mesh:
    """Clusters spread evenly over the block, more towards the light."""
    corners = block.positions_n3[block.triangles_m3]
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area = np.linalg.norm(across, axis=1)
    # Nothing is seen of the underside.
    weight = np.where(across[:, 2] < -0.8 * area, 0.05 * area, area)
    total = float(area.sum()) / 2
    # Three layers of cards cover what one would leave open.
    side = float(np.clip(np.sqrt(3.4 * total / MAX_CARDS), 0.1, 0.2))
    count = min(int(3.4 * total / side**2 * float(params["leaf_density"])), MAX_CARDS)
    face = rng.choice(len(area), size=count, p=weight / weight.sum())
    a, b = rng.random((2, count))
    flip = a + b > 1
    a, b = np.where(flip, 1 - a, a)[:, None], np.where(flip, 1 - b, b)[:, None]
    index = block.triangles_m3[face]
    share = (1 - a - b, a, b)
    places = sum((share[k] * block.positions_n3[index[:, k]] for k in range(3)), np.zeros((count, 3)))
    out = sum((share[k] * block.normals_n3[index[:, k]] for k in range(3)), np.zeros((count, 3)))
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    depth = rng.uniform(-0.05, 0.02 + 0.05 * float(params["wildness"]), count)
    places = places + depth[:, None] * out
    places[:, 2] = np.maximum(places[:, 2], 0.6 * side)
    facing = out + rng.normal(0, 0.5, (count, 3))
    facing /= np.linalg.norm(facing, axis=1, keepdims=True)
    low = np.clip(places[:, 2] / 0.35, 0.0, 1.0)
    light = (0.62 + 5.0 * (depth + 0.05)) * (0.7 + 0.3 * low) * rng.uniform(0.78, 1.15, count)
    hue = rng.normal(0, 0.07, count)
    tint = np.clip(light, 0.2, 1.25)[:, None] * np.stack([1 + hue, np.ones(count), 1 - hue], axis=1)
    size = side * rng.uniform(1.15, 1.75, count)
    turn, cell = rng.uniform(0, 2 * np.pi, count), rng.integers(0, CLUSTERS * CLUSTERS, count)
    return cards(places, facing, out, size, turn, cell).tinted(np.repeat(tint, 4, axis=0))


def _stems(rng: np.random.Generator, size: Floats) -> Mesh:
    """Stems from the ground into the leaves."""
    count = max(int(size[1] / 0.16), 5)
    y = (np.arange(count) + rng.uniform(0.2, 0.8, count)) / count - 0.5
    start = np.stack([rng.normal(0, 0.08, count) * size[0], y * (size[1] - 0.2), np.zeros(count)], axis=1)
    end = start + np.stack(
        [rng.normal(0, 0.16, count) * size[0], rng.normal(0, 0.06, count), np.full(count, 0.45 * size[2])], axis=1
    )
    share = np.linspace(0.0, 1.0, 4)[None, :, None]
    paths = start[:, None] + share * (end - start)[:, None] + rng.normal(0, 0.008, (count, 4, 3)) * [1, 1, 0]
    radii = np.linspace(1.0, 0.6, 4) * rng.uniform(0.008, 0.02, (count, 1))
    return tapered_tubes(paths, radii, 6)


HEDGE = ProceduralAsset(
    name="hedge",
    kind="model",
    category="hedge",
    tags=("hedge", "nature", "plant", "garden", "street", "outdoor"),
    size_m=2.0,
    description="A hedge, clipped flat or round or half grown wild, with leaves over a dark inside and bare stems.",
    parameters={
        "length_m": Number(1.2, 3.0, 2.0, "m"),
        "height_m": Number(0.6, 1.9, 1.1, "m"),
        "depth_m": Number(0.5, 1.0, 0.7, "m"),
        "top": Choice(("flat", "round"), "flat", (0.65, 0.35)),
        "taper": Number(0.0, 0.25, 0.1),
        "wildness": Number(0.0, 1.0, 0.3),
        "leaf": Choice(("broad", "slim"), "broad"),
        "leaf_density": Number(0.75, 1.0, 0.95),
        "leaf_colour": Colour(((0.1, 0.22, 0.04), (0.13, 0.27, 0.05), (0.08, 0.18, 0.05), (0.24, 0.06, 0.05)), 0.12),
        "shape_seed": Integer(0, 63, 0),
    },
    build=_build,
    parts=("core", "leaves", "stems", "bark"),
    keypoints=("base", "top", "left", "right"),
    symmetry=(Symmetry((0.0, 0.0, 1.0), 2),),
)

"""Trees: broad-leaved in leaf or bare, and conifers with drooping tiers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.models.surroundings.branches import (
    GOLDEN_RAD,
    Crown,
    Limbs,
    children_of,
    limbs_of,
    trunk_of,
)
from synthvision.library.procedural.models.surroundings.leaves import (
    CLUSTERS,
    bark_material,
    cards,
    foliage_material,
    needle_material,
)
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join
from synthvision.library.procedural.shapes.tubes import tapered_tubes

__all__ = ["TREE"]

MAX_CARDS = 4600
THIN_TINT = {"brown": (0.7, 0.66, 0.62), "grey": (0.6, 0.57, 0.55), "birch": (0.2, 0.16, 0.15)}
"""Bark of thin branches against that of the trunk: young wood is darker, most of all that of birches."""
RISE_DEG: dict[str, tuple[float, float]] = {
    # elevation of the lowest and highest limbs
    "round": (18.0, 68.0),
    "oval": (38.0, 76.0),
    "spreading": (8.0, 48.0),
}


def _build(params: Mapping[str, Any]) -> Model:
    kind = str(params["kind"])
    height = float(params["height_m"])
    rng = rng_for(int(params["shape_seed"]), 0, f"tree.{kind}")
    base = height * float(params["crown_base_ratio"])
    width = height * float(params["crown_width_ratio"])
    trunk_radius = 0.012 * height * float(params["stoutness"]) + 0.02
    makers = {"deciduous": _broad_leaved, "winter": _broad_leaved, "conifer": _conifer}
    if kind == "conifer":
        base, width = min(base, 0.14 * height), 0.72 * width
    crown = Crown(base, height, width / 2)
    trunk = trunk_of(rng, height * (0.98 if kind == "conifer" else 0.86), trunk_radius, float(params["lean"]))
    pieces = makers[kind](params, rng, trunk, crown)
    top = float(max(mesh.positions_n3[:, 2].max() for mesh, _ in pieces))
    pieces[1:] = [(_above_ground(mesh), material) for mesh, material in pieces[1:]]
    return assembled(
        "tree",
        params,
        pieces,
        attributes={"kind": kind, "leaves": "no" if kind == "winter" else "yes"},
        keypoints={
            "base": (0.0, 0.0, 0.0),
            "top": (0.0, 0.0, top),
            "crown_base": (0.0, 0.0, base),
            "crown_centre": (0.0, 0.0, (base + height) / 2),
        },
    )


def _broad_leaved(
    params: Mapping[str, Any], rng: np.random.Generator, trunk: Limbs, crown: Crown
) -> list[tuple[Mesh, Material]]:
    """Trunk, limbs and branches, with leaves or with bare twigs."""
    low, high = (math.radians(angle) for angle in RISE_DEG[str(params["crown_shape"])])
    limbs = limbs_of(rng, trunk, crown, int(params["limbs"]), (low, high))
    bare = str(params["kind"]) == "winter"
    branches = children_of(rng, limbs, 7 if bare else 5, (0.35, 0.62), (0.45, 1.0), 4)
    wood = [
        tapered_tubes(trunk.paths_nk3, trunk.radii_nk, 10, u_repeats=2.0),
        tapered_tubes(limbs.paths_nk3, limbs.radii_nk, 6),
        tapered_tubes(branches.paths_nk3, branches.radii_nk, 4),
    ]
    thin_tint = THIN_TINT[str(params["bark"])]
    wood[2] = wood[2].tinted(thin_tint)
    bark = bark_material(str(params["bark"]))
    if bare:
        count = min(9200 // (len(branches.paths_nk3) * 18), 7)
        twigs = children_of(rng, branches, count, (0.35, 0.75), (0.35, 0.9), 3, lift=0.18)
        wood.append(tapered_tubes(twigs.paths_nk3, twigs.radii_nk, 3).tinted(thin_tint))
        return [(join(wood), bark)]
    leaves = _leaves(params, rng, crown, limbs, branches)
    material = foliage_material("leaves", str(params["leaf"]), rgb(params["leaf_colour"]))
    return [(join(wood), bark), (leaves, material)]


def _leaves(params: Mapping[str, Any], rng: np.random.Generator, crown: Crown, limbs: Limbs, branches: Limbs) -> Mesh:
    """Clusters along branches and at the tips of limbs, lit as one round crown."""
    count = int(MAX_CARDS * float(params["leaf_density"]))
    which = rng.integers(len(branches.paths_nk3), size=count)
    places, along, _ = branches.at(which, rng.uniform(0.1, 1.0, count))
    tips = rng.integers(len(limbs.paths_nk3), size=count // 8)
    places[: count // 8] = limbs.at(tips, rng.uniform(0.55, 1.0, count // 8))[0]
    size = float(np.mean(crown.radii)) * rng.uniform(0.15, 0.26, count)
    places = places + np.clip(rng.normal(0, 0.42, (count, 3)), -0.8, 0.8) * size[:, None]
    depth = crown.depth(places)
    outward = (places - crown.centre) / crown.radii**2
    outward /= np.linalg.norm(outward, axis=1, keepdims=True) + 1e-9
    facing = 0.7 * outward + 0.3 * along + rng.normal(0, 0.55, (count, 3)) + [0.0, 0.0, 0.25]
    facing /= np.linalg.norm(facing, axis=1, keepdims=True)
    # Little light comes into the crown: what lies deep or low is darker.
    light = np.clip(0.42 + 0.75 * depth**1.6, 0.42, 1.15) * (0.86 + 0.2 * outward[:, 2]) * rng.uniform(0.8, 1.15, count)
    hue = rng.normal(0, 0.07, count)
    tint = np.clip(light, 0, 1.25)[:, None] * np.stack([1 + hue, np.ones(count), 1 - hue], axis=1)
    turn, cell = rng.uniform(0, 2 * np.pi, count), rng.integers(0, CLUSTERS * CLUSTERS, count)
    return cards(places, facing, outward, size, turn, cell).tinted(np.repeat(tint, 4, axis=0))


def _conifer(
    params: Mapping[str, Any], rng: np.random.Generator, trunk: Limbs, crown: Crown
) -> list[tuple[Mesh, Material]]:
    """A straight trunk with tiers of boughs, each a stem with sprays of needles hanging from it."""
    tiers = 12 + int(params["limbs"])
    per_tier = 9
    order = np.repeat(np.linspace(0.0, 1.0, tiers), per_tier) + rng.normal(0, 0.012, tiers * per_tier)
    order = np.clip(order, 0.0, 1.0)
    count = len(order)
    z = crown.base_m + (crown.top_m - crown.base_m) * 0.96 * order
    reach = crown.radius_m * ((1 - order) ** 0.85 + 0.05) * rng.uniform(0.8, 1.08, count)
    yaw = GOLDEN_RAD * np.arange(count) + rng.normal(0, 0.2, count)
    droop = np.interp(order, [0.0, 0.6, 1.0], [-0.28, -0.02, 0.75]) + rng.normal(0, 0.06, count)
    out = np.stack([np.cos(yaw), np.sin(yaw), np.zeros(count)], axis=1)
    start = trunk.at(np.zeros(count), np.clip(z / float(trunk.paths_nk3[0, -1, 2]), 0, 1) ** (1 / 1.25))[0]
    share = np.linspace(0.0, 1.0, 4)
    rise = reach[:, None] * (droop[:, None] * share + 0.16 * share**2)
    paths = start[:, None] + (reach[:, None] * share)[..., None] * out[:, None]
    paths[:, :, 2] += rise
    radii = np.linspace(1.0, 0.3, 4) * (0.006 + 0.011 * reach[:, None])
    wood = join(
        [
            tapered_tubes(trunk.paths_nk3, trunk.radii_nk, 9, u_repeats=2.0),
            tapered_tubes(paths[::2], radii[::2], 3),
        ]
    )
    needles = _boughs(rng, paths, reach, order)
    material = needle_material("leaves", _needle_green(rgb(params["leaf_colour"])))
    return [(wood, bark_material(str(params["bark"]))), (needles, material)]


def _boughs(rng: np.random.Generator, paths_nk3: Floats, reach_n: Floats, order_n: Floats) -> Mesh:
    """Two strips along each bough, folded like a low roof, with the image of a spray."""
    count, points = paths_nk3.shape[:2]
    along = np.gradient(paths_nk3, axis=1)
    along /= np.linalg.norm(along, axis=2, keepdims=True)
    side = np.cross(along, [0.0, 0.0, 1.0])
    side /= np.linalg.norm(side, axis=2, keepdims=True)
    out = paths_nk3[:, -1] - paths_nk3[:, 0]
    out[:, 2] = 0.0
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    normal_1: Floats = np.add(out, (0.0, 0.0, 0.65))
    normal_1 /= np.linalg.norm(normal_1, axis=1, keepdims=True)
    half = (0.16 + 0.26 * reach_n) * rng.uniform(0.85, 1.15, count)
    strips, shades = [], []
    for fold in (0.28, -0.75):
        for hand in (-1.0, 1.0):
            edge = paths_nk3 + half[:, None, None] * (hand * side - [0.0, 0.0, fold if fold > 0 else 0.62])
            inner = paths_nk3.copy()
            pair = np.stack([inner, edge] if hand > 0 else [edge, inner], axis=2)
            column = rng.integers(0, 2, (count, 1, 1))
            u_inner, u_edge = np.full((count, points), 0.5), np.full((count, points), 0.98 if hand > 0 else 0.02)
            u = np.stack([u_inner, u_edge] if hand > 0 else [u_edge, u_inner], axis=2)
            v = np.broadcast_to(np.linspace(0.99, 0.01, points)[None, :, None], u.shape)
            strips.append((pair, np.stack([(u + column) / 2, v], axis=-1)))
            shades.append(rng.uniform(0.75, 1.1, count) * (0.72 + 0.3 * order_n))
            if fold < 0:
                shades[-1] = shades[-1] * 0.72
    meshes = []
    for (pair, uv), shade in zip(strips, shades, strict=True):
        meshes.append(_strips(pair, uv, normal_1, shade))
    return join(meshes)


def _strips(pair_nk23: Floats, uv_nk22: Floats, normal_n3: Floats, shade_n: Floats) -> Mesh:
    """Ribbons of two vertices a step, wound so that their outside agrees with the normals for the light."""
    count, points = int(pair_nk23.shape[0]), int(pair_nk23.shape[1])
    positions = pair_nk23.reshape(count, -1, 3)
    k = 2 * np.arange(points - 1, dtype=np.int64)
    quads: NDArray[np.int64] = np.concatenate(
        [np.stack([k, k + 1, k + 3], axis=1), np.stack([k, k + 3, k + 2], axis=1)]
    )
    starts = np.arange(0, count * points * 2, points * 2).reshape(-1, 1, 1)
    triangles = np.expand_dims(quads, 0) + starts
    flat = positions.reshape(-1, 3)
    triangles = triangles.reshape(-1, 3)
    corners = flat[triangles]
    facing = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = np.repeat(normal_n3, points * 2, axis=0)
    inwards = np.einsum("ni,ni->n", facing, normals[triangles[:, 0]]) < 0
    triangles[inwards] = triangles[inwards, ::-1]
    outer_light = np.repeat(np.linspace(0.72, 1.1, points), 2)
    tint = (shade_n[:, None] * outer_light).reshape(-1, 1)
    return Mesh(flat, normals, uv_nk22.reshape(-1, 2), triangles.astype(np.int64)).tinted(
        np.broadcast_to(np.clip(tint, 0, 1.2), (len(flat), 3))
    )


def _needle_green(colour: tuple[float, float, float]) -> tuple[float, float, float]:
    """Conifers keep a dark blue-green, only touched by the colour of leaves."""
    mixed = 0.2 * np.array(colour) + 0.8 * np.array((0.1, 0.2, 0.09))
    return float(mixed[0]), float(mixed[1]), float(mixed[2])


def _above_ground(mesh: Mesh) -> Mesh:
    """Leaves that would hang into the ground come to lie close over it."""
    points = mesh.positions_n3.copy()
    edge = 0.15
    low = points[:, 2] < edge
    points[low, 2] = edge * np.exp(points[low, 2] / edge - 1.0)
    return replace(mesh, positions_n3=points)


TREE = ProceduralAsset(
    name="tree",
    kind="model",
    category="tree",
    tags=("tree", "nature", "plant", "street", "outdoor", "garden"),
    size_m=7.5,
    description="A broad-leaved tree in leaf or bare in winter, or a conifer with drooping tiers of needles.",
    parameters={
        "kind": Choice(("deciduous", "conifer", "winter"), "deciduous", (0.55, 0.25, 0.2)),
        "height_m": Number(3.0, 12.0, 7.0, "m"),
        "crown_width_ratio": Number(0.45, 0.85, 0.65),
        "crown_base_ratio": Number(0.14, 0.34, 0.24),
        "crown_shape": Choice(tuple(RISE_DEG), "round"),
        "stoutness": Number(0.8, 1.7, 1.2),
        "limbs": Integer(10, 16, 13),
        "leaf": Choice(("broad", "slim", "lobed"), "broad"),
        "leaf_density": Number(0.5, 1.0, 0.8),
        "leaf_colour": Colour(
            (
                (0.14, 0.27, 0.045),
                (0.14, 0.27, 0.045),
                (0.1, 0.21, 0.04),
                (0.2, 0.33, 0.06),
                (0.11, 0.24, 0.07),
                (0.5, 0.3, 0.03),
                (0.45, 0.13, 0.025),
            ),
            0.12,
        ),
        "bark": Choice(("brown", "grey", "birch"), "brown", (0.5, 0.35, 0.15)),
        "lean": Number(0.0, 0.06, 0.01),
        "shape_seed": Integer(0, 63, 0),
    },
    build=_build,
    parts=("bark", "leaves"),
    keypoints=("base", "top", "crown_base", "crown_centre"),
)

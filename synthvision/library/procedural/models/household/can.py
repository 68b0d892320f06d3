"""Drink cans of thin aluminium and tins of ribbed steel."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model, Texture
from synthvision.library.parameters import Choice, Integer, Number, ProceduralAsset, Symmetry
from synthvision.library.procedural.models.assembly import assembled
from synthvision.library.procedural.models.household.can_lids import drink_lid_maps, pull_tab
from synthvision.library.procedural.noise import make_texture
from synthvision.library.procedural.prints.labels import DESIGNS, wrap_label
from synthvision.library.procedural.shapes.deformation import Dent, dented
from synthvision.library.procedural.shapes.mesh import Mesh
from synthvision.library.procedural.shapes.profiles import Profile, chain, filleted
from synthvision.library.procedural.shapes.revolve import revolve
from synthvision.library.procedural.wear import roughness_map, wear_masks

__all__ = ["CAN"]

SEGMENTS = 36
ROW_M = 0.009
COARSE_RAD = 0.55
DRINK_SIZES = {
    # diameter, height, diameter of the lid's seam, metres
    "drink_regular": (0.0662, 0.1152, 0.0540),
    "drink_tall": (0.0662, 0.1680, 0.0540),
    "drink_sleek": (0.0577, 0.1455, 0.0520),
    "drink_slim": (0.0530, 0.1340, 0.0500),
    "drink_short": (0.0662, 0.0900, 0.0540),
}
TIN_SIZES = {
    # diameter, height
    "tin_soup": (0.0730, 0.1080),
    "tin_wide": (0.0990, 0.1180),
    "tin_small": (0.0520, 0.0800),
    "tin_flat": (0.0850, 0.0380),
}
ALUMINIUM = (0.80, 0.805, 0.815, 1.0)
STEEL = (0.66, 0.655, 0.64, 1.0)


def _build(params: Mapping[str, Any]) -> Model:
    style = str(params["style"])
    return _drink_can(params) if style in DRINK_SIZES else _tin(params)


def _drink_can(params: Mapping[str, Any]) -> Model:
    diameter, height, seam = DRINK_SIZES[str(params["style"])]
    height *= float(params["height_factor"])
    radius, neck = diameter / 2, seam / 2 - 0.0012
    neck_tall = float(params["neck_height_m"])
    stand = 0.72 * radius
    bottom = filleted(
        [
            (0.0, 0.0095),
            (stand - 0.006, 0.006),
            (stand - 0.001, 0.0),
            (stand + 0.001, 0.0),
            (radius - 0.0065, 0.0045),
            (radius, 0.0125),
        ],
        [0.0, 0.003, 0.0012, 0.0012, 0.012, 0.0],
        step_rad=COARSE_RAD,
    )
    side_top = height - 0.0035 - neck_tall
    side = filleted(
        [(radius, 0.0125), (radius, side_top), (neck, height - 0.0045), (neck, height - 0.003)],
        [0.0, 0.012, 0.006, 0.0],
    )
    seam_r = seam / 2
    panel = height - 0.0058
    lid = filleted(
        [
            (neck, height - 0.003),
            (seam_r, height - 0.0026),
            (seam_r, height),
            (seam_r - 0.0026, height),
            (seam_r - 0.0038, panel - 0.0022),
            (seam_r - 0.0056, panel - 0.0022),
            (seam_r - 0.0062, panel),
            (0.0, panel),
        ],
        [0.0, 0.0007, 0.0012, 0.001, 0.0007, 0.0007, 0.0008, 0.0],
        step_rad=COARSE_RAD,
    )
    dents = _dents(params, radius, height)
    body = dented(revolve(side.refined(ROW_M), SEGMENTS), dents)
    lid_mesh = _with_plan_uvs(revolve(lid, SEGMENTS), seam_r)
    design = int(params["design"])
    metallic = str(params["finish"]) == "metallic"
    printed = Material(
        name="body",
        base_colour_map=_printed(design, 2 if height < 0.15 else 1),
        metallic=0.9 if metallic else 0.0,
        roughness=0.4 if metallic else 0.36,
        metallic_roughness_map=roughness_map(int(params["wear_seed"]), 0.4),
        clearcoat=0.5,
        clearcoat_roughness=0.12,
    )
    opened = str(params["opening"]) == "open"
    colours, normals, rough = drink_lid_maps(opened)
    lid_metal = Material(
        name="lid",
        base_colour=ALUMINIUM,
        base_colour_map=colours,
        metallic=1.0,
        roughness=0.45,
        metallic_roughness_map=rough,
        normal_map=normals,
    )
    tab_tint = {
        "silver": ALUMINIUM,
        "black": (0.02, 0.02, 0.022, 1.0),
        "gold": (0.85, 0.6, 0.25, 1.0),
        "red": (0.6, 0.03, 0.03, 1.0),
    }
    tab_metal = Material(name="tab", base_colour=tab_tint[str(params["tab_colour"])], metallic=1.0, roughness=0.32)
    base_metal = Material(name="base", base_colour=ALUMINIUM, metallic=1.0, roughness=0.38)
    tab = pull_tab(seam_r * 0.84, lifted=opened).moved((0.0, 0.0, panel))
    return assembled(
        "can",
        params,
        [(revolve(bottom, SEGMENTS), base_metal), (body, printed), (lid_mesh, lid_metal), (tab, tab_metal)],
        attributes={"material": "metal", "content": "drink", "opening": "open" if opened else "closed"},
        keypoints={"top": (0.0, 0.0, height), "base": (0.0, 0.0, 0.0)},
    )


def _tin(params: Mapping[str, Any]) -> Model:
    style = str(params["style"])
    diameter, height = TIN_SIZES[style]
    height *= float(params["height_factor"])
    radius = diameter / 2
    seam = 0.0016
    foot = filleted(
        [
            (0.0, 0.0022),
            (radius * 0.8, 0.0022),
            (radius * 0.84, 0.003),
            (radius - 0.003, 0.003),
            (radius - 0.0015, 0.0),
            (radius + seam, 0.0),
            (radius + seam, 0.0032),
            (radius, 0.0036),
        ],
        [0.0, 0.001, 0.001, 0.001, 0.0008, 0.001, 0.001, 0.0],
        step_rad=COARSE_RAD,
    )
    rings = _lid_rings(radius, height)
    rim = [
        (radius, height - 0.0036),
        (radius + seam, height - 0.0032),
        (radius + seam, height),
        (radius - 0.0015, height),
        (radius - 0.003, height - 0.0045),
    ]
    lid = filleted(
        [*rim, *rings], [0.0, 0.001, 0.0012, 0.0012, 0.001] + [0.0012] * (len(rings) - 1) + [0.0], step_rad=COARSE_RAD
    )
    side = _beaded_side(params, radius, height)
    dents = _dents(params, radius, height)
    steel_rough = roughness_map(int(params["wear_seed"]), 0.5)
    steel = Material(name="lid", base_colour=STEEL, metallic=1.0, roughness=0.45, metallic_roughness_map=steel_rough)
    pieces: list[tuple[Mesh, Material]] = [
        (_with_plan_uvs(revolve(foot, SEGMENTS), radius), steel),
        (_with_plan_uvs(revolve(lid, SEGMENTS), radius), steel),
    ]
    design = int(params["design"])
    paper = str(params["finish"]) == "gloss" and style != "tin_flat"
    skin = Material(
        name="body",
        base_colour=STEEL if paper else (1.0, 1.0, 1.0, 1.0),
        base_colour_map=None if paper else _printed(design, 2, 128 if style == "tin_flat" else 256),
        metallic=1.0 if paper else 0.75,
        roughness=0.42,
        metallic_roughness_map=steel_rough,
    )
    if paper:
        # The steel under the paper is never seen: a plain wall, set back so that no dent lets it through.
        wall = filleted(
            [(radius, 0.0036), (radius - 0.0015, 0.008), (radius - 0.0015, height - 0.008), (radius, height - 0.0036)],
            0.0,
        )
        pieces.append((dented(revolve(wall.refined(0.02), SEGMENTS), dents), skin))
    else:
        pieces.append((dented(revolve(side, SEGMENTS), dents), skin))
    if paper:
        low, high = 0.007, height - 0.007
        wrap = side.between_heights(low, high)
        # Paper bridges the beads halfway.
        level = np.maximum(wrap.points_k2[:, 0], radius - 0.0004) + 0.00025
        flat = Profile(np.stack([level, wrap.points_k2[:, 1]], axis=1), wrap.normals_k2 * [0.6, 0.6] + [0.4, 0.0])
        flat = Profile(flat.points_k2, flat.normals_k2 / np.linalg.norm(flat.normals_k2, axis=1, keepdims=True))
        edges = [
            filleted([(radius - 0.001, low), (float(level[0]), low)], 0.0),
            flat,
            filleted([(float(level[-1]), high), (radius - 0.001, high)], 0.0),
        ]
        label = Material(
            name="label",
            base_colour_map=_printed(design, 1),
            roughness=0.5,
            metallic_roughness_map=roughness_map(int(params["wear_seed"]), 0.25),
        )
        pieces.append((dented(revolve(chain(*edges), SEGMENTS), dents), label))
    if str(params["opening"]) == "closed" or style == "tin_flat":
        metal = Material(name="tab", base_colour=STEEL, metallic=1.0, roughness=0.35)
        pieces.append((pull_tab(radius * 0.62, lifted=False).moved((0.0, radius * 0.28, height - 0.0042)), metal))
    return assembled(
        "can",
        params,
        pieces,
        attributes={"material": "metal", "content": "food", "opening": "closed"},
        keypoints={"top": (0.0, 0.0, height), "base": (0.0, 0.0, 0.0)},
    )


def _lid_rings(radius: float, height: float) -> list[tuple[float, float]]:
    """Concentric steps pressed into the lid of a tin, from the rim to the middle."""
    points = []
    for share, depth in ((0.86, 0.0045), (0.82, 0.0036), (0.7, 0.0036), (0.67, 0.0043), (0.5, 0.0043), (0.47, 0.0036)):
        points.append((radius * share, height - depth))
    return [*points, (0.0, height - 0.0036)]


def _beaded_side(params: Mapping[str, Any], radius: float, height: float) -> Profile:
    """The wall of a tin with its ribs."""
    low, high = 0.0036, height - 0.0036
    count = int(params["bead_count"])
    if count == 0 or height < 0.05:
        return filleted([(radius, low), (radius, high)], 0.0).refined(ROW_M)
    first, last = low + 0.22 * (high - low), high - 0.22 * (high - low)
    rows = count * 6 + 1
    z = np.concatenate([[low, low + 0.012], np.linspace(first, last, rows), [high - 0.012, high]])
    phase = np.clip((z - first) / (last - first), 0, 1) * count
    depth = float(params["bead_depth_m"])
    wave = np.where((z >= first) & (z <= last), 0.5 * (1 - np.cos(2 * np.pi * phase)), 0.0)
    slope = np.where(
        (z >= first) & (z <= last), -depth * np.pi * count / (last - first) * np.sin(2 * np.pi * phase), 0.0
    )
    normals = np.stack([np.ones_like(z), -slope], axis=1)
    return Profile(
        np.stack([radius - depth * wave, z], axis=1), normals / np.linalg.norm(normals, axis=1, keepdims=True)
    )


def _dents(params: Mapping[str, Any], radius: float, height: float) -> list[Dent]:
    strength = float(params["dent_depth_m"])
    if strength < 0.0012:
        return []
    rng = rng_for(int(params["wear_seed"]), 0, "can.dents")
    dents = []
    for _ in range(int(rng.integers(1, 4))):
        angle, z = float(rng.uniform(0, 2 * np.pi)), float(rng.uniform(0.4, 0.6)) * height
        push = strength * float(rng.uniform(0.4, 1.0))
        across, tall = float(rng.uniform(0.25, 0.45)) * radius, float(rng.uniform(0.05, 0.088)) * height
        c, s = np.cos(angle), np.sin(angle)
        dents.append(Dent((radius * c, radius * s, z), (-push * c, -push * s, 0.0), (across, across, tall)))
    return dents


def _with_plan_uvs(mesh: Mesh, radius: float) -> Mesh:
    """Texture coordinates seen from above, 0..1 over the given radius."""
    return mesh.with_uvs(mesh.positions_n3[:, :2] * [0.5 / radius, -0.5 / radius] + 0.5)


@lru_cache(maxsize=16)
def _printed(design: int, fronts: int, rows: int = 256) -> Texture:
    """The print with the slight unevenness of ink."""
    art = wrap_label(design % DESIGNS, 512, rows, fronts).astype(np.float32)
    cloud = wear_masks(design).cloud[:rows, :, None]
    return make_texture(
        np.asarray(np.clip(art * (0.95 + 0.06 * cloud), 0, 255), np.uint8), is_srgb=True, wrap_uv=("repeat", "clamp")
    )


CAN = ProceduralAsset(
    name="can",
    kind="model",
    category="can",
    tags=("tableware", "container", "packaging", "drink", "food", "metal"),
    size_m=0.12,
    description="A drink can with neck, lid and tab, or a ribbed food tin with a paper label; invented brands.",
    parameters={
        "style": Choice(
            (*DRINK_SIZES, *TIN_SIZES), "drink_regular", (0.3, 0.1, 0.12, 0.1, 0.05, 0.17, 0.04, 0.05, 0.07)
        ),
        "height_factor": Number(0.93, 1.07, 1.0),
        "neck_height_m": Number(0.009, 0.018, 0.013, "m"),
        "design": Integer(0, DESIGNS - 1, 3),
        "finish": Choice(("metallic", "gloss"), "metallic", (0.55, 0.45)),
        "opening": Choice(("closed", "open"), "closed", (0.75, 0.25)),
        "tab_colour": Choice(("silver", "black", "gold", "red"), "silver", (0.7, 0.12, 0.1, 0.08)),
        "bead_count": Integer(0, 7, 5),
        "bead_depth_m": Number(0.0006, 0.0016, 0.001, "m"),
        "dent_depth_m": Number(0.0, 0.006, 0.0, "m"),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("body", "base", "lid", "tab", "label"),
    keypoints=("base", "top"),
    symmetry=(Symmetry((0.0, 0.0, 1.0), 0),),
)

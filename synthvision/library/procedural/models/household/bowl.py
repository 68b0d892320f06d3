"""Bowls of ceramic, wood, metal and enamel."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model, Texture
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset, Symmetry
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.noise import encode_srgb, fbm, make_texture, quantise, smoothstep
from synthvision.library.procedural.prints.motifs import MOTIFS, motif_mask
from synthvision.library.procedural.shapes.deformation import deformed, widened
from synthvision.library.procedural.shapes.mesh import Floats, Mesh
from synthvision.library.procedural.shapes.profiles import Profile, chain, filleted, smooth, through
from synthvision.library.procedural.shapes.revolve import revolve
from synthvision.library.procedural.timber import turned_wood
from synthvision.library.procedural.wear import roughness_map

__all__ = ["BOWL"]

SEGMENTS = 48
LinearColour = tuple[float, float, float]
WOODS = ("beech", "oak", "walnut", "cherry")


def _build(params: Mapping[str, Any]) -> Model:
    radius = 0.5 * float(params["diameter_m"])
    height = 2 * radius * float(params["height_ratio"])
    kind = str(params["material"])
    wall = {"ceramic": 0.0042, "wood": 0.0065, "steel": 0.0014, "enamel": 0.0018}[kind] * (
        0.6 + 2.4 * radius / 0.1 * 0.25
    )
    foot_high = 0.0 if kind == "steel" else float(params["foot_m"])
    outer, inner = _walls(params, radius, height, wall, foot_high)
    outside, inside = revolve(outer, SEGMENTS), revolve(inner, SEGMENTS)
    if kind == "wood":
        # Turned wood goes by the length of the curve, from the rim on both sides.
        inside = inside.placed_uvs((1.0, -1.0), (0.0, 1.0))
    else:
        outside, inside = (_by_height(mesh, height) for mesh in (outside, inside))
    wobble = float(params["wobble"]) if kind in ("ceramic", "wood") else 0.0
    if wobble > 0.004:
        outside, inside = (deformed(mesh, lambda p: _hand_made(p, wobble, radius)) for mesh in (outside, inside))
    outer_material, inner_material = _materials(params, kind)
    return assembled(
        "bowl",
        params,
        [(outside, outer_material), (inside, inner_material)],
        attributes={"material": kind},
        keypoints={"rim_centre": (0.0, 0.0, height), "base": (0.0, 0.0, 0.0)},
    )


def _walls(
    params: Mapping[str, Any], radius: float, height: float, wall: float, foot_high: float
) -> tuple[Profile, Profile]:
    """Outline from the middle of the foot to the rim, and on over the rim to the middle of the inside."""
    shape, curve = str(params["shape"]), float(params["curve"])
    foot = radius * float(params["foot_ratio"])
    shares = {
        "round": [(0.0, 0.0), (0.42, 0.1), (0.72, 0.32), (0.91, 0.63), (1.0, 1.0)],
        "flared": [(0.0, 0.0), (0.4, 0.06), (0.66, 0.25), (0.82, 0.58), (1.0, 1.0)],
        "cone": [(0.0, 0.0), (0.3, 0.1), (0.55, 0.4 - 0.08 * curve), (0.78, 0.7 - 0.05 * curve), (1.0, 1.0)],
        "straight": [(0.0, 0.0), (0.68, 0.04), (0.88, 0.16), (0.96, 0.5), (1.0, 1.0)],
        "closed": [(0.0, 0.0), (0.55, 0.07), (0.88, 0.3), (1.0, 0.62), (0.96 - 0.06 * curve, 1.0)],
    }[shape]
    body = height - foot_high
    points = [(radius * r, foot_high + body * z ** (1.0 + 0.25 * (curve - 0.5))) for r, z in shares]
    skin = smooth(points, 20)
    keep = skin.points_k2[:, 0] > foot + 0.0012
    side = Profile(skin.points_k2[keep], skin.normals_k2[keep])
    start = side.points_k2[0]
    if foot_high > 0.001:
        under = filleted(
            [
                (0.0, 0.0025),
                (foot - 0.006, 0.0025),
                (foot - 0.0045, 0.0),
                (foot - 0.001, 0.0),
                (foot, 0.6 * float(start[1])),
                (float(start[0]), float(start[1])),
            ],
            [0.0, 0.001, 0.001, 0.001, 0.001, 0.0],
        )
    else:
        under = filleted([(0.0, 0.0), (foot * 0.9, 0.0), (float(start[0]), float(start[1]))], [0.0, 0.02, 0.0])
    lifted = skin.points_k2 - wall * skin.normals_k2
    lifted[:, 1] = np.maximum(lifted[:, 1], foot_high + 0.8 * wall)
    # The floor inside is level where the offset would dip under it.
    hollow = lifted[(lifted[:, 0] > 0.08 * radius) & (skin.points_k2[:, 1] < height - 0.5 * wall)][::-1]
    top = skin.points_k2[-1]
    lip = float(params["rim"])
    rim = [
        (float(top[0]), float(top[1])),
        (float(top[0]) - (0.15 - 0.35 * lip) * wall, height + 0.45 * wall),
        (float(lifted[-1, 0]), height + 0.35 * wall),
    ]
    over = filleted([*rim, (float(hollow[0, 0]), float(hollow[0, 1]))], [0.0, 0.45 * wall, 0.45 * wall, 0.0])
    floor = through(np.concatenate([hollow, [[0.0, float(hollow[-1, 1])]]]))
    floor.normals_k2[-1] = (0.0, 1.0)
    return chain(under, side), chain(over, floor)


def _by_height(mesh: Mesh, height: float) -> Mesh:
    v = 1.0 - np.clip(mesh.positions_n3[:, 2] / height, 0.0, 1.0)
    return mesh.with_uvs(np.stack([mesh.uvs_n2[:, 0], v], axis=1))


def _hand_made(points: Floats, strength: float, radius: float) -> Floats:
    """A rim that is not quite a circle."""
    angle = np.arctan2(points[:, 1], points[:, 0])
    share = np.clip(np.hypot(points[:, 0], points[:, 1]) / radius, 0.0, 1.0) ** 2
    factor = 1.0 + strength * share * (np.cos(2 * angle) + 0.5 * np.cos(3 * angle + 1.0))
    return widened(points, factor)


def _materials(params: Mapping[str, Any], kind: str) -> tuple[Material, Material]:
    seed = int(params["wear_seed"])
    rough_map = roughness_map(seed, 0.4)
    colour, second = rgb(params["colour"]), rgb(params["second_colour"])
    if kind == "wood":
        grain = turned_wood(WOODS[int(params["wood"]) % len(WOODS)], seed % 3)
        rough = 0.35 + 0.9 * float(params["roughness"])
        return (
            Material(name="outside", base_colour_map=grain, roughness=rough, metallic_roughness_map=rough_map),
            Material(
                name="inside",
                base_colour_map=grain,
                base_colour=(0.92, 0.9, 0.88, 1.0),
                roughness=rough,
                metallic_roughness_map=rough_map,
            ),
        )
    if kind == "steel":
        brushed = _brushed()
        steel = (0.6, 0.59, 0.57, 1.0)
        rough = 0.3 + 0.5 * float(params["roughness"])
        return (
            Material(name="outside", base_colour=steel, metallic=1.0, roughness=rough, metallic_roughness_map=brushed),
            Material(name="inside", base_colour=steel, metallic=1.0, roughness=rough, metallic_roughness_map=brushed),
        )
    rough = float(params["roughness"])
    if kind == "enamel":
        painted = _glazed(colour, second, "rim", 0, seed)
        lining = _glazed((0.74, 0.74, 0.72), second, "rim", 0, seed)
    else:
        style = str(params["glaze"])
        painted = _glazed(colour, second, style, int(params["motif"]), seed)
        inner_style = (
            style
            if style in ("plain", "speckled", "reactive")
            else "rim"
            if str(params["inside"]) == "banded"
            else "plain"
        )
        lining = _glazed(colour if str(params["inside"]) == "as_outside" else second, colour, inner_style, 0, seed)
    return (
        Material(name="outside", base_colour_map=painted, roughness=rough, metallic_roughness_map=rough_map),
        Material(name="inside", base_colour_map=lining, roughness=rough, metallic_roughness_map=rough_map),
    )


@lru_cache(maxsize=24)
def _glazed(colour: LinearColour, second: LinearColour, style: str, motif: int, seed: int) -> Texture:
    """Glaze by height: v = 0 is the rim, 1 the foot."""
    shape = (192, 512)
    rng = rng_for(seed, 0, "bowl.glaze")
    base, other = np.array(colour, np.float32), np.array(second, np.float32)
    down = np.linspace(0, 1, shape[0], dtype=np.float32)[:, None]
    image = np.broadcast_to(base, (*shape, 3)).astype(np.float32)
    if style in ("speckled", "reactive"):
        image = image * (1 + 0.06 * fbm(rng, shape, (3, 6), 4, 0.5))[:, :, None]
        specks = smoothstep(1.7, 2.3, fbm(rng, shape, (36, 96), 2, 0.6))[:, :, None]
        image = image + (base * 0.3 + 0.01 - image) * specks * 0.8
    if style == "reactive":
        # Thick glaze runs down and breaks to another colour at the rim.
        run = down + 0.1 * fbm(rng, (2, shape[1]), (2, 8), 4, 0.5)[:1] + 0.05 * fbm(rng, shape, (4, 16), 3)
        share = smoothstep(0.45, 0.05, run)[:, :, None]
        image = image + (other - image) * share
    if style in ("banded", "rim"):
        bands = ((0.0, 0.035),) if style == "rim" else ((0.0, 0.03), (0.14, 0.05), (0.24, 0.012), (0.8, 0.02))
        for level, tall in bands:
            share = smoothstep(tall + 0.008, tall - 0.004, np.abs(down - level))[:, :, None]
            image = image + (other - image) * share
    if style == "printed":
        mask = motif_mask(motif % MOTIFS, shape[1], shape[0])[:, :, None]
        image = image + (other - image) * mask
    return make_texture(encode_srgb(image), is_srgb=True, wrap_uv=("repeat", "clamp"))


@lru_cache(maxsize=1)
def _brushed() -> Texture:
    """Roughness of steel spun on a lathe: fine rings."""
    rng = rng_for(0, 0, "bowl.brushed")
    rings = fbm(rng, (512, 64), (256, 2), 1)
    rough = np.clip(0.78 + 0.1 * rings, 0.4, 1.0)
    full = np.full(rough.shape, 255, np.uint8)
    return make_texture(np.stack([full, quantise(rough), full], axis=-1), is_srgb=False)


BOWL = ProceduralAsset(
    name="bowl",
    kind="model",
    category="bowl",
    tags=("tableware", "kitchen", "ceramic", "wood", "metal"),
    size_m=0.18,
    description="A bowl of glazed ceramic, turned wood, brushed steel or enamel, from a small dish to a salad bowl.",
    parameters={
        "diameter_m": Number(0.1, 0.28, 0.17, "m", log=True),
        "height_ratio": Number(0.24, 0.55, 0.4),
        "shape": Choice(("round", "flared", "cone", "straight", "closed"), "round", (0.34, 0.22, 0.16, 0.16, 0.12)),
        "curve": Number(0.0, 1.0, 0.5),
        "foot_ratio": Number(0.34, 0.52, 0.42),
        "foot_m": Number(0.0, 0.011, 0.006, "m"),
        "rim": Number(0.0, 1.0, 0.3),
        "wobble": Number(0.0, 0.02, 0.0),
        "material": Choice(("ceramic", "wood", "steel", "enamel"), "ceramic", (0.58, 0.2, 0.12, 0.1)),
        "wood": Integer(0, len(WOODS) - 1, 0),
        "colour": Colour(
            (
                (0.78, 0.77, 0.74),
                (0.75, 0.73, 0.66),
                (0.6, 0.53, 0.42),
                (0.03, 0.035, 0.04),
                (0.03, 0.11, 0.28),
                (0.12, 0.3, 0.3),
                (0.5, 0.07, 0.03),
                (0.3, 0.36, 0.2),
                (0.62, 0.4, 0.1),
                (0.35, 0.16, 0.09),
            ),
            0.12,
        ),
        "second_colour": Colour(
            (
                (0.78, 0.77, 0.74),
                (0.02, 0.07, 0.25),
                (0.25, 0.1, 0.04),
                (0.05, 0.05, 0.055),
                (0.1, 0.28, 0.26),
                (0.5, 0.3, 0.1),
            ),
            0.12,
        ),
        "glaze": Choice(("plain", "speckled", "reactive", "banded", "printed"), "plain", (0.26, 0.18, 0.2, 0.16, 0.2)),
        "inside": Choice(("as_outside", "second", "banded"), "as_outside", (0.55, 0.25, 0.2)),
        "motif": Integer(0, MOTIFS - 1, 0),
        "roughness": Number(0.08, 0.45, 0.18),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("outside", "inside"),
    keypoints=("base", "rim_centre"),
    symmetry=(Symmetry((0.0, 0.0, 1.0), 0),),
)

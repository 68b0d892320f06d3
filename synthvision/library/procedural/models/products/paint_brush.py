"""A paint brush: flat, angled or round, clean or with paint in its bristles."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model, Texture
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled, rgb
from synthvision.library.procedural.models.products.finishes import metal
from synthvision.library.procedural.models.products.tool_shapes import bar, wood, worn_grip
from synthvision.library.procedural.noise import blur, encode_srgb, fbm, make_texture, smoothstep
from synthvision.library.procedural.shapes.lofts import circle_ring, loft
from synthvision.library.procedural.shapes.mesh import Floats, Mesh

__all__ = ["PAINT_BRUSH"]

SECTIONS = 48


def _build(params: Mapping[str, Any]) -> Model:
    style = str(params["style"])
    wide = float(params["width_m"]) * (0.42 if style == "round" else 1.0)
    half = wide / 2
    thick = half * (1.0 if style == "round" else float(params["thickness_share"]))
    bristle = float(params["bristle_m"])
    handle = float(params["handle_m"])
    seed, dirt = int(params["wear_seed"]), float(params["dirt"])
    ferrule = 0.032
    square = 2.0 if style == "round" else 5.0
    ridge = 1.015
    collar = [
        (0.0, half, thick),
        (0.002, half * ridge, thick * 1.04),
        (0.006, half * ridge, thick * 1.04),
        (0.008, half, thick),
        (0.018, half, thick),
        (0.02, half * ridge, thick * 1.04),
        (0.023, half * ridge, thick * 1.04),
        (0.025, half, thick),
        (ferrule, half, thick),
    ]
    band = bar(collar, sections=SECTIONS, exponent=square)
    hairs = _bristles(style, half, thick, bristle, ferrule, square, seed, float(params["splay"]))
    shape = [
        (-handle, 0.1),
        (-handle + 0.004, 0.2),
        (-0.94 * handle, 0.27),
        (-0.8 * handle, 0.24),
        (-0.6 * handle, 0.2),
        (-0.42 * handle, 0.26),
        (-0.25 * handle, 0.42),
        (-0.1 * handle, 0.72),
        (0.001, 0.88),
    ]
    if style == "round":
        shape = [(x, 0.45 + 0.5 * s) for x, s in shape]
    tall = [max(0.0062 + 0.35 * (s - 0.2) * thick, 0.004) if style != "round" else s * thick for _, s in shape]
    stem = bar(
        [(x, max(s * half, 0.0065), min(z, 0.94 * thick + 0.003)) for (x, s), z in zip(shape, tall, strict=True)],
        sections=24,
        exponent=2.6,
        crease_rad=0.8,
    )
    wooden = str(params["handle"]) == "wood"
    body = (
        wood("handle", (0.5, 0.3, 0.13), seed, dirt)
        if wooden
        else worn_grip("handle", rgb(params["colour"]), seed, dirt, soft=False)
    )
    paint = rgb(params["paint_colour"]) if str(params["state"]) == "painted" else (0.0, 0.0, 0.0)
    fibres = Material(
        name="bristles",
        base_colour_map=_fibres(str(params["hair"]), tuple(round(20 * c) / 20 for c in paint), seed % 3),
        roughness=0.45 if any(paint) else 0.8,
    )
    tint = (0.72, 0.5, 0.22) if seed % 4 == 0 else (0.68, 0.68, 0.67)
    shift = ((handle - ferrule - bristle) / 2, 0.0, 0.0)
    pieces: list[tuple[Mesh, Material]] = [(stem, body), (band, metal("ferrule", tint, 0.32, seed)), (hairs, fibres)]
    return assembled(
        "paint_brush",
        params,
        [(mesh.moved(shift), material) for mesh, material in pieces],
        attributes={"material": "wood" if wooden else "plastic", "style": style, "state": str(params["state"])},
        keypoints={"tip": (ferrule + bristle + shift[0], 0.0, 0.0), "handle_end": (-handle + shift[0], 0.0, 0.0)},
    )


def _bristles(
    style: str, half: float, thick: float, length: float, start: float, square: float, seed: int, splay: float
) -> Mesh:
    """A bundle of hairs: grooved along, spreading, thinner and ragged at the tip."""
    rng = rng_for(seed, 0, "paint_brush.tufts")
    groove = 1.0 + 0.035 * rng.uniform(-1.0, 1.0, SECTIONS)
    ragged = rng.uniform(0.0, 1.0, SECTIONS)
    unit = circle_ring(1.0, SECTIONS, exponent=square)
    rings: list[Floats] = []
    for t in (0.0, 0.12, 0.3, 0.5, 0.7, 0.85, 0.95, 1.0, 1.0, 1.0):
        core = {8: 0.6, 9: 0.2}.get(len(rings), 1.0)
        grow = 1.0 + splay * 0.28 * t
        thin = (1.0 - 0.55 * t**1.5) if style != "round" else (1.0 - 0.75 * t**2.2)
        wide = grow if style != "round" else thin
        section = unit * [0.97 * half * wide * core, 0.97 * thick * thin * (1 + 0.3 * splay * t) * core]
        section = section * (1.0 + (groove - 1.0) * min(3 * t, 1.0))[:, None]
        x = start + length * t - length * 0.07 * ragged * (t > 0.9) * core
        if style == "angled":
            x = x + 0.35 * (section[:, 0] - half) * t
        rings.append(np.stack([x + 0.0 * section[:, 0], section[:, 0], section[:, 1]], axis=1))
    return loft(np.array(rings), crease_rad=0.9)


@lru_cache(maxsize=24)
def _fibres(hair: str, paint: tuple[float, ...], seed: int) -> Texture:
    """Streaks along the hairs (v), light or dark, with paint towards the tip (v = 0)."""
    rng = rng_for(seed, 0, "paint_brush.fibres")
    shape = (256, 512)
    streaks = blur(fbm(rng, shape, (3, 256), 2, 0.6), 0.4, 20.0)
    streaks = streaks / max(float(streaks.std()), 1e-6)
    tone = {"light": (0.48, 0.33, 0.16), "dark": (0.03, 0.022, 0.016), "white": (0.66, 0.63, 0.56)}[hair]
    image = np.array(tone, np.float32) * np.clip(0.85 + 0.28 * streaks, 0.2, 1.6)[..., None]
    if any(paint):
        v = np.linspace(0, 1, 256, dtype=np.float32)[:, None]
        cover = smoothstep(0.72, 0.5, v + 0.06 * streaks)[..., None]
        image = image + (np.array(paint, np.float32) * (0.9 + 0.1 * streaks[..., None]) - image) * 0.95 * cover
    return make_texture(encode_srgb(image), is_srgb=True, wrap_uv=("repeat", "clamp"))


PAINT_BRUSH = ProceduralAsset(
    name="paint_brush",
    kind="model",
    category="paint_brush",
    tags=("table", "tool", "hand_tool", "workshop", "paint", "brush"),
    size_m=0.22,
    description="A flat, angled or round paint brush with a metal ferrule, clean or with paint in its bristles.",
    parameters={
        "style": Choice(("flat", "angled", "round"), "flat", (0.55, 0.25, 0.2)),
        "width_m": Number(0.025, 0.1, 0.05, "m"),
        "thickness_share": Number(0.22, 0.42, 0.32),
        "bristle_m": Number(0.04, 0.07, 0.055, "m"),
        "handle_m": Number(0.1, 0.16, 0.13, "m"),
        "splay": Number(0.0, 1.0, 0.25),
        "handle": Choice(("wood", "plastic"), "wood", (0.65, 0.35)),
        "colour": Colour(((0.55, 0.02, 0.012), (0.02, 0.1, 0.42), (0.02, 0.02, 0.022), (0.75, 0.4, 0.01)), 0.1),
        "hair": Choice(("light", "dark", "white"), "light"),
        "state": Choice(("clean", "painted"), "painted"),
        "paint_colour": Colour(
            ((0.75, 0.74, 0.7), (0.5, 0.03, 0.02), (0.05, 0.2, 0.5), (0.1, 0.35, 0.12), (0.7, 0.45, 0.05)), 0.1
        ),
        "dirt": Number(0.0, 1.0, 0.4),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
    parts=("handle", "ferrule", "bristles"),
    keypoints=("tip", "handle_end"),
)

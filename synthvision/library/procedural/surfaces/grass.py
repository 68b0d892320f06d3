"""Lawn seen from above: thousands of blades drawn as strokes, layer over layer, in clumps, with dry patches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.core.streams import rng_for
from synthvision.library.model import Material
from synthvision.library.parameters import Choice, Integer, Number, ProceduralAsset
from synthvision.library.procedural.noise import Image, fbm, quantise, smoothstep, white_noise
from synthvision.library.procedural.surfaces.maps import SurfaceMaps, cached_maps, pack_maps, surface_material
from synthvision.library.procedural.surfaces.strokes import StrokeCanvas

__all__ = ["GRASS_FLOOR"]

SIZE = 1024
_TILE_M = 1.8
_PIXEL_M = _TILE_M / SIZE
_LAYERS = 4

# kind -> (blades of a layer, mean length in metres, share of dry blades, how even the cover is, share of clover)
_KINDS: Mapping[str, tuple[int, float, float, float, float]] = {
    "lawn": (9600, 0.050, 0.05, 1.0, 0.0),
    "meadow": (6600, 0.100, 0.14, 0.9, 0.006),
    "dry": (8200, 0.065, 0.60, 0.8, 0.0),
    "worn": (6400, 0.045, 0.20, 0.4, 0.0),
    "clover": (7600, 0.050, 0.05, 0.9, 0.05),
}


def _build(params: Mapping[str, Any]) -> Material:
    maps = cached_maps(_draw, params["kind"], params["design"])
    light = params["brightness"]
    return surface_material("grass", maps, tint=(light, light, light))


def _draw(kind: str, design: int) -> SurfaceMaps:
    rng = rng_for(design, 0, f"grass.{kind}")
    shape = (SIZE, SIZE)
    blades, length_m, dry_share, evenness, clover_share = _KINDS[kind]
    dry_field = fbm(rng, shape, (8, 8), 5, 0.7)
    bare_field = fbm(rng, shape, (5, 5), 6, 0.65)
    lean = fbm(rng, (256, 256), (6, 6), 4, 0.5)

    # Three channels in one drawing: tone of the blade, height of the blade, and how dry it is.
    soil = fbm(rng, shape, (24, 24), 6, 0.8)
    ground = [0.30 + 0.10 * soil, 0.10 + 0.02 * soil, np.clip(0.5 + 0.18 * soil, 0.2, 0.9)]
    canvas = StrokeCanvas(quantise(cv2.merge(ground)))
    for layer in range(_LAYERS):
        level = layer / (_LAYERS - 1)
        start = rng.random((blades, 2)).astype(np.float32) * SIZE
        at = start.astype(np.int64) % SIZE
        cover = bare_field[at[:, 1], at[:, 0]] + 0.5 * rng.standard_normal(blades)
        start = start[cover > -3.4 + 4.4 * (1.0 - evenness)]
        at = start.astype(np.int64) % SIZE
        paths = _blade_paths(rng, start, lean[at[:, 1] // 4, at[:, 0] // 4], length_m * (1.1 - 0.25 * level) / _PIXEL_M)
        dryness = dry_field[at[:, 1], at[:, 0]] * 0.45 + 0.89 * rng.standard_normal(len(start))
        dry = dryness > np.quantile(dryness, 1.0 - dry_share)
        _draw_layer(rng, canvas, paths, dry, level)
    if clover_share > 0:
        _draw_clover(rng, canvas, int(clover_share * 26000))

    tone, tall, dry_blade = cv2.split(canvas.share())
    albedo = _colour(rng, tone, tall, dry_blade, dry_field, 1.0 - evenness)
    occlusion = np.clip(0.42 + 0.75 * tall, 0.0, 1.0)
    height = 0.012 * tall + 0.0006 * white_noise(rng, shape)
    return pack_maps(
        albedo_hwc=albedo,
        roughness_hw=np.asarray(0.93 - 0.22 * tall * (1.0 - dry_blade), np.float32),
        height_m_hw=np.asarray(0.5 * height, np.float32),
        tile_m=_TILE_M,
        occlusion_hw=np.asarray(occlusion, np.float32),
    )


def _blade_paths(rng: np.random.Generator, start: Image, lean: Image, length_px: float) -> Image:
    """Bent blades from root to tip, float32 (n, 4, 2)."""
    count = len(start)
    angle = 1.2 * lean + 1.2 * rng.standard_normal(count)
    bend = 0.32 * rng.standard_normal(count)
    # Seen from above an upright blade is short: few lie flat.
    seen = length_px * np.clip(0.55 + 0.30 * rng.standard_normal(count), 0.12, 1.4)
    part = np.array([0.0, 0.4, 0.75, 1.0])
    heading = angle[:, None] + bend[:, None] * part
    reach = seen[:, None] * part
    offset = np.stack([np.cos(heading) * reach, np.sin(heading) * reach], axis=-1)
    return np.asarray(start[:, None, :] + offset, np.float32)


def _draw_layer(rng: np.random.Generator, canvas: StrokeCanvas, paths: Image, dry: Any, level: float) -> None:
    """Draw the blades of one layer in groups of one tone; the outer half of a blade stands higher and lighter."""
    groups = 7
    member = rng.integers(0, groups, len(paths))
    for group in rng.permutation(groups).tolist():
        tone = 0.40 + 0.20 * level + 0.26 * (group / (groups - 1) - 0.5)
        for is_dry in (False, True):
            chosen = paths[(member == group) & (dry == is_dry)]
            colour = np.array([tone + 0.10 * is_dry, 0.34 + 0.48 * level, 0.80 if is_dry else 0.12])
            colour[2] += 0.12 * (float(rng.random()) - 0.5)
            wide = 2 if level < 0.3 else 1
            canvas.lines(chosen[:, :3], (255 * np.clip(colour, 0, 1)).tolist(), wide)
            tip = colour + np.array([0.08, 0.12, 0.03])
            canvas.lines(chosen[:, 2:], (255 * np.clip(tip, 0, 1)).tolist(), 1)


def _draw_clover(rng: np.random.Generator, canvas: StrokeCanvas, count: int) -> None:
    """Three-lobed leaves in loose clumps."""
    centres = rng.random((max(count // 40, 1), 2)) * SIZE
    place = centres[rng.integers(0, len(centres), count)] + rng.standard_normal((count, 2)) * 42.0
    radius = rng.uniform(2.2, 4.4, count)
    turn = rng.uniform(0.0, 2 * np.pi, count)
    colours = [(level, 200.0, 12.0) for level in (255 * rng.uniform(0.42, 0.64, count)).tolist()]
    for lobe in range(3):
        angle = turn + lobe * 2 * np.pi / 3
        offset = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
        canvas.dots(place % SIZE + offset, 0.8 * radius, colours)


def _colour(
    rng: np.random.Generator, tone: Image, tall: Image, dry: Image, dry_field: Image, bare: float
) -> NDArray[np.float32]:
    """Linear albedo (height, width, 3): green to straw, darker where light does not reach."""
    green = np.array([0.074, 0.134, 0.025], np.float32)
    straw = np.array([0.330, 0.262, 0.125], np.float32)
    earth = np.array([0.120, 0.085, 0.055], np.float32)
    faded = np.clip(dry + 0.06 * dry_field, 0.0, 1.0)
    ground = smoothstep(0.16, 0.05, tall)
    gain = (0.20 + 1.55 * tone * tone) * (0.50 + 0.70 * tall) * (1.0 + 0.05 * white_noise(rng, tone.shape))
    # Open earth is bright; between dense blades little light reaches it.
    lit = np.float32(0.20 + 0.9 * bare) + np.float32(0.6 + 0.9 * bare) * tone
    gain = 1.5 * gain * (1.0 - ground) + lit * ground
    yellow = 0.06 + 0.10 * np.clip(fbm(rng, (SIZE, SIZE), (9, 9), 5, 0.7), -1.5, 2.0)
    channels = []
    for channel in range(3):
        body = green[channel] + (straw[channel] - green[channel]) * faded
        if channel == 0:
            body *= 1.0 + yellow
        body += (earth[channel] - body) * ground * np.float32(0.55 + 0.45 * bare)
        channels.append(body * gain)
    return np.asarray(np.clip(cv2.merge(channels), 0.006, 0.5), np.float32)


GRASS_FLOOR = ProceduralAsset(
    name="grass",
    kind="material",
    category="floor",
    parameters={
        "kind": Choice(tuple(_KINDS), "lawn", (3.0, 2.0, 1.5, 1.5, 1.0)),
        "design": Integer(0, 11, 0),
        "brightness": Number(0.75, 1.0, 1.0),
    },
    build=_build,
    tags=("grass", "lawn", "garden", "outdoor", "ground"),
    description="Lawn, meadow, dry or worn grass and clover, true to scale from one to five metres away.",
)

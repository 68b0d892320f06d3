"""What is printed on a circuit board: solder mask over traces, bare pads, vias, silkscreen."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Texture
from synthvision.library.procedural.models.assembly import LinearColour
from synthvision.library.procedural.models.machine_parts.pcb_layout import Layout, board_layout
from synthvision.library.procedural.noise import encode_srgb, make_texture
from synthvision.library.procedural.prints.canvas import Canvas, Ink
from synthvision.library.procedural.prints.lettering import TypeStyle, invented_name

__all__ = ["MASKS", "board_maps", "chip_marks"]

#: Solder masks: linear colour over bare laminate; copper under it looks lighter.
MASKS: dict[str, LinearColour] = {
    "green": (0.004, 0.075, 0.026),
    "dark_green": (0.003, 0.035, 0.016),
    "blue": (0.005, 0.03, 0.15),
    "black": (0.008, 0.008, 0.009),
    "red": (0.2, 0.008, 0.008),
    "white": (0.66, 0.67, 0.66),
}
Places = Callable[[float, float], tuple[float, float]]
"""From metres on the board to pixels."""

SILK: Ink = (232, 234, 228)
GOLD: Ink = (226, 190, 112)
TIN: Ink = (196, 198, 200)


def _ink(colour: LinearColour, factor: float, lift: float = 0.0) -> Ink:
    r, g, b = (int(v) for v in encode_srgb(np.clip(np.array(colour, np.float32) * factor + lift, 0, 1)))
    return r, g, b


@lru_cache(maxsize=24)
def board_maps(
    seed: int, length: float, width: float, density: float, can_count: int, mask: str, plating: str
) -> tuple[Texture, Texture]:
    """Return base colour and metallic-roughness of the top of a board; arguments as `board_layout` plus the colours."""
    layout = board_layout(seed, length, width, density, can_count=can_count)
    columns = 512
    rows = int(np.clip(16 * round(columns * width / length / 16), 128, 512))
    scale = columns / length
    colour = MASKS[mask]
    canvas = Canvas(columns, rows, _ink(colour, 1.0))
    metal = Canvas(columns, rows, (255, 82, 0), 1)

    def at(x: float, y: float) -> tuple[float, float]:
        return (x + length / 2) * scale, (width / 2 - y) * scale

    copper = _ink(colour, 1.5, 0.012) if mask != "white" else _ink(colour, 0.9)
    _pour(canvas, layout, copper, at)
    _traces(
        canvas,
        metal,
        layout,
        (_ink(colour, 1.0), _ink(colour, 2.1, 0.02) if mask != "white" else copper),
        (seed, scale),
        at,
    )
    pad_ink = GOLD if plating == "gold" else TIN
    for part in layout.components:
        for x, y, w, h in part.pads():
            (left, top), (right, low) = at(x - w / 2, y + h / 2), at(x + w / 2, y - h / 2)
            for target, ink in ((canvas, pad_ink), (metal, (255, 70, 255))):
                if part.kind in ("header", "terminal"):
                    target.disc(at(x, y), w / 2 * scale, ink)
                else:
                    target.polygon([(left, top), (right, top), (right, low), (left, low)], ink)
    for sx in (-1, 1):
        for sy in (-1, 1):
            place = at(sx * (length / 2 - layout.hole_inset), sy * (width / 2 - layout.hole_inset))
            canvas.disc(place, 0.0031 * scale, pad_ink)
            metal.disc(place, 0.0031 * scale, (255, 70, 255))
    _silkscreen(canvas, layout, (seed, scale), _ink((0.02, 0.02, 0.02), 1.0) if mask == "white" else SILK, at)
    return (
        make_texture(canvas.finished(), is_srgb=True, wrap_uv=("clamp", "clamp")),
        make_texture(metal.finished(), is_srgb=False, wrap_uv=("clamp", "clamp")),
    )


def _pour(canvas: Canvas, layout: Layout, ink: Ink, at: Places) -> None:
    """The copper plane, kept off the edge."""
    x, y = layout.length / 2 - 0.0006, layout.width / 2 - 0.0006
    canvas.polygon([at(-x, y), at(x, y), at(x, -y), at(-x, -y)], ink)


def _traces(
    canvas: Canvas, metal: Canvas, layout: Layout, inks: tuple[Ink, Ink], seed_scale: tuple[int, float], at: Places
) -> None:
    """Tracks from pad to pad with corners of 45 degrees, each in a gap of the plane, some with vias."""
    seed, scale = seed_scale
    rng = rng_for(seed, 0, "pcb.traces")
    pads = [(x, y) for part in layout.components for x, y, _, _ in part.pads()]
    paths, vias = [], []
    for _ in range(min(90, 2 * len(pads))):
        a, b = (np.array(pads[k]) for k in rng.integers(0, len(pads), 2))
        if np.abs(b - a).sum() > 0.6 * layout.length or np.abs(b - a).sum() < 0.002:
            continue
        step = b - a
        short = min(abs(step[0]), abs(step[1]))
        corner = np.sign(step) * short
        straight = step - corner
        share = float(rng.uniform(0.2, 0.8))
        middle = [a, a + share * straight, a + share * straight + corner, b]
        paths.append([at(float(p[0]), float(p[1])) for p in middle])
        if rng.random() < 0.45:
            vias.append(paths[-1][1])
    gap, track = inks
    for path in paths:
        canvas.line(path, 0.00085 * scale, gap)
    for path in paths:
        canvas.line(path, 0.00035 * scale, track)
    for place in vias:
        canvas.disc(place, 0.00055 * scale, GOLD)
        metal.disc(place, 0.00055 * scale, (255, 80, 255))
        canvas.disc(place, 0.00022 * scale, (14, 14, 14))


def _silkscreen(canvas: Canvas, layout: Layout, seed_scale: tuple[int, float], ink: Ink, at: Places) -> None:
    """Outlines and names of the components, name and version of the board."""
    seed, scale = seed_scale
    thin = max(0.00018 * scale, 0.8)
    for part in layout.components:
        x, y = part.size_x / 2 + 0.0003, part.size_y / 2 + 0.0003
        if part.kind not in ("resistor", "chip_capacitor"):
            corners = [(-x, y), (x, y), (x, -y), (-x, -y)]
            canvas.line([at(part.x + dx, part.y + dy) for dx, dy in corners], thin, ink, True)
        if part.kind in ("qfp", "soic"):
            canvas.disc(at(part.x - x - 0.0008, part.y + y), 0.0004 * scale, ink)
        if scale * 0.0011 > 4:
            canvas.text(part.label, at(part.x, part.y + y + 0.0009), 0.0011 * scale, ink)
    name = invented_name(seed, "pcb.name").upper()
    low = -layout.width / 2 + 0.0028
    bold = TypeStyle(weight=0.08)
    canvas.text(f"{name} {seed + 1}.{seed % 4}", at(0.0, low), 0.0017 * scale, ink, bold, max_width=0.5 * canvas.width)


@lru_cache(maxsize=4)
def chip_marks(seed: int) -> Texture:
    """Return the top of a moulded chip: two lines of laser marking and the dot of pin 1, 128 x 128."""
    canvas = Canvas(128, 128, (34, 34, 36))
    name = invented_name(seed, "pcb.chip").upper()[:5]
    canvas.text(name, (64, 46), 17, (150, 150, 148), max_width=100)
    canvas.text(f"{2100 + 37 * seed}A{seed}", (64, 82), 14, (140, 140, 138), max_width=96)
    canvas.disc((16, 112), 6, (24, 24, 26))
    return make_texture(canvas.finished(), is_srgb=True)

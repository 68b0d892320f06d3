"""Covers of books: front, spine and back of paper, cloth and leather bindings, all titles invented."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from synthvision.core.streams import rng_for
from synthvision.library.procedural.noise import Image, fbm, smoothstep
from synthvision.library.procedural.prints.canvas import Canvas, Ink, regular_polygon
from synthvision.library.procedural.prints.emblems import EMBLEMS, draw_emblem
from synthvision.library.procedural.prints.lettering import TypeStyle, invented_name, invented_words
from synthvision.library.procedural.prints.schemes import SCHEMES, Scheme, mixed

__all__ = ["COVER_DESIGNS", "CoverArt", "cover_art", "cover_scheme"]

COVER_DESIGNS = 24
FRONT_PX = (360, 512)
SPINE_PX = 96


@dataclass(frozen=True, slots=True, eq=False)
class CoverArt:
    """Printed or stamped images of one binding.

    Args:
        front: sRGB uint8 (512, 360, 3).
        spine: sRGB uint8 (512, 96, 3), upright as the book stands.
        back: sRGB uint8 (512, 360, 3).
        foil_front: Where metal foil is stamped, float32 (512, 360), 0..1; zero on printed covers.
        foil_spine: The same for the spine, float32 (512, 96).
    """

    front: NDArray[np.uint8]
    spine: NDArray[np.uint8]
    back: NDArray[np.uint8]
    foil_front: Image
    foil_spine: Image


def cover_scheme(design: int) -> Scheme:
    """Return the inks of a design."""
    return SCHEMES[(design * 5 + 1) % len(SCHEMES)]


@lru_cache(maxsize=16)
def cover_art(design: int, binding: str) -> CoverArt:
    """Return the art of one book.

    Args:
        design: 0 to `COVER_DESIGNS` - 1.
        binding: ``jacket`` or ``paper`` (printed), ``cloth`` or ``leather`` (foil on a plain ground).
    """
    return _stamped(design, binding) if binding in ("cloth", "leather") else _printed(design)


def _titles(design: int) -> tuple[str, str, str]:
    rng = rng_for(design, 0, "prints.covers.title")
    name = invented_name(design, "prints.covers")
    words = invented_words(design, "prints.covers", 2).split()
    patterns = (f"The {name}", f"{words[0].title()} {name}", f"{name} & {invented_name(design + 100, 'prints.covers')}", f"A {words[0]} {words[1]}", name)
    title = patterns[int(rng.integers(len(patterns)))]
    author = f"{chr(65 + int(rng.integers(26)))}. {invented_name(design + 300, 'prints.covers')}"
    return title, author, words[1]


def _printed(design: int) -> CoverArt:
    rng = rng_for(design, 0, "prints.covers")
    scheme = cover_scheme(design)
    width, height = FRONT_PX
    dark = rng.random() < 0.6
    ground, text = (scheme.main, scheme.paper) if dark else (scheme.paper, scheme.dark)
    strong = scheme.accent if dark else scheme.main
    title, author, word = _titles(design)
    style = TypeStyle(
        weight=float(rng.choice([0.02, 0.1, 0.18])), stretch=float(rng.choice([0.75, 1.0, 1.0])), tracking=float(rng.choice([0.0, 0.06, 0.25])),
        slant=float(rng.choice([0.0, 0.0, 0.2])),
    )  # fmt: skip
    front = Canvas(width, height, ground)
    layout = int(rng.integers(6))
    lines = title.split(" ", 1) if len(title) > 9 else [title]
    emblem = int(rng.integers(len(EMBLEMS)))
    title_y, title_ink = height * 0.2, text
    if layout == 0:  # scene of hills and a disc in the sky
        _landscape(front, rng, scheme)
        title_ink = scheme.paper
    elif layout == 1:  # large emblem
        draw_emblem(front, emblem, (width / 2, height * 0.58), width * 0.32, strong, scheme.second, ground if dark else scheme.accent)
    elif layout == 2:  # overlapping geometry
        for _ in range(9):
            centre = (float(rng.uniform(0, width)), float(rng.uniform(height * 0.35, height)))
            ink = (scheme.main, scheme.second, scheme.accent, scheme.dark)[int(rng.integers(4))]
            front.polygon(regular_polygon(centre, float(rng.uniform(30, 130)), int(rng.choice([3, 4, 6, 40])), float(rng.uniform(0, 3))), ink)
    elif layout == 3:  # block of colour below
        front.rectangle(0, height * 0.42, width, height, scheme.second)
        front.rectangle(0, height * 0.405, width, height * 0.42, strong)
        draw_emblem(front, emblem, (width / 2, height * 0.68), width * 0.22, scheme.paper, scheme.main, scheme.accent)
    elif layout == 4:  # stripes
        count = int(rng.integers(5, 14))
        for k in range(count):
            ink = mixed(scheme.main, scheme.second, k / count)
            front.rectangle(0, height * (0.38 + 0.62 * k / count), width, height * (0.38 + 0.62 * (k + 1) / count), ink)
    else:  # frame with a panel
        front.rectangle(width * 0.06, height * 0.045, width * 0.94, height * 0.955, scheme.second, 4)
        front.rectangle(width * 0.1, height * 0.073, width * 0.9, height * 0.927, ground)
        draw_emblem(front, emblem, (width / 2, height * 0.62), width * 0.2, strong, scheme.second, scheme.accent)
        title_y = height * 0.26
    for row, line in enumerate(lines):
        y = title_y + (row - (len(lines) - 1) / 2) * height * 0.105
        front.text(line, (width / 2, y), height * (0.072 if len(line) < 9 else 0.06), title_ink, style, max_width=width * 0.76)
    front.text(author.upper(), (width / 2, height * 0.905), height * 0.028, text if layout not in (0, 2, 4) else scheme.paper, TypeStyle(tracking=0.2, weight=0.05), max_width=width * 0.7)
    spine = Canvas(SPINE_PX, height, mixed(ground, scheme.dark, 0.12))
    spine.rectangle(0, 0, SPINE_PX, height * 0.06, strong)
    spine.text(title, (SPINE_PX / 2, height * 0.42), SPINE_PX * 0.34, text, style, max_width=height * 0.55, turn_rad=np.pi / 2)
    spine.text(author.split()[-1].upper(), (SPINE_PX / 2, height * 0.8), SPINE_PX * 0.2, text, TypeStyle(tracking=0.15), max_width=height * 0.2, turn_rad=np.pi / 2)
    draw_emblem(spine, emblem + 3, (SPINE_PX / 2, height * 0.945), SPINE_PX * 0.22, strong, scheme.second, text)
    back = Canvas(width, height, ground)
    for k in range(14):
        reach = width * 0.76 * float(rng.uniform(0.82, 1.0)) if k not in (5, 13) else width * 0.4
        y = height * (0.13 + 0.035 * k)
        back.line([(width * 0.12, y), (width * 0.12 + reach, y)], 3.0, mixed(text, ground, 0.35))
    back.rectangle(width * 0.62, height * 0.8, width * 0.9, height * 0.93, (250, 250, 250))
    x = width * 0.65
    while x < width * 0.87:
        bar = float(rng.integers(1, 4))
        back.rectangle(x, height * 0.815, x + bar, height * 0.9, (10, 10, 10))
        x += bar + float(rng.integers(1, 4))
    zero = np.zeros((height, width), np.float32)
    return CoverArt(front.finished(), spine.finished(), back.finished(), zero, np.zeros((height, SPINE_PX), np.float32))


def _landscape(canvas: Canvas, rng: np.random.Generator, scheme: Scheme) -> None:
    width, height = canvas.width, canvas.height
    ramp = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    canvas.rectangle(0, 0, width, height, scheme.main)
    canvas.blend(np.ascontiguousarray(np.broadcast_to(ramp, (height, width))), scheme.second)
    canvas.disc((width * float(rng.uniform(0.25, 0.75)), height * float(rng.uniform(0.42, 0.52))), width * float(rng.uniform(0.1, 0.2)), scheme.accent)
    x = np.linspace(0, width, 40)
    for k in range(4):
        level = height * (0.56 + 0.11 * k)
        bumps = fbm(rng, (2, 40), (2, 8), 3, 0.5)[0]
        ridge = level + bumps * height * 0.035 * (1.6 - 0.3 * k)
        ink = mixed(scheme.second, scheme.dark, 0.3 + 0.22 * k)
        canvas.polygon(np.concatenate([np.stack([x, ridge], axis=1), [(width, height), (0, height)]]), ink)


def _stamped(design: int, binding: str) -> CoverArt:
    rng = rng_for(design, 0, "prints.covers.stamped")
    scheme = cover_scheme(design)
    width, height = FRONT_PX
    title, author, _ = _titles(design)
    ground = mixed(scheme.main, scheme.dark, 0.35 if binding == "leather" else 0.15)
    mark: Ink = (255, 255, 255)
    front, spine = Canvas(width, height, (0, 0, 0)), Canvas(SPINE_PX, height, (0, 0, 0))
    style = TypeStyle(weight=0.06, tracking=0.12)
    kind = int(rng.integers(4))
    lines = title.split(" ", 1) if len(title) > 9 else [title]
    if kind in (0, 1):
        for inset, thick in ((0.05, 2.4), (0.065, 1.2)) if kind == 0 else ((0.05, 3.5),):
            d = inset * width
            front.line([(d, d), (width - d, d), (width - d, height - d), (d, height - d)], thick, mark, closed=True)
    if kind in (0, 2):
        draw_emblem(front, int(rng.integers(len(EMBLEMS))), (width / 2, height * 0.6), width * 0.2, mark, (120, 120, 120), (0, 0, 0))
    if kind != 3:
        for row, line in enumerate(lines):
            front.text(line, (width / 2, height * (0.24 + 0.09 * row)), height * 0.05, mark, style, max_width=width * 0.7)
    for y in (0.05, 0.22, 0.62, 0.8, 0.95):
        spine.rectangle(0, height * y, SPINE_PX, height * y + 4, mark)
    spine.text(title.upper(), (SPINE_PX / 2, height * 0.42), SPINE_PX * 0.26, mark, style, max_width=height * 0.36, turn_rad=np.pi / 2)
    spine.text(author.split()[-1].upper(), (SPINE_PX / 2, height * 0.71), SPINE_PX * 0.16, mark, style, max_width=SPINE_PX * 0.86)
    shape = (height, width)
    weave = fbm(rng, shape, (128, 128) if binding == "cloth" else (64, 64), 3, 0.6)
    tone = np.clip(1 + (0.035 if binding == "cloth" else 0.08) * weave, 0.6, 1.3)[:, :, None]
    plain = np.clip(np.array(ground, np.float32) * tone, 0, 255).astype(np.uint8)
    worn = smoothstep(1.9, 1.2, fbm(rng, shape, (30, 30), 3, 0.6))
    foil = [canvas.finished()[:, :, 0].astype(np.float32) / 255 for canvas in (front, spine)]
    gold = np.array((206, 166, 84) if design % 3 else (196, 198, 202), np.float32)
    images = []
    for mask, part in zip(foil, (plain, plain[:, :SPINE_PX]), strict=True):
        cover = (mask * worn[:, : mask.shape[1]])[:, :, None]
        images.append(np.asarray(part + (gold - part) * cover, np.uint8))
    return CoverArt(images[0], images[1], plain, foil[0] * worn, foil[1] * worn[:, :SPINE_PX])

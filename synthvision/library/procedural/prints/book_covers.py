"""Printed covers of books: front, spine and back in one sheet, all titles and authors invented."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.core.streams import rng_for
from synthvision.library.model import Texture
from synthvision.library.procedural.noise import blur, encode_srgb, fbm, make_texture, normal_map, quantise, smoothstep
from synthvision.library.procedural.prints.canvas import Canvas, Ink, regular_polygon
from synthvision.library.procedural.prints.emblems import EMBLEMS, draw_emblem
from synthvision.library.procedural.prints.lettering import TypeStyle, invented_name, invented_words
from synthvision.library.procedural.prints.schemes import SCHEMES, Scheme, linear_colour, mixed
from synthvision.library.procedural.wear import wear_masks

__all__ = ["BOOK_DESIGNS", "SPINE_CLASSES", "CoverMaps", "CoverSheet", "cover_maps", "cover_sheet", "page_maps"]

BOOK_DESIGNS = 24
SPINE_CLASSES = (0.05, 0.1, 0.19)
"""Widths of the spine over the height of the book for which sheets are drawn."""

FRONT_WH = (312, 432)
STRIP_PX = 24
"""Rows under the printed sheet: the left half shows the edges of the boards, the right half their insides."""

CREAM: Ink = (236, 228, 208)


@dataclass(frozen=True, slots=True)
class CoverSheet:
    """Where things are in the texture of a cover, as texture coordinates.

    Args:
        spine_u: Left and right border of the spine; the back is to its left, the front to its right.
        bottom_v: Lower border of the print.
        edge_uv: A place in the colour of the boards' edges.
        inside_uv: A place in the colour of the insides.
    """

    spine_u: tuple[float, float]
    bottom_v: float
    edge_uv: tuple[float, float]
    inside_uv: tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class CoverMaps:
    """Textures of a cover, laid out as its `CoverSheet` says."""

    colour: Texture
    rough: Texture
    normal: Texture


def cover_sheet(spine_class: int) -> CoverSheet:
    """Return the layout of the sheet for one of `SPINE_CLASSES`."""
    width, height = FRONT_WH
    spine = _spine_px(spine_class)
    full = 2 * width + spine
    bottom = height / (height + STRIP_PX)
    middle = (bottom + 1.0) / 2
    return CoverSheet((width / full, (width + spine) / full), bottom, (0.25, middle), (0.75, middle))


@lru_cache(maxsize=20)
def cover_maps(design: int, binding: str, spine_class: int, wear_level: int) -> CoverMaps:
    """Return the textures of a cover.

    Args:
        design: 0 to `BOOK_DESIGNS` - 1.
        binding: ``cloth`` (blocked in one ink), ``hardback`` (printed paper over boards) or ``paperback``.
        spine_class: Index into `SPINE_CLASSES`.
        wear_level: 0 (new) to 3 (read to pieces).
    """
    scheme = SCHEMES[(design * 5 + 2) % len(SCHEMES)]
    sheet = np.concatenate(
        [_back(design, binding, scheme), _spine(design, binding, scheme, spine_class), _front(design, binding, scheme)],
        axis=1,
    )
    strip = np.empty((STRIP_PX, sheet.shape[1], 3), np.uint8)
    strip[:, : sheet.shape[1] // 2] = (238, 234, 224) if binding == "paperback" else _ground(design, binding, scheme)
    strip[:, sheet.shape[1] // 2 :] = CREAM if binding != "paperback" else (242, 240, 234)
    printed = np.concatenate([sheet, strip]).astype(np.float32) / np.float32(255)
    linear = np.where(printed <= 0.04045, printed / 12.92, ((printed + 0.055) / 1.055) ** 2.4).astype(np.float32)
    linear = np.clip(linear, 0.012, 0.82)
    base = {"cloth": 0.85, "hardback": 0.5, "paperback": 0.4}[binding] + 0.12 * (design % 2)
    rough = np.full(linear.shape[:2], base, np.float32)
    height = np.zeros(linear.shape[:2], np.float32)
    if binding == "cloth":
        weave = _weave(height.shape)
        linear *= (0.9 + 0.14 * weave)[..., None]
        height = height + weave * np.float32(0.00009)
    linear, rough = _worn(linear, rough, design, wear_level, spine_class)
    full = np.full(rough.shape, 255, np.uint8)
    # About 0.6 mm to a pixel on a book of middle size.
    return CoverMaps(
        make_texture(encode_srgb(linear), is_srgb=True, wrap_uv=("clamp", "clamp")),
        make_texture(np.stack([full, quantise(rough), full], axis=-1), is_srgb=False, wrap_uv=("clamp", "clamp")),
        make_texture(normal_map(height, 0.0006), is_srgb=False, wrap_uv=("clamp", "clamp")),
    )


@lru_cache(maxsize=6)
def page_maps(tone: int) -> tuple[Texture, Texture]:
    """Return colour and normals of the edges of many pages: lines along u, one repeat every 0.2 m, v across them all.

    Args:
        tone: 0 (white) to 3 (yellowed and stained).
    """
    rng = rng_for(tone, 0, "prints.pages")
    shape = (256, 256)
    sheets = rng.standard_normal((256, 1)).astype(np.float32)
    # Signatures: folded bundles of sheets show as slightly darker lines.
    bundle = 0.9 * (np.arange(256) % 21 == 7).astype(np.float32)[:, None]
    lines = blur(np.asarray(np.broadcast_to(sheets, shape), np.float32), 0.0, 0.5)
    along = fbm(rng, shape, (128, 4), 2, 0.6)
    cloud = fbm(rng, shape, (3, 3), 4, 0.55)
    paper = np.array(((0.72, 0.7, 0.65), (0.68, 0.63, 0.53), (0.62, 0.54, 0.4), (0.52, 0.42, 0.27))[tone], np.float32)
    shade = 0.9 + 0.07 * lines + 0.035 * along - 0.12 * bundle + (0.015 + 0.025 * tone) * cloud
    image = paper * np.clip(shade, 0.3, 1.15)[..., None]
    if tone >= 2:
        image *= (1.0 - 0.25 * smoothstep(0.8, 2.4, cloud))[..., None]
    height = np.asarray((0.6 * lines + 0.5 * along - bundle) * 0.00009, np.float32)
    return (
        make_texture(encode_srgb(np.asarray(image, np.float32)), is_srgb=True, wrap_uv=("repeat", "clamp")),
        make_texture(normal_map(height, (0.2 / 256, 0.0003)), is_srgb=False, wrap_uv=("repeat", "clamp")),
    )


def _spine_px(spine_class: int) -> int:
    return round(SPINE_CLASSES[spine_class] * FRONT_WH[1])


def _ground(design: int, binding: str, scheme: Scheme) -> Ink:
    """The colour that goes all around the cover."""
    if binding == "cloth":
        return mixed(scheme.main, scheme.dark, 0.35)
    return (scheme.main, scheme.paper, scheme.second, scheme.dark)[design % 4]


def _inks(design: int, binding: str, scheme: Scheme) -> tuple[Ink, Ink]:
    """Ink of the title and ink of ornaments, both legible on the ground."""
    if binding == "cloth":
        return ((214, 178, 98), (214, 178, 98)) if design % 3 else ((226, 222, 210), (226, 222, 210))
    light = sum(linear_colour(_ground(design, binding, scheme))) > 0.75
    return (scheme.dark if light else scheme.paper), (scheme.main if light and design % 4 != 0 else scheme.accent)


def _type(design: int) -> TypeStyle:
    rng = rng_for(design, 0, "prints.book.type")
    return TypeStyle(
        weight=float(rng.choice([0.0, 0.08, 0.16, 0.22])), slant=float(rng.choice([0.0, 0.0, 0.2])),
        stretch=float(rng.choice([0.75, 0.9, 1.0])), tracking=float(rng.choice([0.0, 0.06, 0.2])),
    )  # fmt: skip


def _title(design: int) -> list[str]:
    """One to three words."""
    name = invented_name(design, "prints.book")
    words = [word.capitalize() for word in invented_words(design, "prints.book", 2).split()]
    return ([name], [words[0], name], ["The", words[0], name], [words[0], words[1]], [name, "and", words[0]])[
        design % 5
    ]


def _author(design: int) -> str:
    return f"{invented_name(design + 100, 'prints.book')[0]}. {invented_name(design + 200, 'prints.book')}"


def _front(design: int, binding: str, scheme: Scheme) -> NDArray[np.uint8]:
    width, height = FRONT_WH
    canvas = Canvas(width, height, _ground(design, binding, scheme))
    rng = rng_for(design, 0, f"prints.book.front.{binding}")
    ink, ornament = _inks(design, binding, scheme)
    if binding == "cloth":
        inset = width * 0.07
        for step in (0.0, 6.0):
            a, b = inset + step, width - inset - step
            canvas.line([(a, a), (b, a), (b, height - a), (a, height - a)], 2.0 - step / 5, ornament, closed=True)
        draw_emblem(
            canvas, design, (width / 2, height * 0.6), width * 0.2, ornament, ornament, _ground(design, binding, scheme)
        )
        _title_block(canvas, design, (width / 2, height * 0.24), ink, width * 0.72)
        return canvas.finished()
    kind = design % 8
    if kind == 0:
        draw_emblem(
            canvas,
            int(rng.integers(len(EMBLEMS))),
            (width / 2, height * 0.56),
            width * 0.3,
            ornament,
            scheme.second,
            scheme.accent,
        )
    elif kind == 1:
        top = height * 0.42
        for share, band in ((0.0, scheme.main), (0.1, scheme.second), (0.17, scheme.accent), (0.21, scheme.main)):
            canvas.rectangle(0, top + share * height, width, height * 0.92, band)
    elif kind == 2:
        for _ in range(16):
            place = (float(rng.uniform(0, width)), float(rng.uniform(height * 0.35, height)))
            tone = (scheme.main, scheme.second, scheme.accent, scheme.dark)[int(rng.integers(4))]
            canvas.disc(place, float(rng.uniform(0.04, 0.2)) * width, tone)
    elif kind == 3:
        for k in range(7):
            y = height * (0.36 + 0.13 * k)
            tone = (scheme.main, scheme.second, scheme.accent)[k % 3]
            canvas.polygon(
                [(0, y), (width, y - height * 0.2), (width, y - height * 0.12), (0, y + height * 0.08)], tone
            )
    elif kind == 4:
        _landscape(canvas, rng, scheme)
    elif kind == 5:
        size = width / 6
        for row in range(5):
            for column in range(6):
                place = ((column + 0.5) * size, height * 0.4 + (row + 0.5) * size)
                tone = (scheme.main, scheme.second, scheme.accent, scheme.paper)[int(rng.integers(4))]
                if rng.random() < 0.5:
                    canvas.disc(place, size * 0.42, tone)
                else:
                    canvas.polygon(
                        regular_polygon(place, size * 0.5, int(rng.integers(3, 5)), float(rng.uniform(0, 1.6))), tone
                    )
    elif kind == 6:
        x = np.linspace(0, width, 80)
        for k in range(22):
            crest = height * (0.42 + 0.025 * k) + np.sin(x / width * (4 + 0.35 * k) + 0.3 * k) * height * 0.045
            canvas.line(np.stack([x, crest], axis=1), 2.2, (ornament, scheme.second)[k % 2])
    else:
        canvas.rectangle(width * 0.1, height * 0.4, width * 0.9, height * 0.84, mixed(scheme.second, scheme.paper, 0.4))
        draw_emblem(
            canvas,
            int(rng.integers(len(EMBLEMS))),
            (width / 2, height * 0.62),
            width * 0.26,
            scheme.main,
            scheme.dark,
            scheme.accent,
        )
    _title_block(canvas, design, (width / 2, height * 0.2), ink, width * 0.84)
    # The lower title of a full picture stands on a bar, or it would not be legible.
    if kind in (1, 2, 3, 4, 5):
        canvas.rectangle(0, height * 0.9, width, height, _ground(design, binding, scheme))
    canvas.text(
        _author(design),
        (width / 2, height * 0.945),
        height * 0.03,
        ink,
        TypeStyle(tracking=0.15),
        max_width=width * 0.8,
    )
    return canvas.finished()


def _landscape(canvas: Canvas, rng: np.random.Generator, scheme: Scheme) -> None:
    width, height = FRONT_WH
    canvas.rectangle(0, height * 0.36, width, height, mixed(scheme.second, scheme.paper, 0.55))
    canvas.disc((width * float(rng.uniform(0.25, 0.75)), height * 0.52), width * 0.15, scheme.accent)
    x = np.linspace(0, width, 40)
    for k in range(4):
        y = height * (0.58 + 0.09 * k) + np.cumsum(rng.normal(0, 4.0, 40))
        tone = mixed(mixed(scheme.second, scheme.paper, 0.3), scheme.dark, 0.25 * (k + 1))
        canvas.polygon(np.concatenate([np.stack([x, y], axis=1), [[width, height], [0, height]]]), tone)


def _title_block(canvas: Canvas, design: int, centre: tuple[float, float], ink: Ink, max_width: float) -> None:
    """The words of the title under each other."""
    words, style = _title(design), _type(design)
    size = (0.085, 0.07, 0.06)[len(words) - 1] * canvas.height
    for row, word in enumerate(words):
        small = word in ("The", "and")
        y = centre[1] + (row - (len(words) - 1) / 2) * size * 1.5
        canvas.text(
            word.upper() if design % 3 == 0 else word,
            (centre[0], y),
            size * (0.55 if small else 1.0),
            ink,
            style,
            max_width=max_width,
        )


def _spine(design: int, binding: str, scheme: Scheme, spine_class: int) -> NDArray[np.uint8]:
    width, height = _spine_px(spine_class), FRONT_WH[1]
    ground = _ground(design, binding, scheme)
    canvas = Canvas(width, height, ground)
    ink, ornament = _inks(design, binding, scheme)
    if binding == "cloth" or design % 3 == 1:
        for y in (0.06, 0.08, 0.76, 0.94):
            canvas.rectangle(0, height * y, width, height * y + 2.5, ornament)
    elif design % 3 == 2:
        canvas.rectangle(0, height * 0.8, width, height, ornament)
    title = " ".join(_title(design))
    canvas.text(
        title,
        (width / 2, height * 0.33),
        min(width * 0.46, 26),
        ink,
        _type(design),
        max_width=height * 0.45,
        turn_rad=np.pi / 2,
    )
    canvas.text(
        _author(design),
        (width / 2, height * 0.67),
        min(width * 0.3, 13),
        ink,
        max_width=height * 0.16,
        turn_rad=np.pi / 2,
    )
    emblem_ink = ground if design % 3 == 2 and binding != "cloth" else ornament
    draw_emblem(canvas, design + 3, (width / 2, height * 0.87), min(width * 0.34, 15), emblem_ink, ornament, ground)
    return canvas.finished()


def _back(design: int, binding: str, scheme: Scheme) -> NDArray[np.uint8]:
    width, height = FRONT_WH
    canvas = Canvas(width, height, _ground(design, binding, scheme))
    if binding == "cloth":
        return canvas.finished()
    ink, _ = _inks(design, binding, scheme)
    rng = rng_for(design, 0, "prints.book.back")
    canvas.text(
        " ".join(_title(design)), (width / 2, height * 0.1), height * 0.03, ink, _type(design), max_width=width * 0.8
    )
    for row in range(16):
        end = width * (0.88 if row % 6 != 5 else float(rng.uniform(0.4, 0.7)))
        y = height * (0.18 + 0.028 * row)
        # Words too small to read: dashes of their lengths.
        x = width * 0.12
        while x < end:
            length = float(rng.uniform(6, 22))
            canvas.rectangle(x, y, min(x + length, end), y + 4, ink)
            x += length + 4
    left, top = width * 0.58, height * 0.8
    canvas.rectangle(left, top, width * 0.92, height * 0.93, (250, 250, 248))
    x = left + 8
    while x < width * 0.92 - 8:
        bar = float(rng.choice([1, 1, 2, 3]))
        canvas.rectangle(x, top + 6, x + bar, height * 0.91, (20, 20, 20))
        x += bar + float(rng.choice([1, 2, 2, 3]))
    return canvas.finished()


@lru_cache(maxsize=4)
def _weave(shape_hw: tuple[int, int]) -> NDArray[np.float32]:
    """Threads of book cloth, 0..1."""
    rng = rng_for(0, 0, "prints.book.weave")
    y, x = np.mgrid[0 : shape_hw[0], 0 : shape_hw[1]].astype(np.float32)
    slub = fbm(rng, shape_hw, (60, 8), 2, 0.6) + fbm(rng, shape_hw, (8, 90), 2, 0.6)
    threads = np.sin(x * 2.2) * np.sin(y * 2.2)
    return np.asarray(np.clip(0.5 + 0.3 * threads + 0.12 * slub, 0, 1), np.float32)


def _worn(
    linear: NDArray[np.float32], rough: NDArray[np.float32], design: int, wear_level: int, spine_class: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Rubbed edges and joints, creases, dirt of hands."""
    if wear_level == 0:
        return linear, rough
    amount = np.float32((0.0, 0.3, 0.65, 1.0)[wear_level])
    height, width = FRONT_WH[1], linear.shape[1]
    masks = wear_masks(design)
    size = (width, height)
    cloud, scratch, grime = (
        cv2.resize(mask, size, interpolation=cv2.INTER_LINEAR) for mask in (masks.cloud, masks.scratches, masks.grime)
    )
    y = np.minimum(np.arange(height), height - 1 - np.arange(height)).astype(np.float32)[:, None]
    borders = (0, FRONT_WH[0], FRONT_WH[0] + _spine_px(spine_class), width)
    x = np.min([np.abs(np.arange(width) + 0.5 - border) for border in borders], axis=0).astype(np.float32)[None, :]
    edge = np.minimum(y, x)
    ragged = edge + 3.0 - 9.0 * cloud
    rub = smoothstep(3.0 * float(amount), -1.0, ragged) * amount
    rub = np.clip(rub + 0.75 * amount * scratch * smoothstep(0.45, 0.8, cloud), 0, 0.85)
    printed = linear[:height]
    bare = np.asarray(linear_colour((232, 226, 212)), np.float32)
    printed = printed + (printed * 0.35 + bare * 0.6 - printed) * rub[..., None]
    soil = np.clip(0.5 * amount * grime * (0.3 + 0.7 * smoothstep(60.0, 0.0, edge)), 0, 0.6)
    printed = printed + (np.asarray((0.1, 0.08, 0.055), np.float32) - printed) * soil[..., None]
    worn = linear.copy()
    worn[:height] = printed
    rough = rough.copy()
    rough[:height] = np.clip(rough[:height] + 0.35 * rub + 0.2 * soil, 0, 1)
    return worn, rough

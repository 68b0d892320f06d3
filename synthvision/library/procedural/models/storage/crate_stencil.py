"""Stencilled words and handling marks of shipping crates."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import cv2
import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Texture
from synthvision.library.procedural.noise import fbm, make_texture
from synthvision.library.procedural.prints.canvas import Canvas, regular_polygon
from synthvision.library.procedural.prints.lettering import TypeStyle, invented_name, invented_words
from synthvision.library.procedural.shapes.mesh import Mesh

__all__ = ["stencil_piece"]


def stencil_piece(
    params: Mapping[str, Any], length: float, box_w: float, span_z: tuple[float, float]
) -> tuple[Mesh, Material]:
    """Return the paint on the boards of the two long sides, between the battens, a hair above the wood.

    Args:
        params: Parameters of the crate.
        length: Outer length of the crate, metres.
        box_w: Distance of the outer faces of the boards, metres.
        span_z: Lowest and highest z of the boards.
    """
    low, high = span_z
    tall = 0.34 * (high - low)
    wide = min(tall * 1.6, 0.5 * length)
    z = low + (0.5 if str(params["brace"]) == "none" else 0.66) * (high - low)
    x = 0.0 if str(params["brace"]) == "none" else -0.16 * length
    corners, normals, uvs, triangles = [], [], [], []
    for k, side in enumerate((-1, 1)):
        y = side * (box_w / 2 + 0.0012)
        right = -side * wide / 2
        corners += [
            (x * -side - right, y, z - tall / 2),
            (x * -side + right, y, z - tall / 2),
            (x * -side + right, y, z + tall / 2),
            (x * -side - right, y, z + tall / 2),
        ]
        normals += [(0.0, side, 0.0)] * 4
        uvs += [(0, 1), (1, 1), (1, 0), (0, 0)]
        triangles += [[4 * k, 4 * k + 1, 4 * k + 2], [4 * k, 4 * k + 2, 4 * k + 3]]
    mesh = Mesh(np.array(corners), np.array(normals), np.array(uvs, np.float64), np.array(triangles, np.int64))
    art = _stencil_texture(str(params["stencil"]), int(params["design"]))
    return mesh, Material(name="stencil", base_colour_map=art, roughness=0.85, alpha_mode="mask", alpha_cutoff=0.5)


@lru_cache(maxsize=12)
def _stencil_texture(kind: str, design: int) -> Texture:
    """Worn stencilled paint: black or red on transparent ground."""
    width, height = 384, 240
    rng = rng_for(design, 0, "crate.stencil")
    canvas = Canvas(width, height, (0, 0, 0))
    white = (255, 255, 255)
    style = TypeStyle(weight=0.2, tracking=0.12, stretch=0.85)
    if kind == "words":
        canvas.text(
            invented_name(design, "crate").upper(), (width / 2, height * 0.28), 58, white, style, max_width=width * 0.92
        )
        canvas.text(
            invented_words(design, "crate", 1).upper(),
            (width / 2, height * 0.58),
            34,
            white,
            style,
            max_width=width * 0.8,
        )
        canvas.text(f"No {100 + 37 * design}", (width / 2, height * 0.84), 30, white, style)
    else:
        for k in range(2):
            x = width * (0.26 + 0.48 * k)
            if (design + k) % 2:  # this way up
                for shift in (-34, 34):
                    canvas.polygon(
                        [
                            (x + shift, 30),
                            (x + shift + 30, 74),
                            (x + shift + 12, 74),
                            (x + shift + 12, 140),
                            (x + shift - 12, 140),
                            (x + shift - 12, 74),
                            (x + shift - 30, 74),
                        ],
                        white,
                    )
                canvas.rectangle(x - 70, 152, x + 70, 166, white)
            else:  # a glass: fragile
                canvas.polygon(
                    [
                        (x - 42, 26),
                        (x + 42, 26),
                        (x + 26, 92),
                        (x + 7, 104),
                        (x + 7, 148),
                        (x + 34, 166),
                        (x - 34, 166),
                        (x - 7, 148),
                        (x - 7, 104),
                        (x - 26, 92),
                    ],
                    white,
                )
                canvas.polygon(regular_polygon((x + 6, 52), 15, 4, 0.3, 0.35), (0, 0, 0))
        canvas.text("FRAGILE" if design % 2 else "KEEP DRY", (width / 2, height * 0.86), 30, white, style)
    mask = canvas.finished()[:, :, 0].astype(np.float32) / 255
    for x in (0.37, 0.66):  # the bridges of a stencil
        cv2.line(mask, (int(width * x), 0), (int(width * x), height), 0.0, 4)
    worn = fbm(rng, (256, 384), (24, 6), 4, 0.6)[:height]
    alpha = np.clip(mask - 0.35 * np.clip(worn - 0.5, 0, 2), 0, 1)
    ink = np.array(((24, 22, 20), (130, 26, 20), (24, 40, 88))[design % 3], np.uint8)
    pixels = np.concatenate(
        [np.broadcast_to(ink, (height, width, 3)), (alpha * 255).astype(np.uint8)[:, :, None]], axis=2
    )
    return make_texture(np.ascontiguousarray(pixels), is_srgb=True, wrap_uv=("clamp", "clamp"))

"""The lid of a drink can: embossed panel, opening, tab."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Texture
from synthvision.library.procedural.noise import blur, fbm, make_texture, normal_map, quantise
from synthvision.library.procedural.shapes.deformation import deformed, shifted
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join
from synthvision.library.procedural.shapes.profiles import filleted, rounded_rectangle
from synthvision.library.procedural.shapes.revolve import extrude, revolve
from synthvision.library.procedural.shapes.sweeps import sweep_tube

__all__ = ["drink_lid_maps", "pull_tab"]

LID_PX = 256
LID_DIAMETER_M = 0.054


@lru_cache(maxsize=2)
def drink_lid_maps(opened: bool) -> tuple[Texture, Texture, Texture]:
    """Return base colour, normal and metallic-roughness maps of a lid seen from above, the opening towards -y.

    Args:
        opened: Draw the mouth as a dark hole rather than as a scored line.
    """
    y, x = (np.mgrid[0:LID_PX, 0:LID_PX].astype(np.float32) + 0.5) / LID_PX - 0.5
    radius = np.hypot(x, y)
    # Rows run down, so the opening towards -y lies in the lower half.
    mouth = np.hypot(x / 0.17, (y - 0.2) / 0.13)
    well = np.hypot(x / 0.2, (y + 0.17) / 0.13)
    score = np.exp(-(((mouth - 1.0) * 12) ** 2))
    height = -0.0004 * score + 0.0005 * np.exp(-(((radius - 0.37) / 0.012) ** 2)).astype(np.float32)
    height -= 0.0008 * np.clip(1.25 - well, 0, 0.35)
    for angle in (0.6, -0.6):
        bead = np.abs(x * np.cos(angle) + (y - 0.02) * np.sin(angle))
        height += 0.0002 * np.exp(-((bead / 0.012) ** 2)) * np.exp(-(((radius - 0.3) / 0.06) ** 2))
    colour = np.full((LID_PX, LID_PX, 3), 250, np.uint8)
    shade = np.clip(1 - 0.35 * score, 0, 1)
    rng = rng_for(0, 0, "can.lid")
    brushed = blur(fbm(rng, (LID_PX, LID_PX), (64, 64), 2), 6.0, 0.4)
    rough = np.clip(0.82 + 0.12 * brushed, 0.4, 1.0)
    metal = np.ones_like(rough)
    if opened:
        hole = np.clip((1.0 - mouth) * 12, 0, 1)
        shade = shade * (1 - 0.97 * hole)
        metal = metal * (1 - hole)
        height = np.where(mouth < 1.0, -0.001, height).astype(np.float32)
    colour = np.asarray(colour * shade[:, :, None], np.uint8)
    smooth = cv2.GaussianBlur(np.asarray(height, np.float32), (0, 0), 0.9)
    data = np.stack([np.full_like(colour[:, :, 0], 255), quantise(rough), quantise(metal)], axis=-1)
    return (
        make_texture(colour, is_srgb=True, wrap_uv=("clamp", "clamp")),
        make_texture(normal_map(smooth, LID_DIAMETER_M / LID_PX), is_srgb=False, wrap_uv=("clamp", "clamp")),
        make_texture(data, is_srgb=False, wrap_uv=("clamp", "clamp")),
    )


def pull_tab(lid_radius_m: float, *, lifted: bool) -> Mesh:
    """Return the tab on a lid whose panel is at z = 0: rivet in the middle, nose towards -y, ring towards +y.

    Args:
        lid_radius_m: Radius of the panel, which sets the size.
        lifted: Bent up as after opening.
    """
    size = lid_radius_m / 0.0225
    ring_w, ring_l = 0.0145 * size, 0.013 * size
    outline = rounded_rectangle(ring_w, ring_l, 0.0062 * size, steps=4).points_k2[:-1]
    path = np.concatenate([outline + np.array([0.0, 0.0085 * size]), np.full((len(outline), 1), 0.0014)], axis=1)
    radii = np.tile([0.0019 * size, 0.0006], (len(path), 1))
    ring = sweep_tube(path, radii, 6, binormal_xyz=(0.0, 0.0, 1.0), exponent=3.0, closed=True)
    nose = extrude(
        rounded_rectangle(0.0125 * size, 0.0105 * size, 0.005 * size, steps=4), 0.0008, 0.002, bevel_m=0.0005
    )
    nose = nose.moved((0.0, -0.002 * size, 0.0))
    rivet = revolve(
        filleted([(0.0, 0.0), (0.0026 * size, 0.0), (0.0026 * size, 0.0031), (0.0, 0.0031)], [0.0, 0.0, 0.0009, 0.0]),
        12,
    )
    flat = join([ring, nose])
    if lifted:

        def bent(points: Floats) -> Floats:
            back = np.maximum(points[:, 1], 0.0)
            return shifted(points, y=-0.12 * back, z=0.4 * back)

        flat = deformed(flat, bent)
    return join([flat, rivet])

"""Helmets of cyclists and motorcyclists."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

import numpy as np

from synthvision.library.model import Material, Texture
from synthvision.library.procedural.models.people.hair import ShellCut, on_head, shell
from synthvision.library.procedural.models.people.skeleton import Figure
from synthvision.library.procedural.models.people.tubework import rod
from synthvision.library.procedural.noise import encode_srgb, make_texture, smoothstep
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join
from synthvision.library.procedural.shapes.subdivision import Cage

__all__ = ["cycle_helmet_pieces", "motorcycle_helmet_pieces"]

LinearColour = tuple[float, float, float]
Pieces = list[tuple[Mesh, Material]]


@lru_cache(maxsize=24)
def _vented(colour: LinearColour, second: LinearColour) -> Texture:
    """Colour of a cycle helmet: slots from the brow to the back, a second colour at the rim."""
    u = ((np.arange(256) + 0.5) / 256)[None, :]
    v = ((np.arange(128) + 0.5) / 128)[:, None]
    slot = np.abs(((u * 12) % 1.0) - 0.5) / 0.20
    along = np.abs(((v - 0.1) * 2.6) % 1.0 - 0.5) / 0.40
    hole = smoothstep(1.1, 0.85, np.hypot(slot, along**2)) * (v < 0.86) * (v > 0.12)
    rim = smoothstep(0.8, 0.83, v) + 0 * u
    image = np.array(colour) * (1 - rim[..., None]) + np.array(second) * rim[..., None]
    image = image * (1 - hole[..., None]) + 0.008 * hole[..., None]
    return make_texture(encode_srgb(image), is_srgb=True, wrap_uv=("repeat", "clamp"))


def cycle_helmet_pieces(figure: Figure, colour: LinearColour, second: LinearColour) -> Pieces:
    """Return a cycle helmet and its straps."""

    def stretched(points: Floats) -> Floats:
        out = points.copy()
        behind = np.clip(-points[:, 0], 0, None)
        out[:, 0] -= 0.16 * behind
        # Ridges run from front to back.
        ridge = 0.012 * np.cos(np.arctan2(points[:, 1], points[:, 2] - 0.6) * 7)
        out[:, 2] += ridge * (points[:, 2] > 0.72)
        return out

    dome = shell(ShellCut(0.125, 0.80, 0.70, 0.60, lump=0.0, end=0.07, top=0.03), 18, 7, 0, stretched)
    foam = Material(
        name="helmet",
        base_colour_map=_vented(colour, second),
        roughness=0.35,
        clearcoat=0.4,
        clearcoat_roughness=0.2,
    )
    straps = []
    for sign in (1.0, -1.0):
        for start in ((0.12, sign * 0.375, 0.72), (-0.2, sign * 0.345, 0.64)):
            middle = (0.03, sign * 0.35, 0.30)
            path = np.array([start, middle, (0.12, sign * 0.29, 0.1), (0.2, sign * 0.02, 0.005)])
            straps += [rod(a, b, 0.013, 4) for a, b in pairwise(path)]
    cloth = Material(name="strap", base_colour=(0.014, 0.014, 0.015, 1.0), roughness=0.8)
    return [(on_head(figure, dome), foam), (on_head(figure, join(straps)), cloth)]


@lru_cache(maxsize=24)
def _painted(colour: LinearColour, second: LinearColour) -> Texture:
    u = ((np.arange(256) + 0.5) / 256)[None, :]
    v = ((np.arange(128) + 0.5) / 128)[:, None]
    stripe = smoothstep(0.035, 0.03, np.abs(np.abs(u - 0.5) - 0.22 - 0.25 * (v - 0.5)))
    crest = smoothstep(0.05, 0.045, np.abs(u - 0.5)) + smoothstep(0.05, 0.045, np.minimum(u, 1 - u))
    mask = np.clip(stripe + crest * (v < 0.4), 0, 1)[..., None]
    image = np.array(colour) * (1 - mask) + np.array(second) * mask
    return make_texture(encode_srgb(image), is_srgb=True, wrap_uv=("repeat", "clamp"))


def _globe(columns: int, rows: int) -> tuple[Floats, Floats]:
    """Angles around and down of the points of a full-face helmet."""
    return np.arange(columns) * 2 * np.pi / columns - np.pi, np.linspace(0.12, 2.45, rows)


def _helmet_points(angle: Floats, polar: Floats, grow: float) -> Floats:
    c, s = np.cos(angle), np.sin(angle)
    ahead = np.clip(c, 0, 1) ** 2
    half_x = np.where(c > 0, 0.56, 0.60) + 0.10 * ahead * np.clip((polar - 1.7) / 0.4, 0, 1)
    flat = np.stack([half_x * np.sin(polar) * c, 0.53 * np.sin(polar) * s, 0.56 * np.cos(polar)], axis=1)
    return np.asarray(flat * (1 + grow) + [-0.01, 0.0, 0.52], np.float64)


def motorcycle_helmet_pieces(figure: Figure, colour: LinearColour, second: LinearColour) -> Pieces:
    """Return a full-face helmet with a closed dark visor."""
    columns, rows = 22, 11
    around, down = _globe(columns, rows)
    cage = Cage()
    rings = []
    for polar in down:
        # The eye port is let in under the visor.
        port = (np.abs(around) < 1.25) & (1.28 < polar < 1.86)
        rings.append(
            cage.ring(
                _helmet_points(around, np.full(columns, polar), 0.0) - 0.03 * port[:, None] * [1, 0, 0], np.ones(1)
            )
        )
    neck = cage.ring(_helmet_points(around, np.full(columns, down[-1]), -0.12) + np.array([0.0, 0.0, 0.06]), np.ones(1))
    rings.append(neck)
    for row in range(len(rings) - 1):
        cage.bridge(rings[row], rings[row + 1], (0.0, 1.0), (row / rows, (row + 1) / rows), flip=True)
    cage.cap(rings[0], (0.5, 0.0))
    cage.cap(rings[-1], (0.5, 1.0), flip=True)
    globe = cage.coarse_surface(cage.positions_n3()).mesh()
    glossy = Material(
        name="helmet",
        base_colour_map=_painted(colour, second),
        roughness=0.3,
        clearcoat=0.9,
        clearcoat_roughness=0.06,
    )
    tinted = Material(name="visor", base_colour=(0.012, 0.013, 0.016, 1.0), roughness=0.06, clearcoat=0.6)
    return [(on_head(figure, globe), glossy), (on_head(figure, _visor()), tinted)]


def _visor() -> Mesh:
    """A bent plate over the eye port, closed."""
    angles = np.linspace(-1.42, 1.42, 11)
    cage = Cage()
    rows = []
    for polar in np.linspace(1.22, 1.92, 4):
        squeeze = polar + (1.57 - polar) * 0.35 * (np.abs(angles) / 1.42) ** 3
        rows.append((_helmet_points(angles, squeeze, 0.035), _helmet_points(angles, squeeze, -0.03)))
    rings = [cage.ring(np.concatenate([outer, inner[::-1]]), np.ones(1)) for outer, inner in rows]
    for row in range(len(rings) - 1):
        cage.bridge(rings[row], rings[row + 1], (0.0, 1.0), (row / 3, (row + 1) / 3), flip=True)
    cage.cap(rings[0], (0.5, 0.0))
    cage.cap(rings[-1], (0.5, 1.0), flip=True)
    return cage.coarse_surface(cage.positions_n3()).mesh()

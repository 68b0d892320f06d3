"""Light that the surfaces of a room throw back at what stands in it: a map without lamps or windows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import EnvironmentMap
from synthvision.library.parameters import Choice, Integer, ProceduralAsset
from synthvision.library.procedural.noise import fbm
from synthvision.library.procedural.skies.directions import direction_grid, environment_map

__all__ = ["INDOORS"]

# Radiance of floor, walls and ceiling, relative to each other, linear.
_TONES: dict[str, tuple[tuple[float, float, float], tuple[float, float, float], tuple[float, float, float]]] = {
    "white": ((0.30, 0.27, 0.24), (0.62, 0.61, 0.59), (0.60, 0.60, 0.59)),
    "warm": ((0.30, 0.23, 0.17), (0.62, 0.54, 0.44), (0.60, 0.57, 0.53)),
    "cool": ((0.25, 0.26, 0.27), (0.50, 0.54, 0.57), (0.56, 0.58, 0.60)),
    "hall": ((0.36, 0.35, 0.33), (0.40, 0.40, 0.39), (0.26, 0.26, 0.26)),
}


def _build(params: Mapping[str, Any]) -> EnvironmentMap:
    floor, wall, ceiling = (np.array(tone, np.float32) for tone in _TONES[params["tone"]])
    rng = rng_for(params["design"], 0, "sky.indoors")
    rise = direction_grid().z
    shape = (rise.shape[0], rise.shape[1])
    # Where walls end, seen from the middle of a room twice as wide as high.
    skew = 0.06 * fbm(rng, shape, (2, 4), 2, 0.5)
    up = np.clip((rise - 0.5 + skew) / 0.16, 0.0, 1.0)[..., None]
    down = np.clip((-rise - 0.42 + skew) / 0.16, 0.0, 1.0)[..., None]
    picture = wall + (ceiling - wall) * up
    picture = picture + (floor - picture) * down
    # Things along the walls, and the fall of light towards the corners.
    clutter = fbm(rng, shape, (6, 16), 4, 0.6)
    low = np.clip((0.15 - rise) / 0.3, 0.0, 1.0) * np.clip((rise + 0.6) / 0.2, 0.0, 1.0)
    shade = 1.0 + 0.1 * fbm(rng, shape, (2, 3), 2, 0.5) - 0.35 * low * np.clip(clutter, -0.3, 1.2)
    picture = picture * shade[..., None]
    return environment_map(np.asarray(np.clip(picture, 0.02, None), np.float32))


INDOORS = ProceduralAsset(
    name="indoors",
    kind="environment",
    category="environment",
    parameters={"tone": Choice(tuple(_TONES), "white"), "design": Integer(0, 5, 0)},
    build=_build,
    tags=("indoor", "bounce", "soft"),
    description="Light that floor, walls and ceiling of a room throw back, without lamps and windows.",
)

"""Views of the shadow maps of suns: one, or several where near things would show the texels of one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from synthvision.render.opengl.drawlist import DrawList
from synthvision.render.opengl.shadow_stage import (
    LARGE_MARGIN_TEXELS,
    MARGIN_TEXELS,
    WIDEST_TEXELS,
    ShadowView,
    Stage,
    draws_in_view,
    light_axes,
)
from synthvision.scene import SunLight

__all__ = ["key_view", "sun_views"]

#: A sun has this many maps where one would show its texels.
_CASCADES = 3
#: Texels of one map may be so many times as wide as the nearest pixels.
_COARSE_TEXELS = 3.0
#: How far the maps' depths lie between equal ratios (0) and even steps (1).
_EVEN_SPLIT = 0.25
#: Soft lights of the sky have finer maps than their penumbras ask for: things must not come loose from their shadows.
_KEY_BLUR_SHARE = 0.2
#: No map is reduced below this side.
_SMALLEST_SIDE_PX = 128

Float = NDArray[np.float64]


def sun_views(stage: Stage, light: SunLight, budget: int) -> list[ShadowView]:
    """Return the views of a sun: one, or the finest first, up to all that is seen.

    Args:
        stage: What they are fitted to.
        light: The sun.
        budget: How many there may be.
    """
    direction = np.asarray(light.direction_xyz, np.float64)
    axes = light_axes(-direction)
    casters = stage.casters(np.append(direction, 0.0), frozenset())
    whole = _sun_view(stage, light, axes, casters, np.ones(len(stage.seen_n3), np.bool_))
    if budget < _CASCADES or not casters or not len(stage.seen_n3):
        return [whole]
    nearer = [_sun_view(stage, light, axes, casters, stage.seen_depth_n <= split) for split in _splits(stage, whole)]
    return [*nearer, whole]


def key_view(stage: Stage, light: SunLight, left_out: frozenset[int]) -> ShadowView:
    """Return the view of a soft light of the sky: half as fine, for such shadows are blurred.

    Args:
        stage: What it is fitted to.
        light: The light.
        left_out: Objects that throw no shadow.
    """
    direction = np.asarray(light.direction_xyz, np.float64)
    casters = [index for index in stage.casters(np.append(direction, 0.0), frozenset()) if index not in left_out]
    coarse = replace(stage, side_px=max(stage.side_px // 2, _SMALLEST_SIDE_PX))
    everything = np.ones(len(stage.seen_n3), np.bool_)
    return _sun_view(coarse, light, light_axes(-direction), casters, everything, LARGE_MARGIN_TEXELS, _KEY_BLUR_SHARE)


def _splits(stage: Stage, whole: ShadowView) -> list[float]:
    """Return up to which depths the nearer maps of a sun reach, none where one map is fine enough.

    They lie between even steps and equal ratios (Zhang et al. 2006, "Parallel-Split Shadow Maps").
    """
    near, far = (float(depth) for depth in np.quantile(stage.seen_depth_n, [0.02, 0.98]))
    pixel_m = near / max(stage.draw_list.scene.camera.focal_xy_px)
    if whole.size[0] <= _COARSE_TEXELS * pixel_m or far < 3 * near:
        return []
    shares = [k / _CASCADES for k in range(1, _CASCADES)]
    even = [near + (far - near) * share for share in shares]
    ratio = [near * (far / near) ** share for share in shares]
    return [_EVEN_SPLIT * a + (1 - _EVEN_SPLIT) * b for a, b in zip(even, ratio, strict=True)]


def _sun_view(
    stage: Stage,
    light: SunLight,
    axes: Float,
    casters: list[int],
    chosen: NDArray[np.bool_],
    margin_px: int = MARGIN_TEXELS,
    blur_share: float = 1.0,
) -> ShadowView:
    """Return the view that holds what can throw a shadow onto chosen ones of the seen points.

    There are `margin_px` free texels around that. The widest filter covers `blur_share` of the widest penumbra.
    """
    side_px = stage.side_px
    seen = stage.seen_n3[chosen]
    low, high, throw_m = np.zeros(3), np.ones(3), 0.0
    if casters and len(seen):
        receivers = seen @ axes.T
        corners = (stage.corners_n83[casters] @ axes.T).reshape(-1, 3)
        # One grid cell of slack: what lies between the sampled pixels.
        slack = 0.05 * (receivers.max(axis=0) - receivers.min(axis=0))
        low = np.maximum(corners.min(axis=0), receivers.min(axis=0) - slack)
        high = np.minimum(corners.max(axis=0), receivers.max(axis=0) + slack)
        low[2] = min(corners[:, 2].min(), receivers[:, 2].min())
        high[2] = max(corners[:, 2].max(), receivers[:, 2].max())
        throw_m = _throw_m(stage.draw_list, light, float(seen[:, 2].min()))
    centre, half = (low + high) / 2, np.maximum((high - low) / 2, 1e-3)
    half[:2] *= side_px / (side_px - 2 * margin_px)
    half[2] = half[2] * 1.02 + 1e-3
    # A wide penumbra must fit under the widest filter: a soft light has no use for a fine map.
    tangent = float(np.tan(light.angular_diameter_rad / 2))
    half[:2] = np.maximum(half[:2], blur_share * tangent * throw_m / WIDEST_TEXELS * side_px / 2)
    clip = np.eye(4)
    clip[:3, :3] = axes / half[:, None]
    clip[:3, 3] = -centre / half
    texel, depth_m = 2 * float(half[:2].max()) / side_px, 2 * float(half[2])
    return ShadowView(
        clip_from_world=clip,
        size=(texel, 0.0, depth_m, 0.0),
        shape=(tangent, 0.0, 0.0, tangent),
        side_px=side_px,
        texel_depth=texel / depth_m,
        draws=draws_in_view(stage, clip, casters, frozenset()),
    )


def _throw_m(draw_list: DrawList, light: SunLight, lowest_z_m: float) -> float:
    """Return how far along the light shadows are thrown: from the highest object to the lowest seen point at most.

    Among much larger things (a bowl on a table on a floor) the shadows that count are those as long as most objects.
    """
    highest = max(item.world_23[1, 2] for item in draw_list.objects)
    height = min(max(highest - lowest_z_m, 0.0), 1.5 * draw_list.typical_size_m)
    return float(height / max(abs(light.direction_xyz[2]), 0.3))

"""Views of the shadow maps of lamps: one that holds all that throws a shadow, or the faces of a cube."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synthvision.render.opengl.lights import Lamp, rect_axes
from synthvision.render.opengl.shadow_stage import (
    LARGE_MARGIN_TEXELS,
    MARGIN_TEXELS,
    WIDEST_TEXELS,
    ShadowView,
    Stage,
    draws_in_view,
    light_axes,
)
from synthvision.scene import RectLight, SpotLight, SunLight

__all__ = ["ahead_view", "cube_views", "fitted_view", "has_casters", "spot_view"]

#: One view reaches so far to the side: above that a cube has finer texels.
_WIDEST_TANGENT = 2.2
#: Maps are finer than the widest penumbras ask for: things must not come loose from their shadows.
_BLUR_SHARE = 0.35
#: No map is reduced below this side.
_SMALLEST_SIDE_PX = 128

Float = NDArray[np.float64]
#: Left, right, bottom and top of a view, as tangents.
Window = tuple[float, float, float, float]


def has_casters(stage: Stage, lamp: Lamp) -> bool:
    """Return whether anything can stand in the light of a lamp."""
    return bool(_casters(stage, lamp))


def spot_view(stage: Stage, lamp: Lamp, light: SpotLight) -> ShadowView:
    """Return the view of a spot over its cone."""
    reach = float(np.tan(light.outer_angle_rad))
    return _lamp_view(
        stage, lamp, light_axes(np.asarray(light.direction_xyz, np.float64)), (-reach, reach, -reach, reach)
    )


def ahead_view(stage: Stage, lamp: Lamp) -> ShadowView:
    """Return a view straight ahead of a rectangle, where most of its light goes."""
    reach = _WIDEST_TANGENT
    return _lamp_view(stage, lamp, _facing_axes(lamp), (-reach, reach, -reach, reach))


def fitted_view(stage: Stage, lamp: Lamp) -> ShadowView | None:
    """Return one view over all that a point or rectangle throws a shadow of, or None where no view is so wide."""
    corners = stage.corners_n83[_casters(stage, lamp)] - _position(lamp)
    seen = stage.seen_n3 - _position(lamp)
    if isinstance(lamp.light, RectLight):
        axes = _facing_axes(lamp)
        # What lies behind the rectangle's plane is in nobody's light.
        corners = corners[(corners @ axes[2]).max(axis=1) > 0]
        seen = seen[seen @ axes[2] > 0]
    else:
        middle = corners.mean(axis=1)
        forward = (middle / np.maximum(np.linalg.norm(middle, axis=1, keepdims=True), 1e-9)).sum(axis=0)
        if np.linalg.norm(forward) < 1e-6:
            return None
        axes = light_axes(forward)
    window = _window(corners.reshape(-1, 3) @ axes.T, slack=0.01)
    if window is None or max(abs(value) for value in window) > _WIDEST_TANGENT:
        return None
    # Shadows that fall where nothing is seen are no use; 5 % for what lies between the sampled pixels.
    shown = _window(seen @ axes.T, slack=0.05)
    if shown is not None:
        left, right = max(window[0], shown[0]), min(window[1], shown[1])
        bottom, top = max(window[2], shown[2]), min(window[3], shown[3])
        if left < right and bottom < top:
            window = (left, right, bottom, top)
    return _lamp_view(stage, lamp, axes, window)


def cube_views(stage: Stage, lamp: Lamp) -> list[tuple[int, ShadowView]]:
    """Return the faces of a cube around a lamp that hold something which throws a shadow onto something seen.

    Each comes with its number, which counts +x, -x, +y, -y, +z, -z of the light's axes.
    """
    flat = isinstance(lamp.light, RectLight)
    frame = rect_axes(lamp.light) if isinstance(lamp.light, RectLight) else np.eye(3)
    directions = (stage.seen_n3 - _position(lamp)) @ frame.T
    axis = np.argmax(np.abs(directions), axis=1)
    sign = np.take_along_axis(directions, axis[:, None], axis=1)[:, 0] < 0
    wanted = np.bincount(2 * axis + sign, minlength=6)
    views = []
    for face in range(6):
        if not wanted[face] or (face == 5 and flat):
            continue
        forward = frame[face // 2] * (-1.0 if face % 2 else 1.0)
        right, up = frame[(face // 2 + 2) % 3], frame[(face // 2 + 1) % 3]
        # Seen along the negative axis the other two change places: a view must not be a mirror image.
        axes = np.stack([up, right, forward] if face % 2 else [right, up, forward])
        view = _lamp_view(stage, lamp, axes, (-1.0, 1.0, -1.0, 1.0))
        if view.draws:
            views.append((face, view))
    return views


def _window(points_n3: Float, slack: float) -> Window | None:
    """Return what holds points given along right, up and forward, or None where some are not ahead."""
    if not len(points_n3) or points_n3[:, 2].min() <= 1e-6:
        return None
    tangents = points_n3[:, :2] / points_n3[:, 2:]
    low, high = tangents.min(axis=0), tangents.max(axis=0)
    more = slack * (high - low) + 1e-3
    return float(low[0] - more[0]), float(high[0] + more[0]), float(low[1] - more[1]), float(high[1] + more[1])


def _position(lamp: Lamp) -> Float:
    if isinstance(lamp.light, SunLight):
        raise TypeError("a sun has no position")
    return np.asarray(lamp.light.position_m, np.float64)


def _radius_m(lamp: Lamp) -> float:
    light = lamp.light
    if isinstance(light, RectLight):
        return 0.5 * float(np.sqrt(light.size_wh_m[0] * light.size_wh_m[1]))
    return 0.0 if isinstance(light, SunLight) else light.radius_m


def _facing_axes(lamp: Lamp) -> Float:
    """Return right, up and forward of a view straight ahead of a rectangle, along its sides."""
    if not isinstance(lamp.light, RectLight):
        raise TypeError("only a rectangle faces one way")
    along, up, forward = rect_axes(lamp.light)
    return np.stack([along, -up, forward])


def _casters(stage: Stage, lamp: Lamp) -> list[int]:
    return stage.casters(np.append(_position(lamp), 1.0), lamp.own_draws)


def _depth_range(stage: Stage, lamp: Lamp, axes: Float, casters: list[int]) -> tuple[float, float]:
    """Return near and far of a lamp's view: around what throws shadows, and as far as anything."""
    along = (stage.corners_n83 - _position(lamp)) @ axes[2]
    farthest = max(float(along.max(initial=0.0)), 0.01)
    nearest, beyond = along[casters].min(axis=1, initial=np.inf), along[casters].max(axis=1, initial=-np.inf)
    ahead = nearest[beyond > 0]
    near = max(0.9 * float(ahead.min(initial=farthest)), 0.002 * farthest)
    if not isinstance(lamp.light, RectLight):
        near = max(near, 0.5 * _radius_m(lamp))
    return near, max(farthest * 1.01, near * 2)


def _lamp_view(stage: Stage, lamp: Lamp, axes: Float, window: Window) -> ShadowView:
    """Return the view of a lamp along the last of `axes`, over a window that is widened to a square."""
    position, casters = _position(lamp), _casters(stage, lamp)
    left, right, bottom, top = window
    reach = max(right - left, top - bottom) / 2
    side_px = _useful_side_px(stage, lamp, reach)
    near, far = _depth_range(stage, lamp, axes, casters)
    margin_px = LARGE_MARGIN_TEXELS if isinstance(lamp.light, RectLight) else MARGIN_TEXELS
    reach *= side_px / (side_px - 2 * margin_px)
    view = np.eye(4)
    view[:3, :3] = axes
    view[:3, 3] = -axes @ position
    clip = np.zeros((4, 4))
    clip[0, 0] = clip[1, 1] = 1 / reach
    clip[0, 2], clip[1, 2] = -(left + right) / 2 / reach, -(bottom + top) / 2 / reach
    clip[2, 2], clip[2, 3] = (far + near) / (far - near), -2 * far * near / (far - near)
    clip[3, 2] = 1.0
    clip = clip @ view
    texel = 2 * reach / side_px
    # Map depth changes by near * far / (far - near) / z^2 per metre, and a texel is `texel` * z wide.
    return ShadowView(
        clip_from_world=clip,
        size=(texel, near, far, 1.0),
        shape=_shape(lamp, axes),
        side_px=side_px,
        texel_depth=texel * near / (far - near),
        draws=draws_in_view(stage, clip, casters, lamp.own_draws),
    )


def _shape(lamp: Lamp, axes: Float) -> tuple[float, float, float, float]:
    """Return the half extents of a lamp along right and up of a view."""
    if not isinstance(lamp.light, RectLight):
        radius = _radius_m(lamp)
        return radius, 0.0, 0.0, radius
    along, up, _ = rect_axes(lamp.light)
    width, height = lamp.light.size_wh_m
    x, y = width / 2 * (axes[:2] @ along), height / 2 * (axes[:2] @ up)
    return float(x[0]), float(x[1]), float(y[0]), float(y[1])


def _useful_side_px(stage: Stage, lamp: Lamp, reach: float) -> int:
    """Return the side of a lamp's map at which most penumbras fit under the widest filter."""
    side_px = stage.side_px
    if not len(stage.seen_n3):
        return side_px
    distance = max(float(np.median(np.linalg.norm(stage.seen_n3 - _position(lamp), axis=1))), 1e-6)
    thrown = min(1.5 * stage.draw_list.typical_size_m, 0.5 * distance)
    penumbra = _radius_m(lamp) * thrown / (distance - thrown) / distance
    while side_px >= 2 * _SMALLEST_SIDE_PX and _BLUR_SHARE * penumbra > WIDEST_TEXELS * 2 * reach / side_px:
        side_px //= 2
    return side_px

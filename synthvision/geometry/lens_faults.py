"""Lenses that cannot be: a distortion that folds the picture, and what would be allowed instead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import UsageError
from synthvision.geometry.lenses import LensModel, project_rays, ray_reach, unproject_rays

__all__ = ["check_lens", "lens_fault"]

Float = NDArray[np.float64]

_STEPS_ALONG_BORDER = 24
_STEPS_INSIDE = 12
_HALVINGS = 24
_LARGEST_K1 = 16.0


def check_lens(model: LensModel, size_wh: tuple[int, int]) -> None:
    """Refuse a lens that does not map a picture one to one.

    Raises:
        UsageError: The distortion folds inside the picture; the message gives the allowed range.
    """
    fault = lens_fault(model, size_wh)
    if fault is not None:
        raise UsageError(fault)


def lens_fault(model: LensModel, size_wh: tuple[int, int]) -> str | None:
    """Return why a lens cannot make pictures of a size, with what is allowed, or None where it can.

    A distortion polynomial must grow over the whole picture, corners included; where it turns back, two directions
    fall on one pixel. A fisheye may end inside the picture, but only at its `max_angle_rad`.

    Args:
        model: The lens.
        size_wh: Size of the picture in pixels.
    """
    if not _folds(model, size_wh):
        return None
    reach = ray_reach(model)
    corners = np.array([(x, y) for x in (0, size_wh[0]) for y in (0, size_wh[1])], np.float64)
    corner = float(np.hypot(*(corners - np.array(model.centre_xy_px)).T).max())
    ends = ""
    if np.isfinite(reach):
        angle = reach if model.kind == "kannala_brandt" else float(np.arctan(reach))
        turn = project_rays(model, [[np.sin(angle * 0.9999), 0.0, np.cos(angle * 0.9999)]])[0, 0]
        ends = (
            f": it turns back {angle * 180 / np.pi:.1f} degrees off the axis, about {turn - model.centre_xy_px[0]:.0f} "
            f"px from the principal point, but the picture's farthest corner lies {corner:.0f} px from it"
        )
    rule = f"the distortion must map the whole picture one to one, but it folds the image{ends}"
    return f"{rule}; {_allowed(model, size_wh)}"


def _folds(model: LensModel, size_wh: tuple[int, int]) -> bool:
    if model.kind == "pinhole":
        return False
    if model.kind == "kannala_brandt":
        if ray_reach(model) == model.max_angle_rad:
            return False
        return bool(np.isnan(unproject_rays(model, _border(size_wh))).any())
    return bool(np.isnan(unproject_rays(model, np.vstack([_border(size_wh), _inside(size_wh)]))).any())


def _border(size_wh: tuple[int, int]) -> Float:
    """Return points along the picture's outline; at the corners the outer edges of the corner pixels."""
    width, height = size_wh
    share = np.linspace(0.0, 1.0, _STEPS_ALONG_BORDER + 1)
    zero, one = np.zeros_like(share), np.ones_like(share)
    around = [np.column_stack(pair) for pair in ((share, zero), (share, one), (zero, share), (one, share))]
    return np.vstack(around) * np.array([width, height], np.float64)


def _inside(size_wh: tuple[int, int]) -> Float:
    share = (np.arange(_STEPS_INSIDE) + 0.5) / _STEPS_INSIDE
    return np.array([(x, y) for x in share for y in share]) * np.array(size_wh, np.float64)


def _allowed(model: LensModel, size_wh: tuple[int, int]) -> str:
    k = model.coefficients

    def with_k1(value: float) -> LensModel:
        return replace(model, coefficients=(value, *k[1:]))

    if model.kind == "kannala_brandt":
        reach = ray_reach(model)
        angle = f"max_angle_deg must be at most {np.floor(reach * 1800 / np.pi) / 10:.1f}"
        if _folds(with_k1(_LARGEST_K1), size_wh):
            return angle
        least = _edge(lambda value: _folds(with_k1(value), size_wh), k[0], _LARGEST_K1)
        return f"{angle}, or k1 at least {_rounded_up(least)} with the other coefficients as they are"
    if not _folds(with_k1(_LARGEST_K1), size_wh):
        least = _edge(lambda value: _folds(with_k1(value), size_wh), k[0], _LARGEST_K1)
        return f"k1 must be at least {_rounded_up(least)} with the other coefficients as they are, got {k[0]:g}"
    share = _edge(lambda value: _folds(replace(model, coefficients=tuple(value * c for c in k)), size_wh), 1.0, 0.0)
    return f"all coefficients must be at most {np.floor(share * 1000) / 1000:g} times what they are, got {list(k)}"


def _edge(folds: Callable[[float], bool], wrong: float, right: float) -> float:
    """Return the value nearest to `wrong` that does not fold, between one that folds and one that does not."""
    for _ in range(_HALVINGS):
        middle = (wrong + right) / 2
        if folds(middle):
            wrong = middle
        else:
            right = middle
    return right


def _rounded_up(value: float) -> str:
    return f"{np.ceil(value * 1000) / 1000:g}"

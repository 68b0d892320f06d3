"""Depth, normals, flow and ids as pictures that a person can read, and their numbers at one pixel."""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import DatasetError
from synthvision.dataset.manifest import LayerName

__all__ = ["colour_layer", "id_colours", "probe_layer"]

_NOTHING = (20, 23, 28)
# The golden ratio leaves the largest gap between the hues of any number of ids in a row.
_GOLDEN = 0.618033988749895

Rgb = NDArray[np.uint8]


def colour_layer(name: LayerName, pixels: NDArray[Any]) -> tuple[Rgb, str]:
    """Return a picture of a layer and a line that says how to read it.

    Depth is drawn by its inverse, so that what is near has most colours; normals with x to the right, y up and z
    towards the camera as red, green and blue; flow with its direction as hue and its length as saturation.

    Args:
        name: Which layer, not ``image`` or ``render``.
        pixels: As `dataset.images.decode_layer` gives it.

    Returns:
        uint8 (height, width, 3), and the line.

    Raises:
        DatasetError: There is no such picture of this layer.
    """
    if name == "depth":
        return _depth(pixels)
    if name == "normals":
        seen = np.any(pixels != 0, axis=-1)
        shown = np.clip((pixels * np.array([1.0, -1.0, -1.0], np.float32) + 1) * 127.5, 0, 255).astype(np.uint8)
        shown[~seen] = _NOTHING
        return shown, "red: right, green: up, blue: towards the camera"
    if name in ("flow_forward", "flow_backward"):
        return _flow(pixels)
    if name in ("ids", "semantic"):
        used = np.unique(pixels)
        table = np.zeros((int(pixels.max(initial=0)) + 1, 3), np.uint8)
        table[used] = id_colours(used)
        return table[pixels], f"{len(used[used > 0])} {'objects' if name == 'ids' else 'classes'}"
    raise DatasetError(f"a layer that is shown in colours must be depth, normals, flow, ids or semantic, got {name}")


def id_colours(ids: NDArray[Any]) -> Rgb:
    """Return a colour for each id, uint8 (n, 3); 0 is dark.

    Example:
        >>> id_colours(np.array([0, 1, 1])).tolist()
        [[20, 23, 28], [88, 133, 242], [88, 133, 242]]
    """
    number = ids.astype(np.float64)
    hue = (number * _GOLDEN) % 1.0
    value = 0.95 - 0.25 * ((number // 3) % 2)
    hsv = np.stack([hue * 360, 0.635 * np.ones_like(hue), value], axis=-1).astype(np.float32)
    rgb = cv2.cvtColor(hsv[None], cv2.COLOR_HSV2RGB)[0]
    shown = np.asarray(np.clip(np.rint(rgb * 255), 0, 255), np.uint8)
    shown[ids == 0] = _NOTHING
    return shown


def probe_layer(name: LayerName, pixels: NDArray[Any], x: int, y: int) -> list[float | None]:
    """Return the numbers of a layer at a pixel; None for what is infinite or not known.

    Args:
        name: Which layer, for the error.
        pixels: As `dataset.images.decode_layer` gives it.
        x: Column, from 0.
        y: Row, from 0.

    Raises:
        DatasetError: The pixel is outside of the layer.
    """
    height, width = pixels.shape[:2]
    if not (0 <= x < width and 0 <= y < height):
        raise DatasetError(f"a pixel of {name} must be inside {width} x {height}, got {x}, {y}")
    values = np.atleast_1d(pixels[y, x]).tolist()
    return [float(f"{value:.6g}") if math.isfinite(value) else None for value in values]


def _depth(depth_m_hw: NDArray[Any]) -> tuple[Rgb, str]:
    finite = np.isfinite(depth_m_hw) & (depth_m_hw > 0)
    shown = np.empty((*depth_m_hw.shape, 3), np.uint8)
    shown[:] = _NOTHING
    if not finite.any():
        return shown, "nothing is seen"
    near, far = np.percentile(depth_m_hw[finite], (1, 99)).tolist()
    inverse = 1 / depth_m_hw[finite].astype(np.float64)
    low, high = 1 / far, 1 / near
    share = np.clip((inverse - low) / max(high - low, 1e-12), 0, 1)
    coloured = cv2.applyColorMap((share * 255).astype(np.uint8).reshape(-1, 1), cv2.COLORMAP_TURBO)
    shown[finite] = coloured[:, 0, ::-1]
    return shown, f"red: {near:.3g} m and nearer, blue: {far:.3g} m and farther"


def _flow(flow_hwc: NDArray[Any]) -> tuple[Rgb, str]:
    known = np.all(np.isfinite(flow_hwc), axis=-1)
    shown = np.empty((*flow_hwc.shape[:2], 3), np.uint8)
    shown[:] = _NOTHING
    if not known.any():
        return shown, "flow is known nowhere"
    u, v = flow_hwc[known].astype(np.float64).T
    length = np.hypot(u, v)
    longest = max(float(np.percentile(length, 99)), 1e-6)
    hue = (np.degrees(np.arctan2(v, u)) + 360) % 360
    hsv = np.stack([hue, np.clip(length / longest, 0, 1), np.ones_like(hue)], axis=-1).astype(np.float32)
    rgb = cv2.cvtColor(hsv[None], cv2.COLOR_HSV2RGB)[0]
    shown[known] = np.rint(rgb * 255).astype(np.uint8)
    return shown, f"hue: direction (red right, violet up), full colour: {longest:.3g} px and more"

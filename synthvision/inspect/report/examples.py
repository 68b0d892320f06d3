"""Single objects cut out of their pictures, enlarged, with their masks drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from synthvision.annotate.rle import encode_mask
from synthvision.core.errors import DatasetError
from synthvision.core.labels import InstanceLabel
from synthvision.core.run_lengths import decode_rle
from synthvision.dataset.reader import DatasetFrame
from synthvision.inspect.drawing import draw_frame
from synthvision.inspect.palette import Colour

__all__ = ["EXAMPLE_WIDTH_PX", "draw_example"]

#: Width and height of an example.
EXAMPLE_WIDTH_PX = 220
_SMALLEST_WINDOW_PX = 40
_ROOM = 1.8


def draw_example(frame: DatasetFrame, instance_id: int, colours: Mapping[str, Colour]) -> NDArray[np.uint8]:
    """Return a square window about one object, with its mask and box.

    Args:
        frame: The frame.
        instance_id: Which object; it has a visible pixel.
        colours: Colour of each class.

    Returns:
        uint8 (`EXAMPLE_WIDTH_PX`, `EXAMPLE_WIDTH_PX`, 3).

    Raises:
        DatasetError: The picture is missing or broken, or the object has no visible pixel.
    """
    label = next((item for item in frame.record.instances if item.instance_id == instance_id), None)
    if label is None or label.box_xyxy is None or label.rle is None:
        raise DatasetError(f"frame {frame.index}: object {instance_id} must have a visible pixel")
    rgb = frame.rgb()
    height, width = rgb.shape[:2]
    x1, y1, x2, y2 = label.box_xyxy
    side = int(min(max(_ROOM * max(x2 - x1, y2 - y1), _SMALLEST_WINDOW_PX), max(width, height)))
    left, top = (x1 + x2 - side) // 2, (y1 + y2 - side) // 2
    # Windows are moved into the picture as far as it is large enough; what it lacks is dark.
    left = int(np.clip(left, min(0, width - side), max(0, width - side)))
    top = int(np.clip(top, min(0, height - side), max(0, height - side)))
    window, mask = (_cut(pixels, left, top, side) for pixels in (rgb, decode_rle(label.rle).astype(np.uint8)))
    box = (x1 - left, y1 - top, x2 - left, y2 - top)
    moved: InstanceLabel = replace(label, rle=encode_mask(mask.astype(np.bool_)), box_xyxy=box)
    return draw_frame(window, [moved], colours, width=EXAMPLE_WIDTH_PX, tags=False)


def _cut(pixels: NDArray[np.uint8], left: int, top: int, side: int) -> NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    window = np.zeros((side, side, *pixels.shape[2:]), np.uint8)
    x1, y1, x2, y2 = max(left, 0), max(top, 0), min(left + side, width), min(top + side, height)
    window[y1 - top : y2 - top, x1 - left : x2 - left] = pixels[y1:y2, x1:x2]
    return window

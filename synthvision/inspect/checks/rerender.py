"""Checks against the scene drawn once more: what no label on disk can tell about another.

A picture and labels that were all flipped, shifted or taken from another frame agree with each other. The scene in
the record, drawn again, does not agree with them. Drawing is not this package's: the caller brings a function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.annotate.transmittance import mean_transmittances
from synthvision.core.frames import CapturedFrame
from synthvision.core.id_colours import decode_id_colours
from synthvision.dataset.manifest import LayerName
from synthvision.dataset.records import FrameRecord
from synthvision.inspect.checks.frame_view import FrameView, describe

__all__ = ["RERENDER_CHECKS", "Rerender", "Rerendered", "check_flat_colours", "interior_pixels"]

# Two drivers may differ by a pixel along an edge; on one driver nothing may differ.
_OTHER_DRIVER_SHARE = 1e-3
_SAME_DRIVER_LEVELS = 1
_OTHER_DRIVER_MEAN_LEVELS = 3.0
_SAME_DRIVER_SHARE = 1e-6
_FLOW_PX = 0.01
# An object of few pixels may have one more or less on another driver, at another distance.
_OTHER_DRIVER_TRANSMITTANCE = 0.02
# What a lens reads around a pixel: the nearest texels of its view, and labels half a pixel off.
_LENS_MARGIN_PX = 2


@dataclass(frozen=True, slots=True)
class Rerendered:
    """A frame drawn again from its record.

    Args:
        captured: Picture and labels.
        flat: The picture in which every object shows the colour that codes its id, through the whole picture path;
            None leaves that check out.
        exact: True where driver and versions are those that made the data set, so that every pixel must be equal.
    """

    captured: CapturedFrame
    flat: NDArray[np.uint8] | None = None
    exact: bool = True


Rerender = Callable[[FrameRecord], Rerendered]


def check_rerender_ids(view: FrameView, again: Rerendered) -> Iterator[str]:
    """The masks on disk are those of the scene drawn again."""
    expected, got = again.captured.labels.id_hw, view.id_image
    if expected.shape != got.shape:
        yield f"the masks must be {expected.shape[1]} x {expected.shape[0]} px, got {got.shape[1]} x {got.shape[0]}"
        return
    wrong = int(np.count_nonzero(expected != got))
    if wrong > (0 if again.exact else _OTHER_DRIVER_SHARE * got.size):
        hint = _explain(expected, got, lambda a, b: float(np.count_nonzero(a != b)))
        yield f"{wrong} of {got.size} pixels have another instance than in the scene drawn again{hint}"


def check_rerender_picture(view: FrameView, again: Rerendered) -> Iterator[str]:
    """The picture on disk, of a refined frame its render where that was kept, is that of the scene drawn again."""
    name: LayerName = "image" if view.record.realism is None else "render"
    got = view.pixels(name)
    expected = again.captured.rgb_hwc
    if got is None:
        return
    if expected.shape != got.shape:
        yield f"the picture must be {expected.shape[1]} x {expected.shape[0]} px, got {got.shape[1]} x {got.shape[0]}"
        return
    difference = cv2.absdiff(np.ascontiguousarray(expected), np.ascontiguousarray(got))
    lossless = view.manifest.layers[name].suffix == "png"
    if again.exact and lossless:
        wrong = int(np.count_nonzero(difference.max(axis=2) > _SAME_DRIVER_LEVELS))
        message = f"{wrong} of {got.shape[0] * got.shape[1]} pixels differ from the scene drawn again"
    else:
        mean = float(difference.mean())
        wrong = int(mean > _OTHER_DRIVER_MEAN_LEVELS)
        message = f"the picture differs by {mean:.1f} levels in the mean from the scene drawn again"
    if wrong:
        yield message + _explain(expected, got, lambda a, b: float(np.abs(a.astype(np.int16) - b).mean()))


def check_rerender_depth(view: FrameView, again: Rerendered) -> Iterator[str]:
    """The depth on disk is that of the scene drawn again."""
    got = view.pixels("depth")
    expected = again.captured.labels.depth_m_hw
    if got is None or got.shape != expected.shape:
        return
    both = np.isfinite(got) & np.isfinite(expected)
    apart = np.isfinite(got) != np.isfinite(expected)
    apart[both] = np.abs(got[both] - expected[both]) > 1e-3 * expected[both]
    wrong = int(apart.sum())
    if wrong > (0 if again.exact else _OTHER_DRIVER_SHARE * got.size):
        yield f"the depth of {wrong} of {got.size} pixels differs from the scene drawn again"


def check_rerender_flow(view: FrameView, again: Rerendered) -> Iterator[str]:
    """The flow on disk is that of the scene drawn again."""
    flows: tuple[tuple[LayerName, NDArray[np.float32] | None], ...] = (
        ("flow_forward", again.captured.flow_forward_hwc),
        ("flow_backward", again.captured.flow_backward_hwc),
    )
    for name, expected in flows:
        got = view.pixels(name)
        if got is None or expected is None or got.shape != expected.shape:
            continue
        near = np.isclose(got, expected, rtol=1e-3, atol=_FLOW_PX, equal_nan=True).all(axis=2)
        wrong = int(np.count_nonzero(~near))
        if wrong > (0 if again.exact else _OTHER_DRIVER_SHARE * near.size):
            yield f"{name} of {wrong} of {near.size} pixels differs from the scene drawn again"


def check_rerender_transmittance(view: FrameView, again: Rerendered) -> Iterator[str]:
    """What air and lens let through of every instance is what the scene drawn again says."""
    captured = again.captured
    if captured.labels.id_hw.shape != view.shape_hw:
        return
    pixels = {instance_id: int(mask.sum()) for instance_id, mask in view.visible.items()}
    tolerance = _SAME_DRIVER_SHARE if again.exact else _OTHER_DRIVER_TRANSMITTANCE
    for name, shares in (
        ("contrast_transmittance", captured.air_transmittance_hw),
        ("lens_transmittance", captured.lens_transmittance_hw),
    ):
        expected = mean_transmittances(view.id_image, shares, pixels)
        for label in view.record.instances:
            got = getattr(label, name)
            if label.instance_id in expected and abs(got - expected[label.instance_id]) > tolerance:
                yield (
                    f"{describe(label)}: {name} must be {expected[label.instance_id]:.6f} as in the scene drawn again, "
                    f"got {got:.6f}"
                )


def check_rerender_flat_colours(view: FrameView, again: Rerendered) -> Iterator[str]:
    """Ids sent as colours through the whole picture path come back as the masks on disk."""
    if again.flat is not None:
        lens = view.record.load_scene().camera.lens
        yield from check_flat_colours(view.id_image, again.flat, 1 if lens is None else _LENS_MARGIN_PX)


RerenderCheck = Callable[[FrameView, Rerendered], Iterator[str]]

RERENDER_CHECKS: tuple[RerenderCheck, ...] = (
    check_rerender_ids,
    check_rerender_picture,
    check_rerender_depth,
    check_rerender_flow,
    check_rerender_transmittance,
    check_rerender_flat_colours,
)


def check_flat_colours(id_hw: NDArray[np.uint16], rgb_hwc: NDArray[np.uint8], margin_px: int = 1) -> Iterator[str]:
    """Decoded colours are the id image on every interior pixel, and no shift of a pixel fits better.

    A pixel whose eight neighbours have its id is covered by one object alone, so antialiasing mixes nothing into it; a
    lens also reads the pixels around, so there the neighbours' neighbours count too. Labels that are shifted by a pixel
    put mixed pixels into the interior, which decode to other ids.

    Args:
        id_hw: uint16 (height, width), the labels.
        rgb_hwc: uint8 (height, width, 3), the picture in which every object shows the colour of its id.
        margin_px: How far from every other id a pixel is that must show its own colour.

    Yields:
        One sentence for each fault.
    """
    if rgb_hwc.shape[:2] != id_hw.shape:
        yield f"picture and labels must have one size, got {rgb_hwc.shape[:2]} and {id_hw.shape}"
        return
    decoded = decode_id_colours(rgb_hwc)
    wrong = interior_pixels(id_hw, margin_px) & (decoded != id_hw)
    if wrong.any():
        y, x = (int(value[0]) for value in np.nonzero(wrong))
        hint = _explain(decoded, id_hw, lambda a, b: float(np.count_nonzero(a != b)))
        yield (
            f"{int(wrong.sum())} interior pixels show another object than the labels say, first at ({x}, {y}): "
            f"picture {int(decoded[y, x])}, labels {int(id_hw[y, x])}{hint}"
        )
        return
    agreement = {
        shift: int(np.count_nonzero(_overlap(decoded, shift) == _overlap(id_hw, (-shift[0], -shift[1]))))
        / (_overlap(id_hw, shift).size or 1)
        for shift in ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1))
    }
    best = max(agreement, key=lambda shift: (agreement[shift], shift == (0, 0)))
    if best != (0, 0):
        yield f"the labels fit the picture better when they are moved by {best} px"


def interior_pixels(id_hw: NDArray[np.uint16], margin_px: int = 1) -> NDArray[np.bool_]:
    """Return which pixels have the id of all pixels up to `margin_px` away; those beyond the border count as equal.

    Args:
        id_hw: uint16 (height, width).
        margin_px: 1 looks at the eight neighbours.
    """
    kernel = np.ones((2 * margin_px + 1, 2 * margin_px + 1), np.uint8)
    interior: NDArray[np.bool_] = cv2.erode(id_hw, kernel) == cv2.dilate(id_hw, kernel)
    return interior


def _overlap(image: NDArray[Any], shift_xy: tuple[int, int]) -> NDArray[Any]:
    """Return the part of an image that stays when it is moved by `shift_xy` and laid on itself."""
    x, y = shift_xy
    height, width = image.shape[:2]
    return image[max(-y, 0) : height - max(y, 0), max(-x, 0) : width - max(x, 0)]


def _explain(expected: NDArray[Any], got: NDArray[Any], distance: Callable[[NDArray[Any], NDArray[Any]], float]) -> str:
    """Return which simple change makes two images nearly equal, as the end of a sentence."""
    now = distance(expected, got)
    tries = {
        "is flipped left to right": got[:, ::-1],
        "is flipped top to bottom": got[::-1],
        "is turned upside down": got[::-1, ::-1],
        **{
            f"is shifted by ({-x}, {-y}) px": np.roll(got, (y, x), axis=(0, 1))
            for x in (-2, -1, 0, 1, 2)
            for y in (-2, -1, 0, 1, 2)
            if (x, y) != (0, 0)
        },
    }
    scores = {name: distance(expected, changed) for name, changed in tries.items()}
    best = min(scores, key=scores.__getitem__)
    return f"; it looks as if it {best}" if scores[best] < 0.5 * now else ""

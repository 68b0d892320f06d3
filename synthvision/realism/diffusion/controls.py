"""What ControlNets see of a render: pictures of depth, edges, classes and normals, in the form they were trained on."""

from __future__ import annotations

import colorsys
from collections.abc import Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import UsageError
from synthvision.realism.diffusion.config import ControlSpec
from synthvision.realism.refiner import RefineInput

__all__ = [
    "class_colour",
    "control_picture",
    "depth_picture",
    "edge_picture",
    "id_edges",
    "normal_picture",
    "segmentation_picture",
]

#: Thresholds of the step between neighbouring pixels, 8-bit levels, as ControlNets for Canny edges were trained with.
_CANNY = (100, 200)

#: Share of the nearest pixels that are drawn as white: a thing that touches the lens would turn all others black.
_NEAREST = 0.002

# Hues by the golden ratio: however many classes there are, neighbours by number are far apart.
_GOLDEN = 0.6180339887498949


def control_picture(spec: ControlSpec, given: RefineInput) -> NDArray[np.uint8]:
    """Return the picture that one ControlNet is given, uint8 (height, width, 3).

    Args:
        spec: Which picture.
        given: The frame, with depth or normals where the picture is made of them.

    Raises:
        UsageError: The frame comes without depth or normals, or the palette names a class that the frame's data set
            does not have.
    """
    if spec.picture == "render":
        return given.rgb_hwc
    if spec.picture == "edges":
        return edge_picture(given.rgb_hwc, given.id_hw)
    if spec.picture == "segmentation":
        names = {label.instance_id: label.category for label in given.record.instances if label.category is not None}
        return segmentation_picture(given.class_hw, given.id_hw, names, spec.palette)
    if spec.picture == "depth":
        if given.depth_m_hw is None:
            raise UsageError(
                f"frame {given.frame}: a control by depth must be given depth; render with output.depth=true"
            )
        return depth_picture(given.depth_m_hw)
    if given.normal_hwc is None:
        raise UsageError(
            f"frame {given.frame}: a control by normals must be given normals; render with output.normals=true"
        )
    return normal_picture(given.normal_hwc)


def depth_picture(depth_m_hw: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return inverse depth as grey, near white and far black, as MiDaS gives it (Ranftl et al. 2020).

    It is scaled to the picture: the nearest 0.2 % of the pixels are white, and black is the farthest pixel, or infinity
    where something is infinitely far.

    Args:
        depth_m_hw: float32 (height, width), metres, +inf where nothing is seen.

    Returns:
        uint8 (height, width, 3); all black where nothing is seen.
    """
    seen = np.isfinite(depth_m_hw) & (depth_m_hw > 0)
    inverse = np.zeros(depth_m_hw.shape, np.float64)
    np.divide(1.0, depth_m_hw, out=inverse, where=seen)
    if not seen.any():
        return np.zeros((*depth_m_hw.shape, 3), np.uint8)
    low = float(inverse.min())
    high = float(np.quantile(inverse[seen], 1.0 - _NEAREST))
    if high <= low:
        # A flat wall in parallel to the picture is as near as can be.
        low = 0.0
    grey = np.clip((inverse - low) / (high - low), 0.0, 1.0)
    return _grey(np.rint(grey * 255).astype(np.uint8))


def edge_picture(rgb_hwc: NDArray[np.uint8], id_hw: NDArray[np.uint16]) -> NDArray[np.uint8]:
    """Return white edges on black: those that Canny (1986) finds in the picture, and all contours of ids.

    Args:
        rgb_hwc: uint8 (height, width, 3), sRGB.
        id_hw: uint16 (height, width).
    """
    grey = cv2.cvtColor(np.ascontiguousarray(rgb_hwc), cv2.COLOR_RGB2GRAY)
    edges = cv2.Canny(grey, *_CANNY)
    edges[id_edges(id_hw)] = 255
    return _grey(edges)


def id_edges(id_hw: NDArray[np.uint16]) -> NDArray[np.bool_]:
    """Return the pixels whose right or lower neighbour has another id: contours one pixel wide.

    Example:
        >>> id_edges(np.array([[0, 0, 1, 1]], np.uint16)).tolist()
        [[False, True, False, False]]
    """
    edges = np.zeros(id_hw.shape, np.bool_)
    edges[:, :-1] |= id_hw[:, :-1] != id_hw[:, 1:]
    edges[:-1] |= id_hw[:-1] != id_hw[1:]
    return edges


def segmentation_picture(
    class_hw: NDArray[np.uint16],
    id_hw: NDArray[np.uint16],
    name_of_id: Mapping[int, str],
    palette: Mapping[str, tuple[int, int, int]],
) -> NDArray[np.uint8]:
    """Return each pixel in the colour of its class, uint8 (height, width, 3); black where there is none.

    Args:
        class_hw: uint16 (height, width), classes counted from 1.
        id_hw: uint16 (height, width).
        name_of_id: Name of the class by instance id.
        palette: Colour by name of the class; classes without one get `class_colour` of their number.
    """
    count = int(class_hw.max(initial=0)) + 1
    colours = np.array([class_colour(number) for number in range(count)], np.uint8)
    picture: NDArray[np.uint8] = colours[class_hw]
    if palette:
        for instance in np.unique(id_hw):
            colour = palette.get(name_of_id.get(int(instance), ""))
            if colour is not None:
                picture[id_hw == instance] = colour
    return picture


def class_colour(number: int) -> tuple[int, int, int]:
    """Return the colour of a class by its number: black for 0, else a hue of full brightness, 0.85 saturated.

    Example:
        >>> class_colour(0), class_colour(1)
        ((0, 0, 0), (38, 101, 255))
    """
    if number == 0:
        return 0, 0, 0
    red, green, blue = colorsys.hsv_to_rgb(number * _GOLDEN % 1.0, 0.85, 1.0)
    return round(red * 255), round(green * 255), round(blue * 255)


def normal_picture(normal_hwc: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return normals as colours: red to the right, green up, blue towards the camera, each from -1..1 to 0..255.

    Args:
        normal_hwc: float32 (height, width, 3), camera axes (x right, y down, z forward), 0 where nothing is seen.

    Returns:
        uint8 (height, width, 3); black where nothing is seen.
    """
    axes = normal_hwc * np.array([1.0, -1.0, -1.0], np.float32)
    picture: NDArray[np.uint8] = np.rint(np.clip(axes * 0.5 + 0.5, 0.0, 1.0) * 255).astype(np.uint8)
    picture[~normal_hwc.any(axis=2)] = 0
    return picture


def _grey(grey_hw: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.repeat(grey_hw[..., None], 3, axis=2)

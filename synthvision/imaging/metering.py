"""Exposure from a frame alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synthvision.gpu.block_means import BlockMeans
from synthvision.scene import Exposure

__all__ = ["METER_CONSTANT", "SATURATION_CONSTANT", "exposure_ev100", "meter_ev100", "white_luminance"]

#: Luminance of the average scene at EV 0, ISO 100, in cd/m2: reflected-light meter constant K = 12.5 (ISO 2720).
METER_CONSTANT = 12.5 / 100
#: Luminance that just saturates the sensor at EV 0, ISO 100, in cd/m2: 78 / (100 * 0.65), 0.65 being what a lens
#: passes on (ISO 12232, saturation-based speed).
SATURATION_CONSTANT = 78 / (100 * 0.65)

_LUMINANCE_WEIGHTS = np.array([0.2126, 0.7152, 0.0722])
#: Darkest and brightest shares of the picture that the mean leaves out.
_TRIM = (0.1, 0.95)
#: The brightest two percent may be this many times the luminance that saturates: the tone curve rolls them off ...
_HIGHLIGHT_LIMIT = 1.3
#: ... and they shall be at least this share of it, so that a dull frame is not a dark one.
_HIGHLIGHT_FLOOR = 0.3
#: Below this mean luminance in cd/m2 (a dimly lit room) pictures get gradually darker, as they do in the programmes of
#: real cameras: photographers hold a lit street at night back by about one stop, moonlight by two to three.
_DIM_LUMINANCE = 5.0
_DIM_SLOPE = 0.35
_DIMMEST_EV = 3.0


def white_luminance(ev100: float) -> float:
    """Return the luminance in cd/m2 that saturates: 1.2 * 2**ev100.

    Example:
        >>> white_luminance(0.0)
        1.2
    """
    return float(SATURATION_CONSTANT * 2.0**ev100)


def exposure_ev100(exposure: Exposure, means: BlockMeans) -> float:
    """Return the EV at ISO 100 that a camera uses for a frame, compensation included.

    The longest exposure and the highest gain bound what auto exposure reaches, whatever the compensation asks for.

    Args:
        exposure: Mode, value, limit and compensation; more compensation is a brighter picture and a lower value.
        means: The frame.
    """
    if exposure.mode == "manual":
        return float(exposure.ev100 - exposure.compensation_ev)
    return float(max(meter_ev100(means.rgb_hwc) - exposure.compensation_ev, exposure.ev100_min))


def meter_ev100(means_hwc: NDArray[np.float32]) -> float:
    """Return the EV at ISO 100 that exposes a frame well, from the mean colour of its blocks in cd/m2.

    The trimmed log-average luminance becomes the middle of the picture; highlights then lower or lift it. A frame
    without any light gets EV 0.
    """
    luminance = np.sort((means_hwc.astype(np.float64) @ _LUMINANCE_WEIGHTS).ravel())
    # Blocks without light are what stands behind everything, not a part of the scene to expose for.
    luminance = luminance[luminance > 1e-5 * luminance[-1]] if luminance[-1] > 0 else luminance[:0]
    if not len(luminance):
        return 0.0
    first, last = int(_TRIM[0] * len(luminance)), max(int(np.ceil(_TRIM[1] * len(luminance))), 1)
    middle = luminance[first:last] if last > first else luminance
    mean = float(np.exp(np.mean(np.log(middle))))
    bright = float(luminance[min(int(0.98 * len(luminance)), len(luminance) - 1)])
    ev = np.log2(mean / METER_CONSTANT)
    ev = max(ev, np.log2(bright / (SATURATION_CONSTANT * _HIGHLIGHT_LIMIT)))
    ev = min(ev, np.log2(bright / (SATURATION_CONSTANT * _HIGHLIGHT_FLOOR)))
    dim = np.clip(_DIM_SLOPE * np.log2(_DIM_LUMINANCE / mean), 0.0, _DIMMEST_EV)
    return float(ev + dim)

"""Tone curves and the sRGB encoding, in numpy; the shader ``tone.glsl`` does the same arithmetic.

The filmic curve is the one by T. Lottes ("Advanced Techniques and Optimization of VDR Color Pipelines", GDC 2016):
x^a / (x^(a d) b + c), with b and c such that middle grey and white fall where they should. It acts on each channel
after a small exchange between channels, taken back afterwards, so that bright colours run to white without a change
of hue.
"""

from __future__ import annotations

from dataclasses import dataclass

import moderngl
import numpy as np
from numpy.typing import NDArray

from synthvision.scene import Exposure

__all__ = ["FILMIC", "FilmicCurve", "filmic_tone", "set_tone", "srgb_from_linear", "tone_defines", "white_exposed"]

Float = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class FilmicCurve:
    """Parameters of the filmic curve.

    Args:
        contrast: Slope in the shadows, the a of the formula.
        shoulder: How soft highlights roll off, the d of the formula; 1 is the hardest.
        middle_in: Exposed value (1 saturates) of the average scene: 12.5 / 100 / 1.2.
        middle_out: Linear display value that it becomes.
        white_in: Exposed value that becomes white.
        exchange: Share that channels exchange before the curve.
    """

    contrast: float = 1.28
    shoulder: float = 0.98
    middle_in: float = 12.5 / 100 / 1.2
    middle_out: float = 0.215
    white_in: float = 2.8
    exchange: float = 0.12

    @property
    def b(self) -> float:
        """The b of the formula."""
        return self._solved[0]

    @property
    def c(self) -> float:
        """The c of the formula."""
        return self._solved[1]

    @property
    def _solved(self) -> tuple[float, float]:
        a, ad = self.contrast, self.contrast * self.shoulder
        middle, white, out = self.middle_in, self.white_in, self.middle_out
        divisor = (white**ad - middle**ad) * out
        b = (white**a * out - middle**a) / divisor
        c = (white**ad * middle**a - white**a * middle**ad * out) / divisor
        return b, c


FILMIC = FilmicCurve()


def filmic_tone(exposed: Float, curve: FilmicCurve = FILMIC) -> Float:
    """Return linear display values 0..1 of exposed scene light (..., 3), where 1 saturates the sensor.

    Example:
        >>> middle = filmic_tone(np.full(3, FILMIC.middle_in))
        >>> [round(float(value), 3) for value in middle]
        [0.215, 0.215, 0.215]
    """
    light = np.maximum(exposed, 0.0)
    mean = light.mean(axis=-1, keepdims=True)
    mixed = np.minimum(light + curve.exchange * (mean - light), curve.white_in)
    toned = mixed**curve.contrast / (mixed ** (curve.contrast * curve.shoulder) * curve.b + curve.c)
    mean = toned.mean(axis=-1, keepdims=True)
    # The exchange taken back: (v - k m) / (1 - k) with the mean m, which the exchange keeps.
    unmixed: Float = np.clip((toned - curve.exchange * mean) / (1 - curve.exchange), 0.0, 1.0)
    return unmixed


def white_exposed(exposure: Exposure) -> float:
    """Return the exposed value (1 saturates by ISO 12232) that an exposure's tone curve makes white."""
    return FILMIC.white_in if exposure.tone_curve == "filmic" else 1.0


def tone_defines(exposure: Exposure) -> dict[str, int]:
    """Return the preprocessor names with which a shader that includes ``tone.glsl`` takes the exposure's curve."""
    return {"FILMIC": 1} if exposure.tone_curve == "filmic" else {}


def set_tone(program: moderngl.Program, exposure: Exposure) -> None:
    """Set the uniforms of ``tone.glsl`` in a program made with `tone_defines` of the same exposure."""
    if exposure.tone_curve == "filmic":
        program["curve"] = (FILMIC.contrast, FILMIC.contrast * FILMIC.shoulder, FILMIC.b, FILMIC.c)
        program["white_exchange"] = (FILMIC.white_in, FILMIC.exchange)


def srgb_from_linear(linear: Float) -> Float:
    """Return sRGB-encoded values 0..1 (IEC 61966-2-1), clipped."""
    value = np.clip(linear, 0.0, 1.0)
    return np.where(value <= 0.0031308, 12.92 * value, 1.055 * value ** (1 / 2.4) - 0.055)

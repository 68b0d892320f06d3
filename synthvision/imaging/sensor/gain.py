"""From the exposure of a frame to electrons and levels, in the terms of EMVA 1288 and ISO 12232."""

from __future__ import annotations

from dataclasses import dataclass

from synthvision.imaging.metering import white_luminance
from synthvision.imaging.tone import white_exposed
from synthvision.scene import Exposure, Optics, Sensor

__all__ = ["SensorGain", "iso_speed", "sensor_gain"]

#: Share of the converter's range below the level of no light, so that noise around black is not cut off.
_BLACK_SHARE = 1 / 16


@dataclass(frozen=True, slots=True)
class SensorGain:
    """How a sensor is set for one frame.

    Args:
        iso: ISO speed at which it is read.
        exposed_per_cd_m2: Exposed value (1 saturates by ISO 12232, before white balance) of a luminance of 1 cd/m2.
        white_e: Electrons, without dark ones, that the converter's highest level stands for.
        white_exposed: Exposed value that gives `white_e`.
        dark_e: Mean dark electrons of the exposure.
        levels_per_e: Gain K of the photon transfer curve: levels per electron.
        black_level: Level of a pixel without electrons.
        highest_level: 2**bits - 1.
    """

    iso: float
    exposed_per_cd_m2: float
    white_e: float
    white_exposed: float
    dark_e: float
    levels_per_e: float
    black_level: float
    highest_level: float

    @property
    def electrons_per_cd_m2(self) -> float:
        """Electrons of a pixel that sees a luminance of 1 cd/m2 in its colour."""
        return self.exposed_per_cd_m2 / self.white_exposed * self.white_e

    @property
    def no_light_level(self) -> float:
        """Mean level of a pixel that gets no light, which the camera subtracts: it knows it from covered pixels."""
        return self.black_level + self.levels_per_e * self.dark_e

    @property
    def exposed_per_level(self) -> float:
        """Exposed value of one level above `no_light_level`."""
        return self.white_exposed / (self.levels_per_e * self.white_e)


def iso_speed(optics: Optics, ev100: float) -> float:
    """Return the ISO speed that a frame needs: 100 N^2 / (t 2^EV100), by the definition of the exposure value.

    Example:
        >>> iso_speed(Optics(f_number=8.0, exposure_time_s=1 / 64), 12.0)
        100.0
    """
    return float(100 * optics.f_number**2 / (optics.exposure_time_s * 2.0**ev100))


def sensor_gain(sensor: Sensor, optics: Optics, exposure: Exposure, ev100: float) -> SensorGain:
    """Return how a sensor is set for an exposure value.

    Where the ISO speed would have to be below the base, the light is dimmed as by a neutral-density filter, since
    aperture and shutter are given; where it would have to be above the highest, the picture stays dark.

    The converter's highest level is the light that the tone curve makes white in the channel which the white balance
    favours least, so that what is blown out is white, as it is without a sensor.

    Args:
        sensor: The sensor.
        optics: Aperture and shutter.
        exposure: Tone curve and white balance.
        ev100: The frame's exposure value at ISO 100.
    """
    wanted = iso_speed(optics, ev100)
    iso = min(max(wanted, sensor.base_iso), sensor.max_iso)
    dimmed = min(1.0, sensor.max_iso / wanted)
    white_e = sensor.full_well_e * sensor.base_iso / iso
    dark_e = sensor.dark_current_e_s * optics.exposure_time_s
    highest = float(2**sensor.bits - 1)
    black = float(round(highest * _BLACK_SHARE))
    return SensorGain(
        iso=iso,
        exposed_per_cd_m2=dimmed / white_luminance(ev100),
        white_e=white_e,
        white_exposed=white_exposed(exposure) / min(exposure.white_balance_rgb),
        dark_e=dark_e,
        levels_per_e=(highest - black) / (white_e + dark_e),
        black_level=black,
        highest_level=highest,
    )

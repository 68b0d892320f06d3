"""What makes a camera more than a pinhole: distortion, aperture, shutter, glass, sensor.

Every class describes a camera by physical quantities; `synthvision.imaging` turns them into pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["BrownConradyLens", "KannalaBrandtLens", "LensSurface", "Optics", "Sensor"]

BayerPattern = Literal["rggb", "bggr", "grbg", "gbrg"]
Demosaic = Literal["hamilton_adams", "malvar", "bilinear"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BrownConradyLens:
    """Radial and tangential distortion as OpenCV defines it (rational model, without thin prism terms).

    With r2 = x2 + y2 of the undistorted ray (x, y, 1):
    x' = x (1 + k1 r2 + k2 r4 + k3 r6) / (1 + k4 r2 + k5 r4 + k6 r6) + 2 p1 x y + p2 (r2 + 2 x2), y' likewise.

    Args:
        k1: Radial coefficient; below 0 is a barrel, above 0 a pincushion.
        k2: Radial coefficient.
        p1: Tangential coefficient.
        p2: Tangential coefficient.
        k3: Radial coefficient.
        k4: Radial coefficient of the denominator.
        k5: Radial coefficient of the denominator.
        k6: Radial coefficient of the denominator.
    """

    k1: float = 0.0
    k2: float = 0.0
    p1: float = 0.0
    p2: float = 0.0
    k3: float = 0.0
    k4: float = 0.0
    k5: float = 0.0
    k6: float = 0.0
    kind: Literal["brown_conrady"] = "brown_conrady"


@dataclass(frozen=True, slots=True, kw_only=True)
class KannalaBrandtLens:
    """A fisheye as OpenCV's ``fisheye`` module defines it (Kannala and Brandt 2006).

    A ray at the angle t off the axis falls at the radius f * (t + k1 t3 + k2 t5 + k3 t7 + k4 t9). Depth images of such
    a camera hold the length of the ray instead of the distance along z.

    Args:
        k1: Coefficient of the third power.
        k2: Coefficient of the fifth power.
        k3: Coefficient of the seventh power.
        k4: Coefficient of the ninth power.
        max_angle_rad: Rays farther off the axis do not reach the sensor: black, id 0.
    """

    k1: float = 0.0
    k2: float = 0.0
    k3: float = 0.0
    k4: float = 0.0
    max_angle_rad: float = 1.75
    kind: Literal["kannala_brandt"] = "kannala_brandt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Optics:
    """Aperture, shutter and what the glass does to light.

    Args:
        f_number: Focal length over aperture; with `exposure_time_s` and the exposure value it gives the ISO speed, and
            with it the noise.
        aperture_m: Diameter of the entrance pupil, which decides the depth of field; 0 shows everything sharp.
        focus_m: Distance along the camera's z axis that is sharp.
        exposure_time_s: How long the shutter is open: length of rain streaks, motion blur.
        vignetting_r2: Brightness is 1 + vignetting_r2 r2 + vignetting_r4 r4, with r = 1 in the picture's corner.
        vignetting_r4: See `vignetting_r2`.
        red_scale: Radial magnification of red against green about the principal point (lateral chromatic aberration);
            real lenses have 1 +- 0.0005 to 0.002.
        blue_scale: The same for blue.
        blur_px: Standard deviation of the lens's own blur in pixels; 0 is perfectly sharp.
        glare: Share of the light of each point that the lens scatters into a halo around it, 0 to 0.3.
        veil: Share of the light that the lens spreads evenly over the picture, 0 to 0.2.
        blades: Aperture blades, which make the rays of a star around very bright points; 0 for a round aperture.
        ghosts: Strength of the reflections between lens elements of a bright light in or near the picture, 0 to 1.
    """

    f_number: float = 4.0
    aperture_m: float = 0.0
    focus_m: float = 2.0
    exposure_time_s: float = 0.005
    vignetting_r2: float = 0.0
    vignetting_r4: float = 0.0
    red_scale: float = 1.0
    blue_scale: float = 1.0
    blur_px: float = 0.0
    glare: float = 0.0
    veil: float = 0.0
    blades: int = 0
    ghosts: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LensSurface:
    """Drops and dirt on the front glass, out of focus because it is so near.

    Args:
        glass_distance_m: Distance of the outer face of the front glass from the entrance pupil.
        pupil_m: Diameter of the entrance pupil, which blurs what is on the glass.
        drops: Number of water drops in view.
        drop_radius_m: Smallest and largest radius of a drop.
        specks: Number of specks of dirt in view.
        speck_radius_m: Smallest and largest radius of a speck.
        smudge: Strength of a greasy film, 0 to 1: haze where light shines through it.
        seed: Where everything lies.
    """

    glass_distance_m: float = 0.02
    pupil_m: float = 0.002
    drops: int = 0
    drop_radius_m: tuple[float, float] = (0.0005, 0.002)
    specks: int = 0
    speck_radius_m: tuple[float, float] = (0.0001, 0.0008)
    smudge: float = 0.0
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensor:
    """From electrons to the file, in the terms of EMVA 1288.

    Args:
        full_well_e: Electrons that saturate a pixel at the base ISO speed, and stand for white of the tone curve: with
            the filmic one mid-grey is a twenty-seventh of that.
        base_iso: ISO speed at which the full well is used; at a higher one fewer electrons make white.
        max_iso: Highest ISO speed; where that is too little light the picture stays dark.
        read_noise_e: Standard deviation of dark temporal noise in electrons.
        dark_current_e_s: Mean dark current in electrons per second.
        prnu: Standard deviation of the pixels' sensitivity, a share of 1.
        dsnu_e: Standard deviation of the pixels' dark value in electrons.
        hot_pixels: Share of pixels that are stuck bright.
        bits: Bits of the analogue-to-digital converter.
        bayer: Colour filters of the top-left 2x2 pixels in reading order; None for three sensors, one per colour.
        low_pass_px: Standard deviation of the blur that the optical low-pass filter before the colour filters makes,
            0 (none) to 0.7 (nothing is left of the finest stripes); 0 without colour filters.
        demosaic: How colours between the filters are filled in: along edges, by Malvar's linear filter, or as means.
        row_time_s: Time from the reading of one row to that of the next, top to bottom; 0 for a global shutter. The
            middle row is exposed about the scene's instant.
        denoise: Strength of the camera's own noise reduction, 0 to 1.
        sharpening: Strength of the camera's own sharpening, 0 to 2.
        jpeg_quality: Quality at which the camera compresses, 1 to 100; None for no compression.
        pattern_seed: Fixed pattern (PRNU, DSNU, hot pixels); the same for all frames of one camera.
        noise_seed: Temporal noise; another for every frame.
    """

    full_well_e: float = 25_000.0
    base_iso: float = 100.0
    max_iso: float = 6_400.0
    read_noise_e: float = 3.0
    dark_current_e_s: float = 5.0
    prnu: float = 0.008
    dsnu_e: float = 1.0
    hot_pixels: float = 0.0
    bits: int = 12
    bayer: BayerPattern | None = "rggb"
    low_pass_px: float = 0.5
    demosaic: Demosaic = "hamilton_adams"
    row_time_s: float = 0.0
    denoise: float = 0.0
    sharpening: float = 0.0
    jpeg_quality: int | None = None
    pattern_seed: int = 0
    noise_seed: int = 0

"""What makes a camera of a scene file more than a pinhole: distortion, aperture, shutter, glass, dirt, sensor."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from synthvision.sampling.number_values import IntValue, NumberValue, within
from synthvision.sampling.values import NonNegative, Positive, Share

__all__ = ["BrownConradySpec", "KannalaBrandtSpec", "LensSpec", "LensSurfaceSpec", "OpticsSpec", "SensorSpec"]

_Coefficient = Annotated[NumberValue, AfterValidator(within(-100.0, 100.0))]
_Magnification = Annotated[NumberValue, AfterValidator(within(0.98, 1.02))]
_Angle = Annotated[NumberValue, AfterValidator(within(1.0, 170.0))]
_Radii = tuple[Positive, Positive]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BrownConradySpec(_Model):
    """Radial and tangential distortion with OpenCV's coefficients."""

    kind: Literal["brown_conrady"] = Field(description="Radial and tangential distortion as OpenCV defines it.")
    k1: _Coefficient = Field(0.0, description="Radial: below 0 a barrel, above 0 a pincushion.")
    k2: _Coefficient = Field(0.0, description="Radial, with the fourth power of the radius.")
    p1: _Coefficient = Field(0.0, description="Tangential.")
    p2: _Coefficient = Field(0.0, description="Tangential.")
    k3: _Coefficient = Field(0.0, description="Radial, with the sixth power of the radius.")
    k4: _Coefficient = Field(0.0, description="Radial, denominator of the rational model.")
    k5: _Coefficient = Field(0.0, description="Radial, denominator of the rational model.")
    k6: _Coefficient = Field(0.0, description="Radial, denominator of the rational model.")


class KannalaBrandtSpec(_Model):
    """A fisheye with the coefficients of OpenCV's fisheye module; all 0 is equidistant."""

    kind: Literal["kannala_brandt"] = Field(description="A fisheye as OpenCV's fisheye module defines it.")
    k1: _Coefficient = Field(0.0, description="Coefficient of the third power of the angle.")
    k2: _Coefficient = Field(0.0, description="Coefficient of the fifth power.")
    k3: _Coefficient = Field(0.0, description="Coefficient of the seventh power.")
    k4: _Coefficient = Field(0.0, description="Coefficient of the ninth power.")
    max_angle_deg: _Angle = Field(
        100.0,
        description="Rays farther off the axis do not reach the sensor, which stays black there, in degrees, 1..170; "
        "90 shows half of all directions.",
    )


LensSpec = Annotated[BrownConradySpec | KannalaBrandtSpec, Field(discriminator="kind")]


def _focus(value: Any) -> Any:
    if isinstance(value, str) and value != "target":
        raise ValueError(f"must be target or a distance in metres, got {value!r}")
    return value


class OpticsSpec(_Model):
    """Aperture, shutter, and what the glass does to light. What is left out is perfect."""

    f_number: Annotated[NumberValue, AfterValidator(within(0.5, 64.0))] = Field(
        4.0,
        description="Focal length over aperture, 0.5..64; with the exposure it gives the ISO speed and so the noise.",
    )
    focus_m: Annotated[Literal["target"] | Positive | None, BeforeValidator(_focus)] = Field(
        None,
        description="Distance that is sharp, in metres, or target for what the camera looks at; everything is sharp "
        "where left out. How fast things blur off it follows from f_number, focal length and sensor_mm.",
    )
    exposure_time_s: Annotated[NumberValue, AfterValidator(within(1e-6, 10.0))] = Field(
        0.005, description="How long the shutter is open in seconds: motion blur, length of rain streaks, noise."
    )
    vignetting: Annotated[NumberValue, AfterValidator(within(0.0, 0.95))] = Field(
        0.0, description="Share of the light that is lost in the picture's corners, 0..0.95."
    )
    red_scale: _Magnification = Field(
        1.0, description="Size of the red picture against the green one, 0.98..1.02; real lenses 1 +- 0.0005 to 0.002."
    )
    blue_scale: _Magnification = Field(1.0, description="Size of the blue picture against the green one, 0.98..1.02.")
    blur_px: Annotated[NumberValue, AfterValidator(within(0.0, 20.0))] = Field(
        0.0, description="The lens's own blur as a standard deviation in pixels, 0..20."
    )
    glare: Annotated[NumberValue, AfterValidator(within(0.0, 0.3))] = Field(
        0.0, description="Share of light scattered into a halo around each point, 0..0.3."
    )
    veil: Annotated[NumberValue, AfterValidator(within(0.0, 0.2))] = Field(
        0.0, description="Share of light spread evenly over the picture, 0..0.2."
    )
    blades: Annotated[IntValue, AfterValidator(within(0, 32))] = Field(
        0, description="Aperture blades, which make the rays of a star around bright points; 0 for a round aperture."
    )
    ghosts: Share = Field(0.0, description="Strength of reflections between lens elements of a bright light, 0..1.")


class LensSurfaceSpec(_Model):
    """Drops and dirt on the front glass, anew for each frame."""

    drops: Annotated[IntValue, AfterValidator(within(0, 2_000))] = Field(0, description="Water drops in view, 0..2000.")
    drop_radius_m: _Radii = Field((0.0005, 0.002), description="Smallest and largest radius of a drop in metres.")
    specks: Annotated[IntValue, AfterValidator(within(0, 2_000))] = Field(0, description="Specks of dirt, 0..2000.")
    speck_radius_m: _Radii = Field((0.0001, 0.0008), description="Smallest and largest radius of a speck in metres.")
    smudge: Share = Field(0.0, description="Strength of a greasy film, 0..1.")
    glass_distance_m: Positive = Field(
        0.02,
        description="Distance of the front glass from the lens's entrance pupil in metres: the nearer, the softer.",
    )


class SensorSpec(_Model):
    """From light to the file, in the terms of EMVA 1288."""

    full_well_e: Annotated[NumberValue, AfterValidator(within(100.0, 1e6))] = Field(
        25_000.0,
        description="Electrons that saturate a pixel at the base ISO speed, 100..1000000; of pixels that are read as "
        "one, or of frames that are merged into one, their sum.",
    )
    base_iso: Annotated[NumberValue, AfterValidator(within(1.0, 1e5))] = Field(
        100.0, description="ISO speed at which the full well is used, 1..100000."
    )
    max_iso: Annotated[NumberValue, AfterValidator(within(1.0, 1e7))] = Field(
        6_400.0, description="Highest ISO speed; with too little light for it the picture stays dark."
    )
    read_noise_e: NonNegative = Field(3.0, description="Dark temporal noise in electrons.")
    dark_current_e_s: NonNegative = Field(5.0, description="Dark current in electrons per second.")
    prnu: Annotated[NumberValue, AfterValidator(within(0.0, 0.2))] = Field(
        0.008, description="How much pixels differ in sensitivity, standard deviation, 0..0.2."
    )
    dsnu_e: NonNegative = Field(1.0, description="How much pixels differ in the dark, in electrons.")
    hot_pixels: Annotated[NumberValue, AfterValidator(within(0.0, 0.05))] = Field(
        0.0, description="Share of pixels that are stuck bright, 0..0.05."
    )
    bits: int = Field(12, ge=6, le=16, description="Bits of the analogue-to-digital converter, 6..16.")
    bayer: Literal["rggb", "bggr", "grbg", "gbrg"] | None = Field(
        "rggb", description="Colour filters of the top-left 2 x 2 pixels; null for three sensors, one per colour."
    )
    low_pass_px: Annotated[NumberValue, AfterValidator(within(0.0, 0.7))] = Field(
        0.5,
        description="Optical low-pass filter before the colour filters: standard deviation of its blur in pixels, "
        "0..0.7, on top of the lens's blur_px; without any blur edges get coloured dots.",
    )
    demosaic: Literal["hamilton_adams", "malvar", "bilinear"] = Field(
        "hamilton_adams",
        description="How colours between the filters are filled in: along edges, by Malvar's linear filter, or as "
        "plain means.",
    )
    readout_s: Annotated[NumberValue, AfterValidator(within(0.0, 1.0))] = Field(
        0.0, description="Time from the first row's reading to the last one's in seconds, 0..1; 0 is a global shutter."
    )
    denoise: Share = Field(0.0, description="Strength of the camera's own noise reduction, 0..1.")
    sharpening: Annotated[NumberValue, AfterValidator(within(0.0, 2.0))] = Field(
        0.0, description="Strength of the camera's own sharpening, 0..2."
    )
    jpeg_quality: Annotated[IntValue, AfterValidator(within(1, 100))] | None = Field(
        None, description="Quality at which the camera compresses, 1..100; no compression where left out."
    )
    pattern_seed: int | None = Field(
        None,
        ge=0,
        le=2**31 - 1,
        description="The fixed pattern of this very sensor, the same in all frames; by the camera's name if left out.",
    )

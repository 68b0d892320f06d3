"""Cameras of a scene file: where they stand, where they look, what lens and exposure they have."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from synthvision.sampling.camera_presets import camera_preset, with_preset
from synthvision.sampling.distributions import Uniform
from synthvision.sampling.motion.config import CameraMotion, check_one_motion
from synthvision.sampling.number_values import ChoiceValue, NumberValue, bounds_of, within
from synthvision.sampling.optics_config import KannalaBrandtSpec, LensSpec, LensSurfaceSpec, OpticsSpec, SensorSpec
from synthvision.sampling.values import NonNegative, Positive, Share, Vector2Value, Vector3Value, kind_if_left_out

__all__ = [
    "Camera",
    "Device",
    "ExposureSpec",
    "FixedCamera",
    "FrameTarget",
    "LookAt",
    "OfGroup",
    "RigCamera",
    "ShellCamera",
    "StripCamera",
]

LookAt = Literal["things", "thing"]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class OfGroup(_Model):
    """One object of a group, drawn anew for each view."""

    group: str = Field(description="Name of the object group.")


class FrameTarget(_Model):
    """How large the object that the camera looks at comes out, and how much of it the picture's edge cuts off."""

    pixel_height: Positive | None = Field(
        None, description="Height of the object in pixels, as if nothing hid it; or give pixel_width."
    )
    pixel_width: Positive | None = Field(None, description="Width of the object in pixels, as if nothing hid it.")
    truncation: Share = Field(0.0, description="Share of the object's width or height beyond the picture's edge, 0..1.")
    sides: tuple[Literal["left", "right", "top", "bottom"], ...] = Field(
        ("left", "right"), min_length=1, description="Edges of the picture that may cut it off; one is drawn."
    )

    @model_validator(mode="after")
    def _one_size(self) -> Self:
        if (self.pixel_height is None) == (self.pixel_width is None):
            raise ValueError("must have either pixel_height or pixel_width")
        return self


class WhiteBalance(_Model):
    """How well the camera guesses what is white."""

    adaptation: Share = Field(
        0.85, description="Share of the light's colour that the camera takes away, 0 (lamp light stays orange) to 1."
    )
    error_mired: NumberValue = Field(
        0.0,
        description="How far the guess is off, in mired (1,000,000 / kelvin); positive is warmer, 20 is just visible.",
    )


_GOOD_BALANCE = WhiteBalance.model_validate({})


class ExposureSpec(_Model):
    """How the camera turns light into pixel values."""

    mode: Literal["auto", "manual"] = Field("auto", description="auto meters each frame alone, manual takes ev100.")
    ev100: NumberValue = Field(
        12.0, description="Exposure value at ISO 100 for manual: 15 a sunny noon, 12 overcast, 5 to 7 a lit room."
    )
    ev100_min: Annotated[NumberValue, AfterValidator(within(-20.0, 20.0))] = Field(
        0.0,
        description="Lowest exposure value at ISO 100 that auto reaches, compensation included, -20..20: night stays "
        "night. 0 is f/2, 1/30 s and ISO 12800, 3 a simple webcam, -3 a camera made for the dark.",
    )
    compensation_ev: NumberValue = Field(0.0, description="Added stops of brightness, on top of either mode.")
    tone_curve: Literal["filmic", "linear"] = Field("filmic", description="filmic rolls highlights off, linear clips.")
    white_balance: WhiteBalance = Field(_GOOD_BALANCE, description="How well the camera guesses what is white.")


#: Wider fields than this take a fisheye: in a pinhole's picture they would have no end.
_WIDEST_PINHOLE_DEG = 150.0


class Device(_Model):
    """What a camera is, wherever it stands: field of view, lens, optics, dirt, sensor."""

    preset: str | None = Field(
        None,
        description="A kind of camera that ships: phone, automotive, action, industrial, webcam or surveillance; every "
        "key beside it wins over what the preset says.",
    )
    fov_deg: Annotated[NumberValue, AfterValidator(within(1.0, 300.0))] | None = Field(
        None,
        description="Angle that the longer side of the picture spans, through the lens, in degrees: 1..150, with a "
        "kannala_brandt lens up to 300; or give focal_mm.",
    )
    focal_mm: Positive | None = Field(
        None, description="Focal length in the middle of the picture in millimetres; or give fov_deg."
    )
    sensor_mm: float = Field(
        36.0, gt=0, description="Longer side of the sensor in millimetres, for focal_mm and the depth of field."
    )
    lens: LensSpec | None = Field(None, description="Distortion; a pinhole where left out.")
    optics: OpticsSpec | None = Field(
        None, description="Aperture, shutter, vignetting, colour fringes, glare; a perfect lens where left out."
    )
    lens_surface: LensSurfaceSpec | None = Field(
        None, description="Drops and dirt on the front glass; clean, or as the weather has it, where left out."
    )
    sensor: SensorSpec | None = Field(
        None, description="Noise, colour filters and processing; a perfect sensor where left out."
    )

    @model_validator(mode="before")
    @classmethod
    def _over_preset(cls, data: object) -> object:
        return with_preset(data)

    @field_validator("preset")
    @classmethod
    def _known_preset(cls, value: str | None) -> str | None:
        if value is not None:
            camera_preset(value)
        return value

    @model_validator(mode="after")
    def _one_lens(self) -> Self:
        if self.fov_deg is not None and self.focal_mm is not None:
            raise ValueError("must have either fov_deg or focal_mm, not both")
        if self.fov_deg is not None and not isinstance(self.lens, KannalaBrandtSpec):
            widest = bounds_of(self.fov_deg)[1]
            if widest > _WIDEST_PINHOLE_DEG:
                raise ValueError(
                    f"fov_deg must be 1..{_WIDEST_PINHOLE_DEG:g} without a lens of kind kannala_brandt, got {widest:g}"
                )
        return self


class _Camera(Device):
    name: str = Field("camera", min_length=1, description="Name of the camera, unique in the scene.")
    look_at: LookAt | OfGroup | Vector3Value = Field(
        "things",
        description="What the camera looks at: things (the middle of all labelled objects), thing (one of them, drawn "
        "anew for each view), {group: ..} (one object of a group), or a point [x, y, z] in metres.",
    )
    jitter_m: NonNegative = Field(
        0.0, description="How far the point looked at is off, at most, in any direction, in metres."
    )
    roll_deg: NumberValue = Field(0.0, description="Turn about the optical axis in degrees.")
    centre_offset: Vector2Value = Field(
        (0.0, 0.0), description="Principal point, off the middle of the picture, as a share of its width and height."
    )
    exposure: ExposureSpec | None = Field(None, description="Exposure of this camera; the scene's where left out.")

    velocity_m_s: Vector3Value = Field(
        (0.0, 0.0, 0.0),
        description="How fast the camera moves, right, down and forward as it sees it, in metres a second: blurs the "
        "picture while the shutter is open, and slants it with a rolling shutter.",
    )
    angular_velocity_deg_s: Vector3Value = Field(
        (0.0, 0.0, 0.0),
        description="How fast it turns: upwards, to the right, clockwise as it sees it, in degrees a second.",
    )
    motion: CameraMotion | None = Field(
        None,
        description="How the camera moves from step to step, and its rig with it; its velocities follow. Steady "
        "velocities where left out.",
    )

    @model_validator(mode="after")
    def _one_motion(self) -> Self:
        check_one_motion(
            self.motion, velocity_m_s=self.velocity_m_s, angular_velocity_deg_s=self.angular_velocity_deg_s
        )
        return self


class ShellCamera(_Camera):
    """A camera somewhere on a shell around what it looks at."""

    kind: Literal["shell"] = Field("shell", description="Somewhere on a shell around what it looks at.")
    distance_m: Positive | None = Field(None, description="Distance from the point looked at in metres; or give fill.")
    fill: Positive | None = Field(
        None,
        description="Instead of distance_m: size of the ball around all labelled objects as a share of the picture's "
        "shorter side; 0.7 leaves room, 1.2 cuts some off.",
    )
    elevation_deg: Annotated[NumberValue, AfterValidator(within(-90.0, 90.0))] = Field(
        Uniform(uniform=(20.0, 70.0)),
        description="Angle above the horizon in degrees, -90..90; 90 looks straight down.",
    )
    azimuth_deg: NumberValue = Field(
        Uniform(uniform=(0.0, 360.0)),
        description="Direction in which the camera stands, from +X towards +Y, in degrees.",
    )
    frame_target: FrameTarget | None = Field(
        None, description="Instead of distance_m: how large the object looked at comes out in the picture."
    )
    height_m: Positive | None = Field(
        None, description="Instead of elevation_deg: height of the camera above z = 0 in metres."
    )
    bearing_deg: NumberValue | None = Field(
        None,
        description="Instead of azimuth_deg: direction of the camera as the object that it looks at faces, "
        "in degrees: 0 before it, 90 to its left, 180 behind it.",
    )
    past: str | None = Field(
        None,
        description="Instead of azimuth_deg: an object group. The camera stands where the line to what it looks at "
        "passes one of that group's objects, through it or close by its edge.",
    )

    @model_validator(mode="after")
    def _one_distance(self) -> Self:
        if sum(value is not None for value in (self.distance_m, self.fill, self.frame_target)) != 1:
            raise ValueError("must have one of distance_m, fill and frame_target")
        for key in ("frame_target", "bearing_deg"):
            if getattr(self, key) is not None and not (self.look_at == "thing" or isinstance(self.look_at, OfGroup)):
                raise ValueError(f"{key} must come with look_at: thing or look_at: {{group: ..}}")
        ways = ("past", "azimuth_deg"), ("bearing_deg", "azimuth_deg"), ("past", "bearing_deg")
        for key, other in (("height_m", "elevation_deg"), *ways):
            if getattr(self, key) is not None and other in self.model_fields_set:
                raise ValueError(f"must have either {key} or {other}, not both")
        return self


class FixedCamera(_Camera):
    """A camera at a stated place."""

    kind: Literal["fixed"] = Field(description="At a stated place.")
    position_m: Vector3Value = Field(description="Where the camera stands, in metres.")


_AHEAD = ("forward", "backward", "inward", "outward")


def _check_ahead(value: Any) -> Any:
    words = (value,) if isinstance(value, str) else value.choice
    wrong = [word for word in words if word not in _AHEAD]
    if wrong:
        raise ValueError(f"must be one of {', '.join(_AHEAD)}, got {wrong[0]!r}")
    return value


class StripCamera(_Camera):
    """A camera on a strip of the site: behind a windscreen in a lane, on a mast at the kerb, on a tripod."""

    kind: Literal["on_strip"] = Field(
        description="On a strip of the site: in a car in a lane, on a mast at the kerb, on a tripod on the pavement."
    )
    strips: Annotated[
        tuple[str, ...],
        BeforeValidator(
            lambda value: (value,) if isinstance(value, str) else value, json_schema_input_type=str | list[str]
        ),
    ] = Field(min_length=1, description="On which strips: kinds such as lane, or names with * such as kerb/right*.")
    range: tuple[float, float] = Field(
        (0.0, 1.0), description="Which part of the strip: shares of its length, 0 its start and 1 its end."
    )
    height_m: Positive = Field(1.3, description="Height above the strip in metres: 1.3 a dash cam, 5 a mast.")
    offset_m: NumberValue = Field(
        0.0, description="Shift across the strip, away from the middle of the street, metres."
    )
    heading: Annotated[ChoiceValue, AfterValidator(_check_ahead)] = Field(
        "forward", description="Where it looks: forward or backward along the strip, inward (to the street) or outward."
    )
    yaw_deg: NumberValue = Field(0.0, description="Turn to the left on top of that, in degrees.")
    pitch_deg: NumberValue = Field(0.0, description="Turn upwards in degrees; below 0 it looks down.")
    towards: Annotated[
        tuple[str, ...],
        BeforeValidator(
            lambda value: (value,) if isinstance(value, str) else value, json_schema_input_type=str | list[str]
        ),
    ] = Field(
        (),
        description="Instead of heading: kinds or names of strips; it looks at the nearest middle of one, on the "
        "ground, of those that fit the first of these words that any fits. heading holds where none does.",
    )
    distance_m: tuple[float, float] | None = Field(
        None, description="With towards: nearest and farthest distance to that point, as seen from above, in metres."
    )
    clearance_m: float = Field(0.6, ge=0, description="Least distance to all objects in metres.")
    free_ahead_m: float = Field(
        0.0, ge=0, description="Nothing lies on the line of sight nearer than this, in metres: no car bumper to bumper."
    )
    things_ahead: int = Field(
        0,
        ge=0,
        le=100,
        description="At least as many labelled objects stand inside the angle of view and nearer than 25 m: no picture "
        "of a bare wall. They may hide each other.",
    )

    @model_validator(mode="after")
    def _check_range(self) -> Self:
        low, high = self.range
        if not 0 <= low <= high <= 1:
            raise ValueError(f"range must be two growing shares of 0..1, got {list(self.range)}")
        return self


class RigCamera(Device):
    """A further camera that moves with the first one, such as the right eye of a stereo pair.

    What is left out of its device is as the first camera has it.
    """

    kind: Literal["rig"] = Field(description="A further camera that moves with the first one.")
    name: str = Field(min_length=1, description="Name of the camera, unique in the scene.")
    offset_m: Vector3Value = Field(
        description="Where it stands as seen from the first camera: right, down, forward, in metres."
    )
    yaw_deg: NumberValue = Field(0.0, description="Turn to the right against the first camera in degrees.")
    pitch_deg: NumberValue = Field(0.0, description="Turn upwards against the first camera in degrees.")
    roll_deg: NumberValue = Field(0.0, description="Turn about its optical axis against the first camera in degrees.")
    exposure: ExposureSpec | None = Field(None, description="Exposure of this camera; the scene's where left out.")


Camera = Annotated[
    ShellCamera | FixedCamera | StripCamera | RigCamera, Field(discriminator="kind"), kind_if_left_out("shell")
]

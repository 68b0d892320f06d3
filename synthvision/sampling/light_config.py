"""Lights, surroundings and background of a scene file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from synthvision.sampling.distributions import Uniform
from synthvision.sampling.number_values import NumberValue, within
from synthvision.sampling.picks import Picked, PickValue
from synthvision.sampling.values import ColourValue, NonNegative, Positive, Share, Vector3Value, kind_if_left_out

__all__ = [
    "Background",
    "EnvironmentSpec",
    "Light",
    "Lighting",
    "PhotoBackground",
    "PlainBackground",
    "PointSpec",
    "RectSpec",
    "SpotSpec",
    "SunSpec",
]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Light(_Model):
    probability: Share = Field(1.0, description="Chance that the light is there, 0..1.")
    illuminance_lux: NonNegative = Field(
        description="Light on a surface that faces it, at the target for spot, point and rect; 100,000 lux is a clear "
        "noon, 500 an office, 50 a dim lamp."
    )
    temperature_k: Annotated[NumberValue, AfterValidator(within(1_000.0, 25_000.0))] | None = Field(
        None, description="Colour temperature in kelvin, 1000..25000; or give colour. White where both are left out."
    )
    colour: ColourValue | None = Field(None, description="Colour of the light; its brightness does not count.")
    elevation_deg: Annotated[NumberValue, AfterValidator(within(-90.0, 90.0))] = Field(
        Uniform(uniform=(20.0, 70.0)), description="Direction of the light above the horizon in degrees."
    )
    azimuth_deg: NumberValue = Field(
        Uniform(uniform=(0.0, 360.0)),
        description="Direction in which the light stands, from +X towards +Y, in degrees.",
    )

    @model_validator(mode="after")
    def _one_colour(self) -> Self:
        if self.temperature_k is not None and self.colour is not None:
            raise ValueError("must have either temperature_k or colour, not both")
        return self


class SunSpec(_Light):
    """Light from very far away."""

    kind: Literal["sun"] = Field("sun", description="Light from very far away, with shadow.")
    angular_diameter_deg: Annotated[NumberValue, AfterValidator(within(0.0, 60.0))] = Field(
        0.53, description="Size of the light in the sky in degrees: 0.53 is the sun, 20 a hazy or diffused one."
    )


class _NearLight(_Light):
    distance_m: Positive = Field(1.5, description="Distance from the target in metres.")
    target_m: Vector3Value = Field((0.0, 0.0, 0.0), description="Point that the light is aimed at, in metres.")


class SpotSpec(_NearLight):
    """A lamp that shines in a cone."""

    kind: Literal["spot"] = Field(description="A lamp that shines in a cone, with shadow.")
    inner_angle_deg: Annotated[NumberValue, AfterValidator(within(0.0, 85.0))] = Field(
        25.0, description="Half angle up to which the light is full, in degrees."
    )
    softness_deg: Annotated[NumberValue, AfterValidator(within(0.1, 85.0))] = Field(
        12.0, description="Further angle over which the light fades to nothing, in degrees."
    )
    radius_m: Positive = Field(0.03, description="Radius of the lamp's face in metres: how soft the shadow is.")


class PointSpec(_NearLight):
    """A small ball that shines in all directions."""

    kind: Literal["point"] = Field(description="A small ball that shines in all directions, with shadow.")
    radius_m: Positive = Field(0.02, description="Radius of the ball in metres: how soft the shadow is.")


class RectSpec(_NearLight):
    """A glowing rectangle that shines to one side, as a softbox, a ceiling panel or a window does."""

    kind: Literal["rect"] = Field(
        description="A glowing rectangle that faces the target, as a softbox or a window does, with shadow."
    )
    width_m: Positive = Field(0.6, description="Width of the rectangle in metres, level with the horizon.")
    height_m: Positive = Field(0.6, description="Height of the rectangle in metres.")
    visible: bool = Field(False, description="Let the camera see the rectangle itself; it has no label.")


Light = Annotated[SunSpec | SpotSpec | PointSpec | RectSpec, Field(discriminator="kind"), kind_if_left_out("sun")]


class EnvironmentSpec(Picked):
    """Light from all around, from an environment map or a procedural sky."""

    illuminance_lux: NonNegative = Field(
        10_000.0, description="Light on a horizontal surface that sees all of it; the map is scaled to it."
    )
    rotation_deg: NumberValue = Field(
        Uniform(uniform=(0.0, 360.0)), description="Turn about the vertical in degrees, counter-clockwise from above."
    )
    visible: bool = Field(True, description="Show it behind the objects; false shows black and still lights.")


class Lighting(_Model):
    """One kind of light on the scene, such as noon or lamp light."""

    weight: float = Field(1.0, ge=0, description="How often this kind comes, relative to the others.")
    lights: Mapping[str, Light] = Field(default_factory=dict, description="Lights by name.")
    environment: EnvironmentSpec | None = Field(None, description="Light from all around, or none.")


class EnvironmentBackground(_Model):
    """The environment map shows behind the objects."""

    kind: Literal["environment"] = Field("environment", description="The environment map shows behind the objects.")


class PlainBackground(_Model):
    """Black behind the objects; the environment still lights them."""

    kind: Literal["plain"] = Field(description="Black behind the objects.")


class PhotoBackground(_Model):
    """Photos behind the objects. What the photos show has no labels."""

    kind: Literal["photos"] = Field(description="Photos behind the objects; what they show has no labels.")
    photos: PickValue = Field(
        description="Which photos of the asset packs to draw from; a folder's name stands for all photos in it."
    )
    luminance_cd_m2: Positive | None = Field(
        None,
        description="Luminance of the photo's white in cd/m2; that of white paper in the scene's light if left out.",
    )


Background = Annotated[
    EnvironmentBackground | PlainBackground | PhotoBackground,
    Field(discriminator="kind"),
    kind_if_left_out("environment"),
]

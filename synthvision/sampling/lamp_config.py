"""What shines of a group's objects when it is dark: lamps of a street, lights of a car, windows of a house."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from synthvision.sampling.distributions import Uniform
from synthvision.sampling.number_values import NumberValue, within
from synthvision.sampling.values import NonNegative, ParameterValue

__all__ = ["LampsSpec"]


class LampsSpec(BaseModel):
    """What of an object shines when the sun is low."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    on_below_deg: Annotated[NumberValue, AfterValidator(within(-90.0, 90.0))] = Field(
        3.0,
        description="They shine when the sun of the scene's sky stands lower than this, in degrees; it needs a sky.",
    )
    params: Mapping[str, ParameterValue] = Field(
        default_factory=dict,
        description="Parameters that a procedural asset takes then, such as lit: night; those that an asset lacks are "
        "left alone, and its shape must not depend on them.",
    )
    keypoints: tuple[str, ...] = Field(
        (), description="Keypoints of the model at which a light shines; none makes it glow without lighting others."
    )
    aim: Literal["down", "front"] = Field(
        "down", description="Where the lights shine: down as a street lamp, or to the front as headlights."
    )
    pitch_deg: Annotated[NumberValue, AfterValidator(within(-90.0, 90.0))] = Field(
        -1.5, description="With aim front: turn upwards in degrees; below 0 a low beam."
    )
    intensity_cd: NonNegative = Field(
        Uniform(uniform=(900.0, 2_000.0)),
        description="Intensity of each light along its axis in candela: 1,000 a street lamp, 10,000 a low beam.",
    )
    temperature_k: Annotated[NumberValue, AfterValidator(within(1_000.0, 25_000.0))] = Field(
        Uniform(uniform=(2_200.0, 4_000.0)), description="Colour temperature of the group's lights in kelvin."
    )
    inner_angle_deg: Annotated[NumberValue, AfterValidator(within(0.0, 80.0))] = Field(
        50.0, description="Half angle up to which a light is full, in degrees."
    )
    softness_deg: Annotated[NumberValue, AfterValidator(within(0.1, 80.0))] = Field(
        25.0, description="Further angle over which it fades to nothing, in degrees."
    )
    lights: int = Field(
        4,
        ge=0,
        le=12,
        description="How many of the group's lights light the scene, those nearest to its origin: each costs a shadow.",
    )

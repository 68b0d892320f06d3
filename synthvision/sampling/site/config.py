"""Sites of a scene file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from synthvision.sampling.distributions import Uniform
from synthvision.sampling.number_values import NumberValue
from synthvision.sampling.picks import Picked, PickValue
from synthvision.sampling.values import NonNegative, Share

__all__ = ["RoomSite", "RoomSun", "SiteSpec", "StreetSite"]

_STREET = Picked.model_validate({"pick": "street"}).pick


class StreetSite(Picked):
    """A piece of street, with lanes, kerbs, pavements, crossing and building lines as strips."""

    kind: Literal["street"] = Field(description="A piece of street.")
    pick: PickValue = Field(_STREET, description="The procedural asset that it is made of.")
    variants: int = Field(
        12, ge=1, le=10_000, description="Different streets in the whole job; each takes time and memory once."
    )


class RoomSun(BaseModel):
    """Sunlight that falls through the windows of a room."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    probability: Share = Field(0.35, description="Chance that the sun shines in by day, 0..1.")
    illuminance_lux: NonNegative = Field(
        Uniform(uniform=(8_000.0, 45_000.0)), description="Light on a surface that faces the sun, in lux."
    )
    azimuth_deg: NumberValue = Field(
        Uniform(uniform=(-50.0, 50.0)),
        description="Direction of the sun, off straight through the windows, in degrees.",
    )
    elevation_deg: NumberValue = Field(
        Uniform(uniform=(14.0, 48.0)), description="Height of the sun above the horizon in degrees."
    )


_ROOM = Picked.model_validate({"pick": "room_shell"}).pick
_SUN = RoomSun.model_validate({})


class RoomSite(Picked):
    """The inside of a room or a hall: its lamps and windows light the scene; nothing stands outside."""

    kind: Literal["room"] = Field(description="The inside of a room or a hall.")
    pick: PickValue = Field(_ROOM, description="The procedural asset that it is made of: room_shell or hall_shell.")
    variants: int = Field(
        16, ge=1, le=10_000, description="Different rooms in the whole job; each takes time and memory once."
    )
    surfaces: Mapping[str, Picked] = Field(
        default_factory=dict, description="Materials by part of the room: floor, wall, ceiling; its own where left out."
    )
    sun: RoomSun = Field(_SUN, description="Sunlight through the windows.")


SiteSpec = Annotated[StreetSite | RoomSite, Field(discriminator="kind")]

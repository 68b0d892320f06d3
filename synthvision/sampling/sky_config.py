"""The sky of a scene file: where the sun stands, how many clouds there are, what shines at night."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Set
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from synthvision.geometry.sun_position import julian_day, sun_position
from synthvision.sampling.distributions import ChoiceOfWords, Distribution, Uniform
from synthvision.sampling.number_values import ChoiceValue, NumberValue, bounds_of, within, words_of
from synthvision.sampling.picks import PickValue
from synthvision.sampling.values import NonNegative, Positive, Share, Vector2Value

__all__ = [
    "ELEVATIONS",
    "GROUNDS",
    "HORIZONS",
    "HeadlightsSpec",
    "MoonSpec",
    "SkyKind",
    "SkySpec",
    "StatedModel",
    "StreetLampsSpec",
    "TimeSpec",
    "clock_elevation",
    "joined_sky",
    "without_other_sun",
]

SkyKind = Literal["auto", "clear", "cloudy", "overcast", "dusk", "night", "hdri"]

#: How high the sun may stand under each kind of sky, in degrees.
ELEVATIONS: dict[str, tuple[float, float]] = {
    "auto": (-90.0, 90.0),
    "clear": (0.0, 90.0),
    "cloudy": (0.0, 90.0),
    "overcast": (0.0, 90.0),
    "dusk": (-12.0, 6.0),
    "night": (-90.0, -6.0),
}
#: Share of the sky under clouds that each kind may have.
_COVERS: dict[str, tuple[float, float]] = {"clear": (0.0, 0.15), "cloudy": (0.1, 0.95), "overcast": (0.9, 1.0)}
GROUNDS = ("grass", "asphalt", "field", "paving", "sand", "snow")
HORIZONS = ("open", "trees", "houses", "town")

_SUN_KEYS = ("sun_elevation_deg", "sun_azimuth_deg", "sun_azimuth_from_camera_deg")
_AZIMUTHS = _SUN_KEYS[1:]
_HDRI_ONLY = ("kind", "pick", "illuminance_lux", "rotation_deg")
_Elevation = Annotated[NumberValue, AfterValidator(within(-90.0, 90.0))]


class StatedModel(BaseModel):
    """A block that is laid over others: it is written with the keys that were stated, so that it reads back as such."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_serializer(mode="wrap")
    def _stated(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        written = handler(self)
        return {name: value for name, value in written.items() if name in self.model_fields_set}


def _check_words(allowed: tuple[str, ...]) -> AfterValidator:
    def check(value: Any) -> Any:
        words = words_of(value)
        for word in words:
            if word not in allowed:
                raise ValueError(f"must be one of {', '.join(allowed)}, got {word!r}")
        return value

    return AfterValidator(check)


def _check_dates(value: Any) -> Any:
    for text in words_of(value):
        try:
            date.fromisoformat(text)
        except ValueError as error:
            raise ValueError(f"must be a date like 2025-06-21, got {text!r} ({error})") from error
    return value


class TimeSpec(StatedModel):
    """Day, hour and place, from which the sun's direction follows."""

    date: Annotated[ChoiceValue, AfterValidator(_check_dates)] = Field(
        "2025-06-21", description="Day, year-month-day, or a choice of days; the sun is exact for 1950 to 2050."
    )
    hour: Annotated[NumberValue, AfterValidator(within(0.0, 24.0))] = Field(
        description="Time of day in hours, 0..24: clock time where utc_offset_h is given, else mean solar time, by "
        "which the sun is highest near 12."
    )
    latitude_deg: Annotated[NumberValue, AfterValidator(within(-90.0, 90.0))] = Field(
        48.0, description="Latitude of the place in degrees, north positive, -90..90."
    )
    longitude_deg: Annotated[NumberValue, AfterValidator(within(-180.0, 180.0))] = Field(
        0.0, description="Longitude of the place in degrees, east positive, -180..180; counts with utc_offset_h."
    )
    utc_offset_h: float | None = Field(
        None, ge=-14, le=14, description="Hours by which the clock is ahead of universal time, -14..14."
    )
    north_deg: NumberValue = Field(
        90.0, description="Direction of north in the scene, from +X towards +Y, in degrees; 90 is along +Y."
    )


class MoonSpec(StatedModel):
    """The moon, which shines when the sun is well below the horizon."""

    elevation_deg: Annotated[NumberValue, AfterValidator(within(0.0, 90.0))] = Field(
        Uniform(uniform=(15.0, 60.0)), description="Height of the moon above the horizon in degrees, 0..90."
    )
    azimuth_deg: NumberValue = Field(
        Uniform(uniform=(0.0, 360.0)), description="Direction of the moon, from +X towards +Y, in degrees."
    )
    phase_deg: Annotated[NumberValue, AfterValidator(within(0.0, 180.0))] = Field(
        Uniform(uniform=(0.0, 90.0)), description="Phase angle in degrees: 0 full (up to 0.3 lux), 90 half, 180 new."
    )


class StreetLampsSpec(StatedModel):
    """A row of street lamps that goes on at dusk."""

    count: int = Field(2, ge=1, le=3, description="How many lamps stand near the origin, 1..3.")
    illuminance_lux: NonNegative = Field(
        Uniform(uniform=(8.0, 30.0)), description="Light on the ground under a lamp in lux: streets have 5 to 30."
    )
    temperature_k: Annotated[NumberValue, AfterValidator(within(1_000.0, 25_000.0))] = Field(
        3_500.0, description="Colour temperature in kelvin, 1000..25000: 2000 sodium, 3000 to 4500 LED."
    )
    height_m: Positive = Field(6.0, description="Height of the lamps in metres.")
    spacing_m: Positive = Field(18.0, description="Distance between two lamps of the row in metres.")
    offset_m: Vector2Value = Field(
        (Uniform(uniform=(-4.0, 4.0)), Uniform(uniform=(-4.0, 4.0))),
        description="Where the first lamp stands, beside the origin along x and y, in metres.",
    )
    direction_deg: NumberValue = Field(
        Uniform(uniform=(0.0, 360.0)), description="Direction of the row, from +X towards +Y, in degrees."
    )
    on_below_deg: _Elevation = Field(3.0, description="The lamps are on when the sun stands lower than this, degrees.")


class HeadlightsSpec(StatedModel):
    """The two low beams of a car that shines into the scene; the car itself is not drawn."""

    probability: Share = Field(1.0, description="Chance that there is a car, 0..1.")
    intensity_cd: NonNegative = Field(
        Uniform(uniform=(10_000.0, 25_000.0)), description="Luminous intensity of each lamp in candela: 1e4 to 3e4."
    )
    temperature_k: Annotated[NumberValue, AfterValidator(within(1_000.0, 25_000.0))] = Field(
        4_300.0, description="Colour temperature in kelvin: 3200 halogen, 4300 xenon, 5500 LED."
    )
    distance_m: Positive = Field(Uniform(uniform=(8.0, 20.0)), description="Distance of the car from the origin, m.")
    azimuth_deg: NumberValue = Field(
        Uniform(uniform=(0.0, 360.0)), description="Direction in which the car stands, from +X towards +Y, in degrees."
    )
    on_below_deg: _Elevation = Field(3.0, description="The lamps are on when the sun stands lower than this, degrees.")


_DEFAULT_MOON = MoonSpec.model_validate({})


class SkySpec(StatedModel):
    """The open sky as light and background: a sky map without its sun, and the sun as a light with a shadow.

    Brightness and colour follow from the sun's height, the clouds and the haze. A job draws its skies from a pool of
    `variants` maps, each with its own sun height and clouds, turned so that the sun stands in the drawn direction.
    """

    kind: SkyKind = Field(
        "auto",
        description="clear, cloudy and overcast are skies by day (sun at 0..90 degrees), dusk has the sun at -12..6, "
        "night under -6; auto takes whatever sun and clouds are given; hdri is an environment map of an asset pack.",
    )
    sun_elevation_deg: _Elevation | None = Field(
        None,
        description="Height of the sun above the horizon in degrees, -90..90; or give time. By kind where both are "
        "left out: 15..60 by day, -6..2 at dusk, -40..-14 at night.",
    )
    sun_azimuth_deg: NumberValue | None = Field(
        None,
        description="Direction in which the sun stands, from +X towards +Y, in degrees; anywhere where left out.",
    )
    sun_azimuth_from_camera_deg: NumberValue | None = Field(
        None,
        description="Direction of the sun as the first camera of a scene's first view sees it, in degrees: 0 straight "
        "ahead, 90 to the right, 180 behind; instead of sun_azimuth_deg. Not for kind hdri.",
    )
    time: TimeSpec | None = Field(None, description="Date, hour and place instead of the sun's direction.")
    cover: Share | None = Field(
        None, description="Share of the sky under clouds, 0..1; by kind where left out: 0 clear, 1 overcast."
    )
    cloud_light: Annotated[NumberValue, AfterValidator(within(0.02, 2.0))] = Field(
        1.0, description="Light that comes through clouds, 0.02..2, where 1 is usual: 0.15 is a thunderstorm."
    )
    turbidity: Annotated[NumberValue, AfterValidator(within(2.0, 10.0))] = Field(
        Uniform(uniform=(2.5, 4.5)), description="Haze in the clear air, 2 (very clear) to 10 (hazy, whitish sky)."
    )
    whiteness: Share = Field(0.0, description="Share of the sky that fog or blown dust drowns in its own light, 0..1.")
    brightness: Annotated[NumberValue, AfterValidator(within(0.01, 100.0))] = Field(
        1.0, description="Multiplies all light of sun, moon and sky, 0.01..100."
    )
    city_lux: NonNegative = Field(
        0.01, description="Light of a city on the night sky, in lux on the ground: 0 far out, 0.2 in a large town."
    )
    ground: Annotated[ChoiceValue, _check_words(GROUNDS)] = Field(
        "grass", description=f"Ground below the horizon: {', '.join(GROUNDS)}."
    )
    ground_albedo: Share | None = Field(
        None, description="Share of light that the ground below the horizon reflects, 0..1; its own where left out."
    )
    horizon: Annotated[ChoiceValue, _check_words(HORIZONS)] = Field(
        ChoiceOfWords(choice=HORIZONS), description=f"What stands along the horizon: {', '.join(HORIZONS)}."
    )
    moon: MoonSpec | None = Field(_DEFAULT_MOON, description="The moon at night, or null for none.")
    street_lamps: StreetLampsSpec | None = Field(None, description="Street lamps that go on at dusk, or none.")
    headlights: HeadlightsSpec | None = Field(None, description="Headlights of a car that go on at dusk, or none.")
    pick: PickValue | None = Field(None, description="For kind hdri: which environment maps to draw from.")
    illuminance_lux: NonNegative | None = Field(
        None,
        description="For kind hdri, which it needs: light of the whole map, sun included, on level ground in lux.",
    )
    rotation_deg: NumberValue = Field(
        Uniform(uniform=(0.0, 360.0)), description="For kind hdri: turn about the vertical, counter-clockwise, degrees."
    )
    visible: bool = Field(True, description="Show the sky behind the objects; false shows black and still lights.")
    variants: int = Field(
        12, ge=1, le=10_000, description="How many different skies the whole job draws from; each takes time to make."
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.kind == "hdri":
            if self.pick is None or self.illuminance_lux is None:
                raise ValueError("a sky of kind hdri must have pick and illuminance_lux")
            return self
        if self.pick is not None or self.illuminance_lux is not None:
            raise ValueError(f"pick and illuminance_lux belong to a sky of kind hdri, got kind {self.kind}")
        if self.time is not None and any(getattr(self, name) is not None for name in _SUN_KEYS):
            raise ValueError("must have either time, or sun_elevation_deg and sun_azimuth_deg, not both")
        if self.sun_azimuth_deg is not None and self.sun_azimuth_from_camera_deg is not None:
            raise ValueError("must have either sun_azimuth_deg or sun_azimuth_from_camera_deg, not both")
        self._check_elevation()
        low, high = _COVERS.get(self.kind, (0.0, 1.0))
        if self.cover is not None:
            least, most = bounds_of(self.cover)
            if least < low or most > high:
                raise ValueError(
                    f"cover must be {low:g}..{high:g} under a sky of kind {self.kind}, got {_span(least, most)}"
                )
        return self

    def _check_elevation(self) -> None:
        if self.time is not None:
            least, most = _clock_bounds(self.time)
            what = "the time gives a sun that"
        elif self.sun_elevation_deg is not None:
            least, most = bounds_of(self.sun_elevation_deg)
            what = "sun_elevation_deg"
        else:
            return
        low, high = ELEVATIONS[self.kind]
        if least < low or most > high:
            hint = "; below the horizon take kind dusk or night" if low == 0 and least < 0 else ""
            verb = "stands at" if self.time is not None else "is"
            raise ValueError(
                f"a sky of kind {self.kind} must have its sun at {low:g}..{high:g} degrees, but {what} {verb} "
                f"{_span(round(least, 1), round(most, 1))}{hint}"
            )


def clock_elevation(
    day: str, hour: float, latitude_deg: float, longitude_deg: float, utc_offset_h: float | None
) -> tuple[float, float]:
    """Return elevation and azimuth (clockwise from north) of the sun in degrees, by `sun_position`.

    Args:
        day: ``2025-06-21``.
        hour: Clock time, or mean solar time where `utc_offset_h` is None.
        latitude_deg: North positive.
        longitude_deg: East positive.
        utc_offset_h: Hours by which the clock is ahead of universal time.
    """
    found = date.fromisoformat(day)
    offset = longitude_deg / 15.0 if utc_offset_h is None else utc_offset_h
    return sun_position(
        julian_day(found.year, found.month, found.day) + (hour - offset) / 24.0, latitude_deg, longitude_deg
    )


def _clock_bounds(time: TimeSpec) -> tuple[float, float]:
    """Return about the lowest and highest sun that a block of times can give, in degrees."""
    days = words_of(time.date)
    steps = [_steps(value) for value in (time.hour, time.latitude_deg, time.longitude_deg)]
    found = [
        clock_elevation(day, hour, latitude, longitude, time.utc_offset_h)[0]
        for day in days
        for hour, latitude, longitude in itertools.product(*steps)
    ]
    return min(found), max(found)


def _steps(value: float | Distribution) -> list[float]:
    low, high = bounds_of(value)
    return [low] if low == high else [low + (high - low) * step / 12 for step in range(13)]


def _span(low: float, high: float) -> str:
    return f"{low:g}" if low == high else f"{low:g}..{high:g}"


def joined_sky(base: SkySpec | None, change: SkySpec | None) -> SkySpec | None:
    """Return the sky of a scene with the changes that its weather makes.

    Clouds of the weather replace those of the scene. An environment map gives way to a made sky where the weather
    states clouds or a time of day, which no map can follow.

    Raises:
        ValueError: The two do not go together, such as a clear day with a sun below the horizon.
    """
    if base is None or change is None:
        return base if change is None else change
    stated = change.model_fields_set
    kept = {name: getattr(base, name) for name in base.model_fields_set}
    if base.kind == "hdri":
        if change.kind == "clear" or not stated & {"kind", "cover"}:
            return base
        kept = {name: value for name, value in kept.items() if name not in _HDRI_ONLY}
    by_day = ("clear", "cloudy", "overcast")
    if base.kind in ("dusk", "night") and change.kind in by_day:
        raise ValueError(
            f"the weather has a sky of kind {change.kind}, which is by day, but the scene's sky is of kind "
            f"{base.kind}; take a weather preset for that time, or leave out the kind of the sky"
        )
    if stated & {"kind", "cover"} and base.kind in by_day:
        kept.pop("kind", None)
        kept.pop("cover", None)
    kept = without_other_sun(kept, stated)
    return SkySpec.model_validate({**kept, **{name: getattr(change, name) for name in stated}})


def without_other_sun(below: Mapping[str, Any], stated: Set[str]) -> dict[str, Any]:
    """Return what a sky says without what changes to it say in another way: of two places of the sun the last holds.

    Args:
        below: Stated values of the sky by key.
        stated: Keys that the changes state.
    """
    gone: set[str] = set()
    if "time" in stated:
        gone.update(_SUN_KEYS)
    elif stated & set(_SUN_KEYS):
        gone.add("time")
    if stated & set(_AZIMUTHS):
        gone.update(_AZIMUTHS)
    return {name: value for name, value in below.items() if name not in gone}

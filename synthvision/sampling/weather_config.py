"""The weather of a scene file, and the presets by which it is named.

A preset is a YAML file below ``scenes/weather`` (or an entry of `presets` in the scene file) with the same keys as the
scene's own `weather` block. What the block says wins over the preset, key by key; ``null`` takes a part away.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any, Self, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, ValidationError, model_validator

from synthvision.core.builtin import builtin_names, builtin_path
from synthvision.core.errors import UsageError, nearest_name
from synthvision.core.yaml_file import load_yaml
from synthvision.sampling.distributions import ChoiceOfWords, Uniform
from synthvision.sampling.number_values import ChoiceValue, NumberValue, within, words_of
from synthvision.sampling.sky_config import SkySpec, StatedModel, without_other_sun
from synthvision.scene.weather import WEATHER_RANGES

__all__ = [
    "RANGES",
    "AirSpec",
    "LensSpec",
    "RainSpec",
    "SnowCoverSpec",
    "SnowfallSpec",
    "WeatherParts",
    "WeatherPreset",
    "WeatherSpec",
    "WeatherValue",
    "WetnessSpec",
    "WindSpec",
    "overlaid",
    "preset_names",
    "weather_preset",
]

#: Allowed values, by the last word of the key path: of what a file says, and of what is pinned afterwards.
RANGES: Mapping[str, tuple[float, float]] = {
    "visibility_m": (5.0, 100_000.0),
    "base_height_m": (-100.0, 10_000.0),
    "falloff_m": (0.1, 10_000.0),
    "patchiness": (0.0, 1.0),
    "albedo": (0.0, 1.0),
    "forward": (0.0, 0.98),
    "rate_mm_h": (0.0, 300.0),
    "snow_rate_mm_h": (0.0, 20.0),
    "fall_speed_m_s": (0.2, 5.0),
    "sway_m": (0.0, 1.0),
    **WEATHER_RANGES["wetness"],
    "cover": WEATHER_RANGES["snow_cover"]["cover"],
    "patch_size_m": WEATHER_RANGES["snow_cover"]["patch_size_m"],
    "snow_albedo": WEATHER_RANGES["snow_cover"]["albedo"],
    "speed_m_s": (0.0, 60.0),
    "drops": (0.0, 2_000.0),
    "specks": (0.0, 2_000.0),
    "smudge": (0.0, 1.0),
    "glare": (0.0, 0.3),
    "veil": (0.0, 0.2),
}


def _ranged(name: str) -> AfterValidator:
    return AfterValidator(within(*RANGES[name]))


_PatchSize = Annotated[NumberValue, _ranged("patch_size_m")]


class AirSpec(StatedModel):
    """Haze, fog or dust in the air."""

    visibility_m: Annotated[NumberValue, _ranged("visibility_m")] = Field(
        description="Meteorological optical range in metres, 5..100000: at this distance 5 % of the contrast are left. "
        "Under 1000 is fog, 1000 to 5000 haze, above 10000 clear."
    )
    base_height_m: Annotated[NumberValue, _ranged("base_height_m")] = Field(
        0.0, description="Up to this height over z = 0 it is as dense as it gets, in metres."
    )
    falloff_m: Annotated[NumberValue, _ranged("falloff_m")] | None = Field(
        None, description="Above, density falls by e with every so many metres, 0.1..10000; even where left out."
    )
    patchiness: Annotated[NumberValue, _ranged("patchiness")] = Field(
        0.0, description="How much density varies from place to place, 0 (even) to 1 (from nothing to double)."
    )
    patch_size_m: _PatchSize = Field(40.0, description="Size of the patches in metres.")
    albedo: tuple[float, float, float] | None = Field(
        None,
        description="Share of the dimmed light that is scattered, linear [r, g, b] in 0..1; water's, or brown for "
        "dust, where left out.",
    )
    forward: Annotated[NumberValue, _ranged("forward")] = Field(
        0.85, description="How much it scatters ahead, 0 (evenly) to 0.98: glow around the sun and lamps."
    )

    @model_validator(mode="after")
    def _check_albedo(self) -> Self:
        if self.albedo is not None and not all(0.0 <= channel <= 1.0 for channel in self.albedo):
            raise ValueError(f"albedo must be three values in 0..1, got {list(self.albedo)}")
        return self


class RainSpec(StatedModel):
    """Falling rain. Clouds, wet ground, puddles with rings and wind follow from its rate where they are left out."""

    rate_mm_h: Annotated[NumberValue, _ranged("rate_mm_h")] = Field(
        description="Rain rate in millimetres an hour, 0..300: under 2.5 light, to 7.6 moderate, to 50 heavy, above "
        "violent."
    )


class SnowfallSpec(StatedModel):
    """Falling snow. Clouds and lying snow follow from it where they are left out."""

    rate_mm_h: Annotated[NumberValue, _ranged("snow_rate_mm_h")] = Field(
        description="Rate as melted water in millimetres an hour, 0..20: under 1 light, above 2.5 heavy."
    )
    fall_speed_m_s: Annotated[NumberValue, _ranged("fall_speed_m_s")] = Field(
        Uniform(uniform=(0.7, 1.4)), description="Speed of the flakes in metres a second, 0.2..5."
    )
    sway_m: Annotated[NumberValue, _ranged("sway_m")] = Field(
        Uniform(uniform=(0.04, 0.15)), description="How far flakes swing sideways in metres, 0..1."
    )


class WetnessSpec(StatedModel):
    """Water on what faces up; each value follows from the rain where it is left out."""

    film: Annotated[NumberValue, _ranged("film")] | None = Field(
        None, description="How wet surfaces are, 0 (dry) to 1 (soaked): darker and glossier."
    )
    puddles: Annotated[NumberValue, _ranged("puddles")] | None = Field(
        None, description="Share of flat ground under standing water, 0..1."
    )
    puddle_size_m: Annotated[NumberValue, _ranged("puddle_size_m")] = Field(
        Uniform(uniform=(0.6, 2.5)), description="Size of the puddles in metres."
    )
    ripple_rate_mm_h: Annotated[NumberValue, _ranged("ripple_rate_mm_h")] | None = Field(
        None, description="Rain rate that makes rings on the puddles, 0..300; the rain's own where left out."
    )


class SnowCoverSpec(StatedModel):
    """Snow that lies on what faces up and is open to the sky."""

    cover: Annotated[NumberValue, _ranged("cover")] = Field(
        description="Share of what faces up that is under snow, 0..1."
    )
    patch_size_m: _PatchSize = Field(0.6, description="Size of the patches in metres where cover is below 1.")
    albedo: Annotated[NumberValue, _ranged("snow_albedo")] = Field(
        Uniform(uniform=(0.78, 0.88)), description="Share of light that the snow reflects: 0.5 old, 0.9 fresh."
    )


class WindSpec(StatedModel):
    """Wind, which slants rain and snow."""

    speed_m_s: Annotated[NumberValue, _ranged("speed_m_s")] | None = Field(
        None, description="Speed in metres a second, 0..60; by the rain or snow where left out."
    )
    direction_deg: NumberValue = Field(
        Uniform(uniform=(0.0, 360.0)), description="Where it blows to, from +X towards +Y, in degrees."
    )


class LensSpec(StatedModel):
    """What the weather does to the front glass of every camera whose own glass is clean."""

    drops: Annotated[NumberValue, _ranged("drops")] = Field(0.0, description="Water drops in view, 0..2000.")
    specks: Annotated[NumberValue, _ranged("specks")] = Field(0.0, description="Specks of dirt in view, 0..2000.")
    smudge: Annotated[NumberValue, _ranged("smudge")] = Field(0.0, description="Strength of a greasy film, 0..1.")
    glare: Annotated[NumberValue, _ranged("glare")] = Field(
        0.0, description="Share of light that the glass scatters into a halo, 0..0.3; the lens's own where more."
    )
    veil: Annotated[NumberValue, _ranged("veil")] = Field(
        0.0, description="Share of light that the glass spreads over the picture, 0..0.2; the lens's own where more."
    )


class WeatherParts(StatedModel):
    """What weather is made of: the keys of a preset and of the scene's `weather` block."""

    haze: AirSpec | None = Field(None, description="Haze: a thin grey veil that hides what is kilometres away.")
    fog: AirSpec | None = Field(None, description="Fog.")
    dust: AirSpec | None = Field(None, description="Blown dust or sand.")
    rain: RainSpec | None = Field(None, description="Falling rain.")
    snowfall: SnowfallSpec | None = Field(None, description="Falling snow.")
    wetness: WetnessSpec | None = Field(None, description="Water on the ground and on things; by the rain if left out.")
    snow_cover: SnowCoverSpec | None = Field(None, description="Lying snow; none where left out.")
    wind: WindSpec | None = Field(None, description="Wind; by rain and snow where left out.")
    lens: LensSpec | None = Field(None, description="Drops and dirt on the lens, and glare.")
    sky: SkySpec | None = Field(
        None, description="Changes to the scene's sky that go with the weather; these win over the scene's own sky."
    )
    seed: int | None = Field(
        None,
        ge=0,
        le=2**31 - 1,
        description="Where drops, flakes, patches and puddles are; another for each scene if left out.",
    )


class WeatherPreset(WeatherParts):
    """A named kind of weather."""

    description: str = Field("", description="What it is, for people.")
    like: str | None = Field(None, description="Another preset that this one changes.")


class WeatherSpec(WeatherParts):
    """The weather: a preset by name, or one of several, with changes. `weather: rain` is short for `{kind: rain}`."""

    kind: ChoiceValue = Field(
        "clear", description="Name of a preset, or a choice: {choice: [clear, rain], weights: [3, 1]}."
    )
    presets: Mapping[str, WeatherPreset] = Field(
        default_factory=dict, description="The scene's own presets by name; they come before built-in ones."
    )

    @model_validator(mode="before")
    @classmethod
    def _written_out(cls, data: Any) -> Any:
        # With the presets written out, the job that is stored with a data set says all that made it.
        if not isinstance(data, dict) or not isinstance(data.get("presets", {}), dict):
            return data
        presets = dict(data.get("presets", {}))
        kind = data.get("kind", "clear")
        names = kind.get("choice", []) if isinstance(kind, dict) else getattr(kind, "choice", [kind])
        todo = [*names, *(_like_of(preset) for preset in presets.values())] if isinstance(names, (list, tuple)) else []
        while todo:
            name = todo.pop()
            if isinstance(name, str) and name not in presets and name in preset_names():
                presets[name] = weather_preset(name).model_dump(mode="json")
                todo.append(_like_of(presets[name]))
        return {**data, "presets": presets}

    @model_validator(mode="after")
    def _check(self) -> Self:
        for name in self.kinds:
            try:
                self.parts_of(name)
            except ValidationError as error:
                reasons = "; ".join(str(item["msg"]).removeprefix("Value error, ") for item in error.errors())
                raise ValueError(f"weather {name!r} with these changes: {reasons}") from error
        return self

    @property
    def kinds(self) -> tuple[str, ...]:
        """Names of the presets that may come."""
        return words_of(self.kind)

    def parts_of(self, name: str) -> WeatherParts:
        """Return what a preset is made of, with the changes of this block over it.

        Raises:
            ValueError: There is no such preset (the nearest is named), or it is like itself.
        """
        chain: list[WeatherPreset] = []
        seen: list[str] = []
        following: str | None = name
        # Messages begin with the key that names the preset, so that they point to where it was written.
        key = "kind"
        while following is not None:
            if following in seen:
                raise ValueError(f"a weather preset must not be like itself, got {' like '.join([*seen, following])}")
            seen.append(following)
            try:
                preset = self.presets.get(following) or weather_preset(following, self.presets)
            except ValueError as error:
                raise ValueError(f"{key} {error}") from error
            chain.append(preset)
            key, following = f"presets.{following}.like", preset.like
        parts = WeatherParts.model_validate({})
        for layer in (*reversed(chain), self):
            parts = overlaid(parts, layer)
        return parts


def _like_of(preset: Any) -> Any:
    return preset.get("like") if isinstance(preset, dict) else getattr(preset, "like", None)


def _as_spec(value: Any) -> Any:
    return {"kind": value} if isinstance(value, (str, ChoiceOfWords)) else value


#: A weather block; a plain word is the name of a preset.
WeatherValue = Annotated[WeatherSpec, BeforeValidator(_as_spec, json_schema_input_type=str | WeatherSpec)]

Parts = TypeVar("Parts", bound=BaseModel)


def overlaid(base: Parts, over: BaseModel) -> Parts:
    """Return a block with everything that another one states put over it, key by key.

    Args:
        base: What holds where `over` says nothing; its class is that of the result.
        over: A block that has at least the keys of `base`; keys of its own are left out.

    Raises:
        ValidationError: The two do not go together.
    """
    merged = {name: getattr(base, name) for name in base.model_fields_set}
    stated = over.model_fields_set & set(type(base).model_fields)
    if isinstance(base, SkySpec):
        merged = without_other_sun(merged, stated)
    for name in stated:
        below: Any = merged.get(name)
        above: Any = getattr(over, name)
        if isinstance(below, _BLOCKS) and isinstance(above, _BLOCKS):
            above = overlaid(below, above)
        merged[name] = above
    return type(base).model_validate(merged)


_BLOCKS = (AirSpec, RainSpec, SnowfallSpec, WetnessSpec, SnowCoverSpec, WindSpec, LensSpec, SkySpec)


@lru_cache(maxsize=1)
def preset_names() -> tuple[str, ...]:
    """Return the sorted names of the weather presets that ship."""
    return builtin_names("scenes/weather")


@lru_cache(maxsize=256)
def _shipped(name: str) -> WeatherPreset:
    document = load_yaml(builtin_path("scenes/weather", name), f"scenes/weather/{name}.yaml")
    try:
        return WeatherPreset.model_validate(document.data)
    except ValidationError as error:
        raise UsageError(f"the weather preset {name!r} that ships is broken: {error}") from error


def weather_preset(name: str, own: Mapping[str, Any] | None = None) -> WeatherPreset:
    """Return a weather preset that ships.

    Args:
        name: Its name, e.g. ``heavy_rain_dusk``.
        own: Further presets, for the message.

    Raises:
        ValueError: There is none of that name; the nearest one is named, and all are listed.
    """
    if name not in preset_names():
        known = sorted({*preset_names(), *(own or {})})
        near = nearest_name(name, known)
        hint = f"; did you mean {near!r}?" if near else ""
        raise ValueError(f"must name a weather preset, got {name!r}{hint} (there are: {', '.join(known)})")
    return _shipped(name)

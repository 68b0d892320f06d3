"""The scene file: what may be drawn, as frozen models with a description and unit for every key.

A scene file says what a scene is made of; any number, colour, vector or choice may be a distribution. Mappings by
name (objects, lights, materials) give every key a path such as ``objects.bottles.count`` that overrides can address
and that names the random stream of its value.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from synthvision.core.errors import nearest_name
from synthvision.sampling.camera_config import Camera, ExposureSpec, OfGroup, RigCamera, ShellCamera, StripCamera
from synthvision.sampling.constraints.config import Constraint
from synthvision.sampling.defects.config import DefectsSpec
from synthvision.sampling.factors.config import FactorSpec
from synthvision.sampling.lamp_config import LampsSpec
from synthvision.sampling.light_config import (
    Background,
    EnvironmentBackground,
    EnvironmentSpec,
    Light,
    Lighting,
    PhotoBackground,
)
from synthvision.sampling.motion.config import ObjectMotion, check_one_motion
from synthvision.sampling.number_values import IntValue, NumberValue, bounds_of
from synthvision.sampling.picks import Picked, PickValue
from synthvision.sampling.placement.config import Dropped, Fixed, Inside, OnSurface, Placement, Relative
from synthvision.sampling.site.config import SiteSpec
from synthvision.sampling.sky_config import SkySpec, joined_sky
from synthvision.sampling.tables import TableValue, with_columns
from synthvision.sampling.values import ColourValue, ParameterValue, Positive, Share, Vector2Value, Vector3Value
from synthvision.sampling.weather_config import WeatherValue

__all__ = ["MAX_OBJECTS", "MaterialSpec", "ObjectGroup", "SceneSpec", "SurfaceSpec", "spec_warnings"]

MAX_OBJECTS = 10_000

_ANYWHERE = OnSurface.model_validate({})
_OPEN = EnvironmentBackground.model_validate({})
_NEAR_CAMERA = ShellCamera.model_validate({"distance_m": 1.0})
_AUTO_EXPOSURE = ExposureSpec.model_validate({})
_GROUND = Picked.model_validate({"pick": "ground"}).pick


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class MaterialSpec(_Model):
    """How one material slot of an object varies; what is left out stays as the model has it."""

    pick: PickValue | None = Field(None, description="A material whose maps replace the model's own.")
    params: Mapping[str, ParameterValue] = Field(
        default_factory=dict, description="Values or distributions of a procedural material's parameters."
    )
    variants: int = Field(16, ge=1, le=100_000, description="Different parameter sets of each procedural material.")
    base_colour: ColourValue | None = Field(
        None, description="Replaces the base colour factor; maps still multiply it."
    )
    metallic: Share | None = Field(None, description="Replaces the metallic factor, 0..1.")
    roughness: Share | None = Field(None, description="Replaces the roughness factor, 0..1.")
    uv_scale: Positive = Field(1.0, description="Multiplies texture coordinates: 2 shows twice as many repeats.")
    uv_rotation_deg: NumberValue = Field(0.0, description="Turn of the texture in degrees.")
    uv_offset: Vector2Value = Field((0.0, 0.0), description="Shift of the texture, as a share of one repeat.")
    probability: Share = Field(1.0, description="Chance that the change is made to an object, 0..1.")


class SurfaceSpec(Picked):
    """What objects stand on: its top is the plane z = 0."""

    pick: PickValue = Field(_GROUND, description="Model of the surface: a flat ground, or a table.")
    size_m: tuple[float, float] | None = Field(
        None, description="Width and depth that the surface is stretched to, in metres; the model's own where left out."
    )
    material: MaterialSpec | None = Field(None, description="Material of the surface; the model's own where left out.")
    yaw_deg: NumberValue = Field(0.0, description="Turn of the surface about the vertical in degrees.")

    @field_validator("size_m")
    @classmethod
    def _positive(cls, value: tuple[float, float] | None) -> tuple[float, float] | None:
        if value is not None and min(value) <= 0:
            raise ValueError(f"size_m must be above 0, got {list(value)}")
        return value


class ObjectGroup(Picked):
    """A group of objects of one kind: how many, how they vary, where they stand."""

    count: IntValue = Field(1, description="How many objects.")
    role: Literal["thing", "stuff", "distractor", "background"] = Field(
        "thing",
        description="thing and stuff are labelled; a distractor occludes without label; background is ground or walls.",
    )
    materials: Mapping[str, MaterialSpec] = Field(
        default_factory=dict,
        description="Changes by material slot of the model, e.g. body or label; '*' is every slot.",
    )
    scale: Positive = Field(1.0, description="Multiplies the size of the model.")
    placement: Placement = Field(_ANYWHERE, description="Where the objects stand.")
    alike: bool = Field(
        False,
        description="All objects of the group in a scene are of one model, as the racks of a row or a set of chairs.",
    )
    optional: bool = Field(False, description="Leave an object out where it finds no place, instead of starting anew.")
    defects: DefectsSpec | None = Field(
        None, description="Marks of damage on the objects, each a labelled instance of its own; none where left out."
    )
    velocity_m_s: Vector3Value = Field(
        (0.0, 0.0, 0.0),
        description="How fast each object moves along the world's x, y and z in metres per second: its motion blur "
        "and its way from step to step. Labels are those of mid-exposure.",
    )
    angular_velocity_deg_s: Vector3Value = Field(
        (0.0, 0.0, 0.0),
        description="How fast each object turns about its own origin, as a vector along the axis in world axes, in "
        "degrees per second.",
    )
    lamps: LampsSpec | None = Field(
        None, description="What of the objects shines when it is dark; nothing if left out."
    )
    motion: ObjectMotion | None = Field(
        None,
        description="How each object moves from step to step; its velocities follow. Steady velocities where left out.",
    )

    @field_validator("count")
    @classmethod
    def _count(cls, value: IntValue) -> IntValue:
        low, high = bounds_of(value)
        if low < 0 or high > MAX_OBJECTS:
            raise ValueError(f"count must be 0..{MAX_OBJECTS}, got {_span(low, high)}")
        return value

    @model_validator(mode="after")
    def _one_motion(self) -> Self:
        check_one_motion(
            self.motion, velocity_m_s=self.velocity_m_s, angular_velocity_deg_s=self.angular_velocity_deg_s
        )
        return self


class SceneSpec(_Model):
    """A scene file."""

    description: str = Field("", description="What the scene shows, for people.")
    surface: SurfaceSpec | None = Field(None, description="What objects stand on; none where left out.")
    site: SiteSpec | None = Field(
        None,
        description="Where the scene takes place, such as a piece of street, instead of surface; none if left out.",
    )
    objects: Mapping[str, ObjectGroup] = Field(description="Groups of objects by name, placed in this order.")
    lights: Mapping[str, Light] = Field(default_factory=dict, description="Lights by name.")
    environment: EnvironmentSpec | None = Field(None, description="Light from all around, or none.")
    lighting: Mapping[str, Lighting] = Field(
        default_factory=dict,
        description="Instead of lights and environment: several kinds of light by name, of which each scene gets one.",
    )
    sky: SkySpec | None = Field(
        None, description="The open sky with sun, moon and clouds, instead of environment; lights may stand beside it."
    )
    weather: WeatherValue | None = Field(
        None, description="Weather by the name of a preset, or a block with changes; clear and dry where left out."
    )
    background: Background = Field(_OPEN, description="What shows where no object is.")
    cameras: tuple[Camera, ...] = Field(
        (_NEAR_CAMERA,), min_length=1, description="Cameras; each takes a picture of every view."
    )
    exposure: ExposureSpec = Field(_AUTO_EXPOSURE, description="Exposure of all cameras that have none of their own.")
    factors: Mapping[str, FactorSpec] = Field(
        default_factory=dict, description="Quantities that vary, by name, with levels that plans and coverage count."
    )
    tables: Mapping[str, TableValue] = Field(
        default_factory=dict,
        description="Tables by name: rows of values that are drawn together and that keys take by "
        "{from: table.column}.",
    )
    constraints: tuple[Constraint, ...] = Field(
        (), description="What must hold of each scene and its picture; a scene that misses one is sampled again."
    )
    max_attempts: int = Field(
        50, ge=1, le=100_000, description="How often a frame is sampled until its constraints hold, before it fails."
    )
    proposals: int = Field(
        40,
        ge=1,
        le=1_000,
        description="How many cameras are drawn for a scene, at most, until by an estimate one holds the constraints "
        "on pixels; only then are its label images drawn. 1 takes the first.",
    )
    max_restarts: int = Field(
        20,
        ge=0,
        le=10_000,
        description="How often a scene starts anew where an object found no place, before it fails.",
    )

    @model_validator(mode="before")
    @classmethod
    def _single_camera(cls, data: object) -> object:
        # `camera: {..}` is short for a list of one, and gives `--set camera.fov_deg=60` its path.
        if isinstance(data, dict) and "camera" in data:
            if "cameras" in data:
                raise ValueError("must have either camera or cameras, not both")
            data = {**data, "cameras": [data["camera"]]}
            del data["camera"]
        return with_columns(data)

    @model_validator(mode="after")
    def _check(self) -> Self:
        self._check_light()
        self._check_cameras()
        if self.site is not None and self.surface is not None:
            raise ValueError("must have either site or surface, not both")
        placed: list[str] = []
        for name, group in self.objects.items():
            _check_name(name)
            placement = group.placement
            needed = placement.container if isinstance(placement, Inside) else getattr(placement, "on", "surface")
            if isinstance(placement, Dropped) and placement.into is not None:
                needed = placement.into
            if isinstance(placement, Relative) and placement.group not in placed:
                needed = placement.group
            if needed != "surface" and needed not in placed:
                earlier = ", ".join(["surface", *placed])
                raise ValueError(
                    f"objects.{name}.placement must name a group placed before it ({earlier}), got {needed!r}"
                )
            if isinstance(placement, Fixed) and bounds_of(group.count)[1] > 1:
                raise ValueError(
                    f"objects.{name}: a fixed placement holds one object, got a count of up to "
                    f"{bounds_of(group.count)[1]:g}"
                )
            if not isinstance(placement, Dropped):
                # What falls has no place until all else stands.
                placed.append(name)
        return self

    def _check_light(self) -> None:
        if self.lighting:
            if self.lights or self.environment:
                raise ValueError("must have either lighting, or lights and environment, not both")
            if sum(kind.weight for kind in self.lighting.values()) <= 0:
                raise ValueError("at least one weight in lighting must be above 0, got none")
        self._check_sky()
        for name in [
            *self.lights,
            *self.lighting,
            *(light for kind in self.lighting.values() for light in kind.lights),
        ]:
            _check_name(name)

    def _check_sky(self) -> None:
        if self.sky is not None and (self.environment or self.lighting):
            other = "environment" if self.environment else "lighting"
            raise ValueError(f"must have either sky or {other}, not both")
        if self.weather is None:
            return
        for name in self.weather.kinds:
            try:
                joined_sky(self.sky, self.weather.parts_of(name).sky)
            except ValidationError as error:
                reasons = "; ".join(str(item["msg"]).removeprefix("Value error, ") for item in error.errors())
                raise ValueError(f"weather {name!r} and sky do not go together: {reasons}") from error
            except ValueError as error:
                raise ValueError(f"weather {name!r} and sky do not go together: {error}") from error

    def _check_cameras(self) -> None:
        names = [camera.name for camera in self.cameras]
        if len(set(names)) != len(names):
            raise ValueError(f"camera names must be unique, got {', '.join(names)}")
        if self.site is None and any(isinstance(camera, StripCamera) for camera in self.cameras):
            raise ValueError("a camera of kind on_strip must have a site, and the scene has none")
        if isinstance(self.cameras[0], RigCamera):
            raise ValueError("the first camera must be of kind shell or fixed: a rig camera moves with it")
        for index, camera in enumerate(self.cameras):
            for key, name in _groups_of(camera):
                if name not in self.objects:
                    near = nearest_name(name, [*self.objects])
                    hint = f"; did you mean {near!r}?" if near else ""
                    raise ValueError(
                        f"cameras.{index}.{key} must name an object group of the scene, got {name!r}{hint} (there are: "
                        f"{', '.join(self.objects)})"
                    )

    def camera_path(self, index: int) -> str:
        """Return the key path of a camera: ``camera`` where there is one, else ``cameras.<index>``."""
        return "camera" if len(self.cameras) == 1 else f"cameras.{index}"


def spec_warnings(spec: SceneSpec) -> list[str]:
    """Return what a user should know about a scene that is no error, one sentence each."""
    warnings = []
    if isinstance(spec.background, PhotoBackground):
        warnings.append(
            "background: what the photos show has no labels; use photos without objects of the classes to be learned"
        )
    return warnings


def _groups_of(camera: Camera) -> list[tuple[str, str]]:
    """Return the object groups that a camera names, with the key that names each."""
    look_at, past = getattr(camera, "look_at", None), getattr(camera, "past", None)
    named = [("look_at", look_at.group)] if isinstance(look_at, OfGroup) else []
    return named + ([("past", past)] if past is not None else [])


def _check_name(name: str) -> None:
    if not name or any(letter in name for letter in "./#@ ") or name == "surface":
        raise ValueError(
            f"a name of objects or lights must not be empty, be 'surface' or hold . / # @ or a space, got {name!r}"
        )


def _span(low: float, high: float) -> str:
    return f"{low:g}" if low == high else f"{low:g}..{high:g}"

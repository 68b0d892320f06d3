"""The realism section of a job, and the whole of a file for ``synthvision realism apply``."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from synthvision.core.streams import MAX_SEED
from synthvision.realism.cheap.config import ColourSpec, FourierSpec, SensorMatchSpec
from synthvision.realism.diffusion.config import DiffusionSpec, PretrainedSpec
from synthvision.realism.gan.config import GeneratorSpec
from synthvision.realism.guard.config import GuardSpec
from synthvision.realism.refiner import RefinerSpec

__all__ = ["AnyRefinerSpec", "PluginSpec", "RealismSpec"]


class PluginSpec(RefinerSpec):
    """A refiner of another package."""

    kind: Literal["plugin"] = Field(description="A refiner that another package registers.")
    name: str = Field(description="Its name under the entry points `synthvision.refiners`.")
    options: dict[str, Any] = Field(default_factory=dict, description="Its options.")


AnyRefinerSpec = Annotated[
    FourierSpec | ColourSpec | SensorMatchSpec | GeneratorSpec | DiffusionSpec | PretrainedSpec | PluginSpec,
    Field(discriminator="kind"),
]


class RealismSpec(BaseModel):
    """Moves the pictures towards real photos, and keeps their labels true."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    refiners: tuple[AnyRefinerSpec, ...] = Field(
        min_length=1,
        description="What changes the pictures, one after the other, each taking what the last one made.",
    )
    guard: GuardSpec = Field(
        default=GuardSpec(), description="What is checked before a picture is accepted, and what becomes of failures."
    )
    seed: int = Field(default=0, ge=0, le=MAX_SEED, description="Seed of the refiners' noise.")
    batch: int = Field(
        default=4,
        ge=1,
        le=256,
        description="Pictures that a model takes at once: fixed groups of consecutive frames. Bounds the memory.",
    )
    keep_render: bool = Field(default=False, description="Also keep the pictures as they were rendered, in `renders`.")

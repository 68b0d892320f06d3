"""Options of the renderers that ship with synthvision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

__all__ = ["MitsubaConfig", "MitsubaVariant", "OpenGLConfig", "PyrenderConfig", "RenderConfig"]

MitsubaVariant = Literal["auto", "scalar_rgb", "llvm_ad_rgb", "cuda_ad_rgb"]


class OpenGLConfig(BaseModel):
    """Options of the raster backend `opengl`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    backend: Literal["opengl"] = Field("opengl", description="Which renderer these options are for.")
    antialias: Literal[1, 4] = Field(
        4, description="Samples per pixel where objects, depth or faces differ; 1 switches antialiasing off."
    )
    shadow_map_px: int = Field(
        1024, ge=128, le=8192, multiple_of=8, description="Side of each light's shadow map in texels."
    )
    shadow_taps: int = Field(
        16, ge=4, le=64, description="Shadow map samples per pixel and light inside soft shadow edges."
    )
    ambient_occlusion: bool = Field(
        True, description="Darken light from all around where nearby surfaces in the picture block it."
    )
    ambient_occlusion_radius: float = Field(
        0.3, gt=0.0, le=1.0, description="Reach of ambient occlusion as a share of the picture height."
    )
    environment_shadows: bool = Field(
        True,
        description="Let environment maps throw shadows: their sun as a light of its own, and where they are a good "
        "part of all light the brightest parts of their upper half as wide, soft ones.",
    )
    environment_map_px: int = Field(
        256, ge=64, le=1024, description="Side of the sharpest level of a filtered environment map in texels."
    )
    cache_mib: int = Field(
        256,
        ge=1,
        description="Bound in MiB on meshes, textures and environment maps kept on the GPU between frames; what the "
        "present frame needs is always kept.",
    )
    anisotropy: int = Field(
        8, ge=1, le=16, description="Anisotropic texture filtering on hardware drivers; software drivers use none."
    )


class MitsubaConfig(BaseModel):
    """Options of the path-traced backend `mitsuba` (pip install 'synthvision[mitsuba]')."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    backend: Literal["mitsuba"] = Field("mitsuba", description="Which renderer these options are for.")
    samples_per_pixel: int = Field(64, ge=1, le=65_536, description="Light paths per pixel; noise falls with the root.")
    max_depth: int = Field(
        8, ge=2, le=64, description="Surfaces on a light path at most; 2 is direct light alone, glass takes two each."
    )
    seed: int = Field(0, ge=0, le=2**31 - 1, description="Another number gives other noise in the same pictures.")
    denoise: bool = Field(
        False, description="Denoise with OptiX, which needs an NVIDIA GPU and the variant `cuda_ad_rgb`."
    )
    variant: MitsubaVariant = Field(
        "auto",
        description="How mitsuba computes: `llvm_ad_rgb` compiles for this machine's CPU and needs libLLVM 17 or "
        "later, `scalar_rgb` always works, `cuda_ad_rgb` needs an NVIDIA GPU; `auto` takes the first of the CPU's two "
        "that works.",
    )
    cache_mib: int = Field(
        512, ge=1, description="Bound in MiB on textures kept between frames; what the present frame needs is kept."
    )


class PyrenderConfig(BaseModel):
    """Options of the raster backend `pyrender` (pip install 'synthvision[pyrender]')."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    backend: Literal["pyrender"] = Field("pyrender", description="Which renderer these options are for.")
    environment_lights: int = Field(
        2,
        ge=0,
        le=2,
        description="Directional lights that stand for an environment map beside an even light from all around: its "
        "sun, where it has one, and the directed part of the rest.",
    )
    shadows: bool = Field(True, description="Shadows of suns, spots and the environment's lights.")


def _backend_of(value: Any) -> str:
    """Return which options a block holds; a block that does not say is for the default backend."""
    named = value.get("backend") if isinstance(value, Mapping) else getattr(value, "backend", None)
    # What is no known name is left to the default's own field, whose error lists every name.
    return named if named in ("mitsuba", "pyrender") else "opengl"


RenderConfig = Annotated[
    Annotated[OpenGLConfig, Tag("opengl")]
    | Annotated[MitsubaConfig, Tag("mitsuba")]
    | Annotated[PyrenderConfig, Tag("pyrender")],
    Discriminator(_backend_of),
]
"""Options of one of the renderers, told apart by `backend`; without it they are those of `opengl`."""

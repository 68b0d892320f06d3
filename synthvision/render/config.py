"""Options of the renderers that ship with synthvision."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["OpenGLConfig"]


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
        description="Let environment maps throw shadows: their sun as a light of its own, or where nothing else throws "
        "a shadow the directed part of their light as a wide, soft one.",
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

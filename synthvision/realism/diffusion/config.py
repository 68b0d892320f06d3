"""Configs of the diffusion refiners and of training the small model; light, since a job's config imports them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from synthvision.realism.refiner import RefinerSpec

__all__ = [
    "ControlSpec",
    "DiffusionSpec",
    "DiffusionTrainingSpec",
    "IpAdapterSpec",
    "LoraSpec",
    "PretrainedSpec",
    "PrivacySpec",
]

Unit = Annotated[float, Field(ge=0.0, le=1.0)]
Positive = Annotated[float, Field(gt=0.0, le=1.0)]
Channel = Annotated[int, Field(ge=0, le=255)]
Rgb = tuple[Channel, Channel, Channel]

#: Schedules with one or few steps, which were distilled without guidance.
_UNGUIDED = "turbo"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class ControlSpec(_Part):
    """One ControlNet and the picture of the render that it is fed with."""

    picture: Literal["depth", "edges", "normals", "render", "segmentation"] = Field(
        description="What it sees: inverse depth, edges of ids and of the picture, normals, the render itself (tile "
        "ControlNets), or one colour per class."
    )
    model: str | None = Field(
        default=None,
        description="Id on the hub or local folder of the ControlNet; none takes the ones that the pipeline's own "
        "folder holds, in their order (then no control may name a model).",
    )
    scale: float = Field(default=0.8, ge=0.0, le=4.0, description="How strongly it counts; 0 has no effect.")
    start: Unit = Field(default=0.0, description="Share of the schedule at which it begins.")
    end: Positive = Field(default=1.0, description="Share of the schedule at which it ends.")
    palette: dict[str, Rgb] = Field(
        default_factory=dict,
        description="Colour 0..255 by class for `segmentation`, e.g. those of ADE20K; classes without one take a hue "
        "by their number.",
    )

    @model_validator(mode="after")
    def _span(self) -> ControlSpec:
        if self.end <= self.start:
            raise ValueError(f"end must be above start {self.start}, got {self.end}")
        return self


class LoraSpec(_Part):
    """One low-rank change of the weights."""

    weights: str = Field(description="Id on the hub, local folder, or local .safetensors file.")
    file: str | None = Field(default=None, description="Name of the .safetensors file inside; none where there is one.")
    scale: float = Field(default=1.0, ge=-4.0, le=4.0, description="How strongly it counts.")


class IpAdapterSpec(_Part):
    """A photo whose look is copied, through an IP-Adapter (Ye et al. 2023)."""

    model: str = Field(description="Id on the hub or local folder of the adapter.")
    subfolder: str = Field(default="", description="Folder inside, e.g. `models`.")
    file: str = Field(pattern=r"\.safetensors$", description="Name of its weights inside; only .safetensors is loaded.")
    encoder: str = Field(default="image_encoder", description="Folder of its image encoder, beside the file.")
    image: str = Field(description="The photo, relative to the config's folder or absolute.")
    scale: Unit = Field(default=0.6, description="How strongly it counts.")


class PretrainedSpec(RefinerSpec):
    """A pretrained image-to-image pipeline of diffusers, guided by the render."""

    kind: Literal["pretrained"] = Field(description="Any image-to-image pipeline of diffusers, fed from the render.")
    model: str = Field(description="Id on the hub or local folder of the pipeline. Its own licence holds.")
    variant: str | None = Field(default=None, description="Variant of the files, e.g. `fp16`; none for the plain ones.")
    offline: bool = Field(default=False, description="Never ask the hub: only local folders and what is cached.")
    prompt: str = Field(
        default="a photo of {classes}",
        description="Prompt; {names} stand for what the record says: {classes}, {counts}, {weather}, {time}, {frame}, "
        "the other levels of the weather, and levels of factors by their name.",
    )
    negative_prompt: str | None = Field(default=None, description="What to avoid; with names as in prompt.")
    controls: tuple[ControlSpec, ...] = Field(default=(), description="ControlNets; any number.")
    loras: tuple[LoraSpec, ...] = Field(default=(), description="Low-rank changes of the weights; any number.")
    ip_adapter: IpAdapterSpec | None = Field(default=None, description="A photo whose look is copied; none without.")
    strength: Positive = Field(default=0.4, description="How far the render is noised before it is denoised.")
    steps: int = Field(default=30, ge=1, le=1000, description="Steps of the whole schedule; strength takes its share.")
    guidance: float | None = Field(
        default=None,
        ge=0.0,
        le=50.0,
        description="Classifier-free guidance; none for what the pipeline's own call takes.",
    )
    scheduler: Literal["default", "ddim", "euler", "lcm", "turbo"] = Field(
        default="default",
        description="`default` is the pipeline's; `lcm` for latent consistency models (4 to 8 steps, guidance 1 to 2); "
        "`turbo` for models distilled to 1 to 4 steps: ancestral Euler steps from the schedule's end, no guidance.",
    )
    dtype: Literal["auto", "fp16", "bf16", "fp32"] = Field(
        default="auto",
        description="`auto`: fp32 on the CPU; on a GPU fp16, or bf16 for pipelines with a transformer.",
    )
    batch: int = Field(default=4, ge=1, le=256, description="Most pictures at once; halved when GPU memory runs out.")
    vae_tiling: bool = Field(default=False, description="Decode large pictures in tiles: less memory, faint seams.")
    arguments: dict[str, Any] = Field(
        default_factory=dict, description="Further arguments of the pipeline's call, e.g. `control_mode` of unions."
    )

    @model_validator(mode="after")
    def _schedule(self) -> PretrainedSpec:
        if int(self.steps * self.strength) < 1:
            raise ValueError(
                f"steps * strength must be at least 1, or there is no step to take; got {self.steps} * "
                f"{self.strength}: use steps {_least_steps(self.strength)} or more"
            )
        if self.scheduler == _UNGUIDED and self.guidance:
            raise ValueError(f"guidance must be 0 or left out with scheduler turbo, got {self.guidance}")
        named = [control.model is not None for control in self.controls]
        if any(named) and not all(named):
            raise ValueError(
                "controls must all name a model, or none of them where the pipeline brings its ControlNets"
            )
        return self


class DiffusionSpec(RefinerSpec):
    """The small diffusion model that `realism train --method diffusion` makes from one's own photos."""

    kind: Literal["diffusion"] = Field(description="A small diffusion model that was trained here.")
    weights: str = Field(description="Folder that training wrote, relative to the config's folder or absolute.")
    strength: Positive = Field(default=0.4, description="How far the render is noised before it is denoised.")
    steps: int = Field(default=20, ge=1, le=1000, description="Steps of the whole schedule; strength takes its share.")
    guidance: float = Field(
        default=1.0,
        ge=0.0,
        le=20.0,
        description="How strongly the edges count: 1 as learned, above 1 more; 1 is fastest.",
    )
    id_edges: bool = Field(
        default=True, description="Also give the model the true contours of objects, not the picture's edges alone."
    )
    overlap: Annotated[float, Field(ge=0.0, le=0.75)] = Field(
        default=0.25, description="Share of a tile that it has in common with the next, where pictures are larger."
    )
    batch: int = Field(default=8, ge=1, le=1024, description="Most tiles at once; halved when GPU memory runs out.")

    @model_validator(mode="after")
    def _schedule(self) -> DiffusionSpec:
        if int(self.steps * self.strength) < 1:
            raise ValueError(
                f"steps * strength must be at least 1, or there is no step to take; got {self.steps} * "
                f"{self.strength}: use steps {_least_steps(self.strength)} or more"
            )
        return self


class PrivacySpec(_Part):
    """Training with differential privacy (DP-SGD, Abadi et al. 2016); a photo is what is kept private."""

    epsilon: float = Field(default=8.0, gt=0.0, le=1000.0, description="Privacy budget of the whole training.")
    delta: float | None = Field(
        default=None, gt=0.0, lt=1.0, description="Chance that the budget is broken; none takes a tenth of 1 / photos."
    )
    clip: float = Field(default=1.0, gt=0.0, description="Largest norm of the gradient of one photo.")


class DiffusionTrainingSpec(_Part):
    """Training of the small diffusion model."""

    crop: int = Field(default=64, ge=16, le=512, description="Side of the square crops, and later of tiles, px.")
    photo_side: int | None = Field(
        default=None,
        ge=16,
        description="Shorter side, px, to which photos are scaled, so that things are as large as in the renders; none "
        "for that of the renders where some are given, else photos stay as they are.",
    )
    width: int = Field(
        default=48, ge=8, le=512, multiple_of=8, description="Channels of the first level of the network."
    )
    levels: int = Field(default=3, ge=1, le=5, description="Levels of the network, each at half the size.")
    steps: int = Field(default=20_000, ge=1, le=10_000_000, description="Optimiser steps.")
    batch: int = Field(default=16, ge=1, le=4096, description="Crops per step; the expected number with `privacy`.")
    learning_rate: float = Field(default=2e-4, gt=0.0, le=0.1, description="Of AdamW, reached after `warmup` steps.")
    warmup: int = Field(default=100, ge=0, description="Steps over which the learning rate rises.")
    ema: Annotated[float, Field(ge=0.0, lt=1.0)] = Field(
        default=0.999, description="Decay of the averaged weights, which are the ones kept; lower in the first steps."
    )
    edge_dropout: Unit = Field(default=0.15, description="Share of crops whose edges are hidden, for guidance.")
    flip: bool = Field(default=True, description="Mirror half of the crops; false where photos show text or signs.")
    sheet_every: int = Field(default=1000, ge=0, description="Steps between sample sheets; 0 for none.")
    save_every: int = Field(default=500, ge=1, description="Steps between checkpoints.")
    log_every: int = Field(default=50, ge=1, description="Steps between lines of losses.jsonl, which hold their mean.")
    held_out: Annotated[float, Field(ge=0.0, le=0.5)] = Field(
        default=0.1, description="Share of the photos that is not trained on, for `realism privacy`."
    )
    seed: int = Field(default=0, ge=0, le=2**63 - 1, description="Seed of weights, crops and noise.")
    device: str = Field(default="auto", description="`auto`, `cpu`, or a device of torch such as `cuda:0`.")
    real_licence: str | None = Field(
        default=None, description="Licence of the real photos, SPDX name or words; kept with the weights."
    )
    cache_mib: int = Field(default=256, ge=1, description="Memory for decoded photos, MiB.")
    privacy: PrivacySpec | None = Field(default=None, description="Differential privacy; none without.")

    @model_validator(mode="after")
    def _sizes(self) -> DiffusionTrainingSpec:
        factor = 2 ** (self.levels - 1)
        if self.crop % factor or self.crop // factor < 4:
            raise ValueError(
                f"crop must be a multiple of {factor} and at least {4 * factor} with {self.levels} levels, "
                f"got {self.crop}"
            )
        return self


def _least_steps(strength: float) -> int:
    return next(steps for steps in range(max(int(1 / strength) - 1, 1), int(1 / strength) + 3) if int(steps * strength))

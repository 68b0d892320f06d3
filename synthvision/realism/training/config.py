"""Settings of the training of refiners."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from synthvision.realism.cheap.config import ColourSpec, FourierSpec, SensorMatchSpec
from synthvision.realism.diffusion.config import DiffusionTrainingSpec

__all__ = ["CONDITIONS", "CheapSpec", "ConditionName", "TrainingMethod", "TrainingSpec", "preset"]

#: Refiners that are trained on nothing, which may stand before one that is.
CheapSpec = Annotated[FourierSpec | ColourSpec | SensorMatchSpec, Field(discriminator="kind")]

TrainingMethod = Literal["cyclegan", "cut", "fastcut", "diffusion"]
ConditionName = Literal["edges", "depth", "normals", "classes"]

#: Every condition, in the order of their channels.
CONDITIONS: tuple[ConditionName, ...] = ("edges", "depth", "normals", "classes")

# The last two layers of a discriminator take two cells off each side of its map.
_LEAST_JUDGED = 3


class TrainingSpec(BaseModel):
    """How a refiner is trained. The defaults are those of pictures of 256 pixels; `preset` gives those of others."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    method: TrainingMethod = Field(
        default="cut",
        description="cyclegan: two generators that undo each other (Zhu 2017). cut: one generator whose patches keep "
        "what they show (Park 2020). fastcut: cut without the identity term, its patches held ten times as strongly. "
        "diffusion: a model of the photos alone, from scratch.",
    )
    steps: int = Field(default=40_000, ge=1, description="Steps of the optimiser.")
    crop: int = Field(default=256, ge=16, le=2048, description="Side of the square crops that are trained on, px.")
    photo_side: int | None = Field(
        default=None,
        ge=16,
        description="Shorter side, px, to which real photos are scaled; none for the one at which objects of shared "
        "classes are as large as in the renders, or without boxes for that of the renders. Photos are only ever made "
        "smaller, and renders are never scaled, so that a trained generator meets them as it learned them.",
    )
    batch: int = Field(default=1, ge=1, le=256, description="Pairs of crops a step.")
    learning_rate: float = Field(default=2e-4, gt=0, le=0.1, description="Of Adam.")
    beta1: float = Field(default=0.5, ge=0, lt=1, description="First decay of Adam; the second is 0.999.")
    decay_from: float = Field(
        default=0.5, ge=0, le=1, description="Share of the steps after which the learning rate falls linearly to zero."
    )
    width: int = Field(default=64, ge=2, le=512, description="Channels of the generator at full resolution (ngf).")
    blocks: int = Field(default=9, ge=1, le=32, description="Residual blocks of the generator.")
    downs: int = Field(default=2, ge=0, le=4, description="How often the generator halves the resolution.")
    norm: Literal["place", "instance"] = Field(
        default="place",
        description="place: channels are normalised at each place, so that what becomes of an object does not depend "
        "on the rest of the picture. instance: over the picture, as published; crops must be as large as pictures.",
    )
    most_change: float = Field(
        default=1.0,
        gt=0,
        le=1,
        description="How far the generator can change a value, as a share of the way from black to white; with small "
        "ones no place of a picture can go astray.",
    )
    discriminator_width: int = Field(default=64, ge=2, le=512, description="Channels of a discriminator's first layer.")
    discriminator_layers: int = Field(default=3, ge=1, le=5, description="Halvings of a discriminator.")
    discriminator_scales: int = Field(
        default=1, ge=1, le=3, description="Discriminators, each looking at half the resolution of the one before."
    )
    before: tuple[CheapSpec, ...] = Field(
        default=(),
        description="Refiners without training, `colour`, `fourier` or `sensor`, that the renders go through before "
        "the generator sees them, so that it learns only what those leave. They must then stand before it wherever it "
        "is applied. Needs a data set.",
    )
    conditions: tuple[ConditionName, ...] = Field(
        default=(),
        description="What of the render guides the generator beside its picture: edges of ids, depth, normals, "
        "classes. Needs a data set with ids, and depth or normals where asked for.",
    )
    condition_dropout: float = Field(
        default=0.1, ge=0, le=1, description="Share of the steps in which the conditions are left out."
    )
    gan_weight: float = Field(default=1.0, ge=0, description="Weight of the discriminators' loss.")
    gradient_penalty: float = Field(
        default=1.0, ge=0, description="Weight of keeping discriminators smooth at real pictures (R1); 0 for none."
    )
    cycle_weight: float = Field(default=10.0, ge=0, description="cyclegan: weight of the way there and back.")
    identity_weight: float = Field(
        default=0.5, ge=0, description="cyclegan: weight of leaving photos alone, times the cycle's."
    )
    nce_weight: float = Field(
        default=1.0, ge=0, description="cut: weight of the patches' loss; fastcut multiplies by 10."
    )
    nce_patches: int = Field(default=256, ge=8, le=4096, description="cut: patches of a layer of a picture.")
    nce_temperature: float = Field(default=0.07, gt=0, description="cut: temperature of the patches' loss.")
    structure_weight: float = Field(
        default=0.0, ge=0, description="Weight of keeping the direction of edges of the render; 0 to leave it out."
    )
    tone_weight: float = Field(
        default=0.0,
        ge=0,
        description="Weight of keeping the mean colour of each 16 px, so that texture, noise and sharpness are "
        "learned and colours are not; for use behind `colour`. 0 to leave it out.",
    )
    class_crops: bool = Field(
        default=False,
        description="Draw crops so that render and photo show an object of the same class, and judge these objects "
        "by a discriminator of their own. The photos need boxes.",
    )
    class_crop_px: int = Field(default=64, ge=16, le=512, description="Side to which objects are scaled for it, px.")
    class_crop_weight: float = Field(default=1.0, ge=0, description="Weight of that discriminator's loss.")
    flip: bool = Field(default=True, description="Mirror crops at random; off where text or signs matter.")
    ema: float = Field(default=0.999, ge=0, lt=1, description="Decay of the generator's running mean, which is kept.")
    pool: int = Field(
        default=50, ge=0, le=10_000, description="Older pictures that a discriminator is shown; 0 for none."
    )
    held_out: float = Field(
        default=0.15, gt=0, le=0.5, description="Share of renders and photos that are kept for the measure of progress."
    )
    evaluate_every: int = Field(default=2_000, ge=1, description="Steps between two measures of progress.")
    evaluate_crops: int = Field(default=96, ge=8, le=2_000, description="Crops of each side in a measure of progress.")
    evaluate_crop: int | None = Field(
        default=None,
        ge=16,
        le=2048,
        description="Side of these crops, px; that of the training's where left out. With class_crops the objects "
        "in them are compared, and crops that hold them whole compare whole objects.",
    )
    extractors: tuple[str, ...] = Field(
        default=("statistics", "random"),
        min_length=1,
        description="What measures progress: `statistics`, `random`, or folders with a vision model. The weights are "
        "kept for which that distance has fallen most that has fallen least.",
    )
    patience: int = Field(
        default=8, ge=0, description="Measures without a new best after which training ends; 0 to go on to the end."
    )
    log_every: int = Field(default=50, ge=1, description="Steps between two lines of losses.jsonl; each is a mean.")
    sheet_every: int = Field(default=1_000, ge=1, description="Steps between two sheets of samples.")
    save_every: int = Field(default=1_000, ge=1, description="Steps between two checkpoints.")
    tensorboard: bool = Field(default=False, description="Also write losses for TensorBoard.")
    cache_mib: int = Field(default=256, ge=1, description="Memory for decoded pictures, MiB.")
    seed: int = Field(default=0, ge=0, description="Of weights, crops and noise.")
    device: str = Field(default="auto", description="auto, cpu, cuda or cuda:N.")
    mixed_precision: bool = Field(default=True, description="bfloat16 where a GPU has it; the CPU uses float32.")
    real_licence: str | None = Field(
        default=None, description="Licence of the real photos, SPDX name or words; kept with the weights."
    )
    diffusion: DiffusionTrainingSpec | None = Field(
        default=None, description="Settings of the method diffusion; those above that it has too take precedence."
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        factor = 2 ** (self.downs + 1)
        if self.method != "diffusion" and self.crop % factor:
            raise ValueError(f"crop must be a multiple of {factor} with downs {self.downs}, got {self.crop}")
        halvings = self.discriminator_layers + self.discriminator_scales - 1
        if self.method != "diffusion" and self.crop >> halvings < _LEAST_JUDGED:
            raise ValueError(
                f"crop must be at least {_LEAST_JUDGED << halvings} with {self.discriminator_layers} "
                f"discriminator_layers and {self.discriminator_scales} discriminator_scales, got {self.crop}"
            )
        if self.method == "diffusion":
            self.for_diffusion()
        elif self.diffusion is not None:
            raise ValueError(f"diffusion must be left out with method {self.method}")
        if len(set(self.conditions)) != len(self.conditions):
            raise ValueError(f"conditions must name each at most once, got {', '.join(self.conditions)}")
        return self

    def for_diffusion(self) -> DiffusionTrainingSpec:
        """Return the settings of the method diffusion: its own, and over them those that were given here.

        Raises:
            ValueError: A setting was given that diffusion does not have, or cannot take.
        """
        given = {name: getattr(self, name) for name in self.model_fields_set - {"method", "diffusion"}}
        own = self.diffusion.model_dump(exclude_unset=True) if self.diffusion is not None else {}
        return DiffusionTrainingSpec.model_validate({**own, **given})

    @property
    def ordered_conditions(self) -> tuple[ConditionName, ...]:
        """The conditions in the order of their channels."""
        return tuple(name for name in CONDITIONS if name in self.conditions)


def preset(method: TrainingMethod, size: Literal[256, 512] = 256) -> TrainingSpec:
    """Return sensible settings for one GPU.

    Those of 256 pixels follow the papers: nine blocks, width 64, batch 1, 2e-4 (Zhu et al. 2017, Park et al. 2020).
    At 512 pixels the width is halved, so that a step takes twice and not four times as long, and a second
    discriminator looks at half the resolution, since one alone sees patches of 70 pixels only (Wang et al. 2018).

    Diffusion has settings of its own, which are for tiles of 64 pixels whatever the size of the pictures.

    Args:
        method: Which method.
        size: Side of the crops, px.
    """
    if method == "diffusion":
        return TrainingSpec(method=method)
    if size == 512:
        return TrainingSpec(
            method=method, crop=512, width=32, discriminator_scales=2, steps=60_000, evaluate_crops=64, cache_mib=1024
        )
    return TrainingSpec(method=method, crop=256)

"""Settings of the training of detectors: one set of them for every kind of detector."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from synthvision.core.streams import MAX_SEED

__all__ = ["AugmentationSpec", "NetworkSpec", "TrainingSpec"]


class AugmentationSpec(BaseModel):
    """How pictures are varied while a detector is trained. Each number is the most that may happen; 0 switches off."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    flip_horizontal: bool = Field(
        default=False,
        description="Mirror half of the crops left to right. Off where a mirrored object is another object: letters, "
        "playing cards, traffic signs.",
    )
    flip_vertical: bool = Field(default=False, description="Mirror half of the crops top to bottom.")
    turns: bool = Field(
        default=False, description="Turn crops by 0, 90, 180 or 270 degrees, each as often. For views from above."
    )
    rotation_deg: float = Field(
        default=0.0,
        ge=0,
        le=30,
        description="Largest further rotation, degrees. Boxes are those of the turned ellipse inside the box, which is "
        "right on average only: keep it to a few degrees.",
    )
    scale: float = Field(
        default=0.35, ge=0, le=1, description="Crops are scaled by exp(u), u uniform in -scale to scale."
    )
    aspect: float = Field(
        default=0.1, ge=0, le=0.5, description="Width over height is changed by exp(u), u uniform in -aspect to aspect."
    )
    brightness: float = Field(default=0.35, ge=0, le=2, description="Light is changed by 2**u, u within plus or minus.")
    contrast: float = Field(default=0.3, ge=0, le=0.9, description="Contrast about the mean is changed by 1 + u.")
    gamma: float = Field(default=0.25, ge=0, le=1, description="Exponent of the tone curve is exp(u).")
    colour: float = Field(default=0.12, ge=0, le=0.5, description="Gain of each channel is 1 + u: white balance.")
    saturation: float = Field(default=0.4, ge=0, le=1, description="Saturation is changed by 1 + u.")
    hue_deg: float = Field(default=8.0, ge=0, le=180, description="Hue is turned by up to so many degrees.")
    grey: float = Field(default=0.03, ge=0, le=1, description="Share of crops without colour.")
    blur_px: float = Field(default=1.0, ge=0, le=5, description="Largest standard deviation of a blur, px, in a third.")
    noise: float = Field(default=6.0, ge=0, le=50, description="Largest deviation of noise, levels of 255, in a third.")
    jpeg: float = Field(default=0.25, ge=0, le=1, description="Share of crops saved as JPEG of quality 30 to 90.")
    shadow: float = Field(default=0.2, ge=0, le=1, description="Share of crops with a soft-edged half in the shade.")
    cutout: float = Field(
        default=0.3, ge=0, le=1, description="Share of crops with up to three rectangles of one colour pasted over."
    )

    @classmethod
    def none(cls) -> AugmentationSpec:
        """Return settings that leave crops as they are."""
        return cls.model_validate(
            {name: False if field.annotation is bool else 0 for name, field in cls.model_fields.items()}
        )


class NetworkSpec(BaseModel):
    """Size of the built-in network."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    channels: tuple[int, int, int, int] = Field(
        default=(32, 64, 128, 160), description="Channels at strides 4, 8, 16 and 32; multiples of 8."
    )
    blocks: tuple[int, int, int, int] = Field(
        default=(1, 1, 2, 2), description="Residual blocks at strides 4, 8, 16 and 32."
    )
    stride: Literal[4, 8, 16] = Field(
        default=8, description="Pixels between two places that can find an object, at the working size."
    )
    head_channels: int = Field(default=96, ge=8, le=1024, description="Channels of the head; a multiple of 8.")
    head_layers: int = Field(default=2, ge=1, le=6, description="3 x 3 layers of the head.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        odd = [count for count in (*self.channels, self.head_channels) if count < 8 or count % 8]
        if odd:
            raise ValueError(f"channels must be multiples of 8, got {odd[0]}")
        if min(self.blocks) < 0:
            raise ValueError(f"blocks must be 0 or more, got {min(self.blocks)}")
        return self


class TrainingSpec(BaseModel):
    """How a detector is trained. Equal settings, and an equal `picture_side`, make trainings comparable."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    steps: int = Field(default=1000, ge=1, description="Steps of the optimiser.")
    batch: int = Field(default=8, ge=1, le=1024, description="Crops a step.")
    crop: int = Field(default=192, ge=32, le=2048, description="Side of the square crops, px; a multiple of 32.")
    picture_side: int | None = Field(
        default=None,
        ge=32,
        le=8192,
        description="Working size: the longest side to which every picture is brought, px, in training and later. None "
        "for the one at which the median object is `object_px`, but enlarged 1.2 times at most. State it where "
        "trainings on different pictures are compared.",
    )
    object_px: float = Field(
        default=96.0, ge=8, le=1024, description="Root of the area of the median object at the working size, px."
    )
    object_crops: float = Field(
        default=0.85, ge=0, le=1, description="Share of crops that hold a drawn object; the others lie anywhere."
    )
    least_visible: float = Field(
        default=0.5, ge=0, le=1, description="Objects of which a crop shows less than this share are ignored in it."
    )
    optimiser: Literal["adamw", "sgd"] = Field(default="adamw", description="adamw, or sgd with momentum 0.9.")
    learning_rate: float | None = Field(
        default=None,
        gt=0,
        le=1,
        description="Highest learning rate; none for the detector's own: 1e-3 for the built-in one, 1e-4 for those of "
        "transformers, that of Ultralytics.",
    )
    weight_decay: float = Field(default=0.02, ge=0, le=1, description="Of weights of layers; not of norms and biases.")
    warm_up: float = Field(
        default=0.05, ge=0, le=0.5, description="Share of the steps in which the learning rate rises; then a cosine."
    )
    clip: float = Field(default=10.0, ge=0, description="Largest norm of the gradient; 0 for any.")
    ema: float = Field(
        default=0.998, ge=0, lt=1, description="Decay of the running mean of the weights, which is kept."
    )
    augmentation: AugmentationSpec = Field(default=AugmentationSpec(), description="How crops are varied.")
    network: NetworkSpec = Field(default=NetworkSpec(), description="Size of the built-in network.")
    patience: int = Field(
        default=0,
        ge=0,
        description="Lines of losses.jsonl without a new lowest loss after which training ends; 0 to go on to the end, "
        "as trainings that are compared must.",
    )
    seed: int = Field(default=0, ge=0, le=MAX_SEED, description="Of weights, order, crops and their variation.")
    device: str = Field(default="auto", description="auto, cpu, cuda or cuda:N.")
    precision: Literal["auto", "float32", "bfloat16", "float16"] = Field(
        default="auto",
        description="auto: bfloat16 on GPUs and CPUs that have instructions for it, float16 on other GPUs, float32 on "
        "other CPUs. What was used is written down with the model.",
    )
    threads: int | None = Field(default=None, ge=1, le=256, description="Threads of torch on a CPU; none as it is set.")
    cache_mib: int = Field(default=512, ge=1, description="Memory for decoded pictures, MiB.")
    log_every: int = Field(default=20, ge=1, description="Steps between two lines of losses.jsonl; each is a mean.")
    save_every: int = Field(default=200, ge=1, description="Steps between two checkpoints.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.crop % 32:
            raise ValueError(f"crop must be a multiple of 32, got {self.crop}")
        return self

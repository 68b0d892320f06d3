"""Config of the refiners that need no training."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from synthvision.realism.refiner import RefinerSpec

__all__ = ["ColourMethod", "ColourSpec", "FourierSpec", "ReferenceSpec", "SensorMatchSpec"]

ColourMethod = Literal["reinhard", "monge_kantorovich", "histogram"]


class ReferenceSpec(RefinerSpec):
    """Which real photos are taken as the reference."""

    reference: str = Field(
        min_length=1,
        description="Real photos: a folder, or a COCO .json file with boxes; relative to the folder of this file.",
    )
    reference_photos: int = Field(
        64, ge=1, le=10_000, description="How many of them are read, at most, evenly spread over all, 1..10000."
    )
    reference_licence: str | None = Field(
        None, description="Licence of the photos, for the manifest: an SPDX name or words."
    )
    strength: float = Field(1.0, ge=0, le=1, description="How much of the change is made, 0 (none) to 1.")


class FourierSpec(ReferenceSpec):
    """Exchange of the lowest frequencies' amplitude with that of a real photo, drawn for each frame."""

    kind: Literal["fourier"] = Field(description="Low frequencies take the amplitude of a real photo's.")
    share: float = Field(
        0.01,
        ge=0,
        le=0.05,
        description="Highest frequency that is exchanged, as a share of the picture's shorter side, 0..0.05: 0.01 is "
        "four cycles in 480 pixels. Larger ones print the photo's layout into the picture.",
    )
    most_gain: float | None = Field(
        3.0,
        gt=1,
        description="How much a frequency that the picture has little of is raised, at most, above 1; null for no "
        "limit, as published, which paints coloured clouds onto plain backgrounds.",
    )
    most_clipped: float = Field(
        0.02,
        ge=0,
        le=1,
        description="Share of pixels that may be driven into black or white, 0..1; the change is made smaller to keep "
        "it.",
    )


class ColourSpec(ReferenceSpec):
    """Tone and colour taken over from real photos, by class where the photos have boxes."""

    kind: Literal["colour"] = Field(description="Tone and colour of real photos.")
    method: ColourMethod = Field(
        "monge_kantorovich",
        description="reinhard: mean and spread of L, a and b; monge_kantorovich: mean and covariance of the three; "
        "histogram: the distribution of each.",
    )
    target: Literal["photo", "set"] = Field(
        "photo",
        description="photo: each frame takes the figures of one photo, drawn for it, so that frames differ as photos "
        "do; set: all take those of all photos together.",
    )
    per_class: bool = Field(
        True,
        description="Objects take the figures from inside the boxes of their class, and the rest of the picture those "
        "from outside all boxes. Without effect where the photos have no boxes.",
    )
    renders: str | None = Field(
        None,
        min_length=1,
        description="Renders of the same kind, as for reference. With them all frames get one map for each class, from "
        "the figures of all renders to those of all photos: what is red stays red, and target is not looked at. "
        "Without them each picture's own figures are where the map starts.",
    )
    most_shift: float = Field(
        15.0,
        ge=0,
        le=100,
        description="How far the mean of a region is moved, at most, in units of L (0..100); half of it in a and b.",
    )
    most_stretch: float = Field(
        1.5,
        ge=1,
        le=10,
        description="How much colours of a region are spread or drawn together, at most, 1..10: large ones turn the "
        "red of one thing into the black of another.",
    )
    feather_px: float = Field(
        1.0, ge=0, le=16, description="How far the maps of two regions fade into each other, in pixels, 0..16."
    )


class SensorMatchSpec(ReferenceSpec):
    """Blur, noise, compression and white balance of real photos, as far as the picture lacks them."""

    kind: Literal["sensor"] = Field(description="Blur, noise, compression and white balance of real photos.")
    blur: bool = Field(True, description="Whether a picture that is sharper than three of four photos is blurred.")
    noise: bool = Field(True, description="Whether noise that it lacks is added, by brightness.")
    jpeg: bool = Field(True, description="Whether it goes through JPEG at the quality of a photo.")
    white_balance: float = Field(
        0.25,
        ge=0,
        le=1,
        description="How much of the difference in tint is taken away, 0..1. It cannot be told from the colours of "
        "what is seen: 1 only where renders and photos show the same things.",
    )
    photo_side_px: int | None = Field(
        None,
        ge=64,
        le=16_384,
        description="Longer side to which photos are brought before they are measured, in pixels: that of the renders, "
        "where photos are much larger. As they are stored where left out. Their JPEG quality is then not known.",
    )

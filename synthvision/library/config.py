"""What a catalogue file holds: ``catalog.yaml`` inside a pack, or the JSON file of a registered pack."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["AssetRecord", "CatalogueFile", "StateRecord"]

Name = Annotated[str, Field(min_length=1, max_length=400)]
Vector = tuple[float, float, float]
MapRole = Literal[
    "base_colour",
    "normal",
    "normal_dx",
    "roughness",
    "glossiness",
    "metallic",
    "occlusion",
    "arm",
    "opacity",
    "emissive",
]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class StateRecord(_Record):
    """One value of a state, e.g. the face of a die, and the direction that shows it."""

    state: Name = Field(description="Name of the state, e.g. top_face.")
    value: Name = Field(description="Value that the state takes.")
    direction: Vector = Field(description="Direction in the file's own axes, any length but zero.")
    towards: Literal["up", "camera"] = Field(
        default="up", description="What the direction is compared with: world up, or the direction to the camera."
    )


class AssetRecord(_Record):
    """One asset of a pack that is made of files."""

    name: Name | None = Field(default=None, description="Name in the pack; left out, the file's path without suffix.")
    kind: Literal["model", "material", "environment", "photo"] | None = Field(
        default=None, description="What it is; left out, it follows from the file's suffix (a picture is a material)."
    )
    file: Name | None = Field(
        default=None, description="File, relative to the catalogue's folder; a material may have maps instead."
    )
    maps: dict[MapRole, Name] = Field(
        default_factory=dict,
        description="Files of a texture set by what they hold, relative to the catalogue's folder.",
    )
    category: Name | None = Field(default=None, description="What it shows; left out, the name of its folder.")
    tags: tuple[Name, ...] = Field(
        default=(), description="Words to find it by; left out, those of its category and name."
    )
    size_m: float | None = Field(
        default=None, gt=0, description="Real length of the longest side in metres; left out, the file's unit counts."
    )
    tile_m: float | None = Field(
        default=None, gt=0, description="Real size of one repeat of a material in metres; left out, its tags decide."
    )
    licence: str = Field(default="", description="Licence, e.g. CC0-1.0; without one there is a warning.")
    author: str = Field(default="", description="Who made it, for attribution.")
    source: str = Field(default="", description="Where it came from.")
    sha256: str | None = Field(
        default=None, pattern="^[0-9a-f]{64}$", description="Hash of the asset's files when it was indexed."
    )
    up_axis: Literal["x", "y", "z"] | None = Field(
        default=None, description="Axis of the file that points up; left out, y for glTF and OBJ, z for PLY and STL."
    )
    unit: Literal["m", "cm", "mm", "inch", "foot"] | None = Field(
        default=None, description="Unit of the file; left out, mm for STL and m for the others."
    )
    origin: Literal["base", "file"] = Field(
        default="base",
        description="Where the model's origin goes: to the centre of its base, or where the file has it.",
    )
    attributes: dict[Name, str] = Field(
        default_factory=dict, description="Facts that classes can match, e.g. rank: ten."
    )
    states: tuple[StateRecord, ...] = Field(default=(), description="Directions that give states.")
    keypoints: dict[Name, Vector] = Field(
        default_factory=dict, description="Named points in the file's own axes and unit."
    )
    description: str = Field(default="", description="One sentence.")
    notes: tuple[str, ...] = Field(default=(), description="What the index found odd, shown by 'assets check'.")


class CatalogueFile(_Record):
    """A whole catalogue."""

    version: Literal[1] = Field(default=1, description="Version of this format.")
    pack: Name | None = Field(default=None, description="Name of the pack; left out, the folder's.")
    root: str | None = Field(
        default=None, description="Folder of the files; only for a registered pack, whose catalogue lies elsewhere."
    )
    description: str = Field(default="", description="One sentence about the pack.")
    licence: str = Field(default="", description="Licence of every asset that names none.")
    author: str = Field(default="", description="Author of every asset that names none.")
    source: str = Field(default="", description="Source of every asset that names none.")
    assets: tuple[AssetRecord, ...] = Field(default=(), description="The assets.")
    notes: tuple[str, ...] = Field(default=(), description="What the index left out and why.")

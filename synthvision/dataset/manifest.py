"""What a data set is: resolved config and hash, seed, fingerprint, assets with licences, kinds of images."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from synthvision.core.errors import DatasetError
from synthvision.dataset.atomic import write_text
from synthvision.dataset.augmentation import AugmentationEntry
from synthvision.dataset.config import OutputConfig
from synthvision.dataset.layout import DatasetLayout
from synthvision.dataset.realism import RealismEntry

__all__ = [
    "SCHEMA_VERSION",
    "AssetEntry",
    "ClassEntry",
    "FrameRange",
    "Layer",
    "LayerName",
    "Manifest",
    "config_hash",
    "frame_ranges",
    "hashed_config",
    "layers_of",
    "load_manifest",
    "save_manifest",
]

#: Raised when a reader of the old form could not read the new one.
SCHEMA_VERSION = 1

LayerName = Literal["image", "render", "depth", "ids", "normals", "semantic", "flow_forward", "flow_backward"]

# What may differ between two runs that make parts of one data set.
_NOT_HASHED = frozenset({"frames", "workers", "executor", "shard", "out", "folder"})


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Layer(_Part):
    """One kind of image of a data set."""

    folder: str = Field(description="Folder below the data set's.")
    suffix: Literal["png", "jpg", "tiff"] = Field(description="Ending of the files.")
    dtype: Literal["uint8", "uint16", "float32"] = Field(description="Type of the numbers on disk.")
    channels: int = Field(description="Numbers per pixel.")
    unit: str = Field(description="What a decoded number means.")
    scale: float = Field(default=1.0, description="Decoded = (number on disk - offset) / scale.")
    offset: float = Field(default=0.0, description="See scale.")
    quality: int | None = Field(default=None, description="JPEG quality; none for lossless files.")


class AssetEntry(_Part):
    """An asset that the job may use."""

    pack: str = Field(description="Name of the pack.")
    name: str = Field(description="Name inside the pack.")
    kind: str = Field(description="model, material, environment or photo.")
    sha256: str | None = Field(default=None, description="Hash of the file; none for assets written in code.")
    licence: str | None = Field(default=None, description="SPDX name or words; none where it is not known.")
    author: str | None = Field(default=None, description="Who made it.")
    source: str | None = Field(default=None, description="Where it came from.")


class ClassEntry(_Part):
    """A class of the job, in the job's order."""

    name: str = Field(description="Class name.")
    supercategory: str = Field(default="", description="COCO's supercategory; empty for none.")
    keypoints: tuple[str, ...] = Field(
        default=(),
        description="Names of the points that its models have, in the order in which they are written; empty for none, "
        "and in data sets of before they were kept.",
    )
    skeleton: tuple[tuple[str, str], ...] = Field(default=(), description="Pairs of keypoints that are drawn joined.")


class FrameRange(_Part):
    """Frames start, start + step, ... below stop."""

    start: int = Field(default=0, ge=0, description="First frame.")
    stop: int = Field(ge=0, description="One past the last frame.")
    step: int = Field(default=1, ge=1, description="Distance of two frames.")

    @property
    def indices(self) -> range:
        """The frame indices, ascending."""
        return range(self.start, self.stop, self.step)


class Manifest(_Part):
    """What a data set is; written once, before the first frame. No clock, host name or absolute path stands in it."""

    schema_version: int = Field(default=SCHEMA_VERSION, description="Form of manifest and records.")
    name: str = Field(description="Name of the data set, usually the job's.")
    generator: str = Field(description="Program and version that made it.")
    seed: int = Field(description="The job's seed.")
    frames: tuple[FrameRange, ...] = Field(description="Which frames it is to hold, ascending.")
    config: dict[str, Any] = Field(description="The job, resolved: every value that was used.")
    config_hash: str = Field(description="SHA-256 of config without frame count, workers, executor, shard and folder.")
    classes: tuple[ClassEntry, ...] = Field(description="Classes in the job's order; COCO category ids count from 1.")
    layers: dict[LayerName, Layer] = Field(description="Kinds of images on disk.")
    stages: dict[str, bool] = Field(default_factory=dict, description="Optional stages and whether they were on.")
    fingerprint: dict[str, str] = Field(
        default_factory=dict, description="What decides the exact bytes: driver build, package versions, CPU features."
    )
    assets: tuple[AssetEntry, ...] = Field(default=(), description="Assets that the job may use, by pack and name.")
    augmentation: AugmentationEntry | None = Field(
        default=None, description="How it was made from another data set; none for one that was rendered."
    )
    realism: RealismEntry | None = Field(
        default=None, description="How its pictures were moved towards real photos; none for renders."
    )
    generation: int = Field(
        default=1,
        ge=1,
        description="1 for renders of a config; one more for every trained model that had a part in them, by refining "
        "the pictures or by choosing what is shown. Sets that feed on their own kind can be told by it.",
    )
    warnings: tuple[str, ...] = Field(default=(), description="What the user was warned of before the first frame.")

    @property
    def frame_indices(self) -> Iterator[int]:
        """The frames it is to hold, ascending."""
        return chain.from_iterable(part.indices for part in self.frames)

    @property
    def frame_count(self) -> int:
        """How many frames it is to hold."""
        return sum(len(part.indices) for part in self.frames)

    @property
    def class_names(self) -> tuple[str, ...]:
        """Class names in the job's order."""
        return tuple(entry.name for entry in self.classes)

    @property
    def licences(self) -> tuple[str, ...]:
        """The distinct licences of the assets, sorted; assets without one are left out."""
        return tuple(sorted({entry.licence for entry in self.assets if entry.licence}))


def config_hash(config: Mapping[str, Any]) -> str:
    """Return the hash that two runs must share to make parts of one data set.

    Frame count, workers, executor, shard and folder are left out: they do not change any frame.

    Example:
        >>> config_hash({"seed": 1, "frames": 10}) == config_hash({"seed": 1, "frames": 20})
        True
    """
    # In the order of the job, not sorted: groups of objects are placed in their order, so it decides the frames.
    text = json.dumps(hashed_config(config), separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def hashed_config(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of a job's config decides its frames: all but frame count, workers, executor, shard and folder."""
    return {key: value for key, value in config.items() if key not in _NOT_HASHED}


def frame_ranges(indices: Iterable[int]) -> tuple[FrameRange, ...]:
    """Return frame indices as few ranges: one for a whole job, one for each strided shard of it.

    Example:
        >>> [(part.start, part.stop, part.step) for part in frame_ranges([0, 1, 2, 3, 17])]
        [(0, 4, 1), (17, 18, 1)]
    """
    if isinstance(indices, range) and len(indices) and indices.step > 0:
        return (FrameRange(start=indices[0], stop=indices[-1] + 1, step=indices.step if len(indices) > 1 else 1),)
    ordered = sorted(set(indices))
    ranges = []
    first = 0
    while first < len(ordered):
        step = ordered[first + 1] - ordered[first] if first + 1 < len(ordered) else 1
        last = first
        while last + 1 < len(ordered) and ordered[last + 1] - ordered[last] == step:
            last += 1
        if last == first + 1 and step > 1:
            last, step = first, 1  # two far apart are two single frames, not a pattern
        ranges.append(FrameRange(start=ordered[first], stop=ordered[last] + 1, step=step))
        first = last + 1
    return tuple(ranges)


def layers_of(output: OutputConfig) -> dict[LayerName, Layer]:
    """Return the kinds of images that a job writes."""
    jpg = output.image_format == "jpg"
    layers: dict[LayerName, Layer] = {
        "image": Layer(
            folder="images",
            suffix=output.image_format,
            dtype="uint8",
            channels=3,
            unit="sRGB",
            quality=output.jpeg_quality if jpg else None,
        )
    }
    if output.depth:
        unit = "metres along the camera's z axis, of a kannala_brandt camera along the ray; +inf where nothing is seen"
        layers["depth"] = Layer(folder="depth", suffix="tiff", dtype="float32", channels=1, unit=unit)
    if output.ids:
        unit = "instance id, 0 where nothing is seen"
        layers["ids"] = Layer(folder="ids", suffix="png", dtype="uint16", channels=1, unit=unit)
    if output.normals:
        unit = "unit normal in camera axes (x right, y down, z forward), 0 where nothing is seen"
        layers["normals"] = Layer(
            folder="normals", suffix="png", dtype="uint16", channels=3, unit=unit, scale=32767.0, offset=32768.0
        )
    if output.semantic:
        unit = "class, counted from 1 in the job's order, 0 for no class"
        layers["semantic"] = Layer(folder="semantic", suffix="png", dtype="uint16", channels=1, unit=unit)
    flows: tuple[tuple[LayerName, bool, str], ...] = (
        ("flow_forward", output.flow_forward, "next"),
        ("flow_backward", output.flow_backward, "previous"),
    )
    for name, wanted, step in flows:
        if wanted:
            unit = f"pixels to the right and down that each point moves until the {step} step; NaN where not known"
            layers[name] = Layer(folder=name, suffix="tiff", dtype="float32", channels=2, unit=unit)
    return layers


def save_manifest(layout: DatasetLayout, manifest: Manifest) -> None:
    """Write a manifest, readable by a person. Keys keep the order of the job, which decides its frames.

    Raises:
        DatasetError: The file cannot be written.
    """
    data = manifest.model_dump(mode="json")
    write_text(layout.manifest, json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def load_manifest(layout: DatasetLayout) -> Manifest:
    """Read a manifest.

    Raises:
        DatasetError: The file is missing, is no JSON, or was written in a form that this version does not read.
    """
    path = layout.manifest
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise DatasetError(f"{path.parent} must be a data set, but has no {path.name}") from error
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise DatasetError(f"{path} must be readable JSON: {error}") from error
    version = data.get("schema_version") if isinstance(data, dict) else None
    if version != SCHEMA_VERSION:
        raise DatasetError(f"{path}: schema_version must be {SCHEMA_VERSION}, got {version!r}")
    try:
        return Manifest.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise DatasetError(f"{path}: {where}: {first['msg']}") from error

"""The whole job as frozen models: what is sampled, drawn, labelled and written."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PrivateAttr

from synthvision.annotate.config import LabelPolicy
from synthvision.config.sources import Sources
from synthvision.config.validation import validated
from synthvision.core.errors import ConfigError, Problem
from synthvision.core.frame_order import FrameOrder
from synthvision.core.hashing import hash_json
from synthvision.core.streams import MAX_SEED
from synthvision.core.yaml_file import KeyPath
from synthvision.dataset.config import OutputConfig
from synthvision.dataset.manifest import config_hash
from synthvision.realism.config import RealismSpec
from synthvision.render.config import OpenGLConfig, RenderConfig
from synthvision.sampling.classes import ClassSpec
from synthvision.sampling.config import SceneSpec
from synthvision.sampling.factors.plan import Plan

__all__ = ["AssetSettings", "ImageSettings", "Job", "relative_path"]

_MODEL = ConfigDict(frozen=True, extra="forbid")


def relative_path(text: str) -> str:
    """Return a path that a job may name: relative to the job file and never above it.

    Raises:
        ValueError: It is empty, absolute, or holds ``..`` or a backslash.
    """
    _, _, folder = text.rpartition("=")  # a root may be name=folder
    path = PurePosixPath(folder)
    if not folder or path.is_absolute() or ".." in path.parts or "\\" in text or folder.startswith("~"):
        raise ValueError(
            f"must be a path relative to the job file, with '/' and without '..', got '{text}'; for folders elsewhere "
            "use 'synthvision assets add' or SYNTHVISION_ASSETS"
        )
    return text


def _unique_names(classes: tuple[ClassSpec, ...]) -> tuple[ClassSpec, ...]:
    names = [spec.name for spec in classes]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"class names must be unique, got {', '.join(twice)} more than once")
    return classes


class ImageSettings(BaseModel):
    """Size of the pictures."""

    model_config = _MODEL

    width: int = Field(default=640, ge=16, le=4096, description="Width of the pictures in pixels.")
    height: int = Field(default=480, ge=16, le=4096, description="Height of the pictures in pixels.")


class AssetSettings(BaseModel):
    """Where models, materials, environment maps and photos come from. The pack `builtin` is always there."""

    model_config = _MODEL

    packs: tuple[str, ...] = Field(
        default=(), description="Asset packs that the job needs besides builtin, by name; a missing one is an error."
    )
    roots: tuple[Annotated[str, AfterValidator(relative_path)], ...] = Field(
        default=(),
        description="Folders that are or hold asset packs, relative to the job file, searched first; "
        "name=folder makes a folder the pack of that name.",
    )


class Job(BaseModel):
    """Everything that decides a data set. Frame k depends on the job, its seed and k alone."""

    model_config = _MODEL

    scene: SceneSpec = Field(
        description="What is sampled: the name of a built-in scene; a file beside the job (my_scene.yaml); "
        "{file: one of these, set: {objects.bottles.count: 3}} with changes by key path; or the scene itself."
    )
    classes: Annotated[tuple[ClassSpec, ...], AfterValidator(_unique_names)] = Field(
        min_length=1, description="Classes in order; the first one that takes an object labels it."
    )
    frames: int = Field(default=100, ge=1, le=100_000_000, description="Number of pictures.")
    seed: int = Field(default=0, ge=0, le=MAX_SEED, description="Seed of everything that is drawn at random.")
    views_per_scene: int = Field(
        default=1,
        ge=1,
        le=10_000,
        description="Views of each sampled scene; every camera takes a picture of each view.",
    )
    frames_per_scene: int = Field(
        default=1,
        ge=1,
        le=100_000,
        description="Steps of each view in time, in which what has a motion or velocities moves on: a video each.",
    )
    frame_interval_s: float = Field(default=0.1, gt=0, le=3600, description="Time from step to step in seconds.")
    plan: Plan | None = Field(
        default=None,
        description="Levels of the scene's factors that each scene shall have, in turn: a file beside the job that "
        "`synthvision scenario plan` wrote, or the plan itself.",
    )
    image: ImageSettings = Field(default=ImageSettings(), description="Size of the pictures.")
    render: RenderConfig = Field(
        default=OpenGLConfig.model_validate({}),
        description="The renderer and its options; without `backend` they are those of opengl.",
    )
    labels: LabelPolicy = Field(
        default=LabelPolicy(), description="Which instances become annotations, and the form of masks."
    )
    output: OutputConfig = Field(default=OutputConfig(), description="Which files are written for each frame.")
    assets: AssetSettings = Field(default=AssetSettings(), description="Where assets come from.")
    realism: RealismSpec | None = Field(
        default=None, description="Refiners that move the pictures towards real photos, and the guard of their labels."
    )

    _name: str = PrivateAttr(default="job")
    _folder: Path | None = PrivateAttr(default=None)
    _sources: Sources = PrivateAttr(default_factory=lambda: Sources("job"))

    @property
    def name(self) -> str:
        """What the job is called: the stem of its file."""
        return self._name

    @property
    def folder(self) -> Path | None:
        """Folder of the job file, where its relative paths start; None for a job that came from no file."""
        return self._folder

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the classes in the job's order."""
        return tuple(spec.name for spec in self.classes)

    @property
    def frame_order(self) -> FrameOrder:
        """Which scene, view, step and camera each frame is."""
        return FrameOrder(self.views_per_scene, self.frames_per_scene, max(1, len(self.scene.cameras)))

    @property
    def frames_of_one_scene(self) -> int:
        """Frames that share one sampled scene: views times steps times cameras."""
        return self.frame_order.frames_of_one_scene

    @property
    def job_hash(self) -> str:
        """SHA-256 of everything that decides a frame; the number of frames is left out."""
        return config_hash(self.resolved())

    @property
    def scenes_hash(self) -> str:
        """SHA-256 of what decides scenes, label images and which objects are labelled, whatever the plan."""
        sampled = ("scene", "classes", "seed", "image", "labels")
        keys = (*sampled, "views_per_scene", "frames_per_scene", "frame_interval_s")
        data = self.resolved()
        return hash_json([{key: data[key] for key in keys}, data["render"]["backend"]])

    def __eq__(self, other: object) -> bool:
        """Return whether two jobs make the same frames and as many of them, wherever they were read from."""
        return isinstance(other, Job) and self.resolved() == other.resolved()

    def __hash__(self) -> int:
        return hash(self.job_hash)

    def resolved(self) -> dict[str, Any]:
        """Return every value of the job as JSON data, scene and defaults included: what the manifest keeps."""
        data: dict[str, Any] = self.model_dump(mode="json")
        return data

    @classmethod
    def from_resolved(cls, data: dict[str, Any], *, folder: Path | None = None, name: str = "job") -> Job:
        """Return the job that `resolved` described.

        Args:
            data: What `resolved` returned, perhaps after a way through JSON.
            folder: Folder that relative asset roots start from; None for the current folder.
            name: What the job is called.

        Raises:
            ConfigError: The data is not what this version's models hold; every fault is listed.
        """
        return cls.from_sources(data, Sources(name), folder=folder, name=name)

    @classmethod
    def from_sources(
        cls,
        data: Any,
        sources: Sources,
        *,
        folder: Path | None,
        name: str,
        problems: list[Problem] | None = None,
        skip: tuple[KeyPath, ...] = (),
    ) -> Job:
        """Return the job that assembled data describes.

        Args:
            data: JSON-like data; the scene is a mapping.
            sources: Where each part was written, for messages now and for later checks.
            folder: Folder that relative asset roots start from.
            name: What the job is called.
            problems: Faults found while the data was assembled; any of them refuses the job.
            skip: Key paths of these faults, not to be reported twice.

        Raises:
            ConfigError: Any fault, all of them listed file by file.
        """
        found = list(problems or [])
        job = validated(cls, data, sources, found, skip)
        if job is None or found:
            raise ConfigError(sources.sorted(found))
        job._name, job._folder, job._sources = name, folder, sources
        return job

    def with_frames(self, frames: int) -> Job:
        """Return the same job with another number of pictures."""
        job = self.model_copy(update={"frames": frames})
        job._name, job._folder, job._sources = self._name, self._folder, self._sources
        return job

    def problem(self, path: KeyPath, message: str) -> Problem:
        """Return a problem with the value at `path`, with the file and line it was written at.

        Args:
            path: Key path in the resolved job, e.g. ``("scene", "objects", "bottles", "pick")``.
            message: What must hold, what came, what to do.
        """
        if not self._sources.holds(path):
            # `pick: [a, b]` in a file is short for `pick: {any_of: [a, b]}` in the model.
            path = tuple(part for part in path if part != "any_of")
        return self._sources.problem(path, message)

    def sorted_problems(self, problems: list[Problem]) -> list[Problem]:
        """Return problems without repeats in the order of the files and their lines."""
        return self._sources.sorted(problems)

"""The JSON that goes in and out of the service; what the OpenAPI document describes is generated from here."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from synthvision.service.jobs.folders import ID_PATTERN
from synthvision.service.jobs.store import State

__all__ = [
    "BuiltinJobs",
    "Fault",
    "FormField",
    "Health",
    "JobCheck",
    "JobFault",
    "JobList",
    "JobView",
    "PackList",
    "PackView",
    "Pictures",
    "ProgressView",
    "ServiceView",
    "Submission",
    "Ticket",
    "TicketRequest",
]

_KEY = r"^[^=\s.]+(\.[^=\s.]+)*$"
Key = Annotated[str, StringConstraints(pattern=_KEY, max_length=200)]
Action = Literal["stop", "resume", "delete", "download"]


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Submission(_Message):
    """A job, in one of three forms, and what is changed in it."""

    yaml: str | None = Field(
        default=None,
        min_length=1,
        max_length=2**20,
        description="A whole job file as YAML text, its scene named or inline. Faults are told with line numbers.",
    )
    job: dict[str, Any] | None = Field(default=None, description="The same as JSON data.")
    builtin: str | None = Field(
        default=None, min_length=1, max_length=100, description="Name of a built-in job, such as quickstart."
    )
    name: str | None = Field(
        default=None,
        min_length=1,
        max_length=100,
        description="What the data set is called: letters, digits, '-' and '_'; other characters become '-'.",
    )
    frames: int | None = Field(
        default=None, strict=True, ge=1, le=100_000_000, description="Number of pictures instead of the job's."
    )
    seed: int | None = Field(default=None, strict=True, ge=0, le=2**63 - 1, description="Seed instead of the job's.")
    set: dict[Key, Any] = Field(
        default_factory=dict,
        max_length=100,
        description="Values by dotted key path that replace those of the job, e.g. objects.bottles.count: 3.",
    )

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        given = [name for name in ("yaml", "job", "builtin") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"exactly one of yaml, job and builtin must be given, got {', '.join(given) or 'none'}")
        return self


class JobFault(_Message):
    """One fault of a submitted job."""

    file: str = Field(description="The job, or the option, that holds it.")
    key_path: str = Field(description="Dotted key path; empty for the whole file.")
    line: int | None = Field(description="Line of the text, from 1; null where the value stands in no line.")
    message: str = Field(description="What must hold, what came, what to do.")


class Fault(_Message):
    """Why a request was refused: problem details of RFC 9457."""

    type: str = Field(description="Always about:blank: the status says what kind it is.")
    title: str = Field(description="The status in words.")
    status: int = Field(ge=400, le=599, description="The HTTP status.")
    detail: str = Field(description="What must hold, what came, what to do.")
    problems: list[JobFault] | None = Field(default=None, description="What is wrong with a submitted job.")


class JobCheck(_Message):
    """What a job that has no fault makes."""

    name: str = Field(description="What its data set is called.")
    frames: int = Field(description="Number of pictures.")
    seed: int = Field(description="Its seed.")
    classes: list[str] = Field(description="Its classes in order.")
    packs: list[str] = Field(description="Asset packs that it names besides the built-in one.")
    width: int = Field(description="Width of the pictures in pixels.")
    height: int = Field(description="Height of the pictures in pixels.")
    backend: str = Field(description="Its renderer.")


class ProgressView(_Message):
    """How far a job is."""

    total: int = Field(description="Frames that it makes.")
    done: int = Field(description="Frames on disk.")
    failed: int = Field(description="Frames given up.")
    images_per_second: float = Field(description="Rate since it was last started.")
    seconds_left: float | None = Field(description="At that rate; null where that is not known.")


class JobView(_Message):
    """One job."""

    id: str = Field(pattern=ID_PATTERN, description="12 hexadecimal digits.")
    number: int = Field(description="Jobs are numbered in the order in which they came.")
    name: str = Field(description="What its data set is called.")
    state: State = Field(
        description="queued; running; stopping: frames in work are being finished; stopped: can be resumed; done; "
        "failed: what is there is usable, and it can be resumed."
    )
    queue_place: int | None = Field(description="1 for the next one that starts; null where it does not wait.")
    progress: ProgressView
    reason: str = Field(description="Why it is in this state, where there is something to say.")
    exit_code: int | None = Field(description="Of synthvision render, once it ended.")
    actions: list[Action] = Field(description="What can be done with it now.")
    overrides: list[str] = Field(description="Changes to the submitted file, as KEY=VALUE.")
    view_command: str = Field(description="The command that opens the data set on the service's machine.")
    created_s: float = Field(description="When it was submitted, seconds since 1970.")
    changed_s: float = Field(description="When it last changed its state, seconds since 1970.")


class JobList(_Message):
    """Jobs, the newest first."""

    jobs: list[JobView]
    next_before: int | None = Field(description="`before` of the next page; null on the last one.")


class Pictures(_Message):
    """The newest pictures of a job."""

    frames: list[int] = Field(description="Their frame indices, the newest first.")


class TicketRequest(_Message):
    """What is to be fetched."""

    format: Literal["tar", "zip"] = Field(default="tar", description="tar for any size; zip opens with a double click.")


class Ticket(_Message):
    """An address that gives a data set once, without a token: browsers send none when they save a file."""

    url: str = Field(description="Path on this service.")
    seconds: int = Field(description="So long it is good.")


class AssetView(_Message):
    """One asset of an uploaded pack."""

    name: str
    kind: str = Field(description="model, material, environment or photo.")
    category: str = Field(description="What it shows; classes and picks can name it.")
    licence: str = Field(description="Empty where none is stated.")
    triangles: int = Field(description="Of a model that was just uploaded, else 0.")
    warnings: list[str] = Field(description="What is odd about it.")


class PackView(_Message):
    """An uploaded pack; jobs name it with assets: {packs: [NAME]}."""

    name: str
    assets: list[AssetView]


class PackList(_Message):
    """Packs that jobs can name."""

    uploaded: list[PackView] = Field(description="Packs that were uploaded here.")
    others: list[str] = Field(description="Names of the packs that the service's machine has.")


class FormField(_Message):
    """One common value of a job, as its JSON schema describes it."""

    key: str = Field(description="Dotted key path, as in `set`.")
    description: str
    kind: Literal["integer", "number", "boolean", "choice"]
    choices: list[str] = Field(description="What a choice may be.")
    minimum: float | None
    maximum: float | None
    default: int | float | bool | str | None = Field(description="The value where a job states none.")


class BuiltinJobs(_Message):
    """What the page's form needs."""

    jobs: list[str] = Field(description="Names of the built-in jobs.")
    fields: list[FormField]


class Health(_Message):
    """That the service lives."""

    status: Literal["ok"]
    version: str


class ServiceView(_Message):
    """How the service runs."""

    version: str
    queue: int = Field(description="How many jobs may wait.")
    waiting: int
    running: int
    at_once: int = Field(description="Jobs that render at the same time.")
    body_bytes: int = Field(description="Largest body of a request that is no upload.")
    upload_bytes: int = Field(description="Largest upload.")
    upload_suffixes: list[str] = Field(description="Kinds of files that can be uploaded.")

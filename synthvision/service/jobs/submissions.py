"""From what a client sent to a job's text, its name, and the changes to it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from synthvision.core.builtin import builtin_path
from synthvision.core.errors import Problem, UsageError
from synthvision.core.yaml_file import MAX_DEPTH, dump_yaml
from synthvision.service.jobs.faults import RequestError
from synthvision.service.jobs.folders import slug
from synthvision.service.jobs.messages import Submission

__all__ = ["JSON_TYPE", "YAML_TYPES", "JobText", "job_text", "read_submission", "validation_fault"]

JSON_TYPE = "application/json"
YAML_TYPES = ("application/yaml", "application/x-yaml", "text/yaml")

#: All changes together; they travel on a command line.
_MAX_OVERRIDES = 64_000
_END = "\n..."


@dataclass(frozen=True, slots=True)
class JobText:
    """A job as it is run.

    Args:
        text: The job file.
        name: Its name, a `slug`.
        overrides: Changes to it, as ``KEY=VALUE``.
    """

    text: str
    name: str
    overrides: tuple[str, ...]


def read_submission(content_type: str, body: bytes, name: str | None) -> Submission:
    """Return what a request submits.

    Args:
        content_type: Its header.
        body: JSON of a `Submission`, or the YAML of a job.
        name: What the data set is called; for JSON this stands inside.

    Raises:
        RequestError: It is of another type (415), or is not what its type says (400, 422).
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind in YAML_TYPES:
        try:
            return _validated({"yaml": body.decode("utf-8-sig"), **({} if name is None else {"name": name})})
        except UnicodeDecodeError as error:
            raise RequestError(400, f"the job must be UTF-8 text, got the byte 0x{body[error.start]:02x}") from None
    if kind != JSON_TYPE:
        raise RequestError(415, f"a job must be sent as {JSON_TYPE} or {YAML_TYPES[0]}, got {kind[:100] or 'no type'}")
    if name is not None:
        raise RequestError(422, "the name of a job that is sent as JSON must stand in the JSON, not in the address")
    return _validated(_json(body))


def job_text(submission: Submission) -> JobText:
    """Return the text, the name and the changes that a submission stands for; the job itself is not checked.

    Raises:
        RequestError: A built-in job does not exist, or a value cannot be written as YAML (422).
    """
    name = submission.name or submission.builtin or "job"
    if submission.yaml is not None:
        text = submission.yaml
    elif submission.job is not None:
        _check_tree(submission.job, "job")
        text = dump_yaml(submission.job)
    else:
        try:
            text = builtin_path("render_configs", submission.builtin or "").read_text(encoding="utf-8")
        except UsageError as error:
            raise RequestError(422, str(error)) from error
    overrides: list[str] = []
    for key, value in submission.set.items():
        _check_tree(value, f"set.{key}")
        _check_tree(key, "set")
        # A single value is followed by a line of its own that ends the document.
        overrides.append(f"{key}={dump_yaml(value).rstrip().removesuffix(_END)}")
    for key, number in (("frames", submission.frames), ("seed", submission.seed)):
        if number is not None:
            overrides.append(f"{key}={number}")
    if sum(len(override.encode()) for override in overrides) > _MAX_OVERRIDES:
        raise RequestError(422, f"set must have at most {_MAX_OVERRIDES} bytes; write the values into the job")
    return JobText(text, slug(name), tuple(overrides))


def validation_fault(error: ValidationError) -> RequestError:
    """Return the refusal of a body that is not of the right form. What came is not repeated: it may be anything."""
    problems = [
        Problem("request", ".".join(str(part)[:100] for part in item["loc"]), None, _message(item))
        for item in error.errors(include_url=False, include_context=False, include_input=False)[:50]
    ]
    return RequestError(422, "the request must have the form that the OpenAPI document describes", problems=problems)


def _message(item: Mapping[str, Any]) -> str:
    text: str = item["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
    return "there is no such key" if item["type"] == "extra_forbidden" else text


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        # ValueError: also numbers of more digits than Python reads.
        raise RequestError(400, f"the body must be JSON: {str(error)[:200]}") from None


def _validated(data: Any) -> Submission:
    try:
        return Submission.model_validate(data)
    except ValidationError as error:
        raise validation_fault(error) from None


def _check_tree(data: Any, where: str) -> None:
    """Refuse what JSON can hold and a job cannot: deep nesting, infinite numbers, halves of surrogate pairs."""
    level = [data]
    for _ in range(MAX_DEPTH):
        if not level:
            return
        below: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                below += [*value.keys(), *value.values()]
            elif isinstance(value, list):
                below += value
            elif isinstance(value, float) and not math.isfinite(value):
                raise RequestError(422, f"{where}: numbers must be finite")
            elif isinstance(value, str) and any("\ud800" <= character <= "\udfff" for character in value):
                raise RequestError(422, f"{where}: text must not hold half of a surrogate pair")
        level = below
    raise RequestError(422, f"{where}: must be nested at most {MAX_DEPTH} deep")

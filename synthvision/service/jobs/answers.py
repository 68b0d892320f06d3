"""What the routes have in common: documented refusals, and path and query parameters."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Depends, Path, Query, Request

from synthvision.service.jobs.faults import PROBLEM_TYPE
from synthvision.service.jobs.folders import ID_PATTERN, PACK_PATTERN
from synthvision.service.jobs.service import JobService

__all__ = ["JobId", "PackName", "Seconds", "ServiceOf", "body_schema", "refusals"]

_REASONS = {
    400: "The request cannot be read.",
    401: "The token is missing or wrong.",
    403: "A page of another site made the request.",
    404: "There is nothing of this name.",
    408: "The body did not arrive in time.",
    409: "It is not in a state in which this can be done.",
    413: "The body is too large.",
    415: "The body is of a kind that is not taken.",
    421: "The service goes by another name.",
    422: "A value is wrong; of a job every fault is listed.",
    429: "The queue is full; Retry-After says when to try again.",
    503: "Too much is going on; Retry-After says when to try again.",
}
#: What the guard may answer to anything.
_ALWAYS = (400, 401, 403, 408, 413, 421)


def service_of(request: Request) -> JobService:
    """Return the service that a request is for."""
    service: JobService = request.app.state.service
    return service


ServiceOf = Annotated[JobService, Depends(service_of)]
JobId = Annotated[str, Path(pattern=ID_PATTERN, description="Id of the job.")]
PackName = Annotated[str, Path(pattern=PACK_PATTERN, description="Name of the pack.")]
Seconds = Annotated[
    float, Query(ge=0.1, le=3_600, description="After so long the stream ends; clients then open another.")
]


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the documentation of the refusals of a route: those given and those that any route may answer."""
    schema = {"$ref": "#/components/schemas/Fault"}
    retry = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}}
    documented: dict[int | str, dict[str, Any]] = {}
    for status in sorted({*_ALWAYS, *statuses}):
        documented[status] = {
            "description": f"{HTTPStatus(status).phrase}. {_REASONS[status]}",
            "content": {PROBLEM_TYPE: {"schema": schema}},
            **({"headers": retry} if status in (429, 503) else {}),
        }
    return documented


def body_schema(content: dict[str, Any], *, required: bool = True) -> dict[str, Any]:
    """Return the documentation of a body that a route reads itself.

    Args:
        content: Schema by media type.
        required: Whether there must be one.
    """
    described = {kind: {"schema": schema} for kind, schema in content.items()}
    return {"requestBody": {"required": required, "content": described}}

"""Routes about jobs: submit, list, read, watch, stop, resume, remove, fetch."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi import Path as PathParameter
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from synthvision.service.jobs.answers import JobId, Seconds, ServiceOf, body_schema, refusals
from synthvision.service.jobs.archives import ArchiveKind
from synthvision.service.jobs.events import EVENTS_TYPE, EventStreams
from synthvision.service.jobs.guard import API
from synthvision.service.jobs.messages import JobCheck, JobList, JobView, Pictures, Ticket, TicketRequest
from synthvision.service.jobs.pictures import MAX_WIDTH, newest_frames, thumbnail
from synthvision.service.jobs.service import JobService
from synthvision.service.jobs.store import State
from synthvision.service.jobs.submissions import JSON_TYPE, YAML_TYPES, read_submission
from synthvision.service.jobs.tickets import TICKET_S

__all__ = ["router"]

router = APIRouter(prefix=API, tags=["jobs"])

_ARCHIVE_TYPES = {"tar": "application/x-tar", "zip": "application/zip"}
_BINARY = {"type": "string", "format": "binary"}
_TEXT = {"schema": {"type": "string"}}
_ARCHIVE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The data set.", "content": {kind: {"schema": _BINARY} for kind in _ARCHIVE_TYPES.values()}}
}
_EVENT = {
    "type": "object",
    "properties": {
        "event": {"enum": ["job", "gone", "listed"]},
        "data": {"type": "string", "description": "JSON: of job a JobView, of gone the id, of listed nothing."},
    },
    "required": ["event", "data"],
}
_EVENTS: dict[int | str, dict[str, Any]] = {
    200: {"description": "Server-sent events.", "content": {EVENTS_TYPE: {"schema": _EVENT}}}
}
_SUBMISSION = body_schema(
    {
        JSON_TYPE: {"$ref": "#/components/schemas/Submission"},
        YAML_TYPES[0]: {"type": "string", "description": "A whole job file."},
    }
)
_Name = Annotated[
    str | None,
    Query(min_length=1, max_length=100, description="What the data set is called; only beside a body of YAML."),
]
_Frame = Annotated[int, PathParameter(ge=0, le=99_999_999, description="Frame index.")]


def _streams(request: Request) -> EventStreams:
    streams: EventStreams = request.app.state.streams
    return streams


async def _submitted(request: Request, name: str | None) -> Any:
    return read_submission(request.headers.get("content-type", ""), await request.body(), name)


@router.post("/jobs/check", response_model=JobCheck, openapi_extra=_SUBMISSION, responses=refusals(415, 422, 503))
async def check_job(request: Request, service: ServiceOf, name: _Name = None) -> Any:
    """Check a job without submitting it; every fault is listed with its line."""
    submission = await _submitted(request, name)
    checked = await run_in_threadpool(service.check, submission)
    return JobCheck.model_validate(checked, from_attributes=True)


@router.post(
    "/jobs",
    status_code=201,
    response_model=JobView,
    openapi_extra=_SUBMISSION,
    responses={
        201: {"headers": {"Location": {"description": "Path of the job.", "schema": {"type": "string"}}}},
        **refusals(415, 422, 429, 503),
    },
)
async def submit_job(request: Request, response: Response, service: ServiceOf, name: _Name = None) -> Any:
    """Put a job into the queue."""
    submission = await _submitted(request, name)
    record = await run_in_threadpool(service.submit, submission)
    response.headers["Location"] = f"{API}/jobs/{record.id}"
    return service.view(record)


@router.get("/jobs", response_model=JobList, responses=refusals(422))
def list_jobs(
    service: ServiceOf,
    state: Annotated[State | None, Query(description="Only jobs in this state.")] = None,
    before: Annotated[int | None, Query(ge=1, le=2**53, description="Only jobs with a smaller number.")] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="At most so many.")] = 50,
) -> Any:
    """List jobs, the newest first."""
    records = service.store.find((state,) if state else (), before=before, limit=limit + 1)
    shown = records[:limit]
    more = shown[-1].number if len(records) > limit else None
    return JobList(jobs=[service.view(record) for record in shown], next_before=more)


@router.get("/events", response_class=StreamingResponse, responses={**_EVENTS, **refusals(422, 503)})
async def watch_all(request: Request, seconds: Seconds = 3_600.0) -> Any:
    """Watch all jobs: the newest ones as they are, then each change."""
    streams = _streams(request)
    streams.require_room()
    return StreamingResponse(streams.of_all(seconds), media_type=EVENTS_TYPE)


@router.get("/jobs/{job_id}", response_model=JobView, responses=refusals(404, 422))
def read_job(job_id: JobId, service: ServiceOf) -> Any:
    """Read a job."""
    return service.view(service.store.get(job_id))


@router.delete("/jobs/{job_id}", status_code=204, responses=refusals(404, 409, 422))
def remove_job(job_id: JobId, service: ServiceOf) -> None:
    """Remove a job that does not run, and its data set."""
    service.remove(job_id)


@router.post("/jobs/{job_id}/stop", response_model=JobView, responses=refusals(404, 409, 422))
def stop_job(job_id: JobId, service: ServiceOf) -> Any:
    """Stop a job; frames in work are finished, and what is done stays usable."""
    return service.view(service.stop(job_id))


@router.post("/jobs/{job_id}/resume", response_model=JobView, responses=refusals(404, 409, 422, 429))
def resume_job(job_id: JobId, service: ServiceOf) -> Any:
    """Put a stopped or failed job at the end of the queue; it goes on where it was."""
    return service.view(service.resume(job_id))


@router.get("/jobs/{job_id}/events", response_class=StreamingResponse, responses={**_EVENTS, **refusals(404, 422, 503)})
async def watch_job(job_id: JobId, request: Request, service: ServiceOf, seconds: Seconds = 3_600.0) -> Any:
    """Watch a job until it ends."""
    service.store.get(job_id)
    streams = _streams(request)
    streams.require_room()
    return StreamingResponse(streams.of_job(job_id, seconds), media_type=EVENTS_TYPE)


@router.get(
    "/jobs/{job_id}/config",
    response_class=Response,
    responses={200: {"description": "The job file.", "content": {YAML_TYPES[0]: _TEXT}}, **refusals(404, 422)},
)
def read_config(job_id: JobId, service: ServiceOf) -> Any:
    """Read the job file as it was submitted, without the changes beside it."""
    _, folder = service.job(job_id)
    return Response(folder.config.read_bytes(), media_type=YAML_TYPES[0])


@router.get(
    "/jobs/{job_id}/log",
    response_class=Response,
    responses={200: {"description": "Lines of text.", "content": {"text/plain": _TEXT}}, **refusals(404, 422)},
)
def read_log(
    job_id: JobId,
    service: ServiceOf,
    count: Annotated[int, Query(alias="bytes", ge=1, le=2**20, description="At most so many bytes.")] = 16_384,
) -> Any:
    """Read the end of what the job said, its progress left out."""
    return Response(service.log_tail(job_id, count), media_type="text/plain; charset=utf-8")


@router.get("/jobs/{job_id}/pictures", response_model=Pictures, responses=refusals(404, 422))
def list_pictures(
    job_id: JobId,
    service: ServiceOf,
    count: Annotated[int, Query(ge=1, le=100, description="At most so many.")] = 6,
) -> Any:
    """List the newest pictures."""
    _, folder = service.job(job_id)
    return Pictures(frames=newest_frames(folder.data, count))


@router.get(
    "/jobs/{job_id}/pictures/{frame}",
    response_class=Response,
    responses={200: {"description": "JPEG.", "content": {"image/jpeg": {"schema": _BINARY}}}, **refusals(404, 422)},
)
def read_picture(
    job_id: JobId,
    frame: _Frame,
    service: ServiceOf,
    width: Annotated[int, Query(ge=16, le=MAX_WIDTH, description="Width in pixels, at most.")] = 240,
) -> Any:
    """Read a picture, small."""
    _, folder = service.job(job_id)
    picture = thumbnail(folder.data, frame, width)
    # A frame of a job is always the same picture, and ids are not given twice.
    headers = {"Cache-Control": "private, max-age=86400, immutable"}
    return Response(picture, media_type="image/jpeg", headers=headers)


@router.get(
    "/jobs/{job_id}/archive", response_class=StreamingResponse, responses={**_ARCHIVE, **refusals(404, 409, 422)}
)
def fetch_job(
    job_id: JobId,
    service: ServiceOf,
    kind: Annotated[ArchiveKind, Query(alias="format", description="tar for any size; zip for desktops.")] = "tar",
) -> Any:
    """Fetch the data set of a job that is stopped or done as one file, made while it is sent."""
    return _archive(service, job_id, kind)


@router.post("/jobs/{job_id}/tickets", status_code=201, response_model=Ticket, responses=refusals(404, 409, 422, 429))
def make_ticket(job_id: JobId, wanted: TicketRequest, service: ServiceOf) -> Any:
    """Make an address from which a browser can save the data set once, within a minute, without the token."""
    service.fetch(job_id, wanted.format)
    return Ticket(url=f"{API}/downloads/{service.tickets.issue(job_id, wanted.format)}", seconds=TICKET_S)


@router.get("/downloads/{ticket}", response_class=StreamingResponse, responses={**_ARCHIVE, **refusals(404, 409, 422)})
def download(
    ticket: Annotated[str, PathParameter(pattern=r"^[A-Za-z0-9_-]{43}$", description="The ticket.")], service: ServiceOf
) -> Any:
    """Fetch the data set that a ticket is for."""
    job_id, kind = service.tickets.redeem(ticket)
    return _archive(service, job_id, kind)


def _archive(service: JobService, job_id: str, kind: ArchiveKind) -> StreamingResponse:
    name, blocks = service.fetch(job_id, kind)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(blocks, media_type=_ARCHIVE_TYPES[kind], headers=headers)

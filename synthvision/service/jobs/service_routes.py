"""Routes about the service itself and the packs that were uploaded to it."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from synthvision import __version__
from synthvision.core.builtin import builtin_names, builtin_path
from synthvision.core.errors import UsageError
from synthvision.library.packs import available_packs
from synthvision.service.jobs.answers import PackName, ServiceOf, body_schema, refusals
from synthvision.service.jobs.faults import RequestError
from synthvision.service.jobs.form import form_fields
from synthvision.service.jobs.guard import API
from synthvision.service.jobs.messages import BuiltinJobs, Health, PackList, PackView, ServiceView
from synthvision.service.jobs.store import ACTIVE
from synthvision.service.jobs.submissions import YAML_TYPES
from synthvision.service.jobs.uploads import UPLOAD_SUFFIXES

__all__ = ["router"]

router = APIRouter(prefix=API, tags=["service"])

#: Uploads may take so many times as long as other bodies.
_UPLOAD_FACTOR = 20
_UPLOAD_TYPE = "application/octet-stream"
_UPLOAD = body_schema({_UPLOAD_TYPE: {"type": "string", "format": "binary"}})
_Words = Annotated[str, Query(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]


@router.get("/health", response_model=Health, responses=refusals())
def health() -> Any:
    """Say that the service lives; needs no token."""
    return Health(status="ok", version=__version__)


@router.get("/service", response_model=ServiceView, responses=refusals())
def read_service(service: ServiceOf) -> Any:
    """Read how the service runs."""
    settings = service.settings
    return ServiceView(
        version=__version__,
        queue=settings.queue,
        waiting=service.store.count("queued"),
        running=service.store.count(*ACTIVE),
        at_once=settings.at_once,
        body_bytes=settings.limits.body_bytes,
        upload_bytes=settings.limits.upload_bytes,
        upload_suffixes=sorted(UPLOAD_SUFFIXES),
    )


@router.get("/builtin-jobs", response_model=BuiltinJobs, responses=refusals())
def list_builtin_jobs() -> Any:
    """List the built-in jobs, and the values that most people change."""
    return BuiltinJobs(jobs=list(builtin_names("render_configs")), fields=list(form_fields()))


@router.get(
    "/builtin-jobs/{name}",
    response_class=Response,
    responses={
        200: {"description": "The job file.", "content": {YAML_TYPES[0]: {"schema": {"type": "string"}}}},
        **refusals(404, 422),
    },
)
def read_builtin_job(name: Annotated[str, Path(pattern=r"^[a-z0-9_]{1,100}$", description="Its name.")]) -> Any:
    """Read a built-in job file."""
    try:
        return Response(builtin_path("render_configs", name).read_bytes(), media_type=YAML_TYPES[0])
    except UsageError as error:
        raise RequestError(404, str(error)) from error


@router.get(
    "/job-schema",
    response_class=Response,
    responses={
        200: {"description": "JSON schema.", "content": {"application/schema+json": {"schema": {"type": "object"}}}},
        **refusals(),
    },
)
def read_job_schema() -> Any:
    """Read the JSON schema of a job file."""
    from synthvision.config.schema import job_schema
    from synthvision.core.hashing import canonical_json

    return Response(canonical_json(job_schema()), media_type="application/schema+json")


@router.get("/packs", response_model=PackList, responses=refusals())
def list_packs(service: ServiceOf) -> Any:
    """List the asset packs that jobs can name."""
    uploaded = [PackView.model_validate(pack, from_attributes=True) for pack in service.uploads.packs()]
    return PackList(uploaded=uploaded, others=sorted(available_packs()))


@router.put(
    "/packs/{name}",
    status_code=201,
    response_model=PackView,
    openapi_extra=_UPLOAD,
    responses=refusals(409, 415, 422, 503),
)
async def upload_pack(
    name: PackName,
    request: Request,
    service: ServiceOf,
    file: Annotated[
        str, Query(min_length=1, max_length=100, description="Name of the file; its ending says its kind.")
    ],
    category: Annotated[_Words, Query(description="What a single model shows; its name if left out.")] = "",
    licence: Annotated[_Words, Query(description="Licence of a single model.")] = "",
    author: Annotated[_Words, Query(description="Who made a single model.")] = "",
    size_m: Annotated[
        float | None, Query(gt=0, le=1e5, description="Real longest side of a single model in metres.")
    ] = None,
) -> Any:
    """Make a pack of a model, or of a ZIP file of models, textures and photos.

    It is opened in a separate process within bounds of time and memory; what does not open is refused.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _UPLOAD_TYPE:
        raise RequestError(415, f"an upload must be sent as {_UPLOAD_TYPE}")
    details = {"category": category, "licence": licence, "author": author, "size_m": size_m}
    staging = service.uploads.reserve(name, file)
    try:
        async with asyncio.timeout(_UPLOAD_FACTOR * service.settings.limits.body_s):
            await service.uploads.receive(request.stream(), staging)
    except BaseException as error:
        service.uploads.cancel(staging)
        if isinstance(error, TimeoutError):
            raise RequestError(408, "the upload took too long") from None
        if isinstance(error, ClientDisconnect):
            raise RequestError(400, "the upload ended early") from None
        raise
    pack = await run_in_threadpool(service.uploads.install, staging, name, file, details)
    return PackView.model_validate(pack, from_attributes=True)


@router.delete("/packs/{name}", status_code=204, responses=refusals(404, 409, 422))
def remove_pack(name: PackName, service: ServiceOf) -> None:
    """Remove an uploaded pack that no waiting or running job names."""
    service.remove_pack(name)

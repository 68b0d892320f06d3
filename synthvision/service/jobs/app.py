"""The web application: routes, the page, errors in one form, and the OpenAPI document."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.routing import Route

from synthvision import __version__
from synthvision.core.errors import Problem, SynthvisionError, UsageError
from synthvision.service.jobs import job_routes, service_routes
from synthvision.service.jobs.events import EventStreams
from synthvision.service.jobs.faults import PROBLEM_TYPE, RequestError, problem_body
from synthvision.service.jobs.guard import API, Guard
from synthvision.service.jobs.messages import Fault, Submission
from synthvision.service.jobs.service import JobService
from synthvision.service.jobs.settings import ServiceSettings
from synthvision.service.jobs.store import ConflictError, MissingJobError

__all__ = ["PAGE_FILES", "make_app"]

_PAGE = Path(__file__).parent / "page"
#: The page's files by address: nothing else of the disk can be asked for.
PAGE_FILES = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/style.css": ("style.css", "text/css; charset=utf-8"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
    **{
        f"/{name}.js": (f"{name}.js", "text/javascript; charset=utf-8")
        for name in ("api", "dom", "editor", "form", "jobs", "main", "packs")
    },
}
_DESCRIPTION = (
    "Submit jobs, watch them, fetch data sets. With a token every request but /health and /downloads must have the "
    "header `Authorization: Bearer TOKEN`."
)


def make_app(settings: ServiceSettings) -> FastAPI:
    """Return the application of a service. The service itself lives from the start to the end of its lifespan.

    Args:
        settings: How the service runs.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        service = await run_in_threadpool(JobService, settings)
        app.state.service = service
        app.state.streams = EventStreams(service)
        try:
            yield
        finally:
            await run_in_threadpool(service.close)

    # No pages of documentation: theirs load scripts from elsewhere.
    app = FastAPI(
        title="synthvision serve",
        version=__version__,
        description=_DESCRIPTION,
        lifespan=lifespan,
        openapi_url=f"{API}/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.include_router(service_routes.router)
    app.include_router(job_routes.router)
    for address, (name, kind) in PAGE_FILES.items():
        app.add_api_route(address, _page_file(name, kind), include_in_schema=False, response_class=Response)
    app.add_exception_handler(SynthvisionError, _answer_error)
    app.add_exception_handler(HTTPException, _answer_error)
    app.add_exception_handler(RequestValidationError, _answer_error)
    app.add_exception_handler(Exception, _answer_error)
    app.add_middleware(Guard, settings=settings)
    # The way that FastAPI documents for a document of one's own.
    setattr(app, "openapi", lambda: _openapi(app, settings))  # noqa: B010  mypy knows no other way to set a method
    return app


def _page_file(name: str, kind: str) -> Any:
    def page() -> Response:
        return Response((_PAGE / name).read_bytes(), media_type=kind, headers={"Cache-Control": "no-cache"})

    return page


def _answer_error(request: Request, error: Exception) -> Response:
    refused = _refusal(error)
    headers = dict(refused.headers)
    if isinstance(error, HTTPException):
        headers |= dict(error.headers or {})
    if refused.status == HTTPStatus.METHOD_NOT_ALLOWED:
        # Starlette names the methods of the first route of a path alone.
        headers["Allow"] = ", ".join(sorted(_methods_of(request)))
    return Response(problem_body(refused), refused.status, headers, media_type=PROBLEM_TYPE)


def _methods_of(request: Request) -> set[str]:
    found: set[str] = set()
    for route in (*request.app.routes, *service_routes.router.routes, *job_routes.router.routes):
        if isinstance(route, Route) and route.path_regex.match(request.url.path):
            found |= route.methods or set()
    return found


def _refusal(error: Exception) -> RequestError:
    if isinstance(error, RequestError):
        return error
    if isinstance(error, MissingJobError):
        return RequestError(404, str(error))
    if isinstance(error, ConflictError):
        return RequestError(409, str(error))
    if isinstance(error, UsageError):
        return RequestError(422, str(error))
    if isinstance(error, HTTPException):
        return RequestError(error.status_code, str(error.detail))
    if isinstance(error, RequestValidationError):
        problems = [
            Problem("request", ".".join(str(part)[:100] for part in item["loc"]), None, str(item["msg"]))
            for item in error.errors()[:50]
        ]
        return RequestError(422, "the request must be as the OpenAPI document describes it", problems=problems)
    # What went wrong inside stands in the service's own output; a client could do nothing with it.
    return RequestError(500, "internal error; the service's output says more")


def _openapi(app: FastAPI, settings: ServiceSettings) -> dict[str, Any]:
    """Return the OpenAPI document, with the schemas of the bodies that routes read themselves."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        components = document.setdefault("components", {})
        schemas = components.setdefault("schemas", {})
        for model in (Fault, Submission):
            schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas |= schema.pop("$defs", {})
            schemas[model.__name__] = schema
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        if settings.token is not None:
            components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
            document["security"] = [{"token": []}]
            for path in ("/health", "/downloads/{ticket}"):
                document["paths"][f"{API}{path}"]["get"]["security"] = []
        app.openapi_schema = document
    return app.openapi_schema

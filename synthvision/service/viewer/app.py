"""The viewer's answers over HTTP. Frames are asked for by number: no name or path of a file comes from the page."""

# Annotations are read when the functions are made, with the names that FastAPI's import brings: they must not be texts.
import json
from collections.abc import Awaitable, Callable, Sequence
from importlib.resources import files
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, cast

from synthvision.core.errors import DatasetError, MissingExtraError, SynthvisionError, UsageError
from synthvision.dataset.manifest import LayerName
from synthvision.inspect.browse.browser import MAX_BATCH, Browser
from synthvision.inspect.browse.filters import SORTS
from synthvision.inspect.browse.overlays import OVERLAYS, Overlay

if TYPE_CHECKING:
    from fastapi import FastAPI

__all__ = ["CONTENT_SECURITY_POLICY", "STATIC_FILES", "create_app"]

#: The page's own files, by name, and their types: nothing else in the package is sent.
STATIC_FILES: dict[str, str] = {
    "index.html": "text/html; charset=utf-8",
    "style.css": "text/css; charset=utf-8",
    "icon.svg": "image/svg+xml",
    **{
        f"{name}.js": "text/javascript; charset=utf-8"
        for name in (
            "main", "state", "api", "rle", "draw", "grid", "single", "surface", "inspector", "facets", "query", "keys",
        )
    },
}  # fmt: skip
#: No script, style, picture or connection but our own; no frame may hold the page.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
#: Names in an address that are no filters; no facet has one of them.
_OWN_KEYS = frozenset({"start", "limit", "frames", "parts", "path", "x", "y", "v"})
# A thumbnail's address holds the version of the index, so it may be kept for as long as the page is open.
_KEEP = {"Cache-Control": "private, max-age=3600"}
_FRESH = {"Cache-Control": "no-cache"}
_Answer = TypeVar("_Answer")


def create_app(browsers: Sequence[Browser], *, host: str = "127.0.0.1") -> "FastAPI":
    """Return the viewer as an ASGI application.

    Args:
        browsers: One data set, or two to compare.
        host: The address that it is served on. On loopback, requests that name another host are refused: a page of the
            web whose name leads here must not read data sets.

    Raises:
        MissingExtraError: FastAPI is not installed.
        UsageError: There is no data set, or there are more than two.
    """
    try:
        from fastapi import FastAPI, Path, Query, Request, Response
        from fastapi.responses import JSONResponse
    except ImportError as error:
        raise MissingExtraError("the viewer", "service") from error
    if not 1 <= len(browsers) <= 2:
        raise UsageError(f"the viewer must be given one data set or two, got {len(browsers)}")

    app = FastAPI(title="synthvision view", docs_url=None, redoc_url=None, openapi_url="/api/openapi.json")
    Number = Annotated[int, Path(ge=0, le=len(browsers) - 1, description="Which data set.")]  # noqa: N806  a type
    FrameNumber = Annotated[int, Path(ge=0, le=99_999_999, description="Frame index.")]  # noqa: N806  a type

    app.add_middleware(_Guard, loopback_only=host in ("127.0.0.1", "::1", "localhost"))

    @app.exception_handler(SynthvisionError)
    def refuse(_request: Request, error: Exception) -> Response:
        return JSONResponse({"error": str(error)}, 400 if isinstance(error, UsageError) else 404)

    @app.get("/", include_in_schema=False)
    def page() -> Response:
        return _static("index.html", Response)

    @app.get("/static/{name}", include_in_schema=False)
    def static(name: str) -> Response:
        return _static(name, Response)

    @app.get("/api/sets")
    def sets() -> Response:
        """What the data sets are."""
        about = [browser.about() for browser in browsers]
        return _json({"sets": about, "sorts": SORTS, "overlays": OVERLAYS}, Response)

    @app.get("/api/sets/{number}/frames")
    def frames(request: Request, number: Number, start: int = 0, limit: int = 200) -> Response:
        """A page of the frames that pass the filters in the address."""
        return _json(browsers[number].page(_filters(request), start, limit), Response)

    @app.get("/api/sets/{number}/histograms")
    def histograms(request: Request, number: Number) -> Response:
        """Counts of every facet, as the filters in the address leave them."""
        return _json(browsers[number].histograms(_filters(request)), Response)

    @app.get("/api/sets/{number}/overview")
    def overview(request: Request, number: Number, limit: int = 200) -> Response:
        """The first page of frames and all histograms at once: what a page that opens needs."""
        pairs, browser = _filters(request), browsers[number]
        return _json({"page": browser.page(pairs, 0, limit), "histograms": browser.histograms(pairs)}, Response)

    @app.get("/api/sets/{number}/labels")
    def labels(
        request: Request,
        number: Number,
        frames: Annotated[str, Query(max_length=1000, description="Frame indices with commas between.")],
        parts: Annotated[str, Query(max_length=100, description="Overlays with commas between.")] = "",
    ) -> Response:
        """Labels of some frames, for overlays on the grid."""
        chosen = _integers(frames)
        answers = browsers[number].labels(chosen, _overlays(parts), _filters(request))
        return _json({"frames": answers}, Response)

    @app.get("/api/sets/{number}/frames/{frame}")
    def frame(request: Request, number: Number, frame: FrameNumber) -> Response:
        """Everything about a frame but its pictures and its scene."""
        return _json(browsers[number].frame(frame, _filters(request)), Response)

    @app.get("/api/sets/{number}/frames/{frame}/record")
    def record(
        number: Number,
        frame: FrameNumber,
        path: Annotated[list[str] | None, Query(max_length=50, description="Keys that lead to the place.")] = None,
        start: Annotated[int, Query(ge=0)] = 0,
    ) -> Response:
        """What lies directly below a place of a frame's record."""
        return _json(browsers[number].branch(frame, path or [], start), Response)

    @app.get("/api/sets/{number}/frames/{frame}/thumbnail")
    def thumbnail(number: Number, frame: FrameNumber) -> Response:
        """A small picture."""
        picture = browsers[number].thumbnail(frame)
        return Response(picture.data, media_type=picture.media_type, headers=_KEEP)

    @app.get("/api/sets/{number}/frames/{frame}/layers/{name}")
    def layer(number: Number, frame: FrameNumber, name: LayerName) -> Response:
        """The picture, or a layer in colours; the header X-Note says how to read it."""
        picture = browsers[number].pictures.picture(name, frame)
        return Response(picture.data, media_type=picture.media_type, headers=_FRESH | {"X-Note": picture.note})

    @app.get("/api/sets/{number}/frames/{frame}/pixel")
    def pixel(
        number: Number, frame: FrameNumber, x: Annotated[int, Query(ge=0)], y: Annotated[int, Query(ge=0)]
    ) -> Response:
        """The numbers of all layers at a pixel."""
        return _json(browsers[number].pictures.probe(frame, x, y), Response)

    return app


class _Guard:
    """Refuses requests that name another host than this machine, and adds the security headers to every answer."""

    def __init__(self, app: Callable[..., Awaitable[None]], *, loopback_only: bool) -> None:
        self._app = app
        self._loopback_only = loopback_only

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        async def guarded(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_HEADERS]
            await send(message)

        host = next((value.decode("latin-1") for name, value in scope.get("headers", ()) if name == b"host"), "")
        if scope["type"] == "http" and self._loopback_only and not _is_loopback(host):
            body = b'{"error":"this viewer answers on loopback only"}'
            start = {"type": "http.response.start", "status": 403, "headers": [(b"content-type", b"application/json")]}
            await guarded(start)
            await send({"type": "http.response.body", "body": body})
            return
        await self._app(scope, receive, guarded)


def _filters(request: Any) -> list[tuple[str, str]]:
    return [(key, value) for key, value in request.query_params.multi_items() if key not in _OWN_KEYS]


def _json(data: Any, response: Callable[..., _Answer]) -> _Answer:
    # FastAPI's own encoder walks through everything once more, which takes longer than a filter.
    body = json.dumps(data, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return response(body, media_type="application/json", headers=_FRESH)


def _static(name: str, response: Callable[..., _Answer]) -> _Answer:
    kind = STATIC_FILES.get(name)
    if kind is None:
        raise DatasetError(f"the viewer has no file {name[:80]!r}")
    data = files("synthvision.service.viewer").joinpath("static", name).read_bytes()
    # Chromium asks for the icon anew whenever the address changes, unless it may keep it.
    return response(data, media_type=kind, headers=_KEEP if name == "icon.svg" else _FRESH)


def _integers(text: str) -> list[int]:
    words = [word for word in text.split(",") if word]
    if len(words) > MAX_BATCH or not all(word.isascii() and word.isdecimal() and len(word) <= 8 for word in words):
        raise UsageError(f"frames must be at most {MAX_BATCH} frame indices with commas between, got {text[:80]!r}")
    return [int(word) for word in words]


def _overlays(text: str) -> list[Overlay]:
    words = [word for word in text.split(",") if word]
    wrong = sorted(set(words) - set(OVERLAYS))
    if wrong:
        raise UsageError(f"parts must be among {', '.join(OVERLAYS)}, got {wrong[0][:80]!r}")
    return cast("list[Overlay]", words)


def _is_loopback(host: str) -> bool:
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    return name.lower() in _LOOPBACK

"""A language model behind an endpoint that speaks the chat protocol of OpenAI, as most servers of models do."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from synthvision.authoring.words.prompt import Message
from synthvision.core.errors import EndpointError, MissingExtraError, UsageError

if TYPE_CHECKING:
    pass

__all__ = ["Endpoint", "endpoint_from"]

URL, MODEL, KEY = "SYNTHVISION_LLM_URL", "SYNTHVISION_LLM_MODEL", "SYNTHVISION_LLM_KEY"

_CONNECT_S = 10.0
_MOST_BYTES = 2**20
#: Codes of servers that are busy or starting: worth another try.
_PASSING = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
_REFUSED_SCHEMA = frozenset({400, 404, 415, 422, 501})
_LONGEST_WAIT_S = 10.0
_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Asks a model over HTTP.

    Args:
        url: Base of the interface, such as ``http://localhost:8000/v1``.
        model: Name of the model there.
        key: Sent as a bearer token; empty for none.
        timeout_s: Longest time for one answer, from the question to its last byte.
        retries: How often a busy or broken endpoint is asked again.
        wait_s: Wait before the first of these; doubled each time.
        say: Told what is tried again and why.
    """

    url: str
    model: str
    key: str = ""
    timeout_s: float = 120.0
    retries: int = 2
    wait_s: float = 1.0
    say: Callable[[str], None] = lambda text: None

    @property
    def needs_schema(self) -> bool:
        """Whether the schema must be written into the question: not every endpoint holds its model to one."""
        return True

    @property
    def most_characters(self) -> int:
        """Longest catalogue that the model is told."""
        return 24_000

    def answer(self, messages: Sequence[Message], schema: Mapping[str, Any]) -> str:
        """Return what the model answers.

        Args:
            messages: The question and what went before.
            schema: That the answer shall follow. An endpoint that knows no schemas is asked again without.

        Raises:
            EndpointError: It cannot be reached, is too slow, refuses, or answers in another protocol.
            MissingExtraError: The HTTP client is not installed.
        """
        body: dict[str, Any] = {"model": self.model, "messages": list(messages), "temperature": 0}
        held = {"type": "json_schema", "json_schema": {"name": "scenario", "strict": True, "schema": _strict(schema)}}
        status, text = self._ask({**body, "response_format": held})
        if status in _REFUSED_SCHEMA and any(word in text for word in ("response_format", "json_schema", "schema")):
            self.say(f"{self.url} takes no schema ({_short(text)}); asked without one")
            status, text = self._ask(body)
        if status != 200:
            raise EndpointError(
                f"{self.url} must answer, but refused with {status}: {_short(text)}; see {URL}, {MODEL}, {KEY}"
            )
        return _content(self.url, text)

    def _ask(self, body: Mapping[str, Any]) -> tuple[int, str]:
        """Return the status and text of an answer, asking again while the endpoint is busy."""
        httpx = _client()
        last = ""
        for attempt in range(self.retries + 1):
            if attempt:
                self.say(f"{last}; asked again ({attempt} of {self.retries})")
                time.sleep(min(self.wait_s * 2 ** (attempt - 1), _LONGEST_WAIT_S))
            try:
                status, text = self._once(httpx, body)
            except httpx.ConnectError as error:
                last = f"{self.url} cannot be reached: {error}"
                continue
            except httpx.TimeoutException as error:
                # Asked again, a slow model would only be slow again.
                raise EndpointError(
                    f"{self.url} must answer within {self.timeout_s:g} s, but did not; a longer --timeout, or a "
                    "faster model"
                ) from error
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                last = f"{self.url} broke off: {type(error).__name__}: {error}"
                continue
            if status not in _PASSING:
                return status, text
            last = f"{self.url} answered {status}: {_short(text)}"
        raise EndpointError(f"{last}; {self.retries + 1} tries were made; is the server up, and {URL} right?")

    def _once(self, httpx: Any, body: Mapping[str, Any]) -> tuple[int, str]:
        deadline = time.monotonic() + self.timeout_s
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        timeout = httpx.Timeout(self.timeout_s, connect=min(_CONNECT_S, self.timeout_s))
        parts: list[bytes] = []
        with (
            httpx.Client(timeout=timeout, headers=headers) as client,
            client.stream("POST", _completions(self.url), json=dict(body)) as response,
        ):
            size = 0
            for part in response.iter_bytes():
                parts.append(part)
                size += len(part)
                if size > _MOST_BYTES:
                    raise EndpointError(
                        f"{self.url} must answer with a scenario, but sent more than {_MOST_BYTES} bytes"
                    )
                if time.monotonic() > deadline:
                    # Each byte came in time, and all of them together did not.
                    raise httpx.ReadTimeout("the whole answer took too long")
            return response.status_code, b"".join(parts).decode("utf-8", "replace")


def endpoint_from(environment: Mapping[str, str], **options: Any) -> Endpoint:
    """Return the endpoint that environment variables name.

    Args:
        environment: As `os.environ`.
        options: Further arguments of `Endpoint`.

    Raises:
        UsageError: A variable is missing or no URL.
    """
    url, model = environment.get(URL, "").strip(), environment.get(MODEL, "").strip()
    if not url or not model:
        missing = " and ".join(name for name, value in ((URL, url), (MODEL, model)) if not value)
        raise UsageError(
            f"set {missing}: where a language model answers in the protocol of OpenAI, such as "
            f"{URL}=http://localhost:8000/v1, and what it is called there ({KEY} where it wants a key); or give the "
            "folder of a local model with --model"
        )
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise UsageError(f"{URL} must be a URL such as http://localhost:8000/v1, got {url!r}")
    return Endpoint(url.rstrip("/"), model, environment.get(KEY, "").strip(), **options)


def _client() -> Any:
    try:
        import httpx
    except ImportError:
        raise MissingExtraError("asking a language model", "words") from None
    return httpx


def _completions(url: str) -> str:
    return url if url.endswith("/chat/completions") else f"{url}/chat/completions"


def _content(url: str, text: str) -> str:
    """Return the model's words out of an answer."""
    try:
        answer = json.loads(text)
        choice = answer["choices"][0]
        content = choice["message"]["content"]
    except (ValueError, KeyError, IndexError, TypeError, RecursionError):
        raise EndpointError(
            f"{url} must answer in the chat protocol of OpenAI (choices, message, content), got {_short(text)}"
        ) from None
    if not isinstance(content, str) or not content.strip():
        refusal = choice["message"].get("refusal") if isinstance(choice.get("message"), dict) else None
        raise EndpointError(
            f"the model must answer with a scenario, but {_short(str(refusal)) if refusal else 'said nothing'}"
        )
    return content


def _strict(schema: Any) -> Any:
    """Return a schema without what strict modes refuse; the loader checks all of it again."""
    unknown = ("multipleOf", "minimum", "maximum", "pattern", "maxItems")
    if isinstance(schema, Mapping):
        return {key: _strict(value) for key, value in schema.items() if key not in unknown or not _is_keyword(value)}
    return [_strict(value) for value in schema] if isinstance(schema, list) else schema


def _is_keyword(value: Any) -> bool:
    return not isinstance(value, Mapping)  # a property may have the name of a keyword


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return f"{plain[:_SHOWN]}..." if len(plain) > _SHOWN else plain or "nothing"

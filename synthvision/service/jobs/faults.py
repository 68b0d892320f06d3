"""What a request can be refused with: one error type, written as RFC 9457 problem details.

https://www.rfc-editor.org/rfc/rfc9457 defines ``application/problem+json``; `problems` is our own member and lists
what is wrong with a submitted job the way `load_job` does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from synthvision.core.errors import Problem, UsageError
from synthvision.core.hashing import canonical_json

__all__ = ["PROBLEM_TYPE", "RequestError", "problem_body", "problem_data"]

PROBLEM_TYPE = "application/problem+json"


class RequestError(UsageError):
    """A request is refused.

    Args:
        status: HTTP status, 400 to 599.
        detail: What must hold, what came, what to do.
        problems: What is wrong with a submitted job.
        retry_after_s: When to try again, where that helps.
    """

    def __init__(
        self, status: int, detail: str, *, problems: Sequence[Problem] = (), retry_after_s: int | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.problems = tuple(problems)
        self.retry_after_s = retry_after_s

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers of the answer besides its type."""
        headers = {} if self.retry_after_s is None else {"Retry-After": str(self.retry_after_s)}
        if self.status == HTTPStatus.UNAUTHORIZED:
            headers["WWW-Authenticate"] = 'Bearer realm="synthvision"'
        return headers


def problem_data(item: Problem) -> dict[str, Any]:
    """Return one fault of a job as JSON data."""
    return {"file": item.file, "key_path": item.key_path, "line": item.line, "message": item.message}


def problem_body(error: RequestError) -> bytes:
    """Return the body of the answer that refuses a request."""
    data: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(error.status).phrase,
        "status": error.status,
        "detail": error.detail,
    }
    if error.problems:
        data["problems"] = [problem_data(item) for item in error.problems]
    # Half a surrogate pair in a message would be no UTF-8.
    return canonical_json(data).encode("utf-8", "replace")

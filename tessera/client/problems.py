"""Every error that a caller of the client can meet.

ClientError
├── Unreachable                 no answer after all retries
├── ProblemError                the server answered with a problem document
│   ├── NotSignedIn 401
│   ├── Forbidden 403
│   ├── NotFound 404
│   ├── Conflict 409 ── CycleOpen, LeaseSuperseded
│   ├── Invalid 400, 413, 415, 422
│   ├── TooManyRequests 429
│   └── ServerFault 5xx
├── JobUnsuccessful             a job that was waited for failed or was cancelled
├── CycleUnsuccessful           a cycle that was waited for failed or was cancelled
└── WaitedTooLong

The class follows the status; `code` is the stable word of the problem document.
"""

from typing import Any

import httpx

KNOWN = {"type", "title", "status", "detail", "instance", "request_id"}


class ClientError(Exception):
    """Root of everything that the client raises."""


class Unreachable(ClientError):
    """The server gave no answer."""


class WaitedTooLong(ClientError):
    """What was waited for did not happen in time."""


class JobUnsuccessful(ClientError):
    """The job ended without success."""


class CycleUnsuccessful(ClientError):
    """The cycle ended without what was waited for."""


class ProblemError(ClientError):
    """The server refused: `code`, `status`, `detail`, `extras`, `request_id` say how and why."""

    def __init__(
        self,
        code: str,
        status: int,
        detail: str,
        *,
        extras: dict[str, Any] | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.status = status
        self.detail = detail
        self.extras = extras or {}
        self.request_id = request_id

    def __str__(self) -> str:
        return f"{self.detail} ({self.code}, HTTP {self.status})"


class NotSignedIn(ProblemError):
    """The token is missing, unknown, expired or revoked."""


class Forbidden(ProblemError):
    """The token's user may not do this."""


class NotFound(ProblemError):
    """There is no such thing, or it is not yours to see."""


class Conflict(ProblemError):
    """The thing is not in a state that allows this."""


class CycleOpen(Conflict):
    """The project has an open cycle already; `extras["cycle"]` links to it."""


class LeaseSuperseded(Conflict):
    """Somebody else holds or has labelled the region; the mask is kept as a draft."""

    @property
    def draft_id(self) -> int | None:
        return self.extras.get("draft_id")


class Invalid(ProblemError):
    """What was sent does not make sense to the server."""


class TooManyRequests(ProblemError):
    """Asked too often."""


class ServerFault(ProblemError):
    """Something went wrong on the server's side."""


BY_CODE: dict[str, type[ProblemError]] = {
    "cycle_open": CycleOpen,
    "lease_superseded": LeaseSuperseded,
}
BY_STATUS: dict[int, type[ProblemError]] = {
    400: Invalid,
    401: NotSignedIn,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    413: Invalid,
    415: Invalid,
    422: Invalid,
    429: TooManyRequests,
}


def problem(response: httpx.Response) -> ProblemError:
    """The error that a response of 400 and above stands for."""
    status = response.status_code
    document = _document(response)
    code = str(document.get("type", f"http_{status}")).rsplit("/", 1)[-1]
    kind = BY_CODE.get(code) or BY_STATUS.get(status) or _kind(status)
    return kind(
        code,
        status,
        _sentence(document, response),
        extras={name: value for name, value in document.items() if name not in KNOWN},
        request_id=document.get("request_id") or response.headers.get("x-request-id"),
    )


def _kind(status: int) -> type[ProblemError]:
    return ServerFault if status >= 500 else ProblemError


def _document(response: httpx.Response) -> dict[str, Any]:
    """Empty when something between us and the server answered in its own form."""
    if "json" not in response.headers.get("content-type", ""):
        return {}
    try:
        document = response.json()
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _sentence(document: dict[str, Any], response: httpx.Response) -> str:
    said = document.get("detail") or document.get("title")
    where = [f"{e.get('where')}: {e.get('message')}" for e in document.get("errors") or []]
    if said:
        # the sentence of a refused body begins with the first of them
        return "; ".join([str(said), *(each for each in where if each not in str(said))])
    given = response.text.strip()[:200] or response.reason_phrase
    return f"expected a problem document, given: {given}"

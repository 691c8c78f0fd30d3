"""Sends requests and repeats those that may be repeated.

A repeat is safe for GET, PUT and DELETE, and for a POST that carries an idempotency key. Other
POSTs are repeated only when no connection was made, because then nothing was sent.
"""

import random
import time
from collections.abc import Collection, Iterator
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar
from uuid import uuid4

import httpx
from pydantic import BaseModel

from tessera.client.problems import Unreachable, problem

API = "/api/v1"
TRANSIENT = {429, 502, 503, 504}
REPEATABLE = {"GET", "PUT", "DELETE"}
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.25, 8.0
LONGEST_WISH_S = 60.0
"""A server that asks for a longer pause than this is reported, not waited for."""

Shape = TypeVar("Shape", bound=BaseModel)


class Transport:
    """One connection pool, one token. Safe to share between threads."""

    def __init__(
        self, url: str, token: str | None = None, *, timeout_s: float = 30.0, retries: int = 5
    ) -> None:
        self.url = url.rstrip("/")
        self._retries = retries
        self._http = httpx.Client(
            base_url=self.url,
            headers=_headers(token),
            timeout=httpx.Timeout(timeout_s, connect=min(timeout_s, 5.0)),
            # a proxy cannot reach the loopback of this machine
            trust_env=httpx.URL(self.url).host not in {"127.0.0.1", "localhost", "::1"},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def send(
        self,
        method: str,
        path: str,
        *,
        once: bool = False,
        accept: tuple[int, ...] = (),
        **parts: Any,
    ) -> httpx.Response:
        """The response; one of 400 and above is raised as a ProblemError unless `accept`ed.

        `once` marks a POST that takes a new idempotency key, so that the server does it once
        however often it is sent.
        """
        request = self._http.build_request(method, path, **parts)
        request.headers["X-Request-Id"] = uuid4().hex
        if once:
            request.headers["Idempotency-Key"] = uuid4().hex
        response, attempts = self._persist(request, TRANSIENT.difference(accept))
        # a DELETE whose first answer was lost finds nothing the second time
        gone = method == "DELETE" and attempts > 1 and response.status_code == 404
        if response.is_error and not gone and response.status_code not in accept:
            raise problem(response)
        return response

    def get(self, path: str, shape: type[Shape], **query: Any) -> Shape:
        return shape.model_validate_json(self.send("GET", API + path, params=given(query)).content)

    def blob(self, path: str, **query: Any) -> bytes:
        return self.send("GET", API + path, params=given(query)).content

    def save(self, path: str, file: Path) -> Path:
        """The answer's bytes as a file of this machine, whole or not at all."""
        aside = file.with_name(f".{file.name}.{uuid4().hex}.partial")
        try:
            self._download(API + path, aside)
            aside.replace(file)
        finally:
            aside.unlink(missing_ok=True)
        return file

    def _download(self, path: str, file: Path) -> None:
        """Goes on behind what has arrived, when the connection breaks off."""
        for attempt in count(1):
            done = file.stat().st_size if file.exists() else 0
            sent = {"Range": f"bytes={done}-"} if done else {}
            try:
                with self._http.stream("GET", path, headers=sent) as response:
                    if response.is_error:
                        response.read()
                        raise problem(response)
                    with file.open("ab" if response.status_code == 206 else "wb") as target:
                        for piece in response.iter_bytes():
                            target.write(piece)
                return
            except httpx.TransportError as error:
                if attempt > self._retries:
                    raise Unreachable(_unreachable(self.url, error, attempt)) from error
                time.sleep(backoff_s(attempt))

    def post(self, path: str, shape: type[Shape], body: Any = None, *, once: bool = False) -> Shape:
        return shape.model_validate_json(
            self.send("POST", API + path, json=body, once=once).content
        )

    def put(self, path: str, shape: type[Shape], body: Any) -> Shape:
        return shape.model_validate_json(self.send("PUT", API + path, json=body).content)

    def delete(self, path: str) -> None:
        self.send("DELETE", API + path)

    def pages(self, path: str, shape: type[Shape], **query: Any) -> Iterator[Shape]:
        """Every item of every page; the next page is asked for when it is needed."""
        cursor: str | None = None
        while True:
            asked = given({"limit": 200, **query, "cursor": cursor})
            page = self.send("GET", API + path, params=asked).json()
            yield from map(shape.model_validate, page["items"])
            if (cursor := page["next_cursor"]) is None:
                return

    def _persist(
        self, request: httpx.Request, transient: Collection[int]
    ) -> tuple[httpx.Response, int]:
        for attempt in count(1):
            last = attempt > self._retries
            try:
                response = self._http.send(request)
            except httpx.TransportError as error:
                if last or not _may_repeat(request, error):
                    raise Unreachable(_unreachable(self.url, error, attempt)) from error
                pause_s = backoff_s(attempt)
            else:
                wished_s = retry_after_s(response)
                patient = wished_s is None or wished_s <= LONGEST_WISH_S
                passing = response.status_code in transient and _may_repeat(request)
                if last or not passing or not patient:
                    return response, attempt
                pause_s = backoff_s(attempt) if wished_s is None else wished_s
            time.sleep(pause_s)
        raise AssertionError("count() never ends")


def given(values: dict[str, Any]) -> dict[str, Any]:
    """Without what was left out."""
    return {name: value for name, value in values.items() if value is not None}


def backoff_s(attempt: int) -> float:
    """Doubling, with the upper half at random so that many clients don't come back at once."""
    ceiling = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** (attempt - 1))
    return ceiling * random.uniform(0.5, 1.0)


def retry_after_s(response: httpx.Response) -> float | None:
    """Seconds that the server asks us to wait: RFC 9110 10.2.3, as a number or a date."""
    said: str | None = response.headers.get("retry-after")
    if said is None:
        return None
    if said.isdigit():
        return float(said)
    try:
        when = parsedate_to_datetime(said)
    except ValueError:
        return None
    return max(0.0, when.timestamp() - time.time())


def _headers(token: str | None) -> dict[str, str]:
    agent = {"User-Agent": f"tessera-client/{version('tessera')}", "Accept": "application/json"}
    return agent | ({"Authorization": f"Bearer {token}"} if token else {})


def _may_repeat(request: httpx.Request, error: Exception | None = None) -> bool:
    unsent = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
    return request.method in REPEATABLE or "idempotency-key" in request.headers or unsent


def _unreachable(url: str, error: Exception, attempts: int) -> str:
    tries = "once" if attempts == 1 else f"{attempts} times"
    return (
        f"no answer from {url} (tried {tries}: {error or type(error).__name__}); "
        "check the address, and that the server runs (`tessera up`)"
    )

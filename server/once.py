"""Idempotency-Key: a request that may be repeated gets the answer of its first time again.

Key, work and answer commit together. An error rolls all of it back, so a repeat tries again.
"""

import json
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel
from sqlalchemy.orm import Session

from core import idempotency
from core.access import Somebody
from core.idempotency import Answer
from server import problems
from server.deps import RawBody

KEY = Header(
    alias="Idempotency-Key",
    description="Any text of up to 200 characters. The same request with the same key is done "
    "once, and answered with what the first time gave.",
)


class Once:
    """Does the work of one request at most once per key."""

    def __init__(self, request: Request, body: bytes, key: str | None) -> None:
        self._request = request
        self._body = body
        self._key = key

    def do(
        self,
        db: Session,
        caller: Somebody,
        status: int,
        work: Callable[[], BaseModel | Answer],
        *,
        location: str | None = None,
    ) -> Response:
        """The response to `work`, or the stored one. `location` is formatted with the body."""
        if self._key is None:
            return self._response(_answer(status, work()), location)
        earlier = idempotency.earlier(db, caller, self._key, self._digest())
        if earlier is not None:
            return self._response(earlier, location, {"Idempotency-Replayed": "true"})
        done = _answer(status, work())
        idempotency.remember(db, caller, self._key, done)
        return self._response(done, location)

    def _digest(self) -> str:
        where = self._request.scope
        kind = self._request.headers.get("content-type", "")
        return idempotency.digest(
            self._request.method, where["path"], where["query_string"], kind, self._body
        )

    def _response(
        self, answer: Answer, location: str | None, headers: dict[str, str] | None = None
    ) -> Response:
        sent = dict(headers or {})
        if answer.status >= 400:
            own_id = {"request_id": problems.request_id_of(self._request)}
            return problems.rendered(answer.body | own_id, sent)
        if location:
            sent["Location"] = location.format(**answer.body)
        # Sorted, since a stored answer has lost its order, and a repeat should equal the first.
        content = json.dumps(answer.body, ensure_ascii=False, sort_keys=True)
        return Response(content, answer.status, sent, media_type="application/json")


def _answer(status: int, done: BaseModel | Answer) -> Answer:
    if isinstance(done, Answer):
        return done
    body: dict[str, Any] = done.model_dump(mode="json", by_alias=True)
    return Answer(status, body)


async def once(request: Request, body: RawBody, key: Annotated[str | None, KEY] = None) -> Once:
    return Once(request, body, key)


Idempotent = Annotated[Once, Depends(once)]

"""What stands between the network and the routes, as plain ASGI: request ids, a ceiling on bodies,
a line in front of the database, security headers, and an answer even to what nobody foresaw.

Bodies are read to their end before a request takes its place in the line, so that a slow sender
keeps nobody waiting; the place is free again when the answer starts, or before long work that needs
no database.
"""

import asyncio
import logging
import re
import time
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.errors import Crowded, TesseraError, TooLarge
from core.settings import settings
from server import log, problems, strict_json
from server.figures import Figures
from server.problems import BadRequest, InternalError, RequestTimeout

# In each process. Fewer than the database's connections, so that no request waits for one while it
# holds another's; and so few that their threads leave the event loop its turns: with more, those
# who are refused under overload wait several times as long to hear it.
PLACES = 4
# A hundred annotators at once find room; more are told to come again instead of all being slow.
WAITING = 64
PATIENCE_S = 20.0
# Where the scope has what gives a request's place back.
LEAVE = "tessera.leave"
BODY_S = 120.0

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
# A name or an address, and perhaps a port: with / ? # in it, a URL made of it has another path.
HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[\w.-]+)(?::\d{1,5})?", re.ASCII)
# Asked for by addresses that nobody can list, and the same for everyone.
ANY_HOST = ("/health/", "/metrics")
PART_PATH = re.compile(r"/api/v1/uploads/\d+/parts/\d+")
PICTURE_PATH = re.compile(r"/api/v1/projects/\d+/predictions")
LABEL_PATH = re.compile(r"/api/v1/regions/\d+/label")
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
# What people uploaded is shown within our pages, and by itself only saved.
PICTURE_HEADERS = {
    "Content-Disposition": "attachment",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
}

CROWDED = "Too many requests are being worked on; try again in a moment."

logger = logging.getLogger(__name__)


class Edge:
    """The outermost layer: identifies the request, counts it, and turns crashes into problems."""

    def __init__(self, app: ASGIApp, figures: Figures) -> None:
        self._app = app
        self._figures = figures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope["request_id"] = request_id(Headers(scope=scope).get("x-request-id"))
        log.request_id.set(scope["request_id"])
        sent = _Sent(send, scope)
        started_at = time.perf_counter()
        try:
            check_host(scope)
            await self._app(scope, receive, sent)
        except TesseraError as error:
            # Whoever is still sending is not listened to any more.
            unread = isinstance(error, TooLarge | RequestTimeout)
            headers = {"Connection": "close"} if unread else None
            await problems.answer(error, Request(scope), headers)(scope, receive, sent)
        except Exception as error:
            foreseen = problems.translated(error)
            if foreseen is None:
                logger.exception("request %s failed", scope["request_id"])
            if sent.status == 0:
                told = foreseen or InternalError("It has been logged under the request id.")
                await problems.answer(told, Request(scope))(scope, receive, sent)
        finally:
            seconds = time.perf_counter() - started_at
            self._figures.count(scope, sent.status, seconds)
            log.answered(scope["method"], scope["path"], sent.status, seconds)


class _Sent:
    """`send` that adds our headers and remembers the status; 0 until the response starts."""

    def __init__(self, send: Send, scope: Scope) -> None:
        self._send = send
        self._scope = scope
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Request-Id"] = self._scope["request_id"]
            for name, value in (HEADERS | self._of_pictures(headers)).items():
                headers.setdefault(name, value)
            if self._scope["scheme"] == "https":
                headers["Strict-Transport-Security"] = "max-age=31536000"
        await self._send(message)

    def _of_pictures(self, headers: MutableHeaders) -> dict[str, str]:
        kind = headers.get("content-type", "")
        ours = not self._scope["path"].startswith("/api/")
        picture = kind.startswith(("image/", "application/octet-stream"))
        return PICTURE_HEADERS if picture and not ours else {}


def check_host(scope: Scope) -> None:
    """Raises BadRequest unless the server is asked for by a name that it goes by."""
    given = Headers(scope=scope).getlist("host")
    named = HOST.fullmatch(given[0]) if len(given) == 1 else None
    if named is None:
        raise BadRequest("Expected one Host header: a name or an address, and perhaps a port.")
    trusted = settings().trusted_hosts
    if scope["path"].startswith(ANY_HOST) or "*" in trusted or named[1].lower() in trusted:
        return
    raise BadRequest(
        f"This server does not go by the name {named[1]!r}; its administrator can add it to "
        "TESSERA_TRUSTED_HOSTS."
    )


def request_id(given: str | None) -> str:
    """The caller's own id when it is harmless in a log line, else a new one."""
    return given if given and REQUEST_ID.fullmatch(given) else uuid4().hex


class Bodies:
    """Reads the body to its end, counting bytes: a stated length alone proves nothing."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = await self._read(receive, ceiling(scope))
        if body is not None:
            if Headers(scope=scope).get("content-type", "").startswith("application/json"):
                strict_json.check(body)
            await self._app(scope, replayed(body, receive), send)

    async def _read(self, receive: Receive, ceiling_bytes: int) -> bytes | None:
        """The body, or None when the client left before its end."""
        body = bytearray()
        try:
            async with asyncio.timeout(BODY_S):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        return None
                    body += message.get("body", b"")
                    if len(body) > ceiling_bytes:
                        raise TooLarge(
                            f"At most {ceiling_bytes} bytes are accepted here.",
                            ceiling=ceiling_bytes,
                        )
                    if not message.get("more_body", False):
                        return bytes(body)
        except TimeoutError:
            raise RequestTimeout(f"The body has to arrive within {BODY_S:.0f} s.") from None


def ceiling(scope: Scope) -> int:
    """How many bytes the body may have: masks, pictures and parts may be large, all else is
    short JSON."""
    kind = Headers(scope=scope).get("content-type", "")
    if PART_PATH.fullmatch(scope["path"]):
        return settings().upload_part_bytes
    if PICTURE_PATH.fullmatch(scope["path"]):
        return settings().mask_ceiling_bytes
    mask = LABEL_PATH.fullmatch(scope["path"]) and not kind.startswith("application/json")
    return settings().mask_ceiling_bytes if mask else settings().body_ceiling_bytes


def replayed(body: bytes, receive: Receive) -> Receive:
    """The body once more, for whoever reads it from the start."""
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return pending.pop() if pending else await receive()

    return again


class Line:
    """At most PLACES requests work at once, and WAITING wait without a thread or a connection.

    Without it, requests that hold a connection wait for a thread while all threads wait for a
    connection, until everybody times out.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._places = asyncio.Semaphore(PLACES)
        self._waiting = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/api/"):
            await self._app(scope, receive, send)
            return
        await self._queue_up()
        place = _Place(self._places, send)
        scope[LEAVE] = place.leave
        try:
            await self._app(scope, receive, place)
        finally:
            place.leave()

    async def _queue_up(self) -> None:
        """Take a place. Raises Crowded when too many wait, or nothing moves."""
        if not self._places.locked():
            await self._places.acquire()
            return
        if self._waiting >= WAITING:
            raise Crowded(CROWDED)
        self._waiting += 1
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._places.acquire()
        except TimeoutError:
            raise Crowded(CROWDED) from None
        finally:
            self._waiting -= 1


class _Place:
    """`send` that gives the place back when the answer starts: its reader may be slow."""

    def __init__(self, places: asyncio.Semaphore, send: Send) -> None:
        self._places = places
        self._send = send
        self._taken = True

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.leave()
        await self._send(message)

    def leave(self) -> None:
        if self._taken:
            self._taken = False
            self._places.release()

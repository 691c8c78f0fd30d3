"""Connections that end when their sender does not get to the point: `http=` of uvicorn.

uvicorn waits for ever for the end of a request's head, and keeps what comes of it. Bodies are
bounded by `server/edge.py`; what a body is wrapped in (chunks, trailers), here.
"""

from asyncio import TimerHandle, Transport
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from core.settings import settings

HEAD_S = 20.0
LONGEST_HEAD = 128 * 2**10
# Headers with trailers; browsers send twenty.
MOST_HEADERS = 200
# Of the bytes in a body, sent in chunks however small.
WRAPPING = 8


class Connection(HttpToolsProtocol):
    """uvicorn's, which counts the bytes of each request and the seconds of its head."""

    _clock: TimerHandle | None = None
    _arrived = 0

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._longest = LONGEST_HEAD + WRAPPING * _largest_body()
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        before: Any = self.scope
        super().data_received(data)
        # There is another scope with each request, and a path in it with the end of the head.
        self._arrived = len(data) + (self._arrived if self.scope is before else 0)
        in_head = self.scope is None or "path" not in self.scope
        if in_head or self.cycle.response_complete:
            self._wait()
        else:
            self._stop_waiting()
        longest = LONGEST_HEAD if in_head else self._longest
        if self._arrived > longest or (self.scope and len(self.headers) > MOST_HEADERS):
            self._refuse(b"431 Request Header Fields Too Large")

    def _wait(self) -> None:
        if self._clock is None:
            self._clock = self.loop.call_later(HEAD_S, self._refuse, b"408 Request Timeout")

    def _stop_waiting(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _refuse(self, status: bytes) -> None:
        """Hang up; say why, unless an answer is on its way."""
        if self.transport.is_closing():
            return
        if self.cycle is None or self.cycle.response_complete:
            self.transport.write(
                b"HTTP/1.1 " + status + b"\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
            )
        self.transport.close()


def _largest_body() -> int:
    known = settings()
    return max(known.upload_part_bytes, known.mask_ceiling_bytes, known.body_ceiling_bytes)

"""One keep-alive connection to the server, as cheap as a load generator on the same machine must
be: what the client burns, the server lacks."""

import asyncio
import json
from typing import Any, NamedTuple

import httptools

LOST = 0  # the status of an answer that never came
TIMEOUT_S = 30.0


class Answer(NamedTuple):
    """Status (LOST when the connection broke), JSON body, and seconds the server asks to wait."""

    status: int
    body: Any = None
    retry_after_s: float = 0.0


class Wire(asyncio.Protocol):
    """Sends one request after the other, and connects anew when the connection has gone."""

    def __init__(self, host: str, port: int, token: str) -> None:
        self._place = host, port
        self._head = f"Host: {host}:{port}\r\nAuthorization: Bearer {token}\r\n"
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[Answer] | None = None

    async def ask(self, method: str, path: str, kind: str, body: bytes) -> Answer:
        """The answer to one request."""
        try:
            async with asyncio.timeout(TIMEOUT_S):
                return await self._ask(method, path, kind, body)
        except OSError:  # refused, reset, or timed out
            self.close()
            return Answer(LOST)

    async def _ask(self, method: str, path: str, kind: str, body: bytes) -> Answer:
        loop = asyncio.get_running_loop()
        if self._transport is None or self._transport.is_closing():
            self._transport, _ = await loop.create_connection(lambda: self, *self._place)
        self._answer, self._parts, self._wait_s = loop.create_future(), bytearray(), 0.0
        self._parser = httptools.HttpResponseParser(self)
        head = f"{method} {path} HTTP/1.1\r\n{self._head}Content-Type: {kind}\r\n"
        self._transport.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        return await self._answer

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()
            self._transport = None

    # What asyncio tells.

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self._transport = None
        self._settle(Answer(LOST))

    # What the parser tells.

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"retry-after":
            self._wait_s = float(value)

    def on_body(self, body: bytes) -> None:
        self._parts += body

    def on_message_complete(self) -> None:
        body = json.loads(self._parts) if self._parts else None
        self._settle(Answer(self._parser.get_status_code(), body, self._wait_s))

    def _settle(self, answer: Answer) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(answer)

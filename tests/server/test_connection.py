"""Senders who do not get to the point, on real connections."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from uvicorn import Config
from uvicorn.server import ServerState

from server import connection
from server.connection import Connection

HEAD = b"POST / HTTP/1.1\r\nHost: localhost\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answers with the length of the body, once it is there."""
    assert scope["type"] == "http"
    length, more = 0, True
    while more:
        message = await receive()
        length += len(message.get("body", b""))
        more = message.get("more_body", False)
    content = str(length).encode()
    headers = [(b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": content})


def answered(*parts: bytes) -> bytes:
    """All that comes back for these bytes until the server hangs up."""

    async def ask() -> bytes:
        config = Config(echo, http=Connection, lifespan="off", timeout_keep_alive=1)
        state = ServerState()
        made: Callable[[], Connection] = lambda: Connection(config, state, {})  # noqa: E731
        server = await asyncio.get_running_loop().create_server(made, "127.0.0.1", 0)
        async with server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            got = asyncio.create_task(everything(reader))
            for part in parts:
                writer.write(part)
                await asyncio.sleep(0.01)
            try:
                return await asyncio.wait_for(got, 30)
            finally:
                writer.close()

    return asyncio.run(ask())


async def everything(reader: asyncio.StreamReader) -> bytes:
    """Hanging up on bytes that were never read resets the connection, after the answer."""
    got = b""
    with suppress(ConnectionResetError):
        while more := await reader.read(2**16):
            got += more
    return got


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "HEAD_S", 0.1)


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize(
    "parts",
    [
        (b"",),
        (b"\r\n", b"\r\n"),
        (HEAD,),
        (HEAD, b"X-One: ", b"a", b"b"),
        (HEAD + b"\r\n", b"\r\n"),
    ],
    ids=["nothing", "empty lines", "half a head", "letter by letter", "no body"],
)
def test_a_head_that_does_not_end_is_not_waited_for(parts: tuple[bytes, ...]):
    # The last has a whole request without a body, and then empty lines without an end.
    assert answered(*parts).endswith(
        b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
    )


@pytest.mark.usefixtures("hasty")
def test_the_second_request_of_a_connection_is_not_waited_for_either():
    got = answered(HEAD + b"Content-Length: 2\r\n\r\nab", HEAD)
    assert got.startswith(b"HTTP/1.1 200 OK")
    assert b"HTTP/1.1 408" in got


@pytest.mark.usefixtures("hasty")
def test_a_body_has_time_of_its_own():
    slow = [b"1\r\na\r\n"] * 20
    got = answered(CHUNKED, *slow, b"0\r\n\r\n")
    assert got.startswith(b"HTTP/1.1 200 OK")
    assert got.endswith(b"\r\n\r\n20")


@pytest.mark.parametrize(
    "parts",
    [
        [HEAD + b"X-One: ", *[b"x" * 2**16] * 9],
        [b"GET /" + b"x" * 2**17, b"x" * 2**17],
    ],
    ids=["a header without end", "a path without end"],
)
def test_a_head_has_an_end(parts: list[bytes]):
    assert b"HTTP/1.1 431" in answered(*parts)


@pytest.mark.parametrize(
    "parts",
    [[HEAD + b"X: y\r\n" * 5000 + b"\r\n"], [CHUNKED, b"0\r\n" + b"X: y\r\n" * 5000]],
    ids=["headers", "trailers"],
)
def test_nobody_needs_thousands_of_headers(parts: list[bytes]):
    assert answered(*parts) == b""


def test_what_a_body_is_wrapped_in_has_an_end(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(connection, "WRAPPING", 0)
    assert answered(CHUNKED, b"2;" + b"x" * 2**18) == b""

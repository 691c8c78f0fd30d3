"""How a hostile caller asks, and what is read of the answers."""

import socket
from contextlib import suppress
from typing import Any

import httpx

from tests.server.people import API, Team
from tests.serving import Server

# A loaded machine may take its time to answer.
PATIENT: dict[str, Any] = {"trust_env": False, "timeout": 60}
JSON = {"Content-Type": "application/json"}


def said(answer: httpx.Response) -> str:
    """The status and, of a problem, its code; nothing of what is inside may be told."""
    if answer.status_code < 400:
        return str(answer.status_code)
    body = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert body["request_id"] == answer.headers["x-request-id"]
    assert not any(word in answer.text for word in ("Traceback", "/tmp/", ".py", "sqlalchemy"))
    return f"{answer.status_code} {body['type'].removeprefix('/problems/')}"


def spoken(server: Server, *parts: bytes) -> tuple[int, str]:
    """Status and text of the answer to these bytes, which no client would send."""
    port = httpx.URL(server.url).port
    with socket.create_connection(("127.0.0.1", port), timeout=60) as line:
        for part in parts:
            line.sendall(part)
        got = b""
        # Hanging up on bytes that were never read resets the line, after the answer.
        with suppress(ConnectionResetError):
            while more := line.recv(65536):
                got += more
    return int(got.split(b" ", 2)[1]), got.decode("latin-1")


def head(team: Team, *lines: str) -> bytes:
    first = [f"POST {API}/users HTTP/1.1", "Host: localhost", "Connection: close"]
    bearer = f"Authorization: Bearer {team.site_admin.token}"
    return "\r\n".join([*first, bearer, "Content-Type: application/json", *lines, "", ""]).encode()

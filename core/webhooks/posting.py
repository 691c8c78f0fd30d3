"""Posts one message to a checked address: no redirects, no proxies, a bound on the time it takes,
and nothing of the answer but its status.
"""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from core.webhooks.addresses import Target


class Outcome(NamedTuple):
    """The receiver's status, or why there is none."""

    status: int | None
    error: str | None
    took_ms: int

    @property
    def is_good(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def post(to: Target, headers: Mapping[str, str], body: bytes, *, timeout_s: float) -> Outcome:
    """Send it, and say how that went; nothing is raised."""
    began = time.monotonic()
    status, error = None, None
    try:
        with _connected(to, timeout_s) as wire, _bounded(wire, timeout_s):
            status = _exchange(to, wire, headers, body)
    except (OSError, http.client.HTTPException, ValueError) as failure:
        error = f"{type(failure).__name__}: {failure}"[:200]
    if status is not None and not 200 <= status < 300:
        error = f"Expected a status of 200 to 299; given {status}."
    return Outcome(status, error, round(1000 * (time.monotonic() - began)))


def _exchange(to: Target, wire: socket.socket, headers: Mapping[str, str], body: bytes) -> int:
    kind = http.client.HTTPSConnection if to.scheme == "https" else http.client.HTTPConnection
    connection = kind(to.host, to.port)
    connection.sock = wire
    connection.auto_open = 0  # never by name: the address was checked
    connection.request("POST", to.path, body, dict(headers))
    return connection.getresponse().status


@contextmanager
def _connected(to: Target, timeout_s: float) -> Iterator[socket.socket]:
    """A connection to the first of the addresses that takes one."""
    plain = _first(to, timeout_s)
    with plain:
        if to.scheme != "https":
            yield plain
            return
        context = ssl.create_default_context()
        with context.wrap_socket(plain, server_hostname=to.host) as wrapped:
            yield wrapped


def _first(to: Target, timeout_s: float) -> socket.socket:
    for address in to.addresses:
        try:
            return socket.create_connection((address, to.port), timeout=timeout_s)
        except OSError as error:
            failure = error
    raise failure


@contextmanager
def _bounded(wire: socket.socket, timeout_s: float) -> Iterator[None]:
    """Hang up when it takes too long: each wait is bounded, and a slow answer has many."""
    limit = threading.Timer(timeout_s, _hang_up, args=(wire,))
    limit.start()
    try:
        yield
    finally:
        limit.cancel()


def _hang_up(wire: socket.socket) -> None:
    try:
        socket.socket.shutdown(wire, socket.SHUT_RDWR)
    except OSError:
        return  # it has ended meanwhile

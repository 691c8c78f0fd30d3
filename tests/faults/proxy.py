"""A TCP proxy in front of PostgreSQL that breaks connections where it hurts: around a commit.

`cut` says what becomes of the next commits of a write: "before", the server never hears of it;
"after", it is done and the answer is lost. For the client both look alike: nobody can tell.
"""

import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Literal
from urllib.parse import parse_qs, urlsplit

Cut = Literal["before", "after"]
COMMIT = b"COMMIT\x00"  # as a statement, not as in READ COMMITTED
WRITES = (b"INSERT", b"UPDATE", b"DELETE")


class Proxy:
    """Breaks the next `left` commits as `cut` says, and holds everything up by `delay_s`."""

    def __init__(self, upstream: str, listener: socket.socket) -> None:
        self._upstream = upstream
        self._listener = listener
        self._open: list[socket.socket] = []
        self._deaf: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.cut: Cut = "before"
        self.left = 0
        self.broken = 0
        self.delay_s = 0.0
        parts = urlsplit(upstream)
        host, port = listener.getsockname()
        self.url = f"{parts.scheme}://{parts.username}@{host}:{port}{parts.path}"

    def break_commits(self, cut: Cut, number: int = 1) -> None:
        with self._lock:
            self.cut, self.left = cut, number

    @contextmanager
    def breaking(self, cut: Cut) -> Iterator[None]:
        """Break every commit meanwhile, whoever's it is."""
        self.break_commits(cut, 10**6)
        yield
        self.break_commits(cut, 0)

    def reset_all(self) -> None:
        """Reset every connection there is."""
        with self._lock:
            found, self._open = self._open, []
        for each in found:
            _reset(each)

    def serve(self) -> None:
        while True:
            with suppress(OSError):
                client, _ = self._listener.accept()
                threading.Thread(target=self._carry, args=(client,), daemon=True).start()
                continue
            return

    def _carry(self, client: socket.socket) -> None:
        try:
            server = _connected(self._upstream)
        except OSError:  # it is being crashed itself
            _reset(client)
            return
        with self._lock:
            self._open += [client, server]
        threading.Thread(target=self._answers, args=(server, client), daemon=True).start()
        wrote = False  # a new connection's own look around commits, too
        with suppress(OSError):
            while asked := client.recv(65536):
                time.sleep(self.delay_s)
                wrote = wrote or any(word in asked for word in WRITES)
                if COMMIT in asked and wrote and self._breaks():
                    self._break(asked, server, client)
                    return
                server.sendall(asked)
        _close(server, client)

    def _breaks(self) -> bool:
        with self._lock:
            if not self.left:
                return False
            self.left -= 1
            self.broken += 1
            return True

    def _break(self, asked: bytes, server: socket.socket, client: socket.socket) -> None:
        if self.cut == "after":
            self._deaf.add(client)  # it is reset when the answer comes
            server.sendall(asked)
        else:
            _reset(client)
            _reset(server)

    def _answers(self, server: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while answer := server.recv(65536):
                if client in self._deaf:
                    _reset(client)
                    break
                client.sendall(answer)
        _close(server, client)


def _connected(upstream: str) -> socket.socket:
    """A connection to the server of a URL: a folder with its Unix socket, or a host."""
    parts = urlsplit(upstream)
    folder = parse_qs(parts.query).get("host")
    if folder is None:
        return socket.create_connection((parts.hostname or "localhost", parts.port or 5432))
    found = socket.socket(socket.AF_UNIX)
    found.connect(f"{folder[0]}/.s.PGSQL.5432")
    return found


def _reset(connection: socket.socket) -> None:
    """Close it so that the other side sees a reset and not an end."""
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.shutdown(socket.SHUT_RD)
    _close(connection)


def _close(*connections: socket.socket) -> None:
    for each in connections:
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
        with suppress(OSError):
            each.close()


@contextmanager
def proxying(upstream: str, address: str = "127.0.0.1") -> Iterator[Proxy]:
    """A proxy in front of the database of this URL, as long as the block lasts."""
    with socket.create_server((address, 0)) as listener:
        proxy = Proxy(upstream, listener)
        threading.Thread(target=proxy.serve, daemon=True).start()
        try:
            yield proxy
        finally:
            proxy.reset_all()
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)

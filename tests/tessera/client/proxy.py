"""A TCP proxy that swallows answers: the server did the work, and nobody heard of it."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass
class Proxy:
    """`swallow` answers are still to be dropped; `passed` requests reached the server."""

    url: str
    upstream: tuple[str, int]
    swallow: int
    passed: int = 0

    def carry(self, caller: socket.socket) -> None:
        """One request and its answer; the connection ends with them."""
        with caller, socket.create_connection(self.upstream, timeout=10) as server:
            server.sendall(whole_message(caller))
            answer = whole_message(server)
            self.passed += 1
            if self.swallow:
                self.swallow -= 1
            else:
                caller.sendall(answer)


@contextmanager
def proxying(url: str, *, swallow: int) -> Iterator[Proxy]:
    host, port = url.removeprefix("http://").split(":")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        here = f"http://127.0.0.1:{listener.getsockname()[1]}"
        proxy = Proxy(here, (host, int(port)), swallow)
        thread = threading.Thread(target=serve, args=(listener, proxy))
        thread.start()
        try:
            yield proxy
        finally:
            # a blocked accept() does not notice close(), so it gets a last caller
            socket.create_connection(listener.getsockname()).close()
            thread.join()


def serve(listener: socket.socket, proxy: Proxy) -> None:
    while True:
        caller, _ = listener.accept()
        first = caller.recv(1, socket.MSG_PEEK)
        if not first:
            caller.close()
            return
        proxy.carry(caller)


def whole_message(sender: socket.socket) -> bytes:
    """A request or an answer up to the end of its body; bodies here have a length."""
    message = b""
    while b"\r\n\r\n" not in message:
        message += received(sender)
    head, _, body = message.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    wanted = int(lengths[0].split(b":")[1]) if lengths else 0
    while len(body) < wanted:
        body += received(sender)
    return head + b"\r\n\r\n" + body


def received(sender: socket.socket) -> bytes:
    chunk = sender.recv(65536)
    if not chunk:
        raise ConnectionError("expected the rest of a message, the sender has hung up")
    return chunk

"""`python -m server`: the HTTP server, in as many processes as the settings say.

Each listens on a socket of its own at the same address, among which Linux shares connections out;
of one socket for all, whoever wakes first would take most of what waits.
"""

import argparse
import os
import socket
import sys
import tempfile
from collections.abc import Sequence

import uvicorn

from core.settings import settings
from server.connection import Connection
from server.processes import Processes

APP = "server.app:create_app"


def main(words: Sequence[str] | None = None) -> int:
    """Serve until asked to end; the status to exit with."""
    options = _options(words)
    # Read by prometheus_client when it is imported: its figures are those of all processes.
    with tempfile.TemporaryDirectory(prefix="tessera-figures-") as figures:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = figures
        import server.app  # noqa: F401 - once, for all processes

        _socket(options, shared=False).close()
        return Processes(options.processes, lambda: _serve(options)).run()


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    known = settings()
    parser = argparse.ArgumentParser("python -m server")
    parser.add_argument("--host", default=known.host)
    parser.add_argument("--port", type=int, default=known.port)
    parser.add_argument("--processes", type=int, default=known.server_processes)
    parser.add_argument("--grace-s", type=int, default=10, help="for answers, once asked to end")
    return parser.parse_args(words)


def _serve(options: argparse.Namespace) -> None:
    config = uvicorn.Config(
        APP,
        factory=True,
        http=Connection,
        # event streams stay open for ever otherwise; the server tells of requests itself
        timeout_graceful_shutdown=options.grace_s,
        access_log=False,
    )
    server = uvicorn.Server(config)
    server.run(sockets=[_socket(options, shared=True)])
    if not server.started:
        sys.exit(3)


def _socket(options: argparse.Namespace, *, shared: bool) -> socket.socket:
    """Bound, not listening. One that is not shared tells whether the address is somebody else's."""
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        made.bind((options.host, options.port))
    except OSError as error:
        sys.exit(f"Expected a free address; {options.host}:{options.port} is not: {error}")
    return made


if __name__ == "__main__":
    sys.exit(main())

"""The editor alone on a page, as the standard library serves it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from server.static_files import FOLDER as STATIC

PAGES = Path(__file__).parent / "pages"


@contextmanager
def serving() -> Iterator[str]:
    """Where the static files and the tests' pages are, until the end of the block."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Files)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Files(SimpleHTTPRequestHandler):
    """`/static` as the server has it, everything else from the tests' pages."""

    def translate_path(self, path: str) -> str:
        clean = path.partition("?")[0].lstrip("/")
        first, _, rest = clean.partition("/")
        return str(STATIC / rest if first == "static" else PAGES / clean)

    def end_headers(self) -> None:
        # As the service says it, but that pictures of the tests come as data.
        self.send_header("Content-Security-Policy", "default-src 'self'; connect-src 'self' data:")
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""

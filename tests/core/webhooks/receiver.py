"""A receiver as a program of its own: it verifies what comes and writes it down, a JSON line each.

`python receiver.py FOLDER` answers what is in its file statuses in turn, the last for ever.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from tessera.client import verified

FOLDER = Path(sys.argv[1])
LOG, SECRET, STATUSES = (FOLDER / name for name in ("heard.jsonl", "secret", "statuses"))


def next_status() -> int:
    status, *others = STATUSES.read_text().split()
    STATUSES.write_text(" ".join(others or [status]))
    return int(status)


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        told = {"path": self.path, "host": self.headers["host"], "id": self.headers["webhook-id"]}
        try:
            told["message"] = verified(SECRET.read_text(), dict(self.headers), body)
        except ValueError as error:
            told["refused"] = str(error)
        with LOG.open("a") as log:
            log.write(json.dumps(told) + "\n")
        self.send_response(next_status())
        self.send_header("Location", "http://169.254.169.254/latest/meta-data")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Its log is another."""


with HTTPServer(("127.0.0.1", 0), Receiver) as server:
    sys.stdout.write(f"http://127.0.0.1:{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()

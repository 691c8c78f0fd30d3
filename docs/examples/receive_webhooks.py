"""A receiver of webhooks: refuses what Tessera did not sign, and prints the rest.

WEBHOOK_SECRET=whsec_... python receive_webhooks.py [PORT]     behind a proxy with TLS
"""

import os
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

from tessera.client import verified


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        try:
            message = verified(os.environ["WEBHOOK_SECRET"], dict(self.headers), body)
        except ValueError as error:
            return self.send_error(400, str(error))
        print(message["kind"], message["url"], flush=True)
        self.send_response(204)  # at once: what takes long is done afterwards
        self.end_headers()


if __name__ == "__main__":
    HTTPServer(("127.0.0.1", int(sys.argv[1]) if sys.argv[1:] else 8000), Receiver).serve_forever()

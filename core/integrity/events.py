"""How the work tells of itself: one JSON object a line, for whoever started the process."""

import json
import sys
import time
from typing import Any

GAP_S = 0.5


def tell(event: str, **fields: Any) -> None:
    """Write one event to stdout."""
    sys.stdout.write(json.dumps({"event": event, **fields}, default=str) + "\n")
    sys.stdout.flush()


class Progress:
    """Counts what is done of `total`; tells of it at most twice a second, and at the end."""

    def __init__(self, what: str, total: int) -> None:
        self._what = what
        self._total = total
        self._done = 0
        self._told = float("-inf")

    def step(self, by: int = 1) -> None:
        self._done += by
        if self._done == self._total or time.monotonic() - self._told >= GAP_S:
            self._told = time.monotonic()
            tell("progress", what=self._what, done=self._done, total=self._total)

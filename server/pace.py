"""How fast each caller may go: so many requests a second, after a burst (GCRA).

Kept in the process, so that it costs an annotator microseconds and depends on nothing: a second
process of the server doubles what is allowed, which still keeps a runaway script from the others.
"""

import math
import threading
import time
from collections.abc import Callable

from core.errors import TooManyRequests

# So many callers are remembered before those who could start anew are forgotten.
KEPT = 10_000


class Pace:
    """`rate` requests a second, `burst` of them at once; a rate of 0 sets no limit."""

    def __init__(
        self, rate: float, burst: int, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._lock = threading.Lock()
        # When each caller's allowance would be whole again.
        self._whole_at: dict[int, float] = {}

    def step(self, caller: int) -> None:
        """Count one request. Raises TooManyRequests, which costs no allowance."""
        if self._rate == 0:
            return
        now = self._clock()
        with self._lock:
            whole_at = max(self._whole_at.get(caller, now), now) + 1 / self._rate
            wait_s = whole_at - now - self._burst / self._rate
            if wait_s <= 1e-9:
                self._whole_at[caller] = whole_at
                self._forget(now)
                return
        raise TooManyRequests(
            f"A token may make {self._rate:g} requests a second, after {self._burst} at once.",
            retry_after_s=math.ceil(wait_s),
        )

    def _forget(self, now: float) -> None:
        if len(self._whole_at) > KEPT:
            self._whole_at = {who: at for who, at in self._whole_at.items() if at > now}

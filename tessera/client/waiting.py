"""Asks again until something is so. Polling, because it survives any restart of the server."""

import time
from collections.abc import Callable
from typing import TypeVar

from tessera.client.problems import WaitedTooLong

Thing = TypeVar("Thing")
QUICK_S = 0.2
"""The first pauses are this short: much of the work waited for takes less than a second."""


def watch(
    fetch: Callable[[], Thing],
    done: Callable[[Thing], bool],
    *,
    timeout_s: float,
    poll_s: float,
    on_progress: Callable[[Thing], None] | None = None,
) -> Thing:
    """The first thing fetched that is `done`; `on_progress` sees every one fetched."""
    deadline = time.monotonic() + timeout_s
    pause_s = min(QUICK_S, poll_s)
    while True:
        thing = fetch()
        if on_progress:
            on_progress(thing)
        if done(thing):
            return thing
        if time.monotonic() + pause_s > deadline:
            raise WaitedTooLong(f"waited {timeout_s:.0f} s; the last answer was: {thing}")
        time.sleep(pause_s)
        pause_s = min(poll_s, pause_s * 1.5)

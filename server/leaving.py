"""Knows that the process was asked to stop, so that endless streams end at once.

The server waits for open connections before it tells the application anything; a stream that
nobody ends would hold it until it is killed.
"""

import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any


class Leaving:
    """`asked` turns true with the first SIGTERM or SIGINT after `listen`."""

    def __init__(self) -> None:
        self.asked = False
        self._before: dict[int, Any] = {}

    def listen(self) -> None:
        """Hear the signals first, then pass them on to whoever heard them before."""
        if threading.current_thread() is not threading.main_thread():
            return  # only the main thread may; elsewhere nobody stops us by signal
        for number in (signal.SIGTERM, signal.SIGINT):
            before = signal.getsignal(number)
            if callable(before):
                self._before[number] = before
                signal.signal(number, self._chained(before))

    def _chained(self, before: Callable[[int, FrameType | None], Any]) -> Any:
        def heard(number: int, frame: FrameType | None) -> None:
            self.asked = True
            before(number, frame)

        return heard

    def stop(self) -> None:
        """Streams end, and the handlers are as they were."""
        self.asked = True
        for number, before in self._before.items():
            signal.signal(number, before)
        self._before.clear()

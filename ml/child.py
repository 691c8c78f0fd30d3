"""A spec run's voice and ears: JSON lines on stdout, SIGTERM, and the death of its parent.

Lines go out with one `os.write` each, so that a signal handler may speak too. Loaded before
torch: a run can be stopped while it is still importing.
"""

import json
import os
import signal
import sys
import threading
import time
from types import FrameType
from typing import Any

STOPPED = 143
MIN_GAP_S = 0.5
PATIENCE_S = 0.6
"""How long a stop waits for the step in progress before the last checkpoint has to do."""


class Child:
    def __init__(self, stdout: int = 1) -> None:
        self.stdout = stdout
        self.step = 0
        self.deferring = False
        self.stop_requested = False
        self.started = time.monotonic()
        self._spoken = float("-inf")

    def emit(self, event: str, **fields: Any) -> None:
        line = json.dumps({"event": event, **fields}, allow_nan=False) + "\n"
        os.write(self.stdout, line.encode())

    def progress(self, step: int, steps: int, **fields: Any) -> None:
        """At most two lines a second; the last step always speaks."""
        now = time.monotonic()
        if now - self._spoken >= MIN_GAP_S or step == steps:
            self._spoken = now
            self.emit("progress", step=step, steps=steps, **fields, **_gpu_bytes())

    def images_done(self, done: int, total: int) -> None:
        """Progress of the kinds that go through images; they have nothing to save when stopped."""
        self.step = done
        elapsed = time.monotonic() - self.started
        self.progress(done, total, eta_s=round(elapsed / max(done, 1) * (total - done), 1))

    def listen(self) -> None:
        signal.signal(signal.SIGTERM, self._on_stop)
        signal.signal(signal.SIGALRM, lambda *_: self.leave())

    def watch_parent(self, parent: int) -> None:
        """Ends the process within about a second of its parent's death, or of this call after it.

        `parent` is the number that the parent has said: asked for only here, it would be that of
        whoever takes in orphans, when the parent is dead by now.
        """
        threading.Thread(target=_follow, args=(parent,), daemon=True).start()

    def leave(self) -> None:
        """Says where it stopped and ends at once; `step` is what a resume would start from."""
        self.emit("stopped", step=self.step)
        os._exit(STOPPED)

    def _on_stop(self, _signal: int, _frame: FrameType | None) -> None:
        if not self.deferring:
            self.leave()
        self.stop_requested = True
        signal.setitimer(signal.ITIMER_REAL, PATIENCE_S)


class Quiet(Child):
    """One of several processes that train together, and not the first: it speaks of its own
    failure alone."""

    def emit(self, event: str, **fields: Any) -> None:
        if event == "failed":
            super().emit(event, **fields)


def _gpu_bytes() -> dict[str, int]:
    """The most memory of the GPU held so far, where torch is loaded and uses one."""
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_initialized():
        return {}
    return {"gpu_bytes": torch.cuda.max_memory_allocated()}


def _follow(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)

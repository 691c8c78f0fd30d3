"""Supervises `python -m ml.run FOLDER`: reads its JSON lines, keeps the pulse, ends it in time.

The child lives in a process group of its own and knows no database. It is watched for progress
(a hung kernel keeps its process alive) and for memory.
"""

import json
import logging
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from core.settings import settings
from ml.starting import Run, start
from worker.pulse import Pulse

LOG_LINES = 200
TICK_S = 0.25
OF_THE_HOST = ("TESSERA_TORCH_THREADS", "TESSERA_CACHE_DIR", "TESSERA_CACHE_MB")

logger = logging.getLogger(__name__)

Event = dict[str, Any]


class ChildFailed(Exception):
    """The child ended badly: `error_class` says how, `log` is what it last said."""

    def __init__(self, error_class: str, text: str, log: list[str]) -> None:
        super().__init__(text)
        self.error_class = error_class
        self.text = text
        self.log = log


def supervise(folder: Path, pulse: Pulse, on_checkpoint: Callable[[int], None]) -> None:
    """Run the spec in `folder` to its end. Raises ChildFailed, or whatever the pulse raises.

    When the pulse says stop, the child is given time to write a checkpoint before it raises.
    """
    log_file = folder / "child.log"
    with log_file.open("wb") as log:
        child = start(folder, log, _environment(), pulse.beat)
        try:
            failure = _follow(child, pulse, on_checkpoint)
        except BaseException:
            _end(child)
            raise
        finally:
            code = _reap(child)
    if code != 0:
        raise _failed(code, failure, log_file)


def _environment() -> dict[str, str]:
    """The child's environment, without what only the service may know. Stages share the images
    that one of them has decoded."""
    given = {name: v for name, v in os.environ.items() if not name.startswith("TESSERA_")}
    known = settings()
    given["TESSERA_CACHE_DIR"] = str(known.data_dir.absolute() / "decoded")
    given["TESSERA_LINKED_CACHE_DIR"] = str(known.linked_cache)
    given["TESSERA_LINKED_CACHE_MB"] = str(known.linked_cache_mb)
    return given | {name: os.environ[name] for name in OF_THE_HOST if name in os.environ}


def _follow(child: Run, pulse: Pulse, on_checkpoint: Callable[[int], None]) -> Event | None:
    """Take in events until the child's output ends; the typed failure, if it named one."""
    events = _events(child)
    heard = time.monotonic()
    failure: Event | None = None
    while True:
        pulse.beat()
        _check_memory(child)
        try:
            event = events.get(timeout=TICK_S)
        except queue.Empty:
            _check_stall(heard)
            continue
        heard = time.monotonic()
        if event is None:
            return failure
        failure = _take(event, pulse, on_checkpoint) or failure


def _take(event: Event, pulse: Pulse, on_checkpoint: Callable[[int], None]) -> Event | None:
    kind = event.pop("event", None)
    if kind == "progress":
        pulse.beat(event)
    elif kind == "checkpoint":
        on_checkpoint(int(event["step"]))
    return event if kind == "failed" else None


def _events(child: Run) -> "queue.Queue[Event | None]":
    """The child's lines as they come, read by a thread; None at their end."""
    events: queue.Queue[Event | None] = queue.Queue()

    def read() -> None:
        assert child.stdout is not None
        with child.stdout as lines:
            for line in lines:
                try:
                    events.put(json.loads(line))
                except ValueError:
                    logger.warning("the child said %r, which is no event", line[:200])
        events.put(None)

    threading.Thread(target=read, name=f"child-{child.pid}", daemon=True).start()
    return events


def _check_stall(heard: float) -> None:
    quiet = time.monotonic() - heard
    if quiet > settings().stall_s:
        raise ChildFailed("stalled", f"No progress for {quiet:.0f} s.", [])


def _check_memory(child: Run) -> None:
    ceiling = settings().job_memory_bytes or int(psutil.virtual_memory().total * 0.9)
    with suppress(psutil.Error):
        used = psutil.Process(child.pid).memory_info().rss
        if used > ceiling:
            text = f"The stage used {used >> 20} MiB; at most {ceiling >> 20} MiB are allowed."
            raise ChildFailed("out_of_memory", text, [])


def _end(child: Run) -> None:
    """Ask it to stop at a checkpoint, and kill its group when it takes too long."""
    child.terminate()
    try:
        child.wait(settings().stop_grace_s)
    except subprocess.TimeoutExpired:
        logger.warning("child %s did not stop in time; killing it", child.pid)


def _reap(child: Run) -> int:
    with suppress(ProcessLookupError):
        if child.poll() is None:
            with suppress(subprocess.TimeoutExpired):
                child.wait(5.0)
        os.killpg(child.pid, signal.SIGKILL)
    return child.wait()


def _failed(code: int, failure: Event | None, log_file: Path) -> ChildFailed:
    log = log_file.read_text(errors="replace").splitlines()[-LOG_LINES:]
    if failure:
        return ChildFailed(str(failure.get("error_class")), str(failure.get("message")), log)
    if code < 0:
        name = signal.Signals(-code).name
        return ChildFailed("killed", f"The stage's process was ended by {name}.", log)
    return ChildFailed("internal", f"The stage's process ended with exit code {code}.", log)

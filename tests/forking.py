"""Processes forked from one that has imported what they run: that takes seconds of a core, forking
takes hundredths. What they run is what the command lines run.
"""

import multiprocessing
import os
import threading
import time
from collections.abc import Mapping
from pathlib import Path

# What takes long to import and reads no settings.
PRELOADED = ("pytest", "celery.apps.worker", "celery.concurrency.thread", "kombu.transport.redis")
OURS = ("uvicorn", "server.app", "worker.engine", "core.reconcile", "tests.faults.points")
FORKED = ("tests.serving", "tests.faults.processes")
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload([*PRELOADED, *OURS, *FORKED])


def become(environment: Mapping[str, str], log: Path) -> None:
    """Take these settings, and write to the log what is said."""
    os.environ.clear()
    os.environ.update(environment)
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    os.close(handle)


def end_with(parent: int) -> None:
    """End with those who started it, so that nothing outlives a test run that was killed."""
    threading.Thread(target=_follow, args=(parent,), daemon=True).start()


def _follow(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)

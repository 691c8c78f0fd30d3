"""Workers as `make up` starts them, to be killed."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil


@contextmanager
def worker(env: dict[str, str], log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A worker of both queues; killed with its children at the end, if it still runs."""
    command = ["-m", "celery", "-A", "worker.app", "worker", "--pool", "threads", "-c", "1"]
    with log.open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, *command, "-Q", "train,light", "-n", f"w{time.monotonic_ns()}@%h"],
            env=env,
            stdout=out,
            stderr=out,
        )
    try:
        yield process
    finally:
        for each in children(process):
            each.kill()
        process.kill()
        process.wait()


def children(process: "subprocess.Popen[bytes]") -> list[psutil.Process]:
    """All processes that it has started and theirs, none once it is gone."""
    try:
        return psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []

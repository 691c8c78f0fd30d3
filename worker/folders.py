"""The folder of one attempt at a job, which goes with it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.jobs import Claim
from core.settings import settings


@contextmanager
def attempt_folder(claim: Claim) -> Iterator[Path]:
    """An empty folder for this attempt alone: a child that outlived its claim writes elsewhere."""
    folder = settings().data_dir.absolute() / "jobs" / f"{claim.job_id}-{claim.epoch}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)

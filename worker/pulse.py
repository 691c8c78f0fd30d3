"""The pulse of a running job: heartbeats with progress, and the reasons to stop."""

import logging
import threading
import time
from typing import Any

from core import jobs
from core.db import ABSENT, transaction
from core.errors import Fenced
from core.jobs import Claim
from core.settings import settings

# Set when this worker process shuts down.
STOPPING = threading.Event()

# People watch progress, so it is written more often than the lease needs.
PROGRESS_S = 1.0
# A holder that cannot reach the database stops well before its lease runs out.
PATIENCE = 0.8

logger = logging.getLogger(__name__)


class Cancelled(Exception):
    """Somebody asked for the job to end."""


class Stopping(Exception):
    """This worker is shutting down; another one will go on."""


class Pulse:
    """Call `beat` as often as you like; it writes when it is time to."""

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self._written = time.monotonic()
        self._progress: dict[str, Any] | None = None

    def beat(self, progress: dict[str, Any] | None = None) -> None:
        """Raises Cancelled, Stopping, or Fenced when the job was taken over."""
        if STOPPING.is_set():
            raise Stopping
        self._progress = progress or self._progress
        quiet = time.monotonic() - self._written
        if quiet >= (PROGRESS_S if self._progress else settings().heartbeat_s):
            self._write()

    def _write(self) -> None:
        try:
            with transaction() as db:
                cancel = jobs.heartbeat(db, self.claim, self._progress)
        except ABSENT as error:
            self._bear(error)
            return
        self._written, self._progress = time.monotonic(), None
        if cancel:
            raise Cancelled

    def _bear(self, error: Exception) -> None:
        quiet = time.monotonic() - self._written
        logger.warning("job %s: no heartbeat for %.0f s: %s", self.claim.job_id, quiet, error)
        if quiet > PATIENCE * settings().job_lease_s:
            raise Fenced(f"job {self.claim.job_id}: the database is out of reach") from error

"""Checkpoints travel through the store, so that any worker on any machine can go on.

They lie under names of their own (job, epoch, step), and the newest replaces the one before.
"""

import logging
from pathlib import Path

from core import jobs
from core.db import transaction
from core.errors import TesseraError
from core.jobs import Claim
from core.store import Store

logger = logging.getLogger(__name__)


class Keeper:
    """Keeps the newest checkpoint of one claim in the store."""

    def __init__(self, store: Store, claim: Claim, folder: Path) -> None:
        self._store = store
        self._claim = claim
        self._folder = folder / "checkpoint"
        self._kept = claim.checkpoint

    def restore(self) -> None:
        """Put the files of the attempt before into the spec folder.

        Files that cannot be read cost what they would have saved: the stage begins anew.
        """
        if not self._kept:
            return
        target = self._folder / f"step-{self._kept['step']}"
        try:
            found = {name: self._store.read(self._key_of(name)) for name in self._kept["files"]}
        except TesseraError as error:
            logger.warning("job %s: starting clean: %s", self._claim.job_id, error.detail)
            self._kept = None
            return
        target.mkdir(parents=True)
        for name, content in found.items():
            (target / name).write_bytes(content)

    def _key_of(self, name: str) -> str:
        assert self._kept is not None
        return f"{self._kept['key']}/{name}"

    def save(self, step: int) -> None:
        """Copy the files of `step`, note them in the row, drop the ones before.

        Raises Fenced when the job was taken over; the files then stay unreferenced.
        """
        key = f"checkpoints/{self._claim.job_id}/{self._claim.epoch}/{step}"
        files = sorted(path for path in (self._folder / f"step-{step}").iterdir())
        for path in files:
            self._store.put_as(f"{key}/{path.name}", path)
        kept = {"step": step, "key": key, "files": [path.name for path in files]}
        with transaction() as db:
            jobs.save_checkpoint(db, self._claim, kept)
        if self._kept and self._kept["key"] != key:
            self._store.delete(self._kept["key"])
        self._kept = kept

    def save_newest(self) -> None:
        """Save the last checkpoint that the child wrote before it stopped, if it is newer."""
        steps = [int(path.name.removeprefix("step-")) for path in self._folder.glob("step-*")]
        if steps and max(steps) > (self._kept["step"] if self._kept else -1):
            self.save(max(steps))

    def drop(self) -> None:
        """The job is done: its checkpoints are of no more use."""
        self._store.delete(f"checkpoints/{self._claim.job_id}")

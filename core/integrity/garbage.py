"""Deletes what nothing refers to any more: files without a row, and folders of dead attempts.

A file comes before its row, so what is young is left alone; putting a file that is there already
makes it young again. What a running job has put stays until the job has ended, however long that
takes. Checkpoints are in use as long as their job's row names them.
"""

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

from sqlalchemy import Connection, text

from core import exports, predictions, uploads
from core.db import engine, transaction
from core.integrity import references
from core.settings import settings
from core.store import Entry, Store

BATCH = 1000


@dataclass
class Collected:
    """What was deleted, or would be: files of the store with their bytes, and scratch folders."""

    files: int = 0
    bytes: int = 0
    folders: int = 0
    kept: int = 0


def collect(store: Store, *, age_h: float | None = None, dry_run: bool = False) -> Collected:
    """Delete what is older than `age_h` hours (by default the settings') and not referred to."""
    age_h = settings().garbage_age_h if age_h is None else age_h
    done = Collected()
    if not dry_run:
        with transaction() as db:
            uploads.forget_old(db)
            exports.forget_old(db)
            predictions.forget_old(db)
    with engine().connect() as connection:
        before = _cutoff(connection, age_h)
        with references.collected(connection):
            connection.commit()
            for batch in _batches(store, before, done):
                _sweep(connection, store, batch, before=before, dry_run=dry_run, done=done)
        for folder in _dead_attempts(connection, before):
            done.folders += 1
            if not dry_run:
                shutil.rmtree(folder, ignore_errors=True)
    return done


_RUNNING = "SELECT min(claimed_at) FROM jobs WHERE state = 'running'"


def _cutoff(connection: Connection, age_h: float) -> float:
    """Seconds of epoch: the age, or the start of the longest running job if that is earlier."""
    oldest: datetime | None = connection.scalar(text(_RUNNING))
    connection.commit()
    cutoff = time.time() - age_h * 3600
    return cutoff if oldest is None else min(cutoff, oldest.timestamp())


def _batches(store: Store, before: float, done: Collected) -> Iterator[list[Entry]]:
    old = (entry for entry in store.entries() if _is_old(entry, before, done))
    while batch := list(islice(old, BATCH)):
        yield batch


def _is_old(entry: Entry, before: float, done: Collected) -> bool:
    old = entry.modified < before
    done.kept += not old
    return old


def _sweep(
    connection: Connection,
    store: Store,
    batch: list[Entry],
    *,
    before: float,
    dry_run: bool,
    done: Collected,
) -> None:
    wanted = references.referred(connection, [entry.key for entry in batch])
    for entry in batch:
        if entry.key not in wanted and (dry_run or store.delete_older(entry.key, before)):
            done.files += 1
            done.bytes += entry.size
        else:
            done.kept += 1


def _dead_attempts(connection: Connection, before: float) -> Iterator[Path]:
    """Folders of attempts (`JOB-EPOCH`) that a killed worker left, and nobody works in."""
    root = settings().data_dir.absolute() / "jobs"
    live = text("SELECT id || '-' || epoch FROM jobs WHERE state = 'running'")
    working = set(connection.scalars(live))
    connection.commit()
    for folder in sorted(root.iterdir()) if root.is_dir() else []:
        if folder.name not in working and folder.stat().st_mtime < before:
            yield folder

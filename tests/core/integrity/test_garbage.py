"""Garbage goes; what is referred to, what is young and what a job works on stays."""

import os
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import Connection

from core import jobs
from core.integrity import garbage, references
from core.integrity.garbage import collect
from core.models import Project, User
from core.settings import settings
from core.store import FolderStore, ObjectStore, Store
from tests import factories
from tests.factories import act, claim, sql

DAY_S = 86_400


def grow_old(store: Store, key: str, days: float = 3) -> str:
    past = time.time() - days * DAY_S
    os.utime(store.path(key), (past, past))
    return key


def grow_old_all(store: FolderStore) -> None:
    for entry in list(store.entries()):
        grow_old(store, entry.key)


@pytest.fixture
def files(store: Store) -> FolderStore:
    assert isinstance(store, FolderStore)
    return store


def everything(store: Store) -> set[str]:
    return {entry.key for entry in store.entries()}


def test_what_no_row_refers_to_is_deleted(files: FolderStore):
    key = grow_old(files, files.put(b"nobody's"))
    found = collect(files)
    assert (found.files, found.bytes) == (1, 8)
    assert not files.exists(key)


def test_a_dry_run_only_tells(files: FolderStore):
    key = grow_old(files, files.put(b"still here"))
    assert collect(files, dry_run=True).files == 1
    assert files.exists(key)
    collect(files)


def test_what_a_whole_campaign_refers_to_stays(files: FolderStore, project: Project, ada: User):
    first = factories.labelling(project, ada, number=2)
    for held in factories.lease(project, ada, number=2):
        factories.submit(held)
    assert factories.fresh(first).state == "closed"
    before = everything(files)
    grow_old_all(files)
    collect(files)
    assert everything(files) == before


def test_what_is_young_stays(files: FolderStore):
    key = grow_old(files, files.put(b"an hour old"), days=1 / 24)
    collect(files)
    assert files.exists(key)
    assert collect(files, age_h=0.5).files == 1


def test_an_unfinished_write_of_long_ago_is_deleted(files: FolderStore):
    temporary = files.root / "sha256" / ".put-abc"
    temporary.parent.mkdir(exist_ok=True)
    temporary.write_bytes(b"half")
    grow_old(files, "sha256/.put-abc")
    collect(files)
    assert not temporary.exists()


def test_putting_a_forgotten_file_again_saves_it(files: FolderStore):
    key = grow_old(files, files.put(b"wanted again"))
    assert files.put(b"wanted again") == key
    collect(files)
    assert files.exists(key)


def test_a_file_put_before_the_listing_whose_row_comes_after(
    files: FolderStore, project: Project, monkeypatch: pytest.MonkeyPatch
):
    """The references are read, the same content is put again, then the sweep reaches it."""
    key = grow_old(files, files.put(b"old bytes, new row"))
    real = references.referred

    def put_meanwhile(connection: Connection, keys: list[str]) -> set[str]:
        found = real(connection, keys)
        files.put(b"old bytes, new row")
        return found

    monkeypatch.setattr(garbage.references, "referred", put_meanwhile)
    collect(files)
    assert files.read(key) == b"old bytes, new row"
    request = {"path": key}
    act(jobs.add, kind="import", project_id=project.id, request=request)
    grow_old(files, key)
    monkeypatch.undo()
    collect(files)
    assert files.exists(key), "a job that names a file needs it"


def test_puts_and_sweeps_at_once_never_lose_what_was_put(files: FolderStore):
    """Whoever has put a file and got its key can read it, whatever is collected meanwhile."""
    lost: list[int] = []
    over = threading.Event()

    def sweep() -> None:
        while not over.is_set():
            for entry in files.entries():
                files.delete_older(entry.key, time.time() - DAY_S)

    sweeper = threading.Thread(target=sweep)
    sweeper.start()
    for n in range(300):
        key = files.put(b"again and again")
        if not files.exists(key):
            lost.append(n)
        grow_old(files, key)
    over.set()
    sweeper.join()
    assert lost == []


def test_what_a_running_job_has_put_stays_however_long_it_runs(
    files: FolderStore, project: Project
):
    held = claim(act(jobs.add, kind="import", project_id=project.id))
    sql("UPDATE jobs SET claimed_at = now() - interval '4 days' WHERE id = :id", id=held.job_id)
    key = grow_old(files, files.put(b"of a long import"), days=3)
    collect(files)
    assert files.exists(key)
    act(jobs.finish, held, {})
    assert collect(files).files >= 1
    assert not files.exists(key)


def test_the_newest_checkpoint_stays_and_forgotten_ones_go(
    files: FolderStore, project: Project, tmp_path: Path
):
    (tmp_path / "state").write_bytes(b"weights")
    held = claim(act(jobs.add, kind="import", project_id=project.id))
    for step in (1, 2):
        files.put_as(f"checkpoints/{held.job_id}/1/{step}/state", tmp_path / "state")
        grow_old(files, f"checkpoints/{held.job_id}/1/{step}/state")
    newest = {"step": 2, "key": f"checkpoints/{held.job_id}/1/2", "files": ["state"]}
    act(jobs.save_checkpoint, held, newest)
    collect(files)
    assert not files.exists(f"checkpoints/{held.job_id}/1/1/state")
    assert files.exists(f"checkpoints/{held.job_id}/1/2/state")
    act(jobs.put_back, held, burn=False)


def test_the_folder_of_a_dead_attempt_goes_and_a_live_one_stays(
    files: FolderStore, project: Project
):
    held = claim(act(jobs.add, kind="import", project_id=project.id))
    root = settings().data_dir / "jobs"
    dead, live = root / "999999-1", root / f"{held.job_id}-{held.epoch}"
    for folder in (dead, live):
        folder.mkdir(parents=True)
        past = time.time() - 3 * DAY_S
        os.utime(folder, (past, past))
    assert collect(files).folders == 1
    assert not dead.exists()
    assert live.exists()
    act(jobs.put_back, held, burn=False)


def test_objects_are_collected_by_their_age_too(service: object, tmp_path: Path):  # noqa: ARG001
    store = ObjectStore("memory://garbage", tmp_path / "cache")
    key = store.put(b"an object")
    assert collect(store).files == 0
    assert collect(store, age_h=-1).files == 1
    assert not store.exists(key)

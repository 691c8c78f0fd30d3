"""A backup holds all of it, the same bytes for the same data; it comes back into an empty place."""

import signal
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from core import jobs
from core.db import engine
from core.errors import Conflict
from core.integrity import archive, backup, restore
from core.integrity.verify import findings
from core.models import User
from core.store import FolderStore, Store, open_store
from tests import factories
from tests.core.integrity.campaign import Campaign
from tests.core.integrity.places import Place
from tests.factories import act, claim, fresh, sql

pytestmark = pytest.mark.slow

WHAT = {
    "labels": "SELECT region_id, revision, mask_key, status FROM labels ORDER BY 1, 2",
    "classes": "SELECT project_id, value, name, color FROM classes ORDER BY 1, 2",
    "splits": "SELECT project_id, split, name, sha256, key, mask_key FROM images ORDER BY 1, 2, 3",
}


@pytest.fixture(scope="module")
def saved(campaign: Campaign, tmp_path_factory: pytest.TempPathFactory) -> Path:  # noqa: ARG001
    path = tmp_path_factory.mktemp("backups") / "first.tar"
    backup.write(open_store(), path)
    return path


@pytest.fixture(scope="module")
def before(saved: Path) -> dict[str, list[Any]]:  # noqa: ARG001
    """What was there when the backup was made."""
    return rows()


def rows() -> dict[str, list[Any]]:
    with engine().connect() as connection:
        return {name: list(connection.execute(text(each))) for name, each in WHAT.items()}


def test_what_comes_back_is_what_was_there(
    campaign: Campaign, saved: Path, before: dict[str, list[Any]], elsewhere: Place
):
    assert len(before["labels"]) == 4
    with elsewhere() as (store, _):
        restore.load(store, saved)
        assert rows() == before
        assert list(findings(store)) == []
        again = saved.with_name("again.tar")
        backup.write(store, again)
        assert again.read_bytes() == saved.read_bytes()
        assert factories.user().id > campaign.cold.started_by, "numbers go on where they were"


def test_everything_is_listed_with_its_sum(saved: Path, tmp_path: Path):
    with tarfile.open(saved) as tar:
        tar.extractall(tmp_path, filter="data")
    checked = subprocess.run(
        ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"],
        cwd=tmp_path, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stderr


def test_what_is_there_is_not_overwritten(store: Store, saved: Path):
    before = saved.read_bytes()
    with pytest.raises(Conflict, match="is there already"):
        backup.write(store, saved)
    assert saved.read_bytes() == before


def test_a_damaged_file_is_refused_unless_it_may_be_left_out(
    campaign: Campaign, store: FolderStore, tmp_path: Path
):
    path = store.path(campaign.model().weights_key)
    data = path.read_bytes()
    path.write_bytes(b"!" + data[1:])
    with pytest.raises(Conflict, match="damaged"):
        backup.write(store, tmp_path / "a.tar")
    assert list(tmp_path.iterdir()) == []
    written = backup.write(store, tmp_path / "a.tar", incomplete=True)
    path.write_bytes(data)
    assert written.left_out == 1
    archive.check(tmp_path / "a.tar")


def test_labels_that_come_meanwhile_are_in_it_as_a_whole_or_not_at_all(
    store: Store, ada: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, elsewhere: Place
):
    project = factories.project(ada)
    factories.labelling(project, ada, number=20)
    real = backup._copy

    def copy(*arguments: Any) -> None:
        for held in factories.lease(project, ada):
            factories.submit(held)
        real(*arguments)

    monkeypatch.setattr(backup, "_copy", copy)
    backup.write(store, tmp_path / "busy.tar")
    monkeypatch.undo()
    with elsewhere() as (there, _):
        restore.load(there, tmp_path / "busy.tar")
        assert list(findings(there)) == []


def test_a_job_that_ran_there_waits_here(store: Store, ada: User, tmp_path: Path, elsewhere: Place):
    held = claim(act(jobs.add, kind="import", project_id=factories.project(ada).id))
    act(jobs.save_checkpoint, held, {"step": 1, "key": "checkpoints/1/1/1", "files": ["a"]})
    backup.write(store, tmp_path / "running.tar")
    act(jobs.finish, held, {})
    with elsewhere() as (there, _):
        restore.load(there, tmp_path / "running.tar")
        job = fresh(act(jobs.get, held.job_id))
        assert (job.state, job.attempt, job.checkpoint) == ("pending", 0, None)
        assert list(findings(there)) == []


def test_a_place_that_is_not_empty_is_refused(saved: Path, elsewhere: Place):
    with elsewhere() as (store, _):
        somebody = factories.user()
        with pytest.raises(Conflict, match=r"holds data already .*users"):
            restore.load(store, saved)
        assert fresh(somebody).name == somebody.name
    with elsewhere() as (store, _):
        store.put(b"somebody's file")
        with pytest.raises(Conflict, match="file store holds files"):
            restore.load(store, saved)
        assert all(not each for each in rows().values())


def test_another_schema_is_refused(saved: Path, elsewhere: Place):
    with elsewhere() as (store, _):
        sql("UPDATE alembic_version SET version_num = 'another'")
        with pytest.raises(Conflict, match="is at schema another"):
            restore.load(store, saved)


# Runs to the n-th call of one function of a module, and dies there without a word.
DYING = """
import importlib, os, signal, sys
from pathlib import Path
from core.store import open_store

module = importlib.import_module(f"core.integrity.{sys.argv[1]}")
begin, last, calls = sys.argv[2], sys.argv[3], int(sys.argv[4])
real = getattr(module, last)

def dying(*arguments, **options):
    global calls
    calls -= 1
    if calls < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*arguments, **options)

setattr(module, last, dying)
getattr(module, begin)(open_store(), Path(sys.argv[5]))
"""


def die(environment: dict[str, str], *words: object) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", DYING, *map(str, words)],
        env=environment, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert ended.returncode == -signal.SIGKILL, ended.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("last", "calls"), [("_put", 0), ("_put", 4), ("_load_table", 0), ("_load_table", 8),
                        ("_settle", 0)],
)  # fmt: skip
def test_a_killed_restore_has_restored_nothing_and_can_be_repeated(
    saved: Path, before: dict[str, list[Any]], elsewhere: Place, last: str, calls: int
):
    with elsewhere() as (store, environment):
        die(environment, "restore", "load", last, calls, saved)
        assert all(not each for each in rows().values())
        restore.load(store, saved)
        assert rows() == before
        assert list(findings(store)) == []


@pytest.mark.slow
@pytest.mark.parametrize(("last", "calls"), [("_copy", 5), ("_add_file", 3)])
def test_a_killed_backup_leaves_no_file_of_that_name(
    saved: Path, elsewhere: Place, tmp_path: Path, last: str, calls: int
):
    target = tmp_path / "cut.tar"
    with elsewhere() as (store, environment):
        restore.load(store, saved)
        die(environment, "backup", "write", last, calls, target)
        assert not target.exists()
        backup.write(store, target)
    assert target.read_bytes() == saved.read_bytes()

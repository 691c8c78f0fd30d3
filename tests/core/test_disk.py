"""Below the floor nothing new is begun; what is there can be read."""

import errno

import pytest
from sqlalchemy import func, select

from core import disk, imports, jobs, reconcile
from core.db import transaction
from core.errors import DiskFull, Unavailable
from core.imports import Request
from core.models import Cycle, Project, User
from core.settings import Settings, settings
from core.store import Store
from tests import factories
from tests.factories import act, claim, fresh, sql
from tests.full_disk import full_disk


def test_there_is_room_where_the_floor_is_low(service: Settings):  # noqa: ARG001
    disk.require_room()
    assert not disk.is_low()


def test_below_the_floor_it_says_what_to_do(service: Settings):  # noqa: ARG001
    with full_disk(), pytest.raises(DiskFull, match="TESSERA_DISK_FLOOR_MB"):
        disk.require_room()


def test_the_store_itself_writes_into_the_reserve(store: Store):
    with full_disk():
        assert store.read(store.put(b"a result")) == b"a result"


def test_a_store_far_away_needs_no_room_here(service: Settings, monkeypatch: pytest.MonkeyPatch):
    here = disk.free_mb()
    far = service.model_copy(update={"store_url": "s3://bucket"})
    monkeypatch.setattr("core.disk.settings", lambda: far)
    assert disk.free_mb() == pytest.approx(here, rel=0.5)


def test_no_import_is_begun(project: Project, ada: User):
    wanted = Request(str(settings().import_roots[0]), layout="plain")
    with full_disk(), pytest.raises(DiskFull):
        act(imports.request, project, wanted, by=ada)


def test_no_cycle_follows_until_there_is_room(project: Project, ada: User):
    cycle = factories.labelling(project, ada, number=1, auto=True)
    factories.image(project)
    [held] = factories.lease(project, ada)
    with full_disk():
        factories.submit(held)
        reconcile.reconcile()
        assert newest(project) == cycle.number
    reconcile.reconcile()
    assert newest(project) == cycle.number + 1


def newest(project: Project) -> int:
    with transaction() as db:
        numbers = select(func.max(Cycle.number)).where(Cycle.project_id == project.id)
        return db.scalars(numbers).one()


def test_a_paused_job_costs_no_attempt_and_says_why(project: Project):
    held = claim(act(jobs.add, kind="import", project_id=project.id))
    act(jobs.pause, held, error_class="disk_full", text="no room", wait_s=60)
    job = fresh(act(jobs.get, held.job_id))
    assert (job.state, job.attempt, job.error_class) == ("pending", 0, "disk_full")
    assert act(jobs.claim, job.id, worker="too early") is None
    sql("UPDATE jobs SET not_before = now() WHERE id = :id", id=job.id)
    assert fresh(act(jobs.get, claim(job).job_id)).error_class is None


@pytest.mark.parametrize(
    ("error", "lacks"),
    [
        (DiskFull(), True),
        (OSError(errno.ENOSPC, "no space"), True),
        (OSError(errno.EIO, "broken"), False),
        (Unavailable(), False),
    ],
)
def test_a_full_disk_is_told_from_other_trouble(error: Exception, lacks: bool):
    assert disk.lacks_room(error) is lacks


def test_a_step_of_the_reconciler_that_fails_stops_no_other(
    project: Project, monkeypatch: pytest.MonkeyPatch
):
    held = claim(act(jobs.add, kind="import", project_id=project.id))
    sql("UPDATE jobs SET lease_until = now() - interval '1 s' WHERE id = :id", id=held.job_id)

    def breaks() -> None:
        raise DiskFull

    monkeypatch.setattr(reconcile, "STEPS", (breaks, *reconcile.STEPS))
    with pytest.raises(DiskFull):
        reconcile.reconcile()
    assert fresh(act(jobs.get, held.job_id)).state == "pending"

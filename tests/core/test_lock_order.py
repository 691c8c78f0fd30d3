"""Who waits for whom: jobs, then regions, then their cycle, so that nobody waits in a circle.

Each test holds the first lock of one party, lets the other run into it, and goes on.
"""

import threading
import time
import uuid
from collections.abc import Callable, Sequence

import pytest
from sqlalchemy import text

from core import cycles, jobs, labels, lending, regions
from core.db import transaction
from core.models import Label, Project, User
from core.plans import Plan
from core.regions import Leased
from core.settling import Effort
from core.store import Store
from tests import factories
from tests.factories import act, act_on, claim, fresh, pending


def started(call: Callable[[], object]) -> threading.Thread:
    """Run `call` beside, and wait until it waits for a lock."""
    thread = threading.Thread(target=call)
    thread.start()
    for _ in range(200):
        with transaction() as db:
            if db.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
                return thread
        time.sleep(0.01)
    return thread


@pytest.mark.parametrize("end", [cycles.close, cycles.cancel])
def test_a_label_and_the_end_of_its_cycle(project: Project, ada: User, store: Store, end: object):
    cycle = factories.labelling(project, ada)
    held = factories.lease(project, ada, number=4)[3]
    mask = factories.plain(held.region, 1)
    with transaction() as db:
        regions.locked_region(db, held.region.id)
        ending = started(lambda: act_on(end, cycle, by=ada))
        mine = regions.own_lease(db, held.lease.id, ada)
        labels.submit(db, store, mine, region_id=held.region.id, mask=mask, effort=Effort())
    ending.join()
    assert fresh(held.region).state == "labelled"
    assert fresh(cycle).state in ("closed", "cancelled")


def test_a_finished_stage_and_the_end_of_its_cycle(project: Project, ada: User):
    factories.image(project, mask=factories.whole_mask(value=1))
    factories.image(project)
    cycle = factories.cycle(project, ada, Plan(regions=1))
    held = claim(pending(cycle))
    with transaction() as db:
        jobs.finish(db, held, {})
        ending = started(lambda: act_on(cycles.cancel, cycle, by=ada))
        cycles.go_on(db, cycles.get(db, cycle.id), "train")
    ending.join()
    assert fresh(cycle).state == "cancelled"
    with transaction() as db:
        states = [job.state for job in cycles.stage_jobs(db, cycle.id)]
    assert states == ["succeeded", "cancelled"]


def taken_over(held: Leased, by: User, meanwhile: Callable[[], object]) -> None:
    """Somebody else's lease on a region that has run out; what comes meanwhile waits for it."""
    factories.run_out(held.lease)
    with transaction() as db:
        regions.grant(db, regions.locked_region(db, held.region.id), by, "s")
        waiting = started(meanwhile)
        assert waiting.is_alive()
    waiting.join()


def test_a_label_that_waits_for_a_follower_is_a_draft(project: Project, ada: User, bob: User):
    factories.labelling(project, ada)
    [held] = factories.lease(project, ada)
    made: list[Label] = []
    taken_over(held, bob, lambda: made.append(factories.submit(held, 1)))
    assert [label.status for label in made] == ["draft"]
    assert fresh(held.region).state == "open"


def renew_all(project: Project, by: User, held: Sequence[Leased]) -> set[uuid.UUID]:
    epochs = {each.lease.id: each.lease.epoch for each in held}
    asked = {"project_id": project.id, "user": by, "session": "s", "epochs": epochs}
    return set(act(regions.renew_all, **asked))


def test_a_renewal_that_waits_for_a_follower_is_refused(project: Project, ada: User, bob: User):
    factories.labelling(project, ada)
    [held] = factories.lease(project, ada)
    renewed: list[set[uuid.UUID]] = []
    taken_over(held, bob, lambda: renewed.append(renew_all(project, ada, [held])))
    assert renewed == [set()]
    assert fresh(held.lease).outcome == "superseded"


def test_several_are_renewed_by_rising_region(project: Project, ada: User):
    factories.labelling(project, ada)
    first, _ = factories.lease(project, ada, number=2)
    factories.on_lease(regions.release, first.lease)
    first, second = factories.lease(project, ada, number=2)  # the lower one was taken later
    with transaction() as db:
        regions.locked_region(db, first.region.id)
        renewing = started(lambda: renew_all(project, ada, [second, first]))
        regions.locked_region(db, second.region.id)
    renewing.join()
    assert fresh(second.region).lease_until == fresh(second.lease).expires_at


def test_leases_are_ended_by_rising_region(project: Project, ada: User, bob: User):
    factories.labelling(project, ada)
    [mine], [second] = factories.lease(project, ada), factories.lease(project, bob)
    factories.on_lease(regions.release, mine.lease)
    first, _ = factories.lease(project, bob, number=2)  # the lower one was taken later
    with transaction() as db:
        regions.locked_region(db, first.region.id)
        ending = started(lambda: act(lending.end_leases, project, bob.id, by=ada))
        regions.locked_region(db, second.region.id)
    ending.join()
    assert {fresh(each.lease).outcome for each in (first, second)} == {"released"}


def test_cycles_are_closed_by_rising_region(project: Project, ada: User, bob: User):
    cycle = factories.labelling(project, ada)
    [mine], [second] = factories.lease(project, ada), factories.lease(project, bob)
    factories.on_lease(regions.skip, mine.lease, reason="x")  # now it is last in the queue
    with transaction() as db:
        regions.locked_region(db, mine.region.id)
        closing = started(lambda: act_on(cycles.close, cycle, by=ada))
        regions.locked_region(db, second.region.id)
    closing.join()
    assert fresh(cycle).state == "closed"


def test_of_two_that_settle_the_last_regions_the_later_one_closes(project: Project, ada: User):
    cycle = factories.labelling(project, ada, number=2)
    mine, theirs = factories.lease(project, ada, number=2)
    with transaction() as later:
        regions.locked_region(later, theirs.region.id).state = "skipped"
        later.flush()
        with transaction() as first:
            regions.locked_region(first, mine.region.id).state = "skipped"
            first.flush()
            cycles.close_if_done(first, cycle.id)
            closing = started(lambda: cycles.close_if_done(later, cycle.id))
        closing.join()
    assert fresh(cycle).state == "closed"

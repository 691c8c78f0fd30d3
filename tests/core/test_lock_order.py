"""Who waits for whom: jobs, then regions, then their cycle, so that nobody waits in a circle.

Each test holds the first lock of one party, lets the other run into it, and goes on.
"""

import threading
import time
from collections.abc import Callable

import pytest
from sqlalchemy import text

from core import cycles, jobs, labels, regions
from core.db import transaction
from core.labels import Effort
from core.models import Project, User
from core.plans import Plan
from core.store import Store
from tests import factories
from tests.factories import act_on, claim, fresh, pending


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

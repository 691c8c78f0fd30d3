"""Queues from their first region to their last, with everybody at once."""

import itertools

import pytest
from sqlalchemy import text

from core import cycles, regions
from core.db import transaction
from core.models import Project, User
from core.plans import Plan
from tests import factories
from tests.core.threads import at_once
from tests.factories import act, fresh, lease, on_lease, sql, submit


def test_the_order_is_the_ranks_however_the_table_is_read(project: Project, ada: User):
    """Also where an index, which has this order, is not what PostgreSQL takes."""
    factories.labelling(project, ada, number=8)
    sql("UPDATE regions SET rank = 7 - rank WHERE project_id = :id", id=project.id)
    with transaction() as db:
        for each in ("indexscan", "indexonlyscan", "bitmapscan"):
            db.execute(text(f"SET LOCAL enable_{each} = off"))
        db.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))
        asked = {"project_id": project.id, "user": ada, "session": "s", "count": 3}
        held, _ = regions.lease(db, **asked)
    assert [each.region.rank for each in held] == [0, 1, 2]


@pytest.mark.slow
def test_people_who_come_and_go_never_meet(project: Project, ada: User):
    factories.labelling(project, ada, number=160)
    people = [factories.user() for _ in range(8)]
    seen = at_once(*[lambda by=by: work(project, by) for by in people])
    done = [rank for each in seen for rank in each]
    assert sorted(done) == list(range(160))
    assert all(each == sorted(each) for each in seen)


def work(project: Project, by: User) -> list[int]:
    """Label until the queue is empty; the ranks in the order in which they came."""
    done = []
    for turn in itertools.count():
        held = lease(project, by, number=1 + turn % 3)
        if not held:
            return done
        done += [each.region.rank for each in held]
        for each in held:
            submit(each)


def test_a_label_that_is_being_written_keeps_no_region_from_the_next_one(
    project: Project, ada: User, bob: User
):
    """Whether the cycle is done is asked while the label is written: that looks at open regions."""
    cycle = factories.labelling(project, ada, number=3)
    submit(lease(project, ada)[0])
    with transaction() as db:
        cycles.close_if_done(db, cycle.id)
        looked_at = [each.region.rank for each in lease(project, bob, number=2)]
    assert looked_at == [1, 2]


def test_a_region_that_somebody_settles_is_passed_over(project: Project, ada: User, bob: User):
    factories.labelling(project, ada, number=3)
    [first] = lease(project, ada)
    on_lease(regions.release, first.lease)
    asked = {"project_id": project.id, "user": bob, "session": "s", "count": 2}
    with transaction() as settling, transaction() as db:
        regions.locked_region(settling, first.region.id)
        db.execute(text("SET LOCAL lock_timeout = '5s'"))
        held, _ = regions.lease(db, **asked)
    assert [each.region.rank for each in held] == [1, 2]


def test_the_last_skip_closes_the_cycle(project: Project, ada: User, bob: User):
    cycle = factories.labelling(project, ada, number=1)
    for by in (ada, bob):
        on_lease(regions.skip, lease(project, by)[0].lease, reason="blurred")
    assert fresh(cycle).state == "closed"


def test_without_a_cycle_the_reason_says_so(project: Project, ada: User):
    held, reason = act(regions.lease, project_id=project.id, user=ada, session="s", count=1)
    assert (held, reason) == ([], "no_open_cycle")


def test_an_empty_queue_says_so(project: Project, ada: User):
    factories.image(project)
    cycle = factories.cycle(project, ada, Plan(regions=1))
    factories.select(cycle, [])
    held, reason = act(regions.lease, project_id=project.id, user=ada, session="s", count=1)
    assert (held, reason) == ([], "queue_empty")
    assert fresh(cycle).state == "labelling"


def test_an_edge_cell_keeps_its_smaller_size(project: Project, ada: User):
    on = factories.image(project, size=(25, 12))
    cycle = factories.cycle(project, ada, Plan(regions=6))
    factories.select(cycle, factories.cells(cycle, on, 6))
    sizes = [(each.region.width, each.region.height) for each in lease(project, ada, number=6)]
    assert sizes == [(10, 10), (10, 10), (5, 10), (10, 2), (10, 2), (5, 2)]


def test_many_regions_are_published_at_once(project: Project, ada: User):
    on = factories.image(project, size=(10, 25_000))
    cycle = factories.cycle(project, ada, Plan(regions=2500))
    factories.select(cycle, factories.cells(cycle, on, 2500))
    assert act(regions.counts, cycle.id)["open"] == 2500

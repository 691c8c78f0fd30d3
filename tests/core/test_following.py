"""A cycle that is to go on by itself is followed by one like it, once."""

from typing import Any

from core import cycles, following
from core.db import transaction
from core.models import Cycle, Project, User
from core.plans import Plan
from core.store import open_store
from tests import factories
from tests.core.threads import errors, outcomes
from tests.factories import act, act_on, events


def follow_up() -> None:
    act(following.follow_up, open_store())


def newest(of: Project) -> Cycle:
    with transaction() as db:
        return db.query(Cycle).filter_by(project_id=of.id).order_by(Cycle.number.desc()).first()


def finished(of: Project, by: User, **changes: Any) -> Cycle:
    """A cycle whose last region was labelled."""
    factories.image(of)
    cycle = factories.labelling(of, by, **changes)
    for held in factories.lease(of, by, number=4):
        factories.submit(held)
    return cycle


def test_an_automatic_cycle_is_followed_by_the_next(project: Project, ada: User):
    first = finished(project, ada, auto=True)
    follow_up()
    follow_up()
    after = newest(project)
    assert (after.number, after.state, after.auto) == (1, "training", True)
    assert after.budget_regions == first.budget_regions


def test_a_cycle_that_is_not_automatic_is_the_last(project: Project, ada: User):
    first = finished(project, ada)
    follow_up()
    assert newest(project).id == first.id


def test_a_cancelled_cycle_is_not_followed(project: Project, ada: User):
    cycle = factories.labelling(project, ada, auto=True)
    act_on(cycles.cancel, cycle, by=ada)
    follow_up()
    assert newest(project).id == cycle.id


def test_an_old_automatic_cycle_does_not_come_back(project: Project, ada: User):
    finished(project, ada, auto=True)
    second = factories.cycle(project, ada, Plan(regions=1))
    act_on(cycles.cancel, second, by=ada)
    follow_up()
    assert newest(project).id == second.id


def test_at_the_end_of_the_pool_the_campaign_ends_and_says_why(project: Project, ada: User):
    cycle = factories.labelling(project, ada, auto=True)
    for held in factories.lease(project, ada, number=4):
        factories.submit(held)
    follow_up()
    follow_up()
    assert (newest(project).id, newest(project).auto) == (cycle.id, False)
    assert events(cycle).count("cycle.auto_ended") == 1


def test_of_reconcilers_at_once_one_starts_the_next(project: Project, ada: User):
    finished(project, ada, auto=True)
    assert errors(outcomes(*[follow_up] * 4)) == []
    assert newest(project).number == 1

"""An admin ends what somebody holds: those leases, and no others."""

import pytest

from core import lending
from core.db import transaction
from core.models import Cycle, Event, Project, User
from tests import factories
from tests.factories import act, fresh, lease, run_out, submit


@pytest.fixture(autouse=True)
def cycle(project: Project, ada: User) -> Cycle:
    return factories.labelling(project, ada, number=8)


def ended(of: Project) -> list[tuple[int | None, dict[str, int]]]:
    """What the project's trail tells of it: by whom, and what."""
    with transaction() as db:
        found = db.query(Event).filter_by(project_id=of.id, kind="leases.ended")
        return [(event.user_id, event.data) for event in found]


def test_all_that_somebody_holds_goes_back_to_the_queue(project: Project, ada: User, bob: User):
    held = [*lease(project, bob, number=2), *lease(project, bob, session="other")]
    run_out(held[1].lease)
    assert act(lending.end_leases, project, bob.id, by=ada) == 3
    assert ended(project) == [(ada.id, {"holder_id": bob.id, "count": 3})]
    for each in held:
        region, over = fresh(each.region), fresh(each.lease)
        assert (region.lease_id, region.lease_until, over.outcome) == (None, None, "released")
        assert over.ended_at >= over.granted_at
    assert [each.region.rank for each in lease(project, ada, number=3)] == [0, 1, 2]


def test_what_others_hold_stays_theirs(project: Project, ada: User, bob: User):
    [kept], [gone] = lease(project, ada), lease(project, bob)
    assert act(lending.end_leases, project, bob.id, by=ada) == 1
    assert fresh(kept.lease).outcome is None
    assert fresh(kept.region).lease_id == kept.lease.id
    assert fresh(gone.region).lease_id is None


def test_what_they_hold_elsewhere_stays_theirs(project: Project, ada: User, bob: User):
    other = factories.project(ada)
    factories.labelling(other, ada)
    [kept], [gone] = lease(other, bob), lease(project, bob)
    assert act(lending.end_leases, project, bob.id, by=ada) == 1
    assert (fresh(kept.lease).outcome, fresh(gone.lease).outcome) == (None, "released")
    assert fresh(kept.region).lease_id == kept.lease.id


def test_what_they_have_done_stays_done(project: Project, ada: User, bob: User):
    [done] = lease(project, bob)
    submit(done)
    assert act(lending.end_leases, project, bob.id, by=ada) == 0
    assert (fresh(done.lease).outcome, fresh(done.region).state) == ("submitted", "labelled")
    assert ended(project) == []


def test_how_earlier_leases_ended_stays_as_it_was(project: Project, ada: User, bob: User):
    [first] = lease(project, bob)
    run_out(first.lease)
    [again] = lease(project, bob)
    assert again.region.id == first.region.id
    act(lending.end_leases, project, bob.id, by=ada)
    assert [fresh(each.lease).outcome for each in (first, again)] == ["expired", "released"]

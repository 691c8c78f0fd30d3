"""The queue: in the order of rank, each region to one person at a time."""

from typing import Any

import pytest

from core import cycles, regions
from core.db import transaction
from core.errors import Conflict, LeaseSuperseded, NotFound
from core.models import Cycle, Lease, Project, User
from core.regions import Leased
from tests import factories
from tests.core.threads import at_once
from tests.factories import act, act_on, fresh, lease, on_lease, run_out, sql, submit

pytestmark = pytest.mark.usefixtures("cycle")


def ranks(held: list[Leased]) -> list[int]:
    return [each.region.rank for each in held]


@pytest.fixture
def cycle(project: Project, ada: User) -> Cycle:
    return factories.labelling(project, ada, number=8)


def reason(project: Project, by: User) -> str | None:
    return act(regions.lease, project_id=project.id, user=by, session="r", count=1)[1]


def outcome(held: Leased) -> str | None:
    with transaction() as db:
        return db.get_one(Lease, held.lease.id).outcome


def test_regions_come_in_the_order_of_rank(project: Project, ada: User, bob: User):
    assert ranks(lease(project, ada, number=3)) == [0, 1, 2]
    assert ranks(lease(project, bob, number=2)) == [3, 4]


def test_a_session_gets_what_it_holds_again(project: Project, ada: User):
    first = lease(project, ada, number=2)
    again = lease(project, ada, number=2)
    assert [each.lease.id for each in again] == [each.lease.id for each in first]


def test_a_session_that_asks_for_more_keeps_what_it_holds(project: Project, ada: User):
    lease(project, ada, number=2)
    assert ranks(lease(project, ada, number=4)) == [0, 1, 2, 3]


def test_a_session_that_asks_for_less_gets_the_first(project: Project, ada: User):
    lease(project, ada, number=3)
    assert ranks(lease(project, ada, number=1)) == [0]


def test_two_sessions_of_one_user_hold_different_regions(project: Project, ada: User):
    assert ranks(lease(project, ada)) == [0]
    assert ranks(lease(project, ada, session="other")) == [1]


def test_leasing_ahead_goes_on_where_the_queue_is(project: Project, ada: User):
    lease(project, ada)
    lease(project, ada, session="other", number=2)
    assert ranks(lease(project, ada, number=3)) == [0, 3, 4]


def test_two_tabs_that_ask_at_once_never_share(project: Project, ada: User):
    asked = [lambda s=s: lease(project, ada, number=2, session=s) for s in ("a", "b", "a", "b")]
    found = [ranks(each) for each in at_once(*asked)]
    assert found[0] == found[2]
    assert found[1] == found[3]
    assert sorted(found[0] + found[1]) == [0, 1, 2, 3]


def renew_all(project: Project, by: User, held: list[Leased], session: str = "s") -> set[Any]:
    epochs = {each.lease.id: each.lease.epoch for each in held}
    asked = {"project_id": project.id, "user": by, "session": session, "epochs": epochs}
    return set(act(regions.renew_all, **asked))


def test_several_leases_are_renewed_as_one(project: Project, ada: User, bob: User):
    held = lease(project, ada, number=3)
    for each in held:
        run_out(each.lease)
    [taken] = lease(project, bob)
    kept = {each.lease.id for each in held if each.region.id != taken.region.id}
    assert renew_all(project, ada, held) == kept
    assert fresh(held[1].region).lease_until == fresh(held[1].lease).expires_at
    assert ranks(lease(project, ada, number=2)) == [1, 2]


def test_renewing_and_closing_at_once_do_not_wait_in_a_circle(
    project: Project, ada: User, cycle: Cycle
):
    held = lease(project, ada, number=8)
    renewing = [lambda: renew_all(project, ada, held[::-1])] * 2
    at_once(*renewing, lambda: act_on(cycles.close, cycle, by=ada))
    assert fresh(cycle).state == "closed"
    assert renew_all(project, ada, held) == set()


def test_a_double_click_takes_one(project: Project, ada: User):
    found = at_once(*[lambda: lease(project, ada)] * 4)
    assert {each[0].lease.id for each in found} == {found[0][0].lease.id}


def test_a_lease_shows_its_image_and_box(project: Project, ada: User):
    [held] = lease(project, ada)
    assert held.image.id == held.region.image_id
    assert (held.region.width, held.region.height) == (10, 10)
    assert held.lease.expires_at == held.region.lease_until


def test_a_lease_that_ran_out_goes_to_the_next(project: Project, ada: User, bob: User):
    [mine] = lease(project, ada)
    run_out(mine.lease)
    [theirs] = lease(project, bob)
    assert theirs.region.id == mine.region.id
    assert theirs.lease.epoch == mine.lease.epoch + 1
    assert outcome(mine) == "expired"


def test_a_lease_that_runs_goes_to_nobody_else(project: Project, ada: User, bob: User):
    lease(project, ada, number=8)
    assert reason(project, bob) == "all_leased"


def test_a_lease_that_ran_out_is_no_longer_held(project: Project, ada: User):
    [held] = lease(project, ada)
    run_out(held.lease)
    [again] = lease(project, ada)
    assert again.region.id == held.region.id
    assert again.lease.id != held.lease.id


def test_release_returns_the_region_to_its_place(project: Project, ada: User, bob: User):
    first, _ = lease(project, ada, number=2)
    on_lease(regions.release, first.lease)
    on_lease(regions.release, first.lease)
    assert ranks(lease(project, bob, number=2)) == [0, 2]
    assert outcome(first) == "released"


def test_a_late_release_does_not_take_from_the_follower(project: Project, ada: User, bob: User):
    [mine] = lease(project, ada)
    run_out(mine.lease)
    lease(project, bob)
    on_lease(regions.release, mine.lease)
    assert ranks(lease(project, bob)) == [0]


def test_renewing_prolongs(project: Project, ada: User, bob: User):
    [held] = lease(project, ada)
    run_out(held.lease)
    renewed = on_lease(regions.renew, held.lease)
    assert renewed.lease.expires_at > held.lease.granted_at
    assert renewed.region.lease_until == renewed.lease.expires_at
    assert ranks(lease(project, bob)) == [1]


@pytest.mark.parametrize("late", [regions.renew, lambda db, h: regions.skip(db, h, reason="x")])
def test_a_superseded_lease_is_worth_nothing(project: Project, ada: User, bob: User, late: Any):
    [mine] = lease(project, ada)
    run_out(mine.lease)
    lease(project, bob)
    told = (
        rf"^The lease on region {mine.region.id} is over .* any more; ask for the next regions\.$"
    )
    with pytest.raises(LeaseSuperseded, match=told) as caught:
        on_lease(late, mine.lease)
    assert caught.value.extras == {"region": mine.region.id}


def test_a_foreign_lease_looks_like_none(project: Project, ada: User, bob: User):
    [held] = lease(project, ada)
    with pytest.raises(NotFound, match=rf"^You have no lease {held.lease.id}\.$"):
        act(regions.own_lease, held.lease.id, bob)


def test_a_skipped_region_goes_to_the_end_for_others(project: Project, ada: User, bob: User):
    [held] = lease(project, ada)
    on_lease(regions.skip, held.lease, reason="blurred")
    assert ranks(lease(project, bob, number=8)) == [1, 2, 3, 4, 5, 6, 7, 0]


def test_a_skipped_region_is_never_offered_to_its_skipper(project: Project, ada: User):
    [held] = lease(project, ada)
    on_lease(regions.skip, held.lease, reason="blurred")
    assert ranks(lease(project, ada, number=8)) == [1, 2, 3, 4, 5, 6, 7]
    assert ranks(lease(project, ada, number=8, session="other")) == []


def test_a_released_region_is_offered_to_its_releaser(project: Project, ada: User):
    [held] = lease(project, ada)
    on_lease(regions.release, held.lease)
    assert ranks(lease(project, ada)) == [0]


def test_enough_skips_settle_a_region(project: Project, ada: User, bob: User):
    mine = lease(project, ada, number=1)[0]
    on_lease(regions.skip, mine.lease, reason="blurred")
    theirs = lease(project, bob, number=8)[-1]
    on_lease(regions.skip, theirs.lease, reason="blurred")
    assert theirs.region.id == mine.region.id
    assert fresh(mine.region).state == "skipped"


def test_eight_people_at_once_hold_a_prefix_and_nothing_twice(project: Project):
    people = [factories.user() for _ in range(8)]
    found = at_once(*[lambda by=by: lease(project, by) for by in people])
    assert sorted(rank for held in found for rank in ranks(held)) == list(range(8))


def test_counts_tell_what_is_held_now(project: Project, ada: User, cycle: Cycle):
    held = lease(project, ada, number=3)
    submit(held[0])
    run_out(held[1].lease)
    found = act(regions.counts, cycle.id)
    assert (found["total"], found["labelled"], found["open"], found["leased"]) == (8, 1, 7, 1)


def test_regions_of_another_project_are_not_offered(project: Project, ada: User, cycle: Cycle):
    other = factories.project(ada)
    assert lease(other, ada) == []
    assert cycle.project_id == project.id


@pytest.fixture
def labelled(project: Project, ada: User, cycle: Cycle) -> Leased:  # noqa: ARG001
    """A region that Ada has labelled with sky."""
    [held] = lease(project, ada)
    submit(held, 0)
    return held


def reopen(held: Leased, by: User) -> Leased:
    return act(regions.reopen, held.region.id, user=by, session="s")


def test_a_reopened_label_stays_until_the_new_one(labelled: Leased, ada: User):
    again = reopen(labelled, ada)
    before = fresh(labelled.region)
    assert (before.state, before.epoch) == ("labelled", labelled.lease.epoch + 1)
    label = submit(again, 1)
    assert (label.revision, label.status) == (2, "accepted")
    assert fresh(labelled.region).label_id == label.id


def test_a_reopened_region_is_not_offered_as_new(project: Project, labelled: Leased, ada: User):
    reopen(labelled, ada)
    assert labelled.region.rank not in ranks(lease(project, ada, number=8))


def test_a_reopened_label_that_is_given_up_stays_as_it_was(labelled: Leased, ada: User):
    before = fresh(labelled.region).label_id
    on_lease(regions.release, reopen(labelled, ada).lease)
    assert (fresh(labelled.region).state, fresh(labelled.region).label_id) == ("labelled", before)


def test_reopening_twice_leaves_one_lease(labelled: Leased, ada: User):
    first, second = reopen(labelled, ada), reopen(labelled, ada)
    assert outcome(first) == "superseded"
    with pytest.raises(LeaseSuperseded):
        on_lease(regions.renew, first.lease)
    assert on_lease(regions.renew, second.lease).lease.id == second.lease.id


def test_others_labels_are_not_reopened(labelled: Leased, bob: User):
    with pytest.raises(
        NotFound, match=r"^You have no label of region \d+ that could be changed\.$"
    ):
        reopen(labelled, bob)


def test_an_unlabelled_region_is_not_reopened(project: Project, ada: User, cycle: Cycle):  # noqa: ARG001
    [held] = lease(project, ada)
    with pytest.raises(NotFound):
        reopen(held, ada)


def test_after_the_cycle_labels_are_frozen(labelled: Leased, ada: User, cycle: Cycle):
    act_on(cycles.close, cycle, by=ada)
    with pytest.raises(Conflict, match=r"^The cycle is over, and its labels are frozen\.$"):
        reopen(labelled, ada)


def test_an_unknown_region_is_named(ada: User):
    with pytest.raises(NotFound, match=r"^There is no region 999999\.$"):
        act(regions.reopen, 999_999, user=ada, session="s")


def test_the_clock_that_counts_is_the_databases(project: Project, ada: User, cycle: Cycle):
    [held] = lease(project, ada)
    sql("UPDATE leases SET expires_at = now() - interval '1 h' WHERE id = :id", id=held.lease.id)
    assert ranks(lease(project, ada)) == [0]
    assert cycle.id == held.region.cycle_id

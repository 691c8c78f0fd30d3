"""What leases and labels leave in their rows and in the trail, and what is answered of them."""

from typing import Any

import numpy as np
import pytest

from core import cycles, labels, masks, regions
from core.db import transaction
from core.masks import VOID
from core.models import Cycle, Event, Label, Project, Region, User
from core.origins import ACCEPTED, DRAWN, EDITED
from core.plans import Plan
from core.regions import Leased
from core.settings import settings
from core.settling import Effort, Settled
from core.store import open_store
from tests import factories
from tests.factories import act, act_on, fresh, lease, on_lease, run_out, submit, submit_mask


@pytest.fixture(autouse=True)
def cycle(project: Project, ada: User) -> Cycle:
    return factories.labelling(project, ada)


@pytest.fixture
def held(project: Project, ada: User) -> Leased:
    return lease(project, ada)[0]


def columns(row: Any) -> dict[str, Any]:
    return {each.name: getattr(row, each.name) for each in Label.__table__.columns}


def told(of: Cycle, kind: str) -> list[tuple[int | None, int | None, dict[str, Any]]]:
    with transaction() as db:
        found = db.query(Event).filter_by(cycle_id=of.id, kind=kind).order_by(Event.id)
        return [(event.project_id, event.user_id, event.data) for event in found]


def reopen(of: Leased, by: User) -> Leased:
    return act(regions.reopen, of.region.id, user=by, session="t")


def test_a_new_lease_is_the_regions_and_lasts_its_time(held: Leased, project: Project, ada: User):
    mine, region = fresh(held.lease), fresh(held.region)
    assert (region.lease_id, region.epoch, region.lease_until) == (mine.id, 1, mine.expires_at)
    assert (mine.project_id, mine.user_id, mine.session) == (project.id, ada.id, "s")
    assert (mine.outcome, mine.ended_at, mine.reason) == (None, None, "")
    assert (mine.expires_at - mine.granted_at).total_seconds() == settings().lease_ttl_s
    assert (held.of, held.own_label_id) == (4, None)


def test_a_renewed_lease_lasts_its_time_from_now(held: Leased):
    run_out(held.lease)
    renewed = on_lease(regions.renew, held.lease)
    longer = (renewed.lease.expires_at - held.lease.expires_at).total_seconds()
    assert 0 < longer < 60
    assert (renewed.of, renewed.image.id, renewed.region.id) == (4, held.image.id, held.region.id)


@pytest.mark.parametrize("how", ["released", "skipped", "submitted"])
def test_what_is_over_says_how_and_when(held: Leased, how: str):
    if how == "submitted":
        submit(held)
    elif how == "released":
        on_lease(regions.release, held.lease)
    else:
        on_lease(regions.skip, held.lease, reason="blurred")
    over, region = fresh(held.lease), fresh(held.region)
    assert (over.outcome, over.reason) == (how, "blurred" if how == "skipped" else "")
    assert over.ended_at >= over.granted_at
    assert (region.lease_id, region.lease_until) == (None, None)
    assert region.priority == (how == "skipped")


def test_a_skip_is_in_the_trail(held: Leased, cycle: Cycle, ada: User):
    on_lease(regions.skip, held.lease, reason="blurred")
    data = {"region": held.region.id, "reason": "blurred"}
    assert told(cycle, "region.skipped") == [(cycle.project_id, ada.id, data)]


def test_skips_of_one_region_do_not_settle_another(project: Project, ada: User):
    first, second = lease(project, ada, number=2)
    on_lease(regions.skip, first.lease, reason="blurred")
    on_lease(regions.skip, second.lease, reason="blurred")
    assert {fresh(each.region).state for each in (first, second)} == {"open"}


def test_a_reopened_region_shows_the_label_that_is_changed(held: Leased, ada: User):
    label = submit(held, 1)
    again = reopen(held, ada)
    assert (again.own_label_id, again.of) == (label.id, 4)
    mine, region = fresh(again.lease), fresh(held.region)
    assert (region.lease_id, region.lease_until) == (mine.id, mine.expires_at)
    assert (mine.epoch, mine.session, mine.project_id) == (2, "t", held.lease.project_id)
    assert (mine.expires_at - mine.granted_at).total_seconds() == settings().lease_ttl_s


def test_reopening_ends_the_lease_before_and_no_other(project: Project, held: Leased, ada: User):
    submit(held)
    [other] = lease(project, ada, session="other")
    first, _ = reopen(held, ada), reopen(held, ada)
    assert (fresh(first.lease).outcome, fresh(other.lease).outcome) == ("superseded", None)
    assert fresh(first.lease).ended_at is not None
    assert fresh(held.lease).outcome == "submitted"


def test_the_label_that_is_answered_is_the_row(held: Leased, ada: User):
    mask = factories.plain(held.region, 1).copy()
    mask[:2] = VOID
    effort = Effort(active_ms=7, clicks=1, strokes=2, keys=3)
    label = submit_mask(held, mask, effort=effort)
    assert isinstance(label, Settled)
    answered, row = dict(vars(label)), columns(act(labels.current, fresh(held.region)))
    assert answered.pop("cycle_state") == "labelling"
    assert answered == {name: row[name] for name in answered}
    assert set(row) == set(answered)
    assert (label.lease_id, label.user_id) == (held.lease.id, ada.id)
    assert (label.project_id, label.region_id) == (held.lease.project_id, held.region.id)
    changed = submit_mask(reopen(held, ada), mask[::-1].copy(), effort=effort)
    same = ("project_id", "region_id", "user_id", "status", "active_ms", "actions", "void_px")
    assert [getattr(changed, name) for name in same] == [getattr(label, name) for name in same]
    assert (changed.revision, columns(changed) == columns(fresh(changed))) == (2, True)


def test_every_label_is_in_the_trail(held: Leased, cycle: Cycle, ada: User):
    first = submit(held, 0)
    second = submit(reopen(held, ada), 1)
    assert told(cycle, "region.labelled") == [
        (cycle.project_id, ada.id, {"region": held.region.id, "label": label.id, "revision": n})
        for n, label in ((1, first), (2, second))
    ]
    assert fresh(cycle).corrections == 1
    region = fresh(held.region)
    assert (region.lease_id, region.lease_until) == (None, None)


def test_a_draft_says_whose_it_is_and_what_it_took(
    project: Project, held: Leased, ada: User, bob: User
):
    run_out(held.lease)
    [theirs] = lease(project, bob)
    draft = submit(held, 1, effort=Effort(active_ms=5, clicks=4))
    row = fresh(draft)
    assert (row.user_id, row.lease_id, row.region_id) == (ada.id, held.lease.id, held.region.id)
    assert (row.active_ms, row.actions["clicks"], row.project_id) == (5, 4, project.id)
    assert (fresh(held.lease).outcome, fresh(theirs.lease).outcome) == ("expired", None)
    assert fresh(held.region).label_id is None


def test_after_its_cycle_a_project_has_no_open_one(project: Project, ada: User, cycle: Cycle):
    asked = {"project_id": project.id, "user": ada, "session": "s", "count": 1}
    act_on(cycles.close, cycle, by=ada)
    assert act(regions.lease, **asked) == ([], "no_open_cycle")


def test_a_locked_region_is_as_it_is_now(held: Leased):
    with transaction() as db:
        assert db.get_one(Region, held.region.id).state == "open"
        submit(held)
        assert regions.locked_region(db, held.region.id).state == "labelled"


def test_what_people_drew_and_corrected_is_counted(ada: User):
    other = factories.project(ada)
    on = factories.image(other)
    cycle = factories.cycle(other, ada, Plan(regions=1))
    factories.select(cycle, factories.suggested(cycle, on, 1, value=2))
    [held] = lease(other, ada)
    mask = factories.plain(held.region, 2).copy()
    mask[:3], mask[3] = 0, VOID
    origins = np.full(mask.shape, ACCEPTED, np.uint8)
    origins[:3], origins[3] = EDITED, DRAWN
    submit_mask(held, mask, origins=origins)
    label = act(labels.current, fresh(held.region))
    assert label.origins == {"none": 0, "accepted": 60, "edited": 30, "drawn": 10}
    assert label.confused == [[2, 0, 30], [2, 2, 60]]
    assert label.origin_key is not None
    assert np.array_equal(masks.stored(open_store().read(label.origin_key)), origins)


def test_counts_are_of_one_cycle_and_by_state(project: Project, ada: User, bob: User, cycle: Cycle):
    factories.labelling(factories.project(ada), ada)
    done, skipped, _ = lease(project, ada, number=3)
    submit(done)
    on_lease(regions.skip, skipped.lease, reason="x")
    theirs = [each for each in lease(project, bob, number=2) if each.region.id == skipped.region.id]
    on_lease(regions.skip, theirs[0].lease, reason="x")
    found = act(regions.counts, cycle.id)
    assert found == {
        "total": 4, "open": 2, "leased": 2, "labelled": 1, "skipped": 1, "withdrawn": 0,
    }  # fmt: skip
    act_on(cycles.close, cycle, by=ada)
    assert act(regions.counts, cycle.id)["withdrawn"] == 2


def test_labels_in_force_are_listed_of_everybody_or_one(project: Project, ada: User, bob: User):
    [mine], [theirs] = lease(project, ada), lease(project, bob)
    submit(mine, 0)
    newest, other = submit(reopen(mine, ada), 1), submit(theirs, 2)
    with transaction() as db:
        everybodys = db.scalars(labels.listed(project.id, by=None)).all()
        bobs = db.scalars(labels.listed(project.id, by=bob)).all()
        found = labels.cycles_of(db, everybodys)
    assert sorted(label.id for label in everybodys) == [newest.id, other.id]
    assert [label.id for label in bobs] == [other.id]
    assert {label: each.id for label, each in found.items()} == dict.fromkeys(
        (newest.id, other.id), mine.region.cycle_id
    )

"""Labels: nothing that was drawn is dropped, and nothing counts twice."""

import numpy as np
import pytest

from core import cycles, labels, masks, regions
from core.db import transaction
from core.errors import AlreadyLabelled, NotFound
from core.masks import NOT_ASKED, VOID
from core.models import Cycle, Label, Project, User
from core.regions import Leased
from core.settling import Effort
from core.store import Store
from ml import costs
from tests import factories
from tests.core.threads import at_once
from tests.factories import act, act_on, fresh, lease, on_lease, run_out, submit, submit_mask


@pytest.fixture
def cycle(project: Project, ada: User) -> Cycle:
    return factories.labelling(project, ada)


@pytest.fixture
def held(project: Project, ada: User, cycle: Cycle) -> Leased:  # noqa: ARG001
    return lease(project, ada)[0]


def revisions(of: Leased) -> list[tuple[int, str]]:
    with transaction() as db:
        found = db.query(Label).filter_by(region_id=of.region.id).order_by(Label.revision)
        return [(label.revision, label.status) for label in found]


def test_a_label_settles_its_region(held: Leased):
    label = submit(held, 1)
    region = fresh(held.region)
    assert (label.revision, label.status) == (1, "accepted")
    assert (region.state, region.label_id, region.lease_id) == ("labelled", label.id, None)


def test_a_label_keeps_its_mask_exactly(held: Leased, store: Store):
    mask = np.random.default_rng(0).choice([0, 1, 2, VOID, NOT_ASKED], (10, 10)).astype(np.uint8)
    label = submit_mask(held, mask)
    kept = masks.from_png(store.read(label.mask_key), labels.size_of(held.region), range(3))
    assert np.array_equal(kept, mask)


def test_a_label_counts_its_pixels_and_clicks(held: Leased):
    mask = np.zeros((10, 10), np.uint8)
    mask[:5], mask[9] = VOID, NOT_ASKED
    label = submit_mask(held, mask)
    assert (label.labelled_px, label.void_px, label.not_asked_px) == (40, 50, 10)
    assert label.estimated_clicks == costs.clicks(mask)


def test_a_label_keeps_what_it_took(held: Leased):
    label = submit(held, effort=Effort(active_ms=1500, clicks=2, strokes=3, keys=4))
    assert (label.active_ms, label.actions) == (1500, {"clicks": 2, "strokes": 3, "keys": 4})


def test_the_same_mask_again_is_the_same_label(held: Leased):
    assert submit(held, 1).id == submit(held, 1).id
    assert revisions(held) == [(1, "accepted")]


def test_a_double_click_makes_one_label(held: Leased):
    found = at_once(*[lambda: submit(held, 1)] * 4)
    assert {each.id for each in found} == {found[0].id}
    assert revisions(held) == [(1, "accepted")]


def test_another_mask_on_the_same_lease_is_refused(held: Leased):
    label = submit(held, 1)
    told = r"^This lease has submitted another mask already; reopen the region to change it\.$"
    with pytest.raises(AlreadyLabelled, match=told) as caught:
        submit(held, 2)
    assert caught.value.extras == {"label": label.id}
    assert fresh(held.region).label_id == label.id


def test_a_late_label_that_nobody_superseded_counts(held: Leased):
    run_out(held.lease)
    assert submit(held).status == "accepted"


def test_a_superseded_label_is_kept_as_a_draft(project: Project, held: Leased, bob: User):
    run_out(held.lease)
    [theirs] = lease(project, bob)
    assert submit(held, 1).status == "draft"
    accepted = submit(theirs, 2)
    assert revisions(held) == [(1, "draft"), (2, "accepted")]
    assert fresh(held.region).label_id == accepted.id


def test_revisions_go_on_behind_all_drafts(project: Project, held: Leased, bob: User):
    run_out(held.lease)
    [theirs] = lease(project, bob)
    assert [submit(held, value).status for value in (0, 1)] == ["draft", "draft"]
    submit(theirs, 2)
    assert revisions(held) == [(1, "draft"), (2, "draft"), (3, "accepted")]


def test_a_draft_does_not_disturb_who_holds_the_region(project: Project, held: Leased, bob: User):
    run_out(held.lease)
    [theirs] = lease(project, bob)
    submit(held, 1)
    assert lease(project, bob)[0].lease.id == theirs.lease.id


def test_the_same_draft_again_is_the_same_draft(project: Project, held: Leased, bob: User):
    run_out(held.lease)
    lease(project, bob)
    assert submit(held, 1).id == submit(held, 1).id
    assert submit(held, 2).revision == 2


def test_a_label_after_the_end_of_its_cycle_is_a_draft(held: Leased, cycle: Cycle, ada: User):
    act_on(cycles.close, cycle, by=ada)
    assert submit(held).status == "draft"
    assert fresh(held.region).state == "withdrawn"


def test_a_released_lease_makes_a_draft(held: Leased):
    on_lease(regions.release, held.lease)
    assert submit(held).status == "draft"


def test_a_change_after_the_end_of_the_cycle_is_a_draft(held: Leased, cycle: Cycle, ada: User):
    first = submit(held, 0)
    again = act(regions.reopen, held.region.id, user=ada, session="s")
    act_on(cycles.close, cycle, by=ada)
    assert submit(again, 1).status == "draft"
    assert fresh(held.region).label_id == first.id


def test_a_lease_is_for_its_own_region(project: Project, held: Leased, ada: User):
    other = lease(project, ada, number=2)[1]
    with pytest.raises(NotFound, match=rf"^The lease {held.lease.id} is not on region \d+\.$"):
        on_lease(
            factories._submit,
            held.lease,
            region_id=other.region.id,
            mask=factories.plain(other.region, 0),
            effort=Effort(),
        )


def test_the_newest_label_is_the_current_one(held: Leased, ada: User):
    submit(held, 0)
    again = act(regions.reopen, held.region.id, user=ada, session="s")
    second = submit(again, 1)
    assert act(labels.current, fresh(held.region)).id == second.id


def test_without_a_label_there_is_no_current_one(held: Leased):
    with pytest.raises(NotFound, match=rf"^Region {held.region.id} has no label yet\.$"):
        act(labels.current, held.region)


def test_a_label_that_cannot_be_stored_leaves_no_row(held: Leased, store: Store):
    before = revisions(held)
    root = store.path("sha256")
    root.rename(root.with_name("moved"))
    root.write_text("a file where a folder should be")
    try:
        with pytest.raises(Exception, match="could not write"):
            submit_mask(held, np.random.default_rng(5).integers(0, 3, (10, 10), np.uint8))
    finally:
        root.unlink()
        root.with_name("moved").rename(root)
    assert revisions(held) == before
    assert fresh(held.region).state == "open"

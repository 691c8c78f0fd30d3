"""Labels that somebody else looks at, second opinions, and checks whose answer is known."""

import numpy as np
import pytest
from sqlalchemy import select

from core import quality, regions, reviews
from core.db import transaction
from core.errors import Conflict, Invalid, NotFound
from core.models import Event, Label, Project, Region, Review, User
from core.quality import Shares, kappa
from core.regions import Leased
from core.reviews import Contradicted
from tests import factories
from tests.factories import act, act_on, fresh, lease, on_lease, sql, submit

pytestmark = pytest.mark.usefixtures("service")


def shares(of: Project, by: User, review: float = 0, second: float = 0, check: float = 0) -> None:
    act_on(quality.set_shares, of, Shares(review, second, check), by=by)


def waiting(of: Project) -> list[Review]:
    with transaction() as db:
        return list(db.scalars(reviews.listed(of.id, state="pending").order_by(Review.id)))


def judge(review: Review, verdict: reviews.Verdict, by: User, reason: str = "") -> Review:
    return act_on(reviews.decide, review, verdict, reason=reason, by=by)


def rejected(of: Project, ada: User, bob: User) -> tuple[Leased, Review]:
    """A region that bob has labelled and a reviewer has sent back."""
    shares(of, ada, review=1)
    factories.labelling(of, ada, number=2)
    held = lease(of, bob)[0]
    submit(held)
    return held, judge(waiting(of)[0], "rejected", ada, "the kerb is pavement")


def test_a_share_of_a_cycle_waits_and_follows_the_share(project: Project, ada: User, bob: User):
    factories.labelling(project, ada, number=40)
    for held in lease(project, bob, number=20):
        submit(held)
    assert waiting(project) == []
    shares(project, ada, review=0.5)
    half = {each.region_id for each in waiting(project)}
    assert 3 <= len(half) <= 17
    shares(project, ada, review=1)
    assert half < {each.region_id for each in waiting(project)}
    shares(project, ada)
    assert waiting(project) == []
    submit(lease(project, bob)[0])
    assert waiting(project) == []


def test_a_flag_calls_a_reviewer(project: Project, ada: User, bob: User):
    factories.labelling(project, ada)
    held = lease(project, bob)[0]
    sql("UPDATE regions SET flagged = true WHERE id = :id", id=held.region.id)
    submit(held)
    assert [each.source for each in waiting(project)] == ["flagged"]


def test_a_verdict_is_given_once(project: Project, ada: User, bob: User):
    _, review = rejected(project, ada, bob)
    with pytest.raises(Conflict):
        judge(review, "accepted", ada)
    with transaction() as db:
        kinds = db.scalars(select(Event.kind).where(Event.kind.startswith("review.")))
        assert "review.rejected" in set(kinds)


def test_a_rejection_has_a_reason(project: Project, ada: User, bob: User):
    shares(project, ada, review=1)
    factories.labelling(project, ada)
    submit(lease(project, bob)[0])
    with pytest.raises(Invalid):
        judge(waiting(project)[0], "rejected", ada)


def test_what_is_sent_back_is_its_authors_first(project: Project, ada: User, bob: User):
    held, _ = rejected(project, ada, bob)
    assert lease(project, ada)[0].region.id != held.region.id
    again = lease(project, bob)[0]
    assert (again.region.id, again.region.rejection) == (held.region.id, "the kerb is pavement")
    assert again.own_label_id is not None
    label = submit(again, value=1)
    assert (label.revision, fresh(held.region).rejection) == (2, None)
    assert [each.source for each in waiting(project)] == ["again"]


def test_after_its_time_it_is_for_everybody(project: Project, ada: User, bob: User):
    held, _ = rejected(project, ada, bob)
    sql("UPDATE regions SET return_until = now() - interval '1 s' WHERE id = :id",
        id=held.region.id)  # fmt: skip
    assert lease(project, ada)[0].region.id == held.region.id


def test_a_closed_cycle_stays_closed_while_a_region_comes_back(
    project: Project, ada: User, bob: User
):
    shares(project, ada, review=1)
    cycle = factories.labelling(project, ada, number=1)
    submit(lease(project, bob)[0])
    judge(waiting(project)[0], "rejected", ada, "no")
    assert fresh(cycle).state == "closed"
    submit(lease(project, bob)[0], value=2)
    assert fresh(cycle).state == "closed"


def test_a_reviewer_draws_a_label_anew_after_its_cycle(project: Project, ada: User, bob: User):
    factories.labelling(project, ada, number=1)
    held = lease(project, bob)[0]
    first = submit(held)
    taken = act(reviews.take, held.region.id, user=ada, session="r")
    assert taken.own_label_id == first.id
    fix = submit(taken, value=1)
    with transaction() as db:
        review = db.scalars(reviews.listed(project.id)).one()
        labels = db.scalars(select(Label.id).where(Label.region_id == held.region.id))
        assert sorted(labels) == [first.id, fix.id]
    assert (review.state, review.label_id, review.fix_id) == ("fixed", first.id, fix.id)
    assert review.confusion == [[1, 0, 100]]
    assert fresh(held.region).label_id == fix.id


def test_nobody_reviews_what_has_no_label(project: Project, ada: User):
    factories.labelling(project, ada)
    held = lease(project, ada)[0]
    with pytest.raises(NotFound):
        act(reviews.take, held.region.id, user=ada, session="r")
    with pytest.raises(Conflict):
        act(reviews.ask, held.region.id, by=ada)


def test_what_a_new_model_contradicts_is_looked_at_once(project: Project, ada: User, bob: User):
    factories.labelling(project, ada)
    sure, unsure = (submit(each) for each in lease(project, bob, number=2))
    told = [Contradicted(sure.id, 0.8), Contradicted(unsure.id, 0.1)]
    for _ in range(2):
        act(reviews.contradicted, project.id, told)
    (review,) = waiting(project)
    assert (review.source, review.label_id, review.doubt) == ("contradiction", sure.id, 0.8)
    judge(review, "accepted", ada)
    act(reviews.contradicted, project.id, told)
    assert waiting(project) == []


def test_a_second_person_is_asked_and_never_the_first(project: Project, ada: User, bob: User):
    shares(project, ada, second=1)
    cycle = factories.labelling(project, ada, number=1)
    submit(lease(project, bob)[0])
    assert fresh(cycle).state == "closed"
    assert lease(project, bob) == []
    (other,) = lease(project, ada)
    submit(other, value=1)
    found = act_on(quality.report, project)
    assert (found.second.regions, found.second.pixels) == (1, 0)
    assert [pair[:2] for pair in found.pairs] == [(bob.name, ada.name)]
    with transaction() as db:
        assert regions.counts(db, cycle.id)["total"] == 1


def test_a_check_is_planted_from_what_a_reviewer_has_seen(project: Project, ada: User, bob: User):
    shares(project, ada, review=1)
    factories.labelling(project, ada, number=4)
    submit(lease(project, ada)[0], value=1)
    judge(waiting(project)[0], "accepted", ada)
    shares(project, ada, check=1)
    held = lease(project, bob)[0]
    assert (held.region.purpose, held.region.rank) == ("check", 1)
    submit(held, value=1)
    (person,) = [each for each in act_on(quality.report, project).people if each.checks]
    assert (person.name, person.checks and person.checks.pixels) == (bob.name, 1)
    assert lease(project, bob)[0].region.purpose == "label"


def test_a_mask_that_came_with_an_image_is_an_answer(project: Project, ada: User, bob: User):
    factories.image(project, split="val", mask=factories.whole_mask(value=2))
    factories.labelling(project, ada)
    shares(project, ada, check=1)
    held = lease(project, bob)[0]
    assert held.region.purpose == "check"
    submit(held, value=2)
    assert fresh(held.region).confusion == [[2, 2, held.region.width * held.region.height]]
    with transaction() as db:
        assert db.scalars(select(Region.id).where(Region.purpose == "check")).all()


def test_checks_end_with_their_share(project: Project, ada: User, bob: User):
    factories.image(project, split="val", mask=factories.whole_mask(value=2))
    factories.labelling(project, ada)
    assert lease(project, bob)[0].region.purpose == "label"


def test_somebody_who_gives_a_check_up_does_not_pass_it_on(project: Project, ada: User, bob: User):
    factories.image(project, split="val", mask=factories.whole_mask(value=2))
    factories.labelling(project, ada)
    shares(project, ada, check=1)
    held = lease(project, bob)[0]
    on_lease(regions.release, held.lease)
    shares(project, ada)
    assert lease(project, ada)[0].region.purpose == "label"


@pytest.mark.parametrize(
    ("counted", "expected"),
    [([[5, 0], [0, 5]], 1.0), ([[25, 25], [25, 25]], 0.0), ([[20, 5], [10, 15]], 0.4)],
)
def test_kappa_is_what_is_left_without_chance(counted: list[list[int]], expected: float):
    assert kappa(np.array(counted)) == pytest.approx(expected)

"""What is summed over a cycle's labels, kept while these are the same ones."""

import pytest

from core import regions, reports, reviews, tallies
from core.models import Cycle, Project, User
from core.settling import Effort
from tests import factories
from tests.factories import act, act_on, fresh, lease, submit

pytestmark = pytest.mark.usefixtures("service")


def seconds(cycle: Cycle) -> tuple[int, float]:
    """Labelled regions, and what they took."""
    found = act_on(reports.cycle_cost, cycle)
    return found["regions"], found["active_s"]


def took(active_s: int) -> Effort:
    return Effort(active_ms=active_s * 1000)


def test_sums_follow_every_change_of_a_label(project: Project, ada: User, bob: User):
    cycle = factories.labelling(project, ada)
    assert seconds(cycle) == (0, 0)
    held = lease(project, bob, number=2)
    for each in held:
        submit(each, effort=took(1))
    assert seconds(cycle) == (2, 2)
    again = act(regions.reopen, held[0].region.id, user=bob, session="s")
    submit(again, value=1, effort=took(5))
    assert seconds(cycle) == (2, 6)
    review = act(reviews.ask, held[1].region.id, by=ada)
    act_on(reviews.decide, review, "rejected", reason="a kerb", by=ada)
    assert seconds(cycle) == (1, 5)
    submit(lease(project, bob)[0], effort=took(3))
    assert seconds(cycle) == (2, 8)
    assert fresh(cycle).corrections == 2


def test_nothing_is_counted_twice(project: Project, ada: User):
    cycle = factories.labelling(project, ada)
    counted: list[str] = []

    def count() -> list[str]:
        counted.append("once")
        return counted

    for _ in range(2):
        act(tallies.of, cycle.id, "anything", count)
    assert counted == ["once"]

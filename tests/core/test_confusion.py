"""Suggestions against labels: the pixels of each pair of classes, and the regions behind them."""

from collections.abc import Sequence

import numpy as np
import pytest

from core import confusion, regions
from core.models import Cycle, Image, Label, Project, User
from core.plans import Plan
from tests import factories
from tests.factories import act, act_on, fresh, lease, on_lease, sql, submit, submit_mask

SKY, ROAD, CAR = range(3)


def suggesting(of: Project, by: User, on: Image) -> Cycle:
    """A cycle that suggests cars everywhere, in four regions."""
    factories.image(of, mask=factories.whole_mask(value=1))
    cycle = factories.cycle(of, by, Plan(regions=4))
    factories.train(cycle)
    factories.score(cycle)
    factories.select(cycle, factories.suggested(cycle, on, 4, value=CAR))
    return fresh(cycle)


def drawn(of: Project, by: User, skies: Sequence[int]) -> list[Label]:
    """Labels of the next regions: so many rows of sky, one that is void, and cars."""
    made = []
    for rows, held in zip(skies, lease(of, by, number=len(skies)), strict=True):
        mask = np.full((10, 10), CAR, np.uint8)
        mask[:rows], mask[9] = SKY, 255
        made.append(submit_mask(held, mask))
    return made


@pytest.fixture
def on(project: Project) -> Image:
    return factories.image(project)


@pytest.fixture
def cycle(project: Project, ada: User, on: Image) -> Cycle:
    """Beside another project, in which the same was said."""
    other = factories.project(ada)
    suggesting(other, ada, factories.image(other))
    drawn(other, ada, (2, 4))
    return suggesting(project, ada, on)


def test_pixels_are_counted_by_what_was_labelled_and_suggested(
    cycle: Cycle, project: Project, ada: User
):
    drawn(project, ada, (0, 3, 5))
    found = act_on(confusion.matrix, cycle, 3)
    assert (found.regions, found.uncounted) == (3, 0)
    assert found.counts == [[0, 0, 80], [0, 0, 0], [0, 0, 190]]
    assert act_on(confusion.matrix, cycle, 2).counts == [[0, 0], [0, 0]]


def test_labels_from_before_such_counts_are_told_apart(cycle: Cycle, project: Project, ada: User):
    older, cold, _ = drawn(project, ada, (0, 3, 5))
    sql("UPDATE labels SET confused = NULL WHERE id IN (:a, :b)", a=older.id, b=cold.id)
    sql("UPDATE regions SET suggestion_key = NULL WHERE id = :id", id=cold.region_id)
    found = act_on(confusion.matrix, cycle, 3)
    assert (found.regions, found.uncounted, found.counts[SKY]) == (1, 1, [0, 0, 50])


def test_what_is_open_again_or_a_check_does_not_count(cycle: Cycle, project: Project, ada: User):
    again, check, kept = drawn(project, ada, (1, 3, 5))
    sql("UPDATE regions SET state = 'open' WHERE id = :id", id=again.region_id)
    sql("UPDATE regions SET purpose = 'check' WHERE id = :id", id=check.region_id)
    found = act_on(confusion.matrix, cycle, 3)
    assert (found.regions, found.counts[SKY]) == (1, [0, 0, 50])
    asked = {"labelled": SKY, "suggested": CAR, "most": 9}
    rows = act_on(confusion.mistaken, cycle, **asked)
    assert [row.label.id for row in rows] == [kept.id]


def test_behind_a_pair_are_its_regions_most_pixels_first(
    cycle: Cycle, project: Project, ada: User, on: Image
):
    _, less, most, tie = drawn(project, ada, (0, 3, 5, 3))
    asked = {"labelled": SKY, "suggested": CAR}
    rows = act_on(confusion.mistaken, cycle, **asked, most=9)
    assert [(row.label.id, row.pixels) for row in rows] == [
        (most.id, 50), (less.id, 30), (tie.id, 30),
    ]  # fmt: skip
    assert [row.region.id for row in rows] == [most.region_id, less.region_id, tie.region_id]
    assert {row.image.id for row in rows} == {on.id}
    assert len(act_on(confusion.mistaken, cycle, **asked, most=1)) == 1
    assert act_on(confusion.mistaken, cycle, labelled=ROAD, suggested=CAR, most=9) == []


def test_cycles_with_a_model_and_labels_come_newest_first(project: Project, ada: User, bob: User):
    found: list[int] = []
    for number in range(4):
        made = factories.labelling(project, ada, number=1)
        if number == 3:  # skipped twice, so that nothing is labelled
            for by in (ada, bob):
                on_lease(regions.skip, lease(project, by)[0].lease, reason="x")
        else:
            submit(lease(project, ada)[0])
            found.append(made.id)
    newest = [found[2], found[1]]  # the first was a cold start
    assert [each.id for each in act(confusion.cycles, project.id, most=9)] == newest
    assert [each.id for each in act(confusion.cycles, project.id, most=1)] == newest[:1]
    assert act(confusion.cycles, factories.project(ada).id, most=9) == []

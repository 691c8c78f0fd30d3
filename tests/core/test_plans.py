"""Budgets, and the cells of a pool that has no row per cell."""

import pytest

from core import plans, regions
from core.errors import BudgetExceedsPool, Invalid, ProjectEmpty
from core.models import Project, User
from core.plans import Plan, Pool
from tests import factories
from tests.factories import act, lease, on_lease, sql, submit


def pool(of: Project) -> Pool:
    return act(plans.open_cells, of)


@pytest.mark.parametrize(
    ("size", "cells"), [((40, 30), 12), ((41, 30), 15), ((1, 1), 1), ((10, 10), 1), ((99, 11), 20)]
)
def test_edge_cells_count_as_cells(project: Project, size: tuple[int, int], cells: int):
    factories.image(project, size=size)
    assert pool(project) == Pool(1, size[0] * size[1], cells)


def test_only_the_pool_counts(project: Project):
    for split in ("pool", "val", "test"):
        factories.image(project, split=split)
    assert pool(project) == Pool(1, 1200, 12)


def test_an_image_with_a_mask_has_no_open_cells(project: Project):
    factories.image(project)
    factories.image(project, mask=factories.whole_mask())
    assert pool(project) == Pool(2, 2400, 12)


def test_settled_cells_are_not_open(project: Project, ada: User, bob: User):
    factories.labelling(project, ada, number=8)
    first, second = lease(project, ada, number=2)
    submit(first)
    on_lease(regions.skip, second.lease, reason="blurred")
    on_lease(regions.skip, lease(project, bob, number=8)[-1].lease, reason="blurred")
    assert pool(project).cells == 8 - 2


def test_a_mask_that_came_later_does_not_count_its_cells_twice(project: Project, ada: User):
    factories.image(project)
    factories.labelling(project, ada)
    held = lease(project, ada)[0]
    submit(held)
    sql("UPDATE images SET mask_key = 'sha256/aa/m' WHERE id = :id", id=held.image.id)
    assert pool(project).cells == 12


def budget(of: Project, **plan: object) -> int:
    return act(plans.budget_regions, of, Plan(**plan))


def test_a_share_is_of_the_pools_pixels(project: Project):
    factories.image(project, size=(100, 100))
    assert budget(project, share=0.1) == 10
    assert budget(project, share=0.101) == 11


def test_a_share_counts_labelled_images_too(project: Project):
    factories.image(project)
    factories.image(project, mask=factories.whole_mask())
    assert budget(project, share=0.5) == 12


def test_the_whole_pool_may_be_asked(project: Project):
    factories.image(project, size=(41, 31))
    assert budget(project, regions=20) == 20
    with pytest.raises(BudgetExceedsPool):
        budget(project, regions=21)


@pytest.mark.parametrize("plan", [{}, {"regions": 1, "share": 0.1}])
def test_a_budget_is_given_in_one_unit(project: Project, plan: dict[str, object]):
    factories.image(project)
    with pytest.raises(Invalid, match="one of"):
        budget(project, **plan)


@pytest.mark.parametrize("plan", [{"regions": -1}, {"share": -0.1}, {"share": float("nan")}])
def test_less_than_nothing_is_no_budget(project: Project, plan: dict[str, object]):
    factories.image(project)
    with pytest.raises(Invalid):
        budget(project, **plan)


def test_a_project_without_a_pool_is_empty(project: Project):
    factories.image(project, split="val")
    with pytest.raises(ProjectEmpty):
        budget(project, regions=0)

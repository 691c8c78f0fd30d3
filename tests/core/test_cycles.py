"""A cycle goes through its states once, whatever is repeated, cancelled or raced."""

from typing import Any

import pytest

from core import cycles, jobs, regions, stages
from core.db import transaction
from core.errors import (
    BudgetExceedsPool,
    CycleOpen,
    CycleState,
    NotFound,
    NothingLabelled,
    ProjectEmpty,
)
from core.models import Cycle, Image, Project, User
from core.plans import Plan
from ml.strategy import Strategy
from tests import factories
from tests.core.threads import at_once, errors, outcomes
from tests.factories import act, act_on, claim, events, fresh, pending, sql


def state(of: Cycle) -> str:
    return fresh(of).state


def kinds(of: Cycle) -> list[tuple[str, str]]:
    with transaction() as db:
        return [(job.kind, job.state) for job in cycles.stage_jobs(db, of.id)]


@pytest.fixture
def pool(project: Project) -> Image:
    """One image of twelve cells."""
    return factories.image(project)


@pytest.fixture
def started(project: Project, ada: User, pool: Image) -> Cycle:  # noqa: ARG001
    """A cycle that trains, since a whole image is labelled already."""
    factories.image(project, mask=factories.whole_mask(value=1))
    return factories.cycle(project, ada, Plan(regions=2))


def test_without_labels_a_cycle_starts_by_selecting(project: Project, ada: User, pool: Image):
    cycle = factories.cycle(project, ada, Plan(regions=3))
    assert (cycle.number, cycle.state, cycle.budget_regions) == (0, "selecting", 3)
    assert kinds(cycle) == [("select", "pending")]
    factories.select(cycle, factories.cells(cycle, pool, 3))
    assert state(cycle) == "labelling"


def test_with_labels_a_cycle_goes_through_all_stages(project: Project, started: Cycle, pool: Image):
    factories.image(project, split="val", mask=factories.whole_mask())
    seen = [state(started)]
    for stage in (factories.train, factories.evaluate, factories.score):
        stage(started)
        seen.append(state(started))
    factories.select(started, factories.cells(started, pool, 2))
    assert [*seen, state(started)] == [
        "training",
        "evaluating",
        "scoring",
        "selecting",
        "labelling",
    ]
    assert fresh(started).opened_at is not None


def test_without_truth_nothing_is_evaluated(started: Cycle):
    factories.train(started)
    assert state(started) == "scoring"


@pytest.mark.parametrize(("wanted", "splits"), [(False, ["val"]), (True, ["val", "test"])])
def test_test_images_are_evaluated_when_asked(
    project: Project, ada: User, pool: Image, wanted: bool, splits: list[str]
):
    for split in ("val", "test"):
        factories.image(project, split=split, mask=factories.whole_mask())
    cycle = factories.cycle(project, ada, Plan(regions=1, evaluate_test=wanted))
    assert act(cycles.splits_to_evaluate, cycle) == splits
    assert pool.mask_key is None


def test_a_random_strategy_needs_no_scores(project: Project, ada: User, pool: Image):
    factories.image(project, mask=factories.whole_mask(value=1))
    plan = Plan(regions=1, strategy=Strategy(acquisition="random"))
    cycle = factories.cycle(project, ada, plan)
    factories.train(cycle)
    assert state(cycle) == "selecting"
    assert pool.id


def test_a_budget_of_nothing_closes_after_the_measurement(project: Project, ada: User):
    factories.image(project, mask=factories.whole_mask(value=1))
    factories.image(project, split="val", mask=factories.whole_mask())
    cycle = factories.cycle(project, ada, Plan(regions=0))
    factories.train(cycle)
    factories.evaluate(cycle)
    assert state(cycle) == "closed"
    assert fresh(cycle).closed_at is not None


def test_a_measurement_of_nothing_is_refused(project: Project, ada: User, pool: Image):  # noqa: ARG001
    with pytest.raises(NothingLabelled):
        factories.cycle(project, ada, Plan(regions=0))


def test_an_empty_project_has_no_cycle(project: Project, ada: User):
    factories.image(project, split="val", mask=factories.whole_mask())
    with pytest.raises(ProjectEmpty):
        factories.cycle(project, ada, Plan(regions=1))


def test_a_budget_larger_than_the_pool_is_refused(project: Project, ada: User, pool: Image):  # noqa: ARG001
    with pytest.raises(BudgetExceedsPool, match="13 regions and the pool has 12") as caught:
        factories.cycle(project, ada, Plan(regions=13))
    assert caught.value.extras == {"budget": 13, "open_cells": 12}


def test_a_second_open_cycle_is_refused_and_names_the_first(
    project: Project, ada: User, started: Cycle
):
    with pytest.raises(CycleOpen, match="training") as caught:
        factories.cycle(project, ada, Plan(regions=1))
    assert caught.value.extras == {"cycle": started.id}


def test_of_starts_at_once_one_succeeds(project: Project, ada: User, pool: Image):  # noqa: ARG001
    found = outcomes(*[lambda: factories.cycle(project, ada, Plan(regions=1))] * 4)
    assert [type(each) for each in errors(found)] == [CycleOpen] * 3


def test_cycles_of_two_projects_do_not_meet(started: Cycle, bob: User):
    other = factories.project(bob)
    factories.image(other)
    assert factories.cycle(other, bob, Plan(regions=1)).number == started.number == 0


def test_a_seed_is_kept_and_else_drawn(project: Project, ada: User, pool: Image):  # noqa: ARG001
    cycle = factories.cycle(project, ada, Plan(regions=1, seed=7))
    act_on(cycles.cancel, cycle, by=ada)
    assert cycle.seed == 7
    assert factories.cycle(project, ada, Plan(regions=1)).seed != 7


def test_an_unknown_cycle_is_named(project: Project):  # noqa: ARG001
    with pytest.raises(NotFound, match="999999"):
        act(cycles.get, 999_999)


@pytest.mark.parametrize("done", cycles.STATE_OF)
def test_a_stage_told_twice_changes_nothing(started: Cycle, done: str):
    factories.train(started)
    factories.score(started)
    before = kinds(started)
    if done != "select":
        act_on(cycles.go_on, started, done)
    assert (state(started), kinds(started)) == ("selecting", before)


def test_a_move_from_another_state_does_nothing(started: Cycle):
    assert act_on(cycles.move, started, "closed", within=("labelling",)) is False
    assert state(started) == "training"


def test_the_last_label_closes_the_cycle(project: Project, ada: User):
    cycle = factories.labelling(project, ada, number=2)
    first, second = factories.lease(project, ada, number=2)
    factories.submit(first)
    assert state(cycle) == "labelling"
    factories.submit(second)
    assert state(cycle) == "closed"


@pytest.mark.parametrize("attempt", range(3))
def test_last_labels_at_once_close_the_cycle_once(project: Project, ada: User, attempt: int):  # noqa: ARG001
    cycle = factories.labelling(project, ada)
    held = factories.lease(project, ada, number=4)
    at_once(*[lambda each=each: factories.submit(each) for each in held])
    assert state(cycle) == "closed"
    assert events(cycle).count("cycle.closed") == 1


def test_closing_early_withdraws_what_is_open(project: Project, ada: User):
    cycle = factories.labelling(project, ada)
    factories.submit(factories.lease(project, ada)[0])
    act_on(cycles.close, cycle, by=ada)
    assert counts(cycle) == {"labelled": 1, "withdrawn": 3}
    assert (state(cycle), events(cycle)[-1]) == ("closed", "cycle.closed_early")


def counts(of: Cycle) -> dict[str, int]:
    found = act(regions.counts, of.id)
    return {name: n for name, n in found.items() if n and name != "total"}


def test_only_a_labelling_cycle_can_be_closed(started: Cycle, ada: User):
    with pytest.raises(CycleState, match="training"):
        act_on(cycles.close, started, by=ada)


def test_closing_twice_is_refused(project: Project, ada: User):
    cycle = factories.labelling(project, ada)
    act_on(cycles.close, cycle, by=ada)
    with pytest.raises(CycleState, match="closed"):
        act_on(cycles.close, cycle, by=ada)


def test_cancelling_ends_the_stage_that_waits(started: Cycle, ada: User):
    act_on(cycles.cancel, started, by=ada)
    assert (state(started), kinds(started)) == ("cancelled", [("train", "cancelled")])


def test_cancelling_asks_the_stage_that_runs(started: Cycle, ada: User):
    held = claim(pending(started))
    act_on(cycles.cancel, started, by=ada)
    assert act(jobs.heartbeat, held) is True


def test_cancelling_keeps_labels_and_withdraws_the_rest(project: Project, ada: User):
    cycle = factories.labelling(project, ada)
    factories.submit(factories.lease(project, ada)[0])
    act_on(cycles.cancel, cycle, by=ada)
    assert counts(cycle) == {"labelled": 1, "withdrawn": 3}


@pytest.mark.parametrize("how", [cycles.cancel, cycles.retry])
def test_what_is_over_is_over(started: Cycle, ada: User, how: Any):
    act_on(cycles.cancel, started, by=ada)
    with pytest.raises(CycleState, match="cancelled"):
        act_on(how, started, by=ada)


def test_a_late_result_of_a_cancelled_cycle_starts_nothing(started: Cycle, ada: User):
    held = claim(pending(started))
    act_on(cycles.cancel, started, by=ada)
    act(stages.trained, held, stages.TrainedModel("w", "c", {}))
    assert (state(started), kinds(started)) == ("cancelled", [("train", "succeeded")])


def failing(of: Cycle) -> None:
    act(stages.failed, claim(pending(of)), error_class="oom", text="no memory")


def test_a_failed_stage_fails_the_cycle_with_its_reason(started: Cycle):
    failing(started)
    assert (state(started), fresh(started).error) == ("failed", "train: oom: no memory")


def test_a_retry_tries_the_failed_stage_again(started: Cycle, ada: User):
    failing(started)
    act_on(cycles.retry, started, by=ada)
    assert (state(started), fresh(started).error) == ("training", None)
    factories.train(started)
    assert state(started) == "scoring"


def test_a_retry_waits_for_another_open_cycle(project: Project, started: Cycle, ada: User):
    failing(started)
    factories.cycle(project, ada, Plan(regions=1))
    with pytest.raises(CycleOpen):
        act_on(cycles.retry, started, by=ada)
    assert state(started) == "failed"


def test_of_retries_at_once_one_counts(started: Cycle, ada: User):
    failing(started)
    found = outcomes(*[lambda: act_on(cycles.retry, started, by=ada)] * 3)
    assert {type(each) for each in errors(found)} <= {CycleState}
    assert kinds(started) == [("train", "pending")]


def test_the_recipe_of_a_running_cycle_stays(project: Project, ada: User, started: Cycle):
    sql("""UPDATE projects SET recipe = '{"name": "s4al"}' WHERE id = :id""", id=project.id)
    assert fresh(started).recipe == factories.RECIPE
    assert started.started_by == ada.id


def test_labels_that_are_all_void_are_no_reason_to_train(project: Project, ada: User):
    """Void teaches nothing, so the next cycle is a cold start again."""
    factories.labelling(project, ada, number=1)
    for held in factories.lease(project, ada):
        factories.submit(held, 255)
    again = factories.cycle(project, ada, Plan(regions=1))
    assert (state(again), kinds(again)) == ("selecting", [("select", "pending")])

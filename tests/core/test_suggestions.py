"""Which regions are asked without showing what the model thinks."""

from typing import Any

import pytest
from sqlalchemy import select

from core import cycles, following, stages, suggestions
from core.db import transaction
from core.errors import NotFound
from core.models import Cycle, Model, Project, Region, User
from core.plans import Plan
from core.store import open_store
from ml.spec import ModelFiles
from tests import factories
from tests.factories import act, act_on
from worker import specs


def cells(number: int) -> list[dict[str, Any]]:
    return [{"image_id": i // 7, "cell_row": i % 7, "cell_col": i % 3} for i in range(number)]


def withheld(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in rows if row["suggestion_withheld"]]


@pytest.mark.parametrize(("share", "expected"), [(0, 0), (0.25, 25), (0.333, 33), (1, 100)])
def test_the_share_is_met(share: float, expected: int):
    assert len(withheld(suggestions.withhold(cells(100), seed=1, share=share))) == expected


def test_the_same_seed_withholds_the_same_cells_in_any_order():
    rows = cells(60)
    forward = suggestions.withhold(rows, seed=3, share=0.5)
    backward = suggestions.withhold(rows[::-1], seed=3, share=0.5)
    assert forward == backward[::-1]
    assert forward != suggestions.withhold(rows, seed=4, share=0.5)


def test_a_larger_share_withholds_more_of_the_same():
    few, many = (suggestions.withhold(cells(50), seed=2, share=s) for s in (0.2, 0.6))
    assert all(row in withheld(many) for row in withheld(few))


def test_a_cycle_withholds_its_share(project: Project, ada: User):
    on = factories.image(project, size=(40, 50))
    cycle: Cycle = factories.cycle(project, ada, Plan(regions=20, without_suggestion=0.25))
    factories.select(cycle, factories.suggested(cycle, on, 20))
    held = factories.lease(project, ada, number=20)
    assert sum(not suggestions.shown(each.region) for each in held) == 5
    assert all(each.region.suggestion_key for each in held)


def test_the_next_cycle_keeps_the_share(project: Project, ada: User):
    on = factories.image(project)
    plan = Plan(regions=1, without_suggestion=0.5, auto=True)
    first = factories.cycle(project, ada, plan)
    factories.select(first, factories.cells(first, on, 1))
    factories.submit(factories.lease(project, ada)[0])
    act(following.follow_up, open_store())
    wanted = select(Cycle).where(Cycle.project_id == project.id, Cycle.number == 1)
    second = act(lambda db: db.scalars(wanted).one())
    assert second.without_suggestion == 0.5


def test_a_cold_start_has_nothing_to_show():
    assert not suggestions.shown(Region(suggestion_key=None, suggestion_withheld=False))


def test_a_chosen_model_suggests_until_it_is_each_cycles_own_again(project: Project, ada: User):
    first = trained(project, ada)
    act_on(suggestions.choose_model, project, first.id, by=ada)
    second = trained(project, ada)
    assert asked_of(second) == {"model_id": first.id}
    assert act(suggestions.newest_maker, project.id) == first.id
    act_on(suggestions.choose_model, project, None, by=ada)
    third = trained(project, ada)
    assert asked_of(third) == {"model_id": third.id}


def test_a_retried_selection_asks_whom_is_chosen_now(project: Project, ada: User):
    first = trained(project, ada)
    factories.image(project)
    cycle = factories.cycle(project, ada, Plan(regions=1))
    factories.train(cycle)
    factories.score(cycle)
    claim = factories.claim(factories.pending(cycle))
    act(stages.failed, claim, error_class="out_of_memory", text="9 GiB")
    act_on(suggestions.choose_model, project, first.id, by=ada)
    act_on(cycles.retry, cycle, by=ada)
    stage = factories.pending(cycle)
    assert stage.request == {"model_id": first.id}
    spec = act(specs.choose, open_store(), factories.claim(stage))
    assert isinstance(spec.model, ModelFiles)
    assert spec.model.weights == open_store().path(first.weights_key)


def test_a_model_of_another_project_is_no_choice(project: Project, ada: User):
    other = trained(factories.project(ada), ada)
    with pytest.raises(NotFound):
        act_on(suggestions.choose_model, project, other.id, by=ada)


def trained(of: Project, by: User) -> Model:
    """The model of a new cycle, whose regions are chosen; there is something to learn from."""
    factories.image(of, mask=factories.whole_mask(value=1))
    cycle = factories.labelling(of, by, number=1)
    act_on(cycles.close, cycle, by=by)
    model = act(stages.model_of, cycle.id)
    assert model is not None
    return model


def asked_of(model: Model) -> dict[str, Any]:
    with transaction() as db:
        jobs = cycles.stage_jobs(db, model.cycle_id)
        return next(job.request for job in jobs if job.kind == "select")

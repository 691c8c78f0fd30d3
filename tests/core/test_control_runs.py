"""The random control: which cycles share it, when it can be run, and what its figures are."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from core import control_runs, jobs, manifests, reports, stages
from core.control_runs import History
from core.errors import ControlRefused
from core.jobs import Claim
from core.models import Cycle, Job, Project, User
from core.plans import Plan
from core.settling import Effort
from ml.strategy import Strategy
from tests import factories
from tests.factories import act, act_on, claim, fresh, lease, sql, submit

RECIPE = factories.RECIPE
OTHER = {"name": "classmix-cpu", "overrides": {}}
MIXED = Strategy(random_share=0.5)


def past(drawn: dict[int, int], chosen: dict[int, int], *controlled: int) -> History:
    return History(drawn, chosen, dict.fromkeys(controlled, RECIPE))


def test_until_something_was_chosen_the_cycles_own_model_is_the_control():
    history = past({0: 10, 1: 2}, {1: 8})
    assert [history.shares(number) for number in (0, 1, 2)] == [True, True, False]
    assert [history.regions(number) for number in (0, 1, 2)] == [0, 10, 12]
    assert "own model" in str(history.obstacle(1, RECIPE))
    assert history.obstacle(2, RECIPE) is None


def test_the_same_labels_are_not_trained_on_again():
    assert "since cycle 1" in str(past({0: 10}, {1: 8}).obstacle(2, RECIPE))
    mixed = past({0: 10, 1: 2}, {1: 8, 2: 8}, 2)
    assert "since cycle 2" in str(mixed.obstacle(3, RECIPE))
    assert mixed.obstacle(3, OTHER) is None


def test_a_recipe_that_continues_a_model_has_no_control():
    continued = {"name": "supervised-cpu", "overrides": {"continues": "latest"}}
    assert "continues" in str(past({0: 10, 1: 2}, {1: 8}).obstacle(2, continued))


@pytest.fixture
def by(ada: User) -> User:
    return ada


@pytest.fixture
def project(ada: User) -> Project:
    made = factories.project(ada)
    factories.image(made, split="val", mask=factories.whole_mask())
    return made


def asked(project: Project, by: User, plan: Plan, sources: list[str]) -> Cycle:
    """A cycle whose regions come from these sources, all labelled: 15 s and 2 clicks each."""
    on = factories.image(project)
    cycle = factories.cycle(project, by, plan)
    if cycle.state == "training":
        factories.train(cycle)
        factories.evaluate(cycle)
        factories.score(cycle)
    rows = factories.cells(cycle, on, len(sources))
    factories.select(
        cycle, [row | {"source": each} for row, each in zip(rows, sources, strict=True)]
    )
    for held in lease(project, by, number=len(sources)):
        submit(held, effort=Effort(active_ms=15_000, clicks=2))
    return cycle


def measured(project: Project, by: User, **wanted: bool) -> Cycle:
    cycle = factories.cycle(project, by, Plan(regions=0, **wanted))
    factories.train(cycle)
    factories.evaluate(cycle)
    return fresh(cycle)


def finish(run: Job) -> None:
    held = claim(run)
    manifest = act(learnable, held)
    act(control_runs.finish, held, {"val": {"images": 1, "iou": [0.4], "miou": 0.4}}, manifest)


def learnable(db: Session, held: Claim) -> dict[str, Any]:
    cycle = control_runs.cycle_of(db, held)
    frozen = manifests.read(factories.open_store(), cycle.manifest_digest)
    return control_runs.learnable(db, cycle, frozen)


def points(project: Project) -> dict[int, dict[str, Any]]:
    rows = act(reports.cycle_rows, project.id)
    return {each["number"]: each for each in act(control_runs.curve, project.id, rows)}


def test_its_points_have_figures_of_their_own(project: Project, by: User):
    asked(project, by, Plan(regions=4), ["random"] * 4)
    warm = asked(project, by, Plan(regions=2, strategy=MIXED), ["random", "score"])
    last = measured(project, by)
    with pytest.raises(ControlRefused, match="own model"):
        act_on(control_runs.request, warm, by=by)
    finish(act_on(control_runs.request, last, by=by))
    found = points(project)
    assert [each["state"] for each in found.values()] == ["shared", "succeeded"]
    assert found[1]["val_miou"] == factories.MIOU
    control = found[2]
    assert (control["labelled_regions"], control["val_miou"], control["test_miou"]) == (
        5,
        0.4,
        None,
    )
    assert (control["cost"]["active_s"], control["cost"]["pixels"]) == (75, 500)
    pool_px = last.manifest_summary["pool_px"]
    assert control["labelled_share"] == 500 / pool_px
    assert last.manifest_summary["labelled_share"] == 600 / pool_px


def test_it_is_asked_for_once_and_again_when_it_failed(project: Project, by: User):
    asked(project, by, Plan(regions=2), ["random"] * 2)
    asked(project, by, Plan(regions=2, strategy=MIXED), ["random", "score"])
    last = measured(project, by)
    run = act_on(control_runs.request, last, by=by)
    with pytest.raises(ControlRefused, match="pending already"):
        act_on(control_runs.request, last, by=by)
    act(stages.failed, claim(run), error_class="no_labels", text="nothing to learn from")
    assert (fresh(last).state, points(project)[2]["state"]) == ("closed", "failed")
    assert points(project)[2]["reason"] == "nothing to learn from"
    assert act_on(control_runs.request, last, by=by).id > run.id


def test_a_cycle_may_ask_for_its_own(project: Project, by: User):
    asked(project, by, Plan(regions=2, control=True), ["random"] * 2)
    asked(project, by, Plan(regions=2, strategy=MIXED, control=True), ["random", "score"])
    assert points(project)[1]["state"] == "shared"
    measured(project, by, control=True)
    run = points(project)[2]
    assert run["state"] == "pending"
    assert act(jobs.get, run["job_id"]).queue == "train"


def test_a_cycle_that_was_not_measured_has_nothing_to_be_compared_with(project: Project, by: User):
    cold = asked(project, by, Plan(regions=2), ["random"] * 2)
    with pytest.raises(ControlRefused, match="no mIoU"):
        act_on(control_runs.request, cold, by=by)
    sql("UPDATE cycles SET state = 'closed' WHERE id = :id", id=cold.id)

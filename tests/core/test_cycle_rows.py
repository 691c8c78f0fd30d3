"""What is written down of a cycle and its stages: its plan, its trail, times and reasons."""

import re
from typing import Any

import pytest

from core import cycles, jobs, stages, suggestions
from core.db import transaction
from core.errors import CycleOpen, CycleState, NotFound
from core.models import Cycle, Event, Job, Metric, Project, User
from core.plans import Plan
from core.stages import SplitResult, TrainedModel
from ml.strategy import Strategy
from tests import factories
from tests.factories import act, act_on, claim, fresh, pending, sql


@pytest.fixture
def training(project: Project, ada: User) -> Cycle:
    factories.image(project)
    factories.image(project, mask=factories.whole_mask(value=1))
    factories.image(project, split="val", mask=factories.whole_mask(value=1))
    return factories.cycle(project, ada, Plan(regions=2, seed=5))


def trail(of: Cycle) -> list[tuple[str, int | None, dict[str, Any]]]:
    with transaction() as db:
        found = db.query(Event).filter_by(cycle_id=of.id, project_id=of.project_id)
        return [(event.kind, event.user_id, event.data) for event in found.order_by(Event.id)]


def job_of(cycle: Cycle, kind: str) -> Job:
    return next(job for job in act(cycles.stage_jobs, cycle.id) if job.kind == kind)


def test_a_cycle_keeps_its_plan(project: Project, ada: User):
    factories.image(project)
    strategy = Strategy(acquisition="random")
    plan = Plan(
        regions=3, seed=7, auto=True, evaluate_test=True, without_suggestion=0.5, control=True,
        strategy=strategy,
    )  # fmt: skip
    made = fresh(factories.cycle(project, ada, plan))
    assert (made.seed, made.auto, made.evaluate_test, made.control) == (7, True, True, True)
    assert (made.without_suggestion, made.budget_regions) == (0.5, 3)
    assert (made.strategy, made.recipe) == (strategy.model_dump(), project.recipe)
    assert (made.started_by, made.opened_at, made.closed_at) == (ada.id, None, None)
    assert len(made.manifest_digest) == 64
    assert made.manifest_summary["teaches"] is False
    assert trail(made) == [("cycle.started", ada.id, {"number": 0, "budget": 3})]


def test_cycles_are_numbered_and_a_drawn_seed_fits_31_bits(project: Project, ada: User):
    factories.image(project)
    made = []
    for _ in range(3):
        made.append(factories.cycle(project, ada, Plan(regions=1)))
        act_on(cycles.cancel, made[-1], by=ada)
    assert [each.number for each in made] == [0, 1, 2]
    assert len({each.seed for each in made}) == 3
    assert all(0 <= each.seed < 2**31 for each in made)


def test_a_second_start_says_what_is_open(training: Cycle, project: Project, ada: User):
    told = "Cycle 0 of this project is training; let it end, close it or cancel it first."
    with pytest.raises(CycleOpen, match=f"^{re.escape(told)}$"):
        factories.cycle(project, ada, Plan(regions=1))
    assert fresh(training).state == "training"


def test_every_step_is_in_the_trail(training: Cycle, ada: User):
    factories.train(training)
    factories.evaluate(training)
    factories.score(training)
    factories.select(training, [])
    act_on(cycles.close, training, by=ada)
    assert trail(training) == [
        ("cycle.started", ada.id, {"number": 0, "budget": 2}),
        ("cycle.evaluating", None, {}),
        ("cycle.scoring", None, {}),
        ("cycle.selecting", None, {}),
        ("cycle.labelling", None, {}),
        ("cycle.closed", None, {}),
        ("cycle.closed_early", ada.id, {}),
    ]
    row = fresh(training)
    assert row.closed_at > row.opened_at
    assert [job.kind for job in act(cycles.stage_jobs, row.id)] == [
        "train", "evaluate", "score", "select",
    ]  # fmt: skip


def test_a_model_and_its_figures_say_whose_they_are(training: Cycle):
    model = TrainedModel("sha256/aa/w", "sha256/aa/c", {"classes": 3}, 21)
    act(stages.trained, claim(pending(training)), model)
    result = SplitResult("val", 4, [[2, 1], [0, 3]], [2 / 3, 0.75], 0.7)
    act(stages.evaluated, claim(pending(training)), [result], {"seen": "sha256/aa/s"})
    row = act(stages.model_of, training.id)
    assert (row.project_id, row.cycle_id) == (training.project_id, training.id)
    assert (row.card_key, row.weights_bytes) == ("sha256/aa/c", 21)
    with transaction() as db:
        metric = db.query(Metric).filter_by(cycle_id=training.id).one()
    assert (metric.project_id, metric.model_id) == (training.project_id, row.id)
    assert (metric.images, metric.iou, metric.miou) == (4, [2 / 3, 0.75], 0.7)
    assert job_of(training, "train").result == {"weights": "sha256/aa/w"}
    assert job_of(training, "evaluate").result == {"val": 0.7, "seen": "sha256/aa/s"}


def test_the_selection_knows_from_its_beginning_whose_suggestions_it_makes(
    training: Cycle, project: Project, ada: User
):
    factories.train(training)
    factories.evaluate(training)
    factories.score(training)
    model = act(stages.model_of, training.id)
    assert job_of(training, "select").request == {suggestions.MODEL: model.id}
    assert job_of(training, "train").request == {}
    assert (job_of(training, "select").project_id, ada.id) == (project.id, training.started_by)


def test_what_was_selected_is_told_and_the_share_goes_without_suggestion(
    project: Project, ada: User
):
    on = factories.image(project)
    cycle = factories.cycle(project, ada, Plan(regions=4, seed=3, without_suggestion=0.5))
    rows = factories.suggested(cycle, on, 4)
    act(stages.selected, claim(pending(cycle)), rows, ["spread"])
    assert job_of(cycle, "select").result == {"regions": 4, "relaxed": ["spread"]}
    held = factories.lease(project, ada, number=4)
    expected = suggestions.withhold(rows, seed=3, share=0.5)
    withheld = [each.region.suggestion_withheld for each in held]
    assert withheld == [each["suggestion_withheld"] for each in expected]
    assert sum(withheld) == 2


def test_a_failure_keeps_the_last_words_and_the_reason(training: Cycle):
    failed = {"error_class": "oom", "text": "no memory", "log": ["a", "b"]}
    act(stages.failed, claim(pending(training)), **failed)
    job = job_of(training, "train")
    assert (job.result, job.error_class, job.error_text) == (
        {"log": ["a", "b"]},
        "oom",
        "no memory",
    )
    assert (fresh(training).error, fresh(training).closed_at) == ("train: oom: no memory", None)
    assert trail(training)[-1] == ("cycle.failed", None, {})


def test_a_lost_worker_is_named(training: Cycle):
    job = pending(training)
    for _ in range(3):
        sql("UPDATE jobs SET not_before = NULL WHERE id = :id", id=job.id)
        claim(job)
        sql("UPDATE jobs SET lease_until = now() - interval '1 s' WHERE id = :id", id=job.id)
        with transaction() as db:
            [dead] = [each for each in jobs.dead(db) if each.id == job.id]
            stages.take_back(db, dead)
    assert fresh(job).error_text == "The worker tests:1 was lost; 3 attempts were made."
    assert fresh(job).attempt == 3


def test_a_retry_says_which_stage_and_asks_anew_whose_suggestions(project: Project, ada: User):
    factories.image(project)
    cycle = factories.cycle(project, ada, Plan(regions=1))
    act(stages.failed, claim(pending(cycle)), error_class="x", text="y")
    sql("UPDATE jobs SET request = '{\"kept\": 1}' WHERE cycle_id = :id", id=cycle.id)
    act_on(cycles.retry, cycle, by=ada)
    assert trail(cycle)[-2:] == [
        ("cycle.selecting", None, {}),
        ("cycle.retried", ada.id, {"stage": "select"}),
    ]
    assert pending(cycle).request == {"kept": 1, suggestions.MODEL: None}


def test_a_retry_beside_an_open_cycle_says_so(training: Cycle, project: Project, ada: User):
    act(stages.failed, claim(pending(training)), error_class="x", text="y")
    factories.cycle(project, ada, Plan(regions=1))
    told = r"^Another cycle of this project is open; let it end first\.$"
    with pytest.raises(CycleOpen, match=told):
        act_on(cycles.retry, training, by=ada)


@pytest.mark.parametrize(
    ("how", "told"),
    [
        (cycles.close, "Only a labelling cycle can be closed; this one is training."),
        (cycles.retry, "Only a failed cycle can be retried; this one is training."),
    ],
)
def test_a_refusal_says_what_it_needs(training: Cycle, ada: User, how: Any, told: str):
    with pytest.raises(CycleState, match=f"^{re.escape(told)}$"):
        act_on(how, training, by=ada)


def test_a_cancelled_cycle_has_an_end_and_who_asked(training: Cycle, ada: User):
    act_on(cycles.cancel, training, by=ada)
    told = r"^Only an open cycle can be cancelled; this one is cancelled\.$"
    with pytest.raises(CycleState, match=told):
        act_on(cycles.cancel, training, by=ada)
    assert fresh(training).closed_at is not None
    with transaction() as db:
        [asked] = db.query(Event).filter_by(kind="job.cancel_requested", user_id=ada.id,
                                            project_id=training.project_id)  # fmt: skip
    assert asked.data == {"job": job_of(training, "train").id}


def test_whether_it_goes_on_by_itself_is_noted_where_it_changes(training: Cycle, ada: User):
    before = len(trail(training))
    for auto in (True, True, False):
        act_on(cycles.go_on_by_itself, training, auto=auto, by=ada)
        assert fresh(training).auto is auto
    assert trail(training)[before:] == [
        ("cycle.auto_set", ada.id, {"auto": True}),
        ("cycle.auto_set", ada.id, {"auto": False}),
    ]


def test_the_last_label_leaves_its_time(project: Project, ada: User):
    cycle = factories.labelling(project, ada, number=1)
    assert act(cycles.state_of, cycle.id) == "labelling"
    factories.submit(factories.lease(project, ada)[0])
    assert (act(cycles.state_of, cycle.id), fresh(cycle).closed_at is None) == ("closed", False)


@pytest.mark.parametrize("end", [cycles.close, cycles.cancel])
def test_withdrawn_are_the_cycles_own_regions_and_in_nobodys_hands(
    project: Project, ada: User, end: Any
):
    other = factories.project(ada)
    factories.labelling(other, ada)
    cycle = factories.labelling(project, ada)
    [held], [kept] = factories.lease(project, ada), factories.lease(other, ada)
    act_on(end, cycle, by=ada)
    region = fresh(held.region)
    assert (region.state, region.lease_id, region.lease_until) == ("withdrawn", None, None)
    assert (fresh(kept.region).state, fresh(kept.region).lease_id) == ("open", kept.lease.id)


def test_an_unknown_cycle_is_told_in_full(project: Project):
    with pytest.raises(NotFound, match=r"^There is no cycle 999999\.$"):
        act(cycles.get, 999_999)
    assert act(cycles.next_number, project) == 0

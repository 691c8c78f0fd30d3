"""A stage's results, its end and the next stage are one transaction."""

import pytest

from core import cycles, jobs, stages
from core.db import transaction
from core.errors import Fenced
from core.models import Cycle, Job, Metric, Model, Project, Region, User
from core.plans import Plan
from core.stages import TrainedModel
from core.store import content_key
from tests import factories
from tests.factories import act, act_on, claim, fresh, pending, sql

WEIGHTS = TrainedModel("sha256/aa/w", "sha256/aa/c", {"classes": 3})


@pytest.fixture
def cycle(project: Project, ada: User) -> Cycle:
    """A cycle that trains and has truth to be judged by."""
    factories.image(project)
    factories.image(project, mask=factories.whole_mask(value=1))
    factories.image(project, split="val", mask=factories.whole_mask(value=1))
    return factories.cycle(project, ada, Plan(regions=2, seed=5))


def lost(job: Job) -> None:
    sql("UPDATE jobs SET lease_until = now() - interval '1 s' WHERE id = :id", id=job.id)


def take_back(job: Job) -> None:
    lost(job)
    with transaction() as db:
        for each in jobs.dead(db):
            stages.take_back(db, each)


def test_a_model_knows_what_it_was_trained_on(cycle: Cycle):
    act(stages.trained, claim(pending(cycle)), WEIGHTS)
    model = act(stages.model_of, cycle.id)
    assert (model.manifest_digest, model.seed) == (cycle.manifest_digest, 5)
    assert (model.weights_key, model.card) == ("sha256/aa/w", {"classes": 3})


def test_metrics_are_kept_by_split(cycle: Cycle):
    factories.train(cycle)
    factories.evaluate(cycle)
    with transaction() as db:
        metric = db.query(Metric).filter_by(cycle_id=cycle.id).one()
    assert (metric.split, metric.confusion[0], metric.iou[2]) == ("val", [2, 1, 0], None)


def test_a_stage_finds_what_the_one_before_left(cycle: Cycle):
    factories.train(cycle)
    factories.evaluate(cycle)
    factories.score(cycle)
    assert act(stages.result_of, cycle.id, "score") == {
        "scores": content_key(b"scores_key"),
        "cells": content_key(b"cells_key"),
    }
    assert act(stages.result_of, cycle.id, "select") is None


def test_a_cold_start_has_no_model(project: Project, ada: User):
    factories.image(project)
    assert act(stages.model_of, factories.cycle(project, ada, Plan(regions=1)).id) is None


def test_results_of_a_holder_that_was_taken_over_leave_no_trace(cycle: Cycle):
    job = pending(cycle)
    late = claim(job)
    lost(job)
    claim(job)
    with pytest.raises(Fenced):
        act(stages.trained, late, WEIGHTS)
    with transaction() as db:
        assert db.query(Model).filter_by(cycle_id=cycle.id).count() == 0
    assert fresh(cycle).state == "training"


def test_results_told_twice_count_once(cycle: Cycle):
    held = claim(pending(cycle))
    act(stages.trained, held, WEIGHTS)
    with pytest.raises(Fenced):
        act(stages.trained, held, WEIGHTS)
    assert [job.kind for job in stage_jobs(cycle)] == ["train", "evaluate"]


def stage_jobs(of: Cycle) -> list[Job]:
    return list(act(cycles.stage_jobs, of.id))


def test_regions_appear_with_the_end_of_their_stage_or_not_at_all(project: Project, ada: User):
    on = factories.image(project)
    cold = factories.cycle(project, ada, Plan(regions=2))
    held = claim(pending(cold))
    rows = factories.cells(cold, on, 2)
    with pytest.raises(Exception, match="uq_regions"):
        act(stages.selected, held, [*rows, rows[0]], [])
    with transaction() as db:
        assert db.query(Region).filter_by(cycle_id=cold.id).count() == 0
    assert (fresh(cold).state, pending_or_running(cold)) == ("selecting", "running")


def pending_or_running(of: Cycle) -> str:
    return stage_jobs(of)[-1].state


def test_a_lost_stage_is_tried_again_from_its_checkpoint(cycle: Cycle):
    job = pending(cycle)
    act(jobs.save_checkpoint, claim(job), {"key": "k"})
    take_back(job)
    assert fresh(job).state == "pending"
    sql("UPDATE jobs SET not_before = now() WHERE id = :id", id=job.id)
    assert claim(job).checkpoint == {"key": "k"}


def test_a_stage_lost_too_often_fails_its_cycle(cycle: Cycle):
    job = pending(cycle)
    for _ in range(3):
        sql("UPDATE jobs SET not_before = NULL WHERE id = :id", id=job.id)
        claim(job)
        take_back(job)
    row = fresh(job)
    assert (row.state, row.error_class) == ("failed", "worker_lost")
    assert (fresh(cycle).state, "worker_lost" in fresh(cycle).error) == ("failed", True)


def test_a_lost_import_fails_alone(project: Project):
    job = act(jobs.add, kind="import", project_id=project.id)
    for _ in range(3):
        sql("UPDATE jobs SET not_before = NULL WHERE id = :id", id=job.id)
        claim(job)
        take_back(job)
    assert fresh(job).error_class == "worker_lost"


def test_a_cancelled_stage_whose_worker_is_gone_ends(cycle: Cycle, ada: User):
    job = pending(cycle)
    claim(job)
    act_on(cycles.cancel, cycle, by=ada)
    take_back(job)
    assert fresh(job).state == "cancelled"


def test_one_projects_failure_leaves_the_others_alone(cycle: Cycle, bob: User):
    other = factories.project(bob)
    factories.image(other)
    beside = factories.cycle(other, bob, Plan(regions=1))
    act(stages.failed, claim(pending(cycle)), error_class="oom", text="no memory")
    assert (fresh(beside).state, claim(pending(beside)).attempt) == ("selecting", 1)

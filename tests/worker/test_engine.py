"""Jobs done in this process: claims, results in one transaction, and what a failure leaves."""

import errno
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from core import control_runs, jobs, previews, projects, reports, stages, tags
from core.db import transaction
from core.errors import Fenced
from core.models import Cycle, Image, Job, Metric, Model, Project, Region
from core.plans import Plan
from core.store import open_store
from ml.strategy import Strategy
from tests.full_disk import full_disk
from tests.verified import verified
from tests.worker import campaign, exported
from tests.worker.campaign import Campaign
from worker import engine
from worker.child import ChildFailed
from worker.stages import STAGES

pytestmark = pytest.mark.slow

NUMBERS = count(1)
WEIGHED = Strategy(class_share=0.5, click_weight=0.5, noise=0.5, random_share=0.25)


@pytest.fixture(scope="module")
def project(environment: dict[str, str], folder: Path) -> Campaign:  # noqa: ARG001
    made = campaign.create(folder, "engine")
    engine.run(made.start_import().id)
    return made


def test_the_loop_goes_round(project: Campaign) -> None:
    cold = project.start(regions=12)
    campaign.finish(cold.id)
    assert project.label_all() == 12

    warm = project.start(regions=6, evaluate_test=True, strategy=WEIGHED)
    campaign.finish(warm.id)
    assert campaign.cycle(warm.id).state == "labelling"
    check_preview(project, warm)
    assert project.label_all() == 6

    check_control(project)
    continue_with_another_method(project, warm)
    measured = project.start(regions=0)
    campaign.finish(measured.id)
    assert campaign.cycle(measured.id).state == "closed"
    exported.check_completed(project)
    exported.check_predicted(project)
    with transaction() as db:
        assert db.scalar(select(func.count()).where(Metric.cycle_id == warm.id)) == 2
        cards = [each.card for each in db.scalars(select(Model).order_by(Model.id))]
        assert [card["recipe"]["method"] for card in cards] == ["s4al", "s4al", "cct"]
        assert {"consistency", "tags", "weak"} < set(cards[2]["losses"])
        suggested = select(Region.top_classes).where(Region.suggestion_key.is_not(None))
        assert [len(top) for top in db.scalars(suggested)] == [2] * 6
    verified()


def check_control(project: Campaign) -> None:
    """The control of a cycle that wants one is trained on what was drawn at random, and measured as
    the cycle was."""
    compared = project.start(regions=0, evaluate_test=True, control=True)
    campaign.finish(compared.id)
    with transaction() as db:
        asked = db.scalars(select(Job).where(Job.kind == "control")).one()
    engine.run(asked.id)
    with transaction() as db:
        rows = reports.cycle_rows(db, project.project.id)
        (shared, found) = control_runs.curve(db, project.project.id, rows)
    assert (shared["state"], found["state"]) == ("shared", "succeeded")
    # All of the cold start and a quarter of the six.
    assert found["labelled_regions"] == 12 + 2 < rows[-1]["labelled_regions"]
    assert 0 < found["labelled_share"] < rows[-1]["labelled_share"]
    assert 0 <= found["val_miou"] <= 1
    assert 0 <= found["test_miou"] <= 1
    assert (campaign.job(asked.id).checkpoint, campaign.cycle(compared.id).state) == (
        None,
        "closed",
    )


def continue_with_another_method(project: Campaign, before: Cycle) -> None:
    """From the model of the cycle before, with tags for every image of the pool."""
    changes = {**campaign.TINY, "schedule": {**campaign.TINY["schedule"], "steps": 4}}
    recipe = {
        "name": "cct-cpu",
        "overrides": {**changes, "continues": str(before.number), "weak": {"weight": 0.4}},
    }
    with transaction() as db:
        mine = db.get_one(Project, project.project.id)
        projects.update(db, mine, title=None, recipe=recipe, by=project.owner)
        for image in db.scalars(select(Image).filter_by(project_id=mine.id, split="pool")):
            tags.put(db, image, [0, 1], by=project.owner)


def check_preview(project: Campaign, scored: Cycle) -> None:
    """What the score stage has left tells what the next cycle would ask for."""
    with transaction() as db:
        found = previews.preview(
            db, open_store(), project.project, Plan(regions=8, strategy=WEIGHED)
        )
    assert found.basis is not None
    assert found.basis.cycle_id == scored.id
    assert (found.regions, found.random_regions, found.clicks_from) == (8, 2, "predictions")
    assert found.classes is not None
    assert sum(found.classes.values()) == pytest.approx(1, abs=0.01)
    assert found.clicks is not None
    assert found.clicks >= 8


def test_a_job_is_done_once(project: Campaign) -> None:
    job = project.start_import(dry_run=True)
    engine.run(job.id)
    engine.run(job.id)
    assert (campaign.job(job.id).state, campaign.job(job.id).attempt) == ("succeeded", 1)


def test_a_second_import_changes_nothing(project: Campaign) -> None:
    job = project.start_import()
    engine.run(job.id)
    result = campaign.job(job.id).result or {}
    assert (result["added"], result["unchanged"]) == (0, 10)


def test_a_folder_outside_the_roots_is_refused_by_the_worker_too(
    project: Campaign, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "images").mkdir()
    good = sorted((folder / "pool/images").iterdir())[0].read_bytes()
    (tmp_path / "images/cut.png").write_bytes(good[: len(good) // 2])
    with transaction() as db:
        before = db.scalar(select(func.count()).select_from(Image))
        asked = {"path": str(tmp_path), "layout": "plain", "pool_masks": True, "dry_run": False}
        job = jobs.add(db, kind="import", project_id=project.project.id, request=asked)
    engine.run(job.id)
    failed = campaign.job(job.id)
    with transaction() as db:
        assert db.scalar(select(func.count()).select_from(Image)) == before
    # The folder is outside the import roots: refused by the worker too, not only at the door.
    assert (failed.state, failed.attempt, failed.error_class) == ("failed", 1, "path_not_allowed")


@pytest.fixture
def selecting(environment: dict[str, str], folder: Path) -> Job:  # noqa: ARG001
    """The pending select job of a cold start, in a project of its own."""
    made = campaign.create(folder, f"selecting {next(NUMBERS)}")
    engine.run(made.start_import().id)
    job = campaign.stage(made.start(regions=2).id, "select")
    assert job is not None
    return job


def test_nothing_of_a_fenced_attempt_is_written(selecting: Job) -> None:
    with transaction() as db:
        mine = jobs.claim(db, selecting.id, worker="slow")
    with transaction() as db:
        db.execute(update(Job).values(lease_until=func.now() - timedelta(days=1)))
        theirs = jobs.claim(db, selecting.id, worker="quick")
    assert mine
    assert theirs
    assert theirs.epoch == mine.epoch + 1
    with pytest.raises(Fenced), transaction() as db:
        stages.selected(db, mine, [], [])
    assert campaign.job(selecting.id).worker == "quick"


def test_out_of_memory_halves_the_batch_once(selecting: Job) -> None:
    with transaction() as db:
        claim = jobs.claim(db, selecting.id, worker="w")
    assert claim
    engine._write_end(claim, ChildFailed("out_of_memory", "no room", []))
    again = campaign.job(selecting.id)
    assert (again.state, again.request["halvings"]) == ("pending", 1)


def test_a_halved_recipe_has_half_the_batch(project: Campaign) -> None:
    from worker.specs import _recipe

    cycle = project.start(regions=1)
    full, half = (_recipe(cycle, halvings=n).schedule for n in (0, 1))
    assert (full.labelled_batch, half.labelled_batch) == (2, 1)
    with transaction() as db:
        stages.cycles.cancel(db, stages.cycles.get(db, cycle.id), by=project.owner)


def test_a_failure_for_good_fails_the_cycle_and_keeps_the_log(selecting: Job) -> None:
    with transaction() as db:
        claim = jobs.claim(db, selecting.id, worker="w")
    assert claim
    engine._write_end(claim, ChildFailed("bad_spec", "no such thing", ["last words"]))
    failed = campaign.job(selecting.id)
    assert (failed.state, failed.result) == ("failed", {"log": ["last words"]})
    assert campaign.cycle(failed.cycle_id or 0).state == "failed"


def test_every_kind_of_stage_has_its_worker() -> None:
    from core.models.jobs import STAGES as KINDS

    assert tuple(STAGES) == KINDS


def test_the_store_keeps_what_a_stage_left(selecting: Job) -> None:
    engine.run(selecting.id)
    assert campaign.cycle(selecting.cycle_id or 0).state == "labelling"
    with transaction() as db:
        keys = db.scalars(select(Image.key)).all()
    assert all(open_store().exists(key) for key in keys)


def test_a_full_disk_makes_a_stage_wait_and_room_lets_it_go_on(selecting: Job) -> None:
    with full_disk():
        engine.run(selecting.id)
    waiting = campaign.job(selecting.id)
    assert (waiting.state, waiting.attempt, waiting.error_class) == ("pending", 0, "disk_full")
    assert "free some room" in (waiting.error_text or "")
    with transaction() as db:
        db.execute(update(Job).where(Job.id == selecting.id).values(not_before=func.now()))
    engine.run(selecting.id)
    done = campaign.job(selecting.id)
    assert (done.state, done.attempt, done.error_class) == ("succeeded", 1, None)


@pytest.mark.parametrize(
    "error",
    [OSError(errno.ENOSPC, "no space left"), ChildFailed("disk_full", "no space left", [])],
    ids=["worker", "child"],
)
def test_running_out_of_room_half_way_costs_no_attempt(selecting: Job, error: Exception) -> None:
    with transaction() as db:
        claim = jobs.claim(db, selecting.id, worker="w")
    assert claim
    engine._write_end(claim, error)
    waiting = campaign.job(selecting.id)
    assert (waiting.state, waiting.attempt, waiting.error_class) == ("pending", 0, "disk_full")


def test_a_checkpoint_that_is_gone_costs_time_and_not_the_stage(selecting: Job) -> None:
    with transaction() as db:
        claim = jobs.claim(db, selecting.id, worker="w")
        assert claim
        lost = {"step": 5, "key": "checkpoints/none", "files": ["state.json"]}
        jobs.save_checkpoint(db, claim, lost)
        jobs.put_back(db, claim, burn=False)
    engine.run(selecting.id)
    assert campaign.job(selecting.id).state == "succeeded"

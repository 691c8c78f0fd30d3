"""SIGKILL at every named point: a stage is done once, a promise is kept once."""

import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from core import cycles, reconcile, shards, users
from core.db import transaction
from core.models import Model, Region, User
from core.plans import Plan
from tests import factories
from tests.core import machines
from tests.factories import act, act_on, sql
from tests.faults import checking, points
from tests.faults.annotators import Annotator, Log
from tests.faults.arena import Server
from tests.faults.processes import Killable, Nursery, choose, do, score
from tests.waiting import until
from tests.worker import campaign
from tests.worker.campaign import Campaign
from worker import engine

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def project(environment: dict[str, str], folder: Path) -> Campaign:  # noqa: ARG001
    made = campaign.create(folder, "points", steps=6)
    engine.run(made.start_import().id)
    return made


def pass_time(job_id: int) -> None:
    """The lease of a worker that is gone runs out, and the wait before another try."""
    sql("UPDATE jobs SET lease_until = now() - interval '1 s' WHERE state = 'running'")
    reconcile.reconcile()
    sql("UPDATE jobs SET not_before = now() WHERE id = :id", id=job_id)


def die(forks: Nursery, job_id: int, point: str, *, doing: Callable[[int], None] = do) -> None:
    process = Killable(forks, doing, job_id)
    process.start(point=point)
    assert process.wait() == -signal.SIGKILL
    pass_time(job_id)


@pytest.mark.parametrize("point", points.JOB_POINTS)
def test_a_stage_that_is_killed_anywhere_is_done_once(
    project: Campaign, forks: Nursery, point: str
) -> None:
    cycle = project.start(regions=2)
    [job_id] = campaign.pending_stages(cycle.id)
    die(forks, job_id, point, doing=choose)
    engine.run(job_id)
    assert campaign.job(job_id).state == "succeeded"
    assert campaign.cycle(cycle.id).state == "labelling"
    with transaction() as db:
        chosen = select(func.count()).where(Region.cycle_id == cycle.id)
        assert db.scalar(chosen) == 2
    act_on(cycles.close, cycle, by=project.owner)


@pytest.mark.parametrize("point", points.SHARD_POINTS)
def test_the_last_shard_that_is_killed_anywhere_opens_the_next_stage_once(
    owner: User, forks: Nursery, point: str
) -> None:
    project = factories.project(owner)
    factories.image(project, mask=factories.whole_mask(value=1))
    factories.more_images(factories.image(project), shards.BLOCK)
    cycle = factories.cycle(project, owner, Plan(regions=1))
    factories.train(cycle)
    first, last = campaign.pending_stages(cycle.id)
    score(first)
    die(forks, last, point, doing=score)
    if campaign.job(last).state == "pending":
        score(last)
    with transaction() as db:
        found = [(job.kind, job.state) for job in cycles.stage_jobs(db, cycle.id)]
    assert found == [
        ("train", "succeeded"), ("score", "succeeded"), ("score", "succeeded"),
        ("select", "pending"),
    ]  # fmt: skip
    act_on(cycles.cancel, cycle, by=owner)


@pytest.fixture(scope="module")
def owner(environment: dict[str, str]) -> User:  # noqa: ARG001
    return factories.user(is_admin=True)


@pytest.fixture(scope="module")
def token(owner: User) -> str:
    return act(users.create_token, owner)[1]


@pytest.fixture(scope="module")
def server(forks: Nursery) -> Iterator[Server]:
    found = Server(forks)
    yield found
    found.end()


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Log]:
    found = Log(tmp_path_factory.mktemp("log") / "annotators.jsonl")
    yield found
    found.close()


@pytest.mark.parametrize("point", points.LABEL_POINTS | points.LEASE_POINTS)
def test_a_server_that_is_killed_anywhere_keeps_its_promises(
    server: Server, owner: User, token: str, log: Log, point: str
) -> None:
    project = factories.project(owner)
    factories.labelling(project, owner, number=2)
    before = log.acknowledged
    annotator = Annotator(lambda: [server.url], token, log, project_id=project.id, seed=project.id)
    person = threading.Thread(target=annotator.run, daemon=True)
    server.start(point=point, passes=2)
    person.start()
    try:
        until(lambda: not server.alive)
        assert server.exit_code() == -signal.SIGKILL
        server.start()
        person.join(120)
        assert log.acknowledged == before + 2
    finally:
        annotator.stop.set()
        server.kill()
    verdict = checking.judge(log.sent[-2:], project.id)
    assert (verdict.good, log.surprises) == (True, []), verdict


# Each trains for many seconds: one in the suite, all of them in a campaign.
TRAINING = list(points.TRAINING_POINTS)[: None if machines.TIMES > 1 else 1]


@pytest.mark.parametrize("point", TRAINING)
def test_a_training_that_is_killed_anywhere_leaves_one_model(
    trained: Campaign, forks: Nursery, point: str
) -> None:
    cycle = trained.start(regions=0)
    [job_id] = campaign.pending_stages(cycle.id)
    die(forks, job_id, point)
    while waiting := campaign.pending_stages(cycle.id):
        engine.run(waiting[0])
    assert campaign.cycle(cycle.id).state == "closed"
    with transaction() as db:
        keys = db.scalars(select(Model.weights_key).where(Model.project_id == cycle.project_id))
        assert len(set(keys)) == 1


@pytest.fixture(scope="module")
def trained(environment: dict[str, str], folder: Path) -> Campaign:  # noqa: ARG001
    """A labelled project: each of its next cycles trains to the same weights."""
    made = campaign.create(folder, "trained", steps=6)
    engine.run(made.start_import().id)
    engine.run(campaign.pending_stages(made.start(regions=4).id)[0])
    made.label_all()
    return made

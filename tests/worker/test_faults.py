"""Real workers on a real broker, killed in the middle: the cycle ends with the same weights."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import redis

from core import cycles
from core.db import transaction
from core.doorbell import broker
from tests.verified import verified
from tests.waiting import until
from tests.worker import campaign
from tests.worker.campaign import Campaign
from tests.worker.processes import worker

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

STEPS = 40
WITHIN_S = 240


@pytest.fixture(autouse=True)
def whole(environment: dict[str, str]) -> Iterator[None]:  # noqa: ARG001
    """After every fault rows and files fit together."""
    yield
    verified()


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "worker.log"


@pytest.fixture(scope="module")
def made(environment: dict[str, str], folder: Path) -> Campaign:  # noqa: ARG001
    return campaign.labelled(folder, "faults", steps=STEPS)


def training_step(cycle_id: int) -> int:
    job = campaign.stage(cycle_id, "train")
    return int(job.progress.get("step", 0)) if job and job.state == "running" else 0


def state(cycle_id: int) -> str:
    return campaign.cycle(cycle_id).state


@pytest.fixture(scope="module")
def undisturbed(made: Campaign) -> str:
    return made.train()


def test_lost_and_senseless_bells_and_a_killed_child_cost_only_time(
    environment: dict[str, str], made: Campaign, log: Path, undisturbed: str, redis_url: str
) -> None:
    cycle = made.start(regions=0)
    redis.Redis.from_url(redis_url).flushall()
    for garbage in ("seven", None, -1, 10**12):
        broker().send_task("worker.tasks.run_job", args=[garbage], queue="train")
    with worker(environment, log) as process:
        until(lambda: training_step(cycle.id) > STEPS // 3, WITHIN_S)
        for child in process.children():
            os.kill(child, signal.SIGKILL)
        until(lambda: state(cycle.id) == "closed", WITHIN_S)
    job = campaign.stage(cycle.id, "train")
    assert job
    assert job.attempt == 2
    assert campaign.weights(cycle.id) == undisturbed
    assert "seven" in log.read_text()


def test_a_killed_worker_is_followed_by_another_with_the_same_weights(
    environment: dict[str, str], made: Campaign, log: Path, undisturbed: str
) -> None:
    cycle = made.start(regions=0)
    with worker(environment, log) as process:
        until(lambda: training_step(cycle.id) > STEPS // 3, WITHIN_S)
        orphans = process.children()
        process.kill()
        until(lambda: not any(map(psutil.pid_exists, orphans)), WITHIN_S)
    with worker(environment, log):
        until(lambda: state(cycle.id) == "closed", WITHIN_S)
    assert campaign.weights(cycle.id) == undisturbed


def test_a_worker_that_is_asked_to_stop_gives_its_job_back(
    environment: dict[str, str], made: Campaign, log: Path, undisturbed: str
) -> None:
    cycle = made.start(regions=0)
    with worker(environment, log) as process:
        until(lambda: training_step(cycle.id) > STEPS // 3, WITHIN_S)
        os.kill(process.pid, signal.SIGTERM)
        process.wait(WITHIN_S)
    job = campaign.stage(cycle.id, "train")
    assert job
    assert (job.state, job.attempt) == ("pending", 0)
    assert job.checkpoint
    campaign.finish(cycle.id)
    assert state(cycle.id) == "closed"
    assert campaign.weights(cycle.id) == undisturbed


def test_cancelling_ends_the_training_soon(
    environment: dict[str, str], made: Campaign, log: Path
) -> None:
    cycle = made.start(regions=0)
    with worker(environment, log) as process:
        until(lambda: training_step(cycle.id) > 3, WITHIN_S)
        with transaction() as db:
            cycles.cancel(db, cycles.get(db, cycle.id), by=made.owner)
        (fork_server,) = psutil.Process(process.pid).children()
        until(lambda: not fork_server.children(), WITHIN_S)
        job = campaign.stage(cycle.id, "train")
        assert job
        until(lambda: campaign.job(job.id).state == "cancelled", WITHIN_S)


def test_a_stopped_worker_that_wakes_up_writes_nothing(
    environment: dict[str, str], made: Campaign, log: Path, undisturbed: str
) -> None:
    cycle = made.start(regions=0)
    with worker(environment, log) as sleeper:
        until(lambda: training_step(cycle.id) > 3, WITHIN_S)
        sleeper.send(signal.SIGSTOP)
        with worker(environment, log):
            until(lambda: state(cycle.id) == "closed", WITHIN_S)
            sleeper.send(signal.SIGCONT)
            until(lambda: "nothing written" in log.read_text(), WITHIN_S)
    assert campaign.weights(cycle.id) == undisturbed

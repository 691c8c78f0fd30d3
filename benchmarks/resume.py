"""From SIGKILL to the first step after it, with the leases and beats of production.

A worker and its child are killed in the middle of a training, and a worker is started again at
once, as whatever keeps services alive does. The killed one's lease has to run out before anybody
may follow. In the end the weights are those of a training that nobody disturbed.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import select

from benchmarks import Figure, main
from core.db import transaction
from core.models import Job
from tests import services
from tests.environment import settings_of
from tests.waiting import until
from tests.worker import campaign
from tests.worker.campaign import Campaign
from tests.worker.processes import worker

STEPS = {True: 60, False: 300}
RESUMED_S = 75
PATIENCE_S = 600


def figures(*, quick: bool) -> list[Figure]:
    with service() as (env, folder):
        made = campaign.labelled(scenes(folder), "resumed", steps=STEPS[quick])
        undisturbed = made.train()
        seconds, cycle_id = resumed(made, env, folder / "worker.log", STEPS[quick] // 3)
        if campaign.weights(cycle_id) != undisturbed:
            raise RuntimeError("the resumed training ended in other weights")
    return [Figure("from SIGKILL to the next step", seconds, "s", "at most", RESUMED_S)]


@contextmanager
def service() -> Iterator[tuple[dict[str, str], Path]]:
    """PostgreSQL, Redis and a store of this run's own; settings are those of production."""
    with (
        TemporaryDirectory(prefix="tessera-") as name,
        services.postgres_server() as server,
        services.redis_server() as redis_url,
        services.template_database(server) as template,
        services.empty_database(server, template) as url,
    ):
        folder = Path(name)
        urls = {"database_url": url, "redis_url": redis_url, "import_roots": folder}
        with settings_of(folder / "data", torch_threads=1, checkpoint_s=1, **urls) as env:
            yield env, folder


def scenes(folder: Path) -> Path:
    made = folder / "scenes"
    made.mkdir()
    return campaign.draw(made)


def resumed(made: Campaign, env: dict[str, str], log: Path, killed_at: int) -> tuple[float, int]:
    """Seconds from the kill to the first step of the next attempt, and the cycle it was done to."""
    cycle_id = made.start(regions=0).id
    with worker(env, log) as process:
        until(lambda: step(cycle_id, attempt=1) >= killed_at, PATIENCE_S)
        killed = time.monotonic()
        process.end()
    with worker(env, log):
        until(lambda: step(cycle_id, attempt=2) > 0, PATIENCE_S)
        seconds = time.monotonic() - killed
        until(lambda: campaign.cycle(cycle_id).state == "closed", PATIENCE_S)
    return seconds, cycle_id


def step(cycle_id: int, *, attempt: int) -> int:
    """How far this attempt of the training is; 0 before its first step."""
    with transaction() as db:
        job = db.scalars(
            select(Job).where(Job.cycle_id == cycle_id, Job.kind == "train", Job.attempt == attempt)
        ).one_or_none()
        return int(job.progress.get("step", 0)) if job and job.state == "running" else 0


if __name__ == "__main__":
    main([figures], __doc__)

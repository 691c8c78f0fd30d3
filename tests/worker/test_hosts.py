"""Workers on hosts of their own: they share a database, a Redis and an object store, no folder.

The store is a bucket of an S3; all three are reached over TCP.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import select, text

from core import cycles, jobs
from core.db import transaction
from core.models import Cycle, Job, Region
from core.store import open_store
from ml import facts
from tests import buckets
from tests.environment import settings_of
from tests.faults.proxy import proxying
from tests.verified import verified
from tests.waiting import until
from tests.worker import campaign
from tests.worker.campaign import Campaign
from tests.worker.conftest import SHORT
from tests.worker.hosts import Hosts, hosts, redis_at, worker
from worker import engine, fetching
from worker.pulse import Pulse
from worker.stages import STAGES

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
# Two shards of sixteen images, and one of an image.
POOL, SHARD = 33, 16


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return campaign.draw(tmp_path_factory.mktemp("scenes"), pool=POOL)


@pytest.fixture
def two() -> Iterator[Hosts]:
    with hosts(2) as found:
        yield found


@pytest.fixture
def shared(two: Hosts, database_url: str, folder: Path, tmp_path: Path) -> Iterator[dict[str, str]]:
    """This process's settings and what every host has in common; bells ring at `two.address`."""
    with (
        redis_at(two.address, tmp_path) as redis_url,
        proxying(database_url, two.address) as proxy,
        buckets.s3_server(two.address) as s3,
        buckets.led_to(s3),
    ):
        buckets.files().mkdir("hosts")
        given = SHORT | {
            "database_url": proxy.url, "redis_url": redis_url, "import_roots": folder,
            "store_url": "s3://hosts/store", "score_shard_images": SHARD,
            "job_lease_s": 60,
        }  # fmt: skip
        with settings_of(tmp_path / "office", **given) as env:
            yield env


def do_next(cycle_id: int) -> None:
    [job_id] = campaign.pending_stages(cycle_id)
    engine.run(job_id)
    assert campaign.job(job_id).state == "succeeded", campaign.job(job_id).error_text


def trained_and_judged(folder: Path) -> tuple[Campaign, Cycle]:
    """A cycle whose pool waits to be scored."""
    made = campaign.create(folder, "machines", steps=4)
    engine.run(made.start_import().id)
    cold = made.start(regions=8)
    do_next(cold.id)
    assert made.label_all() == 8
    warm = made.start(regions=6)
    do_next(warm.id)
    do_next(warm.id)
    return made, warm


def shards_of(cycle: Cycle) -> list[Job]:
    with transaction() as db:
        return [job for job in cycles.stage_jobs(db, cycle.id) if job.kind == "score"]


def both_at_work(cycle: Cycle) -> bool:
    running = {job.worker for job in shards_of(cycle) if job.state == "running"}
    return len(running) == 2


def score_on(two: Hosts, cycle: Cycle, env: dict[str, str], folder: Path) -> None:
    """Let both hosts take a shard before either may end one; then all the rest."""
    with ExitStack() as stack:
        with transaction() as db:
            db.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
            db.get(Cycle, cycle.id, with_for_update={"key_share": True})
            for number, inside in enumerate(two.inside):
                own = env | {"TESSERA_DATA_DIR": str(folder / f"host{number}")}
                stack.enter_context(worker(inside, own, folder / f"host{number}.log"))
            until(lambda: both_at_work(cycle), 300)
        until(lambda: campaign.cycle(cycle.id).state not in ("scoring", "selecting"), 300)


def alone(cycle: Cycle, kind: str, folder: Path, **changes: object) -> Path:
    """A stage of the past done once more, here, as one job; its output."""
    (folder / "out").mkdir(parents=True)
    job, store = campaign.stage(cycle.id, kind), open_store()
    assert job is not None
    with transaction() as db:
        claim = jobs.claim_of(job)
        claim.request.clear()  # no range of the pool: all of it
        spec = STAGES[kind].prepare(db, store, claim).model_copy(update=changes)
    fetching.fetch(store, spec, Pulse(claim))
    (folder / "spec.json").write_text(spec.model_dump_json())
    subprocess.run([sys.executable, "-m", "ml.run", str(folder)], check=True, capture_output=True)
    return folder / "out"


def chosen(cycle: Cycle) -> list[tuple[object, ...]]:
    with transaction() as db:
        found = select(Region).where(Region.cycle_id == cycle.id).order_by(Region.rank)
        return [(str(r.image_id), r.cell_row, r.cell_col, r.score) for r in db.scalars(found)]


def test_hosts_that_share_the_shards_of_a_cycle_rank_as_one_worker(
    two: Hosts, shared: dict[str, str], folder: Path, tmp_path: Path
):
    _, cycle = trained_and_judged(folder)
    assert [job.request["images"] for job in shards_of(cycle)] == [SHARD, SHARD, 1]
    score_on(two, cycle, shared, tmp_path)
    assert campaign.cycle(cycle.id).state == "labelling"
    assert len({job.worker for job in shards_of(cycle)}) == 2

    out = alone(cycle, "score", tmp_path / "alone")
    paths = {name: [out / f"{name}.safetensors"] for name in ("scores", "cells")}
    store, left = open_store(), [job.result or {} for job in shards_of(cycle)]
    parts = {name: [store.path(each[name]) for each in left] for name in paths}
    sized = list(facts.shapes(paths["cells"][0]).items())
    assert len(sized) == POOL
    scores = (facts.read_scores(each["scores"], sized) for each in (paths, parts))
    assert all(one.tobytes() == other.tobytes() for one, other in zip(*scores, strict=True))
    whole, joined = (vars(facts.read(each["cells"], sized)) for each in (paths, parts))
    assert all(whole[name].tobytes() == joined[name].tobytes() for name in facts.NAMES)
    again = alone(cycle, "select", tmp_path / "again", closed=closed(cycle), **paths)
    picked = json.loads((again / "selection.json").read_bytes())["regions"]
    told = [(each["image_id"], each["row"], each["col"], each["score"]) for each in picked]
    assert told == chosen(cycle)
    verified()


def closed(cycle: Cycle) -> dict[str, list[tuple[int, int]]]:
    """What was closed when the cycle chose: its own regions were not."""
    with transaction() as db:
        mine = Region.project_id == cycle.project_id
        found = select(Region).where(mine, Region.cycle_id != cycle.id)
        places: dict[str, list[tuple[int, int]]] = {}
        for region in db.scalars(found):
            places.setdefault(str(region.image_id), []).append((region.cell_row, region.cell_col))
    return places

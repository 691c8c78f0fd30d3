"""Workers on machines of their own: no folder is shared, but an S3 is.

The store is in one bucket; the images are imported by reference from another, and stay there.
"""

import io
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import select

from core import jobs
from core.db import transaction
from core.integrity.verify import findings
from core.models import Region
from core.settings import settings
from core.store import file_key, open_store
from tests import buckets
from tests.environment import settings_of
from tests.verified import verified
from tests.worker import campaign
from tests.worker.campaign import Campaign
from tests.worker.conftest import SHORT
from worker import engine, fetching
from worker.pulse import Pulse
from worker.stages import STAGES

pytestmark = pytest.mark.slow
SCENES = "s3://scenes/small"
Machine = Callable[[str], AbstractContextManager[dict[str, str]]]


@pytest.fixture
def machine(
    s3: str,  # noqa: ARG001
    database_url: str,
    redis_url: str,
    folder: Path,
    tmp_path: Path,
) -> Machine:
    """To be, for a while, a machine with a data folder of its own."""
    buckets.files().mkdir("machines")
    buckets.fill(SCENES, folder)
    shared = {
        "database_url": database_url, "redis_url": redis_url, "import_buckets": SCENES,
        "store_url": "s3://machines/store",
    }  # fmt: skip
    return lambda name: settings_of(tmp_path / name, **shared, **SHORT)


def do_next(cycle_id: int, kind: str) -> None:
    [job_id] = campaign.pending_stages(cycle_id)
    engine.run(job_id)
    job = campaign.stage(cycle_id, kind)
    assert job is not None
    assert job.state == "succeeded", job.error_text


def again(cycle_id: int, kind: str, folder: Path) -> Path:
    """Do a stage of the past once more, here, in a process of its own; its output."""
    (folder / "out").mkdir(parents=True)
    job, store = campaign.stage(cycle_id, kind), open_store()
    assert job is not None
    with transaction() as db:
        claim = jobs.claim_of(job)
        spec = STAGES[kind].prepare(db, store, claim)
    fetching.fetch(store, spec, Pulse(claim))
    (folder / "spec.json").write_text(spec.model_dump_json())
    subprocess.run([sys.executable, "-m", "ml.run", str(folder)], check=True, capture_output=True)
    return folder / "out"


def test_a_cycle_goes_over_several_machines_and_ranks_as_on_one(
    machine: Machine, folder: Path, tmp_path: Path
):
    with machine("first"):
        made = campaign.create(folder, "machines", steps=4)
        imported(made)
        assert stored_images() == 0
        cold = made.start(regions=8)
        do_next(cold.id, "select")
        assert made.label_all() == 8
        warm = made.start(regions=6)
        do_next(warm.id, "train")
    for name, kind in (("second", "evaluate"), ("third", "score"), ("second", "select")):
        with machine(name):
            assert settings().data_dir.name == name
            do_next(warm.id, kind)
    with machine("first"):
        scored = campaign.stage(warm.id, "score")
        assert scored is not None
        assert scored.result is not None
        out = again(warm.id, "score", tmp_path / "again")
        assert file_key(out / "scores.safetensors") == scored.result["scores"]
        assert file_key(out / "cells.safetensors") == scored.result["cells"]
        with transaction() as db:
            rows = db.scalars(select(Region).filter_by(cycle_id=warm.id).order_by(Region.rank))
            assert len(rows.all()) == 6
        verified()
        first = min((folder / "pool/images").iterdir()).name
        buckets.files().pipe_file(f"{SCENES}/pool/images/{first}", b"another")
        [found] = findings(open_store())
        assert (found.kind, "has changed" in found.found) == ("images.object", True)


def imported(made: Campaign) -> None:
    """Twice: the second import finds all of it there."""
    for same in (False, True):
        asked = made.start_import(path=SCENES)
        engine.run(asked.id)
        ended = campaign.job(asked.id)
        assert ended.error_text is None
        assert ("same_as" in (ended.result or {})) == same


def stored_images() -> int:
    """Pictures of the store that are in colours: what is there of images are links."""
    store, found = open_store(), 0
    for entry in store.entries():
        data = store.read(entry.key)
        found += data.startswith(b"\x89PNG") and Image.open(io.BytesIO(data)).mode == "RGB"
    return found

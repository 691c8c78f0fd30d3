"""Workers on machines of their own: no folder is shared, but an object store is.

The store is fsspec's of local files, reached by URL as s3:// is: whatever is read through it is
copied to a machine's own cache.
"""

import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import fsspec
import pytest
from sqlalchemy import select

from core import jobs
from core.db import transaction
from core.models import Region
from core.settings import settings
from core.store import file_key, open_store
from tests.environment import settings_of
from tests.verified import verified
from tests.worker import campaign
from tests.worker.conftest import SHORT
from worker import engine, fetching
from worker.pulse import Pulse
from worker.stages import STAGES

pytestmark = pytest.mark.slow
Machine = Callable[[str], AbstractContextManager[dict[str, str]]]


@pytest.fixture
def machine(
    database_url: str, redis_url: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Machine:
    """To be, for a while, a machine with a data folder of its own."""
    monkeypatch.setitem(fsspec.config.conf, "file", {"auto_mkdir": True})
    shared = {
        "database_url": database_url, "redis_url": redis_url, "import_roots": folder,
        "store_url": f"file://{tmp_path}/bucket",
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
        imported = made.start_import()
        engine.run(imported.id)
        assert campaign.job(imported.id).error_text is None
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

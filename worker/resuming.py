"""Runs a spec in a folder, from the checkpoint that the attempt before has left, if any."""

from collections.abc import Callable
from pathlib import Path

from sqlalchemy.orm import Session

from core.db import transaction
from core.store import open_store
from ml.spec import AnySpec
from worker import fetching
from worker.checkpoints import Keeper
from worker.child import supervise
from worker.pulse import Cancelled, Pulse, Stopping


def run(folder: Path, pulse: Pulse, prepare: Callable[[Session], AnySpec]) -> Keeper:
    """What the child makes lies in `folder`/out. Raises what the pulse and the child raise."""
    store = open_store()
    (folder / "out").mkdir()
    keeper = Keeper(store, pulse.claim, folder)
    with transaction() as db:
        spec = prepare(db)
    fetching.fetch(store, spec, pulse)
    (folder / "spec.json").write_text(spec.model_dump_json())
    keeper.restore()
    try:
        supervise(folder, pulse, keeper.save)
    except (Cancelled, Stopping):
        keeper.save_newest()
        raise
    return keeper

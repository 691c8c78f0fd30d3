"""The import job: check and store every file, then write all rows at once."""

from core import imports
from core.db import transaction
from core.imports import Request
from core.jobs import Claim
from core.store import open_store
from worker.pulse import Pulse


def run(claim: Claim, pulse: Pulse) -> None:
    """Import what the job's request names. Raises what the pulse raises."""
    store = open_store()
    with transaction() as db:
        names = imports.class_names(db, claim.project_id)

    def on_file(done: int, total: int) -> None:
        pulse.beat({"step": done, "steps": total})

    report = imports.examine(Request(**claim.request), names, store, on_file)
    with transaction() as db:
        imports.commit(db, store, claim, report)

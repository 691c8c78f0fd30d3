"""Claim a job, do it, write its end. Whatever happens here or to this process, the row decides.

Computing holds no transaction: rows are read, closed; the child computes; the results are
checked against the epoch and written in one transaction.
"""

import logging
import os
import socket
from contextlib import suppress

from sqlalchemy.orm import Session

from core import disk, jobs, stages
from core.db import transaction
from core.errors import OUR_FAULT, Fenced, TesseraError
from core.jobs import Claim
from core.settings import settings
from core.store import open_store
from worker import control, ingest, outgoing, predicting, resuming
from worker.child import ChildFailed
from worker.folders import attempt_folder
from worker.pulse import Cancelled, Pulse, Stopping
from worker.stages import STAGES

# Failures of a child that another attempt meets again: they need a person, not patience.
FINAL = {"no_labels", "bad_spec", "unreadable_image", "budget_exceeds_pool", "non_finite_loss"}

# Jobs that are no stages of a cycle.
OTHERS = {
    "import": ingest.run,
    "export": outgoing.run,
    "predict": predicting.run,
    "control": control.run,
}

logger = logging.getLogger(__name__)


def run(job_id: int) -> None:
    """Do the job if it is due and nobody holds it; otherwise return quietly."""
    with transaction() as db:
        claim = jobs.claim(db, job_id, worker=f"{socket.gethostname()}:{os.getpid()}")
    if claim is None:
        return
    logger.info("job %s (%s): attempt %s", claim.job_id, claim.kind, claim.attempt)
    try:
        _work(claim)
        logger.info("job %s (%s): done", claim.job_id, claim.kind)
    except Fenced as error:
        logger.warning("job %s: nothing written: %s", claim.job_id, error)
    except Exception as error:  # the row must say what became of it, whatever it was
        with suppress(Fenced):
            _write_end(claim, error)


def _work(claim: Claim) -> None:
    disk.require_room()
    pulse = Pulse(claim)
    OTHERS.get(claim.kind, _run_stage)(claim, pulse)


def _run_stage(claim: Claim, pulse: Pulse) -> None:
    store = open_store()
    stage = STAGES[claim.kind]
    with attempt_folder(claim) as folder:
        keeper = resuming.run(folder, pulse, lambda db: stage.prepare(db, store, claim))
        stage.publish(claim, store, folder / "out")
        keeper.drop()


def _write_end(claim: Claim, error: Exception) -> None:
    with transaction() as db:
        match error:
            case Cancelled():
                jobs.mark_cancelled(db, claim)
            case Stopping():
                jobs.put_back(db, claim, burn=False)
            case ChildFailed(error_class="out_of_memory") if "halvings" not in claim.request:
                # Half the batch, once; the checkpoint of another batch size would not fit.
                request = claim.request | {"halvings": 1}
                jobs.put_back(db, claim, burn=True, request=request, checkpoint=None)
            case _ if disk.lacks_room(error) or _is(error, "disk_full"):
                _wait_for_room(db, claim, error)
            case _:
                _retry_or_fail(db, claim, error)


def _is(error: Exception, error_class: str) -> bool:
    return isinstance(error, ChildFailed) and error.error_class == error_class


def _wait_for_room(db: Session, claim: Claim, error: Exception) -> None:
    """No attempt is lost by a full disk, and the job says what it waits for."""
    logger.warning("job %s: waiting for room on the disk: %s", claim.job_id, error)
    text = error.detail if isinstance(error, TesseraError) else str(error)
    jobs.pause(db, claim, error_class="disk_full", text=text, wait_s=settings().disk_wait_s)


def _retry_or_fail(db: Session, claim: Claim, error: Exception) -> None:
    failure = _as_failure(error)
    if claim.last_attempt or _is_final(error):
        text, log = failure.text, failure.log
        stages.failed(db, claim, error_class=failure.error_class, text=text, log=log)
    else:
        logger.warning("job %s: %s; will try again", claim.job_id, failure)
        jobs.put_back(db, claim, burn=True)


def _is_final(error: Exception) -> bool:
    if isinstance(error, ChildFailed):
        return error.error_class in FINAL
    return isinstance(error, TesseraError) and error.status < OUR_FAULT


def _as_failure(error: Exception) -> ChildFailed:
    if isinstance(error, ChildFailed):
        return error
    if isinstance(error, TesseraError):
        return ChildFailed(error.code(), error.detail, [])
    logger.error("the worker itself failed", exc_info=error)
    return ChildFailed("internal", f"{type(error).__name__}: {error}", [])

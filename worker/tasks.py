"""The one task: somebody rang about a job. The id carries no authority; the row decides."""

import logging

from worker.app import app
from worker.engine import run

logger = logging.getLogger(__name__)


@app.task(name="worker.tasks.run_job")
def run_job(job_id: int) -> None:
    """Do the job if it is still wanted and nobody holds it."""
    if not isinstance(job_id, int):
        logger.warning("a doorbell carried %r instead of a job's id; ignored", job_id)
        return
    run(job_id)

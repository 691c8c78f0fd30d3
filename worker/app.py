"""The Celery application: early acknowledgement, no results, no prefetch, and a reconciler.

`celery -A worker.app worker --pool threads -Q train -c 1` runs stages (one at a time per device),
`-Q light` imports. A task only supervises a child process, so threads are enough.
"""

import logging
from typing import Any

from celery import Celery, signals

from core import doorbell, schema
from core.reconcile import Reconciler
from core.settings import settings
from worker import bells
from worker.pulse import STOPPING

app = doorbell.configure(Celery("tessera", include=["worker.tasks"]))
app.conf.update(
    # The row's lease and the reconciler bring lost work back. Late acknowledgement would add
    # nothing but second deliveries after the visibility timeout.
    task_acks_late=False,
    worker_prefetch_multiplier=1,
    worker_disable_prefetch=True,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    worker_hijack_root_logger=False,
    worker_send_task_events=False,
)
bells.use()
reconciler = Reconciler()


@signals.setup_logging.connect
def log_plainly(**_: Any) -> None:
    """One format for every process; Celery's own set-up is switched off by being here."""
    logging.basicConfig(
        level=settings().log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )


@signals.worker_init.connect
def refuse(**_: Any) -> None:
    """Tables of another version are left alone."""
    wrong = schema.problem()
    if wrong:
        raise SystemExit(f"This worker does not start: {wrong}")


@signals.worker_ready.connect
def start(**_: Any) -> None:
    """Begin to reconcile: jobs that were left behind are claimed from here."""
    reconciler.start()


@signals.worker_shutting_down.connect
def stop(**_: Any) -> None:
    """Let supervisors stop their children at a checkpoint and give their jobs back."""
    STOPPING.set()
    reconciler.stop()

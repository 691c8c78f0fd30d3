"""Doorbells: a Celery message that carries one job id and no authority.

Ringing is best effort. The row is committed already, so a broker that is down costs latency only:
the reconciler rings again.
"""

import logging
from functools import lru_cache
from typing import NamedTuple

from celery import Celery
from sqlalchemy.orm import Session

from core.settings import settings

TASK = "worker.tasks.run_job"
QUEUES = ("train", "light")
_ASKED = "doorbells"

logger = logging.getLogger(__name__)


class Bell(NamedTuple):
    """One job that a worker of `queue` should look at."""

    job_id: int
    queue: str


def ask(db: Session, bell: Bell) -> None:
    """Ring after this transaction's commit."""
    db.info.setdefault(_ASKED, []).append(bell)


def asked(db: Session) -> list[Bell]:
    """The bells asked for in this session, taken off it."""
    bells: list[Bell] = db.info.pop(_ASKED, [])
    return bells


def ring(*bells: Bell) -> None:
    """Send the messages; a broker that is away is logged and left to the reconciler."""
    for bell in bells:
        try:
            broker().send_task(TASK, args=[bell.job_id], queue=bell.queue, retry=False)
        except Exception as error:  # kombu lets through errors of many libraries
            logger.warning("doorbell for job %s not sent: %s", bell.job_id, error)
            return  # the others would wait as long, one after the other


def broker_url(redis_url: str | None) -> str:
    """The Redis URL in Celery's spelling: a Unix socket is `redis+socket://`."""
    url = redis_url or "redis://localhost:6379/0"
    return url.replace("unix://", "redis+socket://", 1)


def configure(app: Celery) -> Celery:
    """The settings that sender and worker share: JSON, no results, short bounded publishing."""
    app.conf.update(
        broker_url=broker_url(settings().redis_url),
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        task_default_queue="light",
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options={"socket_timeout": 30, "socket_connect_timeout": 1},
        redis_socket_connect_timeout=1,
    )
    return app


@lru_cache
def broker() -> Celery:
    """The sending side. It gives up within a second or two: somebody waits for an answer."""
    app = configure(Celery("tessera"))
    app.conf.broker_transport_options |= {"socket_timeout": 1, "max_retries": 0}
    return app

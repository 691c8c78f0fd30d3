"""Prometheus figures: requests as they pass, and the state of the service at each scrape."""

import logging
import os
from collections.abc import Iterator
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from starlette.types import Scope

from core import depth
from core.db import transaction
from core.errors import Unavailable
from server import nouns

logger = logging.getLogger(__name__)

# Name, help, labels, and one statement that gives the labels' values and the figure.
GAUGES: tuple[tuple[str, str, tuple[str, ...], str], ...] = (
    (
        "tessera_cycles_open",
        "Cycles that have not ended, by state.",
        ("state",),
        "SELECT state, count(*) FROM cycles WHERE state IN "
        "('training', 'evaluating', 'scoring', 'selecting', 'labelling') GROUP BY state",
    ),
    (
        "tessera_regions_waiting",
        "Open regions that nobody holds: the depth of the annotators' queue.",
        (),
        "SELECT count(*) FROM regions WHERE state = 'open' "
        "AND (lease_until IS NULL OR lease_until < now())",
    ),
    (
        "tessera_leases_live",
        "Open regions that somebody holds now.",
        (),
        "SELECT count(*) FROM regions WHERE state = 'open' AND lease_until >= now()",
    ),
    (
        "tessera_leases_expired",
        "Leases that ran out so far; some of them nobody has followed yet.",
        (),
        "SELECT (SELECT count(*) FROM leases WHERE outcome = 'expired') "
        "+ (SELECT count(*) FROM regions WHERE state = 'open' AND lease_until < now())",
    ),
    (
        "tessera_job_heartbeat_age_seconds",
        "Since a running job has last been heard of; the oldest of each kind.",
        ("kind",),
        "SELECT kind, extract(epoch FROM max(now() - coalesce(heartbeat_at, claimed_at))) "
        "FROM jobs WHERE state = 'running' GROUP BY kind",
    ),
    (
        "tessera_job_gpu_memory_bytes",
        "The most memory of a GPU that a running job has held, as it last told.",
        ("kind", "job"),
        "SELECT kind, id, CAST(progress->>'gpu_bytes' AS bigint) FROM jobs "
        "WHERE state = 'running' AND progress ? 'gpu_bytes'",
    ),
    (
        "tessera_jobs",
        "Jobs by kind and state.",
        ("kind", "state"),
        "SELECT kind, state, count(*) FROM jobs GROUP BY kind, state",
    ),
    (
        "tessera_rank_regret",
        "Free regions ranked before one that somebody holds: 0 while people get the best ones.",
        (),
        f"SELECT coalesce(sum(behind), 0) FROM ({depth.REGRET}) AS regret",
    ),
)


# The folder in which processes of one server keep their counts for one another.
SHARED = "PROMETHEUS_MULTIPROC_DIR"


class Figures:
    """One registry per application, so that two of them in one process don't mix; among processes
    of one server whoever is asked tells what all have counted."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "tessera_http_requests",
            "Requests by route and class of status.",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "tessera_http_request_seconds",
            "Seconds from the request to the end of its answer.",
            ("method", "route"),
            registry=self._registry,
        )
        self._told = CollectorRegistry() if SHARED in os.environ else self._registry
        if SHARED in os.environ:
            MultiProcessCollector(self._told)  # type: ignore[no-untyped-call]
        self._told.register(_State())

    def count(self, scope: Scope, status: int, seconds: float) -> None:
        """One request. Paths count by their template: ids would make a series each."""
        route = getattr(scope.get("route"), "path", "unmatched").removeprefix(nouns.PREFIX)
        method = scope["method"] if scope["method"] in METHODS else "other"
        self._requests.labels(method, route, f"{status // 100}xx").inc()
        self._seconds.labels(method, route).observe(seconds)

    def text(self) -> bytes:
        """All figures in Prometheus' text format."""
        return generate_latest(self._told)


METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class _State(Collector):
    """Reads the gauges from the database, at each scrape."""

    def describe(self) -> Iterator[Any]:
        """Nothing in advance: registering must not need the database."""
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        found = []
        up = GaugeMetricFamily("tessera_database_up", "Whether the database answered.", value=1)
        try:
            with transaction() as db:
                found = [
                    _gauge(db, name, about, labels=labels, statement=statement)
                    for name, about, labels, statement in GAUGES
                ]
        except (SQLAlchemyError, Unavailable) as error:
            logger.warning("no figures from the database: %s", error)
            up = GaugeMetricFamily("tessera_database_up", up.documentation, value=0)
        yield up
        yield from found


def _gauge(
    db: Session, name: str, about: str, *, labels: tuple[str, ...], statement: str
) -> GaugeMetricFamily:
    gauge = GaugeMetricFamily(name, about, labels=labels)
    for *values, figure in db.execute(text(statement)):
        gauge.add_metric([str(value) for value in values], float(figure))
    return gauge

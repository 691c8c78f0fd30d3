"""What the queue has to stand, each a stretch of work with the figure it is held to."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from statistics import linear_regression
from typing import Any

from benchmarks import Figure
from benchmarks.queue_load import floor, site
from benchmarks.queue_load.annotator import Act
from benchmarks.queue_load.stretch import GRANTED, Load, Outcome, percentile
from benchmarks.queues import Queue, opened
from core.db import transaction
from core.publishing import publish

NEXT_MS, SUBMIT_MS = 75.0, 150.0
PERIOD_S = 2.0
PAIRS_PER_S = 200.0
# Without pauses, so many keep every place in the server's line taken.
SATURATING = 32
OVERLOAD, OVERLOAD_PERIOD_S, PROMPT_MS = 5, 0.5, 1000.0
RECOVERED_MS, RECOVERY_S = 500.0, 10.0
PUBLISHED = 20_000
START_S, STOP_S = 5.0, 10.0
# Time enough for a server to end and start twice.
RESTARTS_S = 10.0
FLAT_MB_PER_H = 10.0
# The first share of a soak, in which caches fill.
SETTLING = 0.1


@dataclass
class Bench:
    """A load, how much of it is wanted, and what has been found wrong."""

    load: Load
    annotators: int
    seconds: float
    cells: int
    many_cells: int
    side_px: int
    complaints: list[str] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=count)

    def queue(self, cells: int, annotators: int) -> tuple[Queue, list[str]]:
        """A new queue, and the tokens of its annotators."""
        queue = opened(f"queue {next(self.numbers)} of {cells}", cells, self.side_px)
        return queue, site.tokens(queue, annotators)

    def run(self, place: tuple[Queue, list[str]], **values: Any) -> Outcome:
        """A stretch of work, of the usual length and pace unless `values` say otherwise."""
        pace = {"seconds": self.seconds, "period_s": PERIOD_S}
        outcome = self.load.run(*place, **pace | values)
        self.complaints += [*outcome.complaints, *_broken(outcome.log)]
        return outcome

    def paced(self, cells: int, **values: Any) -> Outcome:
        return self.run(self.queue(cells, self.annotators), **values)


def _broken(log: Sequence[Act]) -> Iterator[str]:
    """Answers that nobody should get, however much is asked."""
    for act in log:
        if act.status not in (*GRANTED.values(), 429, 503, 0):
            yield f"a {act.kind} of region {act.region} was answered {act.status}"


def paced(bench: Bench) -> list[Figure]:
    """Annotators at a person's pace, among few cells and many, and while a cycle publishes."""
    few, many = bench.paced(bench.cells), bench.paced(bench.many_cells)
    other = opened(f"published {next(bench.numbers)}", 0, bench.side_px)
    busy = bench.paced(bench.cells, meanwhile=lambda: _publish(other))
    who = f"{bench.annotators} annotators"
    return [
        *_times(few, who, {"lease": ("at most", NEXT_MS), "submit": ("at most", SUBMIT_MS)}),
        *_cost(few, who),
        *_times(many, f"{bench.many_cells:,} cells", _floor(few, f"{bench.cells:,} cells")),
        *_times(busy, f"while {PUBLISHED:,} regions are published", _floor(few, "quiet")),
    ]


def _floor(of: Outcome, name: str) -> dict[str, tuple[str, float]]:
    return {kind: (name, percentile(of.times_ms(kind))) for kind in GRANTED}


def _times(of: Outcome, what: str, floors: dict[str, tuple[str, float]]) -> list[Figure]:
    names = {"lease": "next region", "submit": "submit"}
    return [
        Figure(f"{names[kind]} p99, {what}", percentile(of.times_ms(kind)), "ms", *floor)
        for kind, floor in floors.items()
    ]


def _cost(of: Outcome, what: str) -> list[Figure]:
    """CPU per pair, beside what a pair may cost for the promised rate on two cores."""
    allowed = 2 / PAIRS_PER_S * 1e3
    pairs_per_cpu_s = 1e3 / of.cpu_ms_per_pair()
    cost = f"CPU per pair, {what} ({of.shares()})"
    return [
        Figure(cost, of.cpu_ms_per_pair(), "ms", "2 cores", allowed),
        Figure(f"pairs per CPU second, {what}", pairs_per_cpu_s, "", "at least", PAIRS_PER_S / 2),
    ]


def saturated(bench: Bench) -> list[Figure]:
    """As many pairs as will go, and as many as would without all that makes them ours."""
    cells = max(bench.cells, int(bench.seconds * 1000))
    place = bench.queue(cells, SATURATING)
    outcome = bench.run(place, period_s=0.0)
    who = f"{SATURATING} without pause"
    return [
        Figure(f"pairs, {who}", outcome.pairs_per_s(), "/s", "at least", PAIRS_PER_S),
        *_cost(outcome, who),
        *_times(outcome, who, {"lease": ("at most", PROMPT_MS), "submit": ("at most", PROMPT_MS)}),
        *floor.figures(bench.load, outcome, place, bench.seconds),
    ]


def overload(bench: Bench) -> list[Figure]:
    """Five times what it can do: those who are refused hear it at once, and then all is well."""
    many = int(OVERLOAD * PAIRS_PER_S * OVERLOAD_PERIOD_S)
    queue, tokens = bench.queue(max(bench.cells, int(bench.seconds * 1000)), many)
    burst = bench.run((queue, tokens), period_s=OVERLOAD_PERIOD_S)
    over_at = time.time()
    after = bench.load.run(
        queue, tokens[:20], seconds=min(bench.seconds, RECOVERY_S), period_s=OVERLOAD_PERIOD_S
    )
    refused = percentile(burst.refusals_ms()) if burst.refusals_ms() else 0.0
    taken = [ms for kind in GRANTED for ms in burst.times_ms(kind)]
    return [
        Figure(f"refused p99, {many} annotators", refused, "ms", "at most", PROMPT_MS),
        Figure(f"accepted p99, {many} annotators", percentile(taken), "ms", "at most", PROMPT_MS),
        Figure("recovered after", _recovered_s(after, over_at), "s", "at most", RECOVERY_S),
    ]


def _recovered_s(after: Outcome, over_at: float) -> float:
    late = [act.at for act in after.log if act.status not in GRANTED.values() or
            act.ms > RECOVERED_MS]  # fmt: skip
    return max(0.0, max(late, default=over_at) - over_at)


def restarted(bench: Bench) -> list[Figure]:
    """The server is stopped, then killed, among annotators: each submit arrives all the same."""
    took: dict[str, tuple[float, float]] = {}

    def ends() -> None:
        took["stop"] = bench.load.site.restart()
        took["kill"] = bench.load.site.restart(kill=True)

    outcome = bench.paced(bench.cells, meanwhile=ends, seconds=max(bench.seconds, RESTARTS_S))
    last = {act.lease: act.status for act in outcome.log if act.kind == "submit"}
    failed = sum(status != GRANTED["submit"] for status in last.values())
    bench.complaints += [f"{failed} submits failed for good"] if failed else []
    return [
        Figure("graceful stop", took["stop"][0], "s", "at most", STOP_S),
        Figure("ready after SIGKILL", took["kill"][1], "s", "at most", START_S),
        Figure("submits sent again", len(last) and _repeats(outcome), "", "of", len(last)),
    ]


def _repeats(of: Outcome) -> int:
    return sum(act.kind == "submit" and act.status != GRANTED["submit"] for act in of.log)


def soak(bench: Bench, minutes: float) -> list[Figure]:
    """Hours of work at a person's pace; the memory's slope over the time after the first tenth."""
    seconds = minutes * 60
    samples: list[tuple[float, float]] = []

    def watch() -> None:
        until = time.time() + seconds * (1 - SETTLING)
        while time.time() < until:
            samples.append((time.time() / 3600, bench.load.site.rss_mb()))
            time.sleep(min(10.0, seconds / 100))

    cells = int(seconds * bench.annotators / PERIOD_S * 1.2)
    place = bench.queue(cells, bench.annotators)
    outcome = bench.run(place, seconds=seconds, meanwhile=watch, after=SETTLING)
    slope = linear_regression(*zip(*samples, strict=True)).slope
    who = f"{bench.annotators} annotators for {minutes:g} min"
    limits = {"lease": ("at most", NEXT_MS), "submit": ("at most", SUBMIT_MS)}
    return [
        Figure(f"memory of the server, {who}", samples[-1][1], "MiB", "first", samples[0][1]),
        Figure(f"its slope, {who}", slope, "MiB/h", "at most", FLAT_MB_PER_H),
        *_times(outcome, who, limits),
    ]


def _publish(into: Queue) -> None:
    """What the end of a `select` stage writes, in one transaction."""
    same = {"project_id": into.project.id, "cycle_id": into.cycle.id, "image_id": into.image_id}
    box = {"left": 0, "top": 0, "width": into.side_px, "height": into.side_px, "cell_col": 0}
    rows = [same | box | {"cell_row": rank, "rank": rank, "source": "score"} for rank in
            range(PUBLISHED)]  # fmt: skip
    with transaction() as db:
        publish(db, rows)


MODES: dict[str, Callable[[Bench], list[Figure]]] = {
    "paced": paced,
    "saturated": saturated,
    "overload": overload,
    "restarted": restarted,
}

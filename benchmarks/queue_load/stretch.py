"""One stretch of work on one queue: who works how long at which pace, and what it came to."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import quantiles

from benchmarks.queue_load import audit
from benchmarks.queue_load.annotator import AGAIN, Act, Work
from benchmarks.queue_load.crowd import Crowd, result
from benchmarks.queue_load.site import Site
from benchmarks.queues import Queue

# The first moments open connections and fill caches.
WARM_UP_S = 1.0
GRANTED = {"lease": 200, "submit": 201}


@dataclass(frozen=True)
class Outcome:
    """The whole log, and when what counts began and ended (seconds of the epoch)."""

    log: Sequence[Act]
    began: float
    ended: float
    cpu_s: dict[str, float]
    complaints: Sequence[str]

    def times_ms(self, kind: str) -> list[float]:
        """How long the answers took that granted what was asked."""
        return [act.ms for act in self._counted(kind) if act.status == GRANTED[kind]]

    def refusals_ms(self) -> list[float]:
        """How long the answers took that ask to come again."""
        return [act.ms for act in self.log if act.status in AGAIN and act.status]

    def pairs_per_s(self) -> float:
        return len(self.times_ms("submit")) / (self.ended - self.began)

    def cpu_ms_per_pair(self) -> float:
        pairs = sum(act.kind == "submit" and act.status == 201 for act in self.log)
        return sum(self.cpu_s.values()) * 1e3 / max(1, pairs)

    def shares(self) -> str:
        """What each process has of the CPU."""
        whole = sum(self.cpu_s.values())
        return ", ".join(f"{part} {spent / whole:.0%}" for part, spent in self.cpu_s.items())

    def _counted(self, kind: str) -> list[Act]:
        return [act for act in self.log if act.kind == kind and self.began <= act.at < self.ended]


@dataclass(frozen=True)
class Load:
    """Where the work goes on: a service, a crowd of clients, and what their log is held against."""

    site: Site
    crowd: Crowd
    check: Callable[[int, Sequence[Act], int], Sequence[str]] = audit.complaints

    def run(
        self,
        queue: Queue,
        tokens: Sequence[str],
        *,
        seconds: float,
        period_s: float,
        meanwhile: Callable[[], object] = lambda: None,
        after: float = 1 / 3,
    ) -> Outcome:
        """Let one annotator for each token work; `meanwhile` is called after that share of it."""
        began, before = time.time() + WARM_UP_S, self.site.cpu_s()
        ended = began + seconds
        site, place = self.site, (queue.project.id, queue.side_px)
        shifts = self.crowd.start(Work(site.host, site.port, *place, period_s, ended), tokens)
        time.sleep(WARM_UP_S + seconds * after)
        meanwhile()
        shift = result(shifts)
        burnt = {part: spent - before[part] for part, spent in self.site.cpu_s().items()}
        found = self.check(queue.project.id, shift.log, len(tokens))
        return Outcome(shift.log, began, ended, burnt | {"client": shift.cpu_s}, found)


def percentile(times: Sequence[float], percent: int = 99) -> float:
    """What so many per cent stay under; infinite without any."""
    if len(times) < 2:
        return times[0] if times else float("inf")
    return quantiles(times, n=100, method="inclusive")[percent - 1]

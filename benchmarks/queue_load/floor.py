"""Ours beside the bare requests: same client, same PostgreSQL, same disk, one after the other."""

from collections.abc import Sequence

from benchmarks import Figure
from benchmarks.queue_load import bare
from benchmarks.queue_load.stretch import Load, Outcome
from benchmarks.queues import Queue

APP = "benchmarks.queue_load.bare:create_app"
# More than can be taken.
REGIONS_PER_S = 5_000


def figures(
    load: Load, ours: Outcome, place: tuple[Queue, Sequence[str]], seconds: float
) -> list[Figure]:
    """Pairs a second and CPU a pair, by the annotators of a place without a pause."""
    bare.prepare(place[1], int(seconds * REGIONS_PER_S))
    with load.site.beside(APP) as site:
        floor = Load(site, load.crowd, lambda *_: []).run(*place, seconds=seconds, period_s=0.0)
    pairs, cpu_ms = floor.pairs_per_s(), floor.cpu_ms_per_pair()
    return [
        Figure("pairs beside the floor", ours.pairs_per_s(), "/s", "bare requests", pairs),
        Figure("CPU per pair beside the floor", ours.cpu_ms_per_pair(), "ms",
               f"bare requests: {floor.shares()}", cpu_ms),
    ]  # fmt: skip

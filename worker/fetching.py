"""Brings the files that a spec names to this machine, before its stage starts.

From an object store that takes a round trip each, so several go at once, outside of any transaction
and with heartbeats: a pool of any size outlasts neither the lease nor the database's patience.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path

from core.store import Store
from ml.spec import AnySpec, EvaluateSpec, ImageItem, TrainSpec
from worker.pulse import Pulse

AT_ONCE, BATCH = 16, 512


def fetch(store: Store, spec: AnySpec, pulse: Pulse) -> None:
    """Raises NotFound for a file that the store lost, and what a pulse raises."""
    places = list(dict.fromkeys(places_of(spec)))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for start in range(0, len(places), BATCH):
            list(pool.map(store.fetch, map(Path, places[start : start + BATCH])))
            pulse.beat({"phase": "fetching", "step": start, "steps": len(places)})


def places_of(spec: AnySpec) -> Iterator[str]:
    """Every image and mask."""
    for item in items_of(spec):
        yield item.path
        if item.mask_path is not None:
            yield item.mask_path
        yield from (patch.path for patch in item.patches)


def items_of(spec: AnySpec) -> Iterator[ImageItem]:
    if isinstance(spec, TrainSpec):
        return chain(spec.pool, spec.val)
    if isinstance(spec, EvaluateSpec):
        return chain.from_iterable(spec.splits.values())
    return iter(spec.images)

"""The next batch, cut by threads while the network computes."""

import os
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from ml.augment import View
from ml.data import Batch, Batches, Plan

GPU_THREADS = 4


class Loader:
    """`waited` are the seconds that steps have waited for their data."""

    def __init__(self, batches: Batches) -> None:
        self.batches, self.waited = batches, 0.0
        self._threads = ThreadPoolExecutor(_threads(batches), "loader")
        self._ahead: tuple[Plan, Sequence[Future[View]]] | None = None

    def begin(self, plan: Plan) -> None:
        """Cut the views of a plan in the background."""
        cut, tasks = self.batches.view, self.batches.tasks(plan)
        self._ahead = plan, [self._threads.submit(cut, plan.step, task) for task in tasks]

    def take(self, plan: Plan) -> Batch:
        """The batch of the plan, begun or not."""
        started = time.perf_counter()
        if self._ahead is None or self._ahead[0] != plan:
            self.begin(plan)
        assert self._ahead is not None
        views = [future.result() for future in self._ahead[1]]
        self._ahead = None
        batch = self.batches.batch(plan, views)
        self.waited += time.perf_counter() - started
        return batch

    def close(self) -> None:
        self._threads.shutdown(cancel_futures=True)


def _threads(batches: Batches) -> int:
    """Beside a GPU the cores are free; a CPU's are busy with the network."""
    return 1 if batches.device.type == "cpu" else min(GPU_THREADS, os.cpu_count() or 1)

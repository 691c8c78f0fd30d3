"""Images side by side: one thread each, since a single small image cannot keep the cores busy."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import torch

Item = TypeVar("Item")
Made = TypeVar("Made")


def each(items: Sequence[Item], work: Callable[[Item], Made]) -> Iterator[Made]:
    """`work` of every item, in their order; at most two a thread are held at a time.

    Torch's own threads are put aside meanwhile: they would fight for the same cores. The first
    error ends it.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    waiting: deque[Future[Made]] = deque()
    with ThreadPoolExecutor(threads, "images") as pool:
        try:
            for item in items:
                waiting.append(pool.submit(work, item))
                if len(waiting) >= 2 * threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
            torch.set_num_threads(threads)

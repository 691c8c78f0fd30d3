"""Randomness as a pure function of (seed, stream, step): nothing to save, nothing to restore.

A resumed training draws what the uninterrupted one would have drawn, because the step is all
the state there is.
"""

from enum import IntEnum

import numpy as np


class Stream(IntEnum):
    LABELLED = 1
    UNLABELLED = 2
    REPLAY = 3
    METHOD = 4
    BUFFER = 5
    RARE = 6


def generator(seed: int, stream: Stream, step: int, part: int = 0) -> np.random.Generator:
    return np.random.default_rng([seed, int(stream), step, *([part] if part else [])])


class Sampler:
    """Endless epochs over 0..count-1, each a new permutation, cut into batches."""

    def __init__(self, count: int, batch: int, seed: int, stream: Stream) -> None:
        self.count, self.batch, self.seed, self.stream = count, batch, seed, stream
        self._epoch, self._order = -1, np.empty(0, dtype=np.int64)

    def indices(self, step: int) -> list[int]:
        first = step * self.batch
        return [self._at(position) for position in range(first, first + self.batch)]

    def _at(self, position: int) -> int:
        epoch, place = divmod(position, self.count)
        if epoch != self._epoch:
            rng = np.random.default_rng([self.seed, int(self.stream), epoch, self.count])
            self._epoch, self._order = epoch, rng.permutation(self.count)
        return int(self._order[place])

"""TensorBoard event files of a training: `tensorboard --logdir events` shows its curves."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tensorboardX import SummaryWriter

FLUSH_S = 10


class Board:
    """A resumed training adds a file; steps that ran twice are shown once, by the newest."""

    def __init__(self, folder: Path) -> None:
        self._writer = SummaryWriter(str(folder), flush_secs=FLUSH_S)

    def add(self, step: int, figures: Mapping[str, Any]) -> None:
        """Numbers by their name; a mapping of numbers under its name."""
        for name, value in figures.items():
            if isinstance(value, Mapping):
                self.add(step, {f"{name}/{part}": one for part, one in value.items()})
            elif isinstance(value, int | float):
                self._writer.add_scalar(name, value, step)

    def flush(self) -> None:
        """What was added is in the file afterwards."""
        self._writer.flush()

    def close(self) -> None:
        self._writer.close()

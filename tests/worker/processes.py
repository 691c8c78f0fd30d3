"""Workers that are there to be killed."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults.arena import nursery
from tests.faults.processes import Killable, work


@contextmanager
def worker(env: dict[str, str], log: Path) -> Iterator[Killable]:
    """A worker of both queues, forked from one that has loaded; killed with its children at the
    end, if it still runs."""
    with nursery(env, log) as forks:
        found = Killable(forks, work, 1)
        found.start()
        try:
            yield found
        finally:
            found.end()

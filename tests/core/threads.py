"""Several people at once."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

T = TypeVar("T")


def at_once(*calls: Callable[[], T]) -> list[T]:
    """Start all calls at the same moment; what they return, in their order."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], T]) -> T:
        barrier.wait(60)
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def outcomes(*calls: Callable[[], T]) -> list[T | Exception]:
    """The same, with an exception in the place of what a call would have returned."""

    def caught(call: Callable[[], T]) -> Callable[[], T | Exception]:
        def run() -> T | Exception:
            try:
                return call()
            except Exception as error:
                return error

        return run

    return at_once(*map(caught, calls))


def errors(found: Iterable[object]) -> list[Exception]:
    return [each for each in found if isinstance(each, Exception)]

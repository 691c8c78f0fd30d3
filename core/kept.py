"""A cache of what is costly to make again: what was used longest ago makes room."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sized
from typing import Generic, TypeVar

Value = TypeVar("Value", bound=Sized)


class Kept(Generic[Value]):
    """Values by key, within a budget of bytes."""

    def __init__(self, budget_bytes: int, size_of: Callable[[Value], int] = len) -> None:
        self._budget = budget_bytes
        self._size_of = size_of
        self._values: OrderedDict[str, Value] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, key: str, make: Callable[[], Value]) -> Value:
        """The value under `key`, made if it is not there."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        # Two threads may make the same value at once; that costs time only.
        value = make()
        self._keep(key, value)
        return value

    def _keep(self, key: str, value: Value) -> None:
        size = self._size_of(value)
        with self._lock:
            if key not in self._values and size <= self._budget:
                self._values[key] = value
                self._bytes += size
            while self._bytes > self._budget:
                _, oldest = self._values.popitem(last=False)
                self._bytes -= self._size_of(oldest)

import pytest

from tessera.client import WaitedTooLong
from tessera.client.waiting import watch


def test_everything_that_was_fetched_is_seen():
    seen = []
    numbers = iter(range(10))
    last = watch(
        lambda: next(numbers), lambda n: n == 3, timeout_s=5, poll_s=0.01, on_progress=seen.append
    )
    assert last == 3
    assert seen == [0, 1, 2, 3]


def test_waiting_ends():
    with pytest.raises(WaitedTooLong, match="still so"):
        watch(lambda: "still so", lambda _: False, timeout_s=0.05, poll_s=0.02)

import pytest

from core.errors import TooManyRequests
from server import pace
from server.pace import Pace


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def steps(of: Pace, caller: int = 1) -> int:
    """How many requests are let through at this moment."""
    for count in range(1000):
        try:
            of.step(caller)
        except TooManyRequests:
            return count
    return 1000


def test_a_burst_and_then_the_rate():
    clock = Clock()
    paced = Pace(20, 40, clock=clock)
    assert steps(paced) == 40
    clock.now += 1
    assert steps(paced) == 20
    clock.now += 60
    assert steps(paced) == 40


def test_a_caller_at_the_rate_is_never_stopped():
    clock = Clock()
    paced = Pace(20, 1, clock=clock)
    for _ in range(500):
        clock.now += 1 / 20
        paced.step(1)


def test_callers_do_not_stand_in_each_others_way():
    paced = Pace(20, 40, clock=Clock())
    assert (steps(paced, 1), steps(paced, 2)) == (40, 40)


def test_a_refusal_says_how_long_to_wait():
    paced = Pace(0.5, 1, clock=Clock())
    paced.step(1)
    with pytest.raises(TooManyRequests, match=r"0\.5 requests a second") as caught:
        paced.step(1)
    assert caught.value.retry_after_s == 2


def test_no_rate_is_no_limit():
    assert steps(Pace(0, 1)) == 1000


def test_callers_of_long_ago_are_forgotten(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pace, "KEPT", 5)
    clock = Clock()
    paced = Pace(10, 2, clock=clock)
    for caller in range(20):
        paced.step(caller)
        clock.now += 1
    assert len(paced._whole_at) <= 6

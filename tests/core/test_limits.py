"""Attempts are counted in Redis; who cannot be counted is not let in."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import redis

from core import limits
from core.errors import TooManyRequests, Unavailable
from core.limits import Limit
from tests.environment import settings_of

THREE = Limit("three", 3)
NOON = 60.0 * 1_000_000


@pytest.fixture(autouse=True)
def service(redis_url: str, database_url: str, tmp_path: Path) -> Iterator[None]:
    with settings_of(tmp_path, redis_url=redis_url, database_url=database_url):
        yield


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [NOON]
    monkeypatch.setattr(limits.time, "time", lambda: now[0])
    return now


def attempts(key: str) -> int:
    """How many are let in one after the other."""
    for count in range(100):
        try:
            limits.attempt(THREE, key)
        except TooManyRequests:
            return count
    raise AssertionError("nothing stops them")


@pytest.mark.usefixtures("clock")
def test_so_many_are_let_in_and_no_more():
    key = uuid4().hex
    assert attempts(key) == 3
    with pytest.raises(TooManyRequests, match="3 attempts within 60 s") as caught:
        limits.attempt(THREE, key)
    assert caught.value.retry_after_s == 60


@pytest.mark.usefixtures("clock")
def test_each_key_and_each_limit_is_counted_by_itself():
    key = uuid4().hex
    assert attempts(key) == attempts(key + "b") == 3
    limits.attempt(Limit("other", 3), key)


def test_the_edge_of_a_minute_does_not_double_what_is_allowed(clock: list[float]):
    key = uuid4().hex
    clock[0] = NOON + 59
    assert attempts(key) == 3
    clock[0] = NOON + 61
    assert attempts(key) == 0


def test_after_the_time_all_is_forgotten(clock: list[float]):
    key = uuid4().hex
    attempts(key)
    clock[0] = NOON + 130
    assert attempts(key) == 3


def test_what_was_typed_does_not_lie_in_redis():
    limits.attempt(THREE, "a password in the wrong field")
    names = limits.counters().keys("*")
    assert not any(b"password" in name for name in names)
    assert all(limits.counters().ttl(name) > 0 for name in names if b"limit" in name)


def test_without_redis_nobody_is_let_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    away = redis.Redis.from_url(f"unix://{tmp_path}/none.sock")
    monkeypatch.setattr(limits, "counters", lambda: away)
    with pytest.raises(Unavailable, match="Redis"):
        limits.attempt(THREE, "ada")

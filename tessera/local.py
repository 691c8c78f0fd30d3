"""The files of a data folder that belong to the stack: lock, admin token, address, logs."""

import contextlib
import fcntl
import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.settings import Settings
from tessera.processes import StackError

TOKEN_FILE, ADDRESS_FILE, LOCK_FILE = "admin.token", "server.url", "stack.lock"


class FolderInUse(StackError):
    """Another stack runs on the same data folder."""


def prepare(folder: Path) -> None:
    """Make the data folder, closed to other users; one that is there stays as it is."""
    if not folder.exists():
        folder.mkdir(parents=True, mode=0o700)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the data folder. The kernel lets go when we end, however we end."""
    with (folder / LOCK_FILE).open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip() or "unknown"
            raise FolderInUse(
                f"Another Tessera (process {holder}) is running on {folder}. "
                "Stop it first, or choose another folder with TESSERA_DATA_DIR."
            ) from None
        lock.seek(0)
        lock.truncate()
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


def admin_token(settings: Settings) -> str:
    """The first admin's token: the given one, else the folder's, else a new one; kept, 0600."""
    file = settings.data_dir / TOKEN_FILE
    given = settings.bootstrap_token and settings.bootstrap_token.get_secret_value()
    if not given and file.exists():
        return file.read_text().strip()
    token = given or f"tes_{secrets.token_urlsafe(32)}"
    file.unlink(missing_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w") as out:
        out.write(f"{token}\n")
    return token


@contextmanager
def announced(folder: Path, url: str) -> Iterator[None]:
    """While the server runs, its address is in the folder for the commands to find."""
    file = folder / ADDRESS_FILE
    file.write_text(f"{url}\n")
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            file.unlink()


def free_port(host: str, wished: int) -> int:
    """The wished port, or any free one when it is taken (or 0)."""
    for port in (wished, 0):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            # as the server does: connections that are still closing don't count
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind((host, port))
                return int(probe.getsockname()[1])
    raise StackError(f"expected an address of this machine to listen on, given {host!r}")

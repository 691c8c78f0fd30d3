"""Hosts for workers: each in a network namespace of its own where that can be had, so that it
reaches the others through its own interface alone; else processes that share this machine's.

Linux with `ip` and the rights of root has namespaces; a container often has not.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from tessera import redis

NET = f"10.{200 + os.getpid() % 50}.{os.getpid() // 50 % 250}"
BRIDGE = f"tsr{os.getpid() % 10**6}"


class Hosts(NamedTuple):
    """`address` is where all of them reach what runs here; `inside` leads into each one."""

    address: str
    inside: tuple[tuple[str, ...], ...]
    apart: bool


@contextmanager
def hosts(number: int) -> Iterator[Hosts]:
    """So many hosts on one network."""
    with ExitStack() as stack:
        if not _bridge(stack):
            yield Hosts("127.0.0.1", ((),) * number, apart=False)
            return
        for each in range(number):
            _join(stack, each)
        ways = tuple(("ip", "netns", "exec", f"{BRIDGE}-{each}") for each in range(number))
        yield Hosts(f"{NET}.1", ways, apart=True)


def _bridge(stack: ExitStack) -> bool:
    """Whether this process may make networks."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        return False
    if _ip("link", "add", BRIDGE, "type", "bridge"):
        return False
    stack.callback(_ip, "link", "del", BRIDGE)
    return not (
        _ip("addr", "add", f"{NET}.1/24", "dev", BRIDGE) or _ip("link", "set", BRIDGE, "up")
    )


def _join(stack: ExitStack, each: int) -> None:
    name, here, there = f"{BRIDGE}-{each}", f"{BRIDGE}h{each}", f"{BRIDGE}g{each}"
    stack.callback(_ip, "netns", "del", name)
    for words in (
        f"netns add {name}",
        f"link add {here} type veth peer name {there} netns {name}",
        f"link set {here} master {BRIDGE} up",
        f"-n {name} addr add {NET}.{each + 2}/24 dev {there}",
        f"-n {name} link set {there} up",
        f"-n {name} link set lo up",
    ):
        assert _ip(*words.split()) == 0, words


def _ip(*words: str) -> int:
    return subprocess.run(["ip", *words], capture_output=True, check=False).returncode


@contextmanager
def redis_at(address: str, folder: Path) -> Iterator[str]:
    """The URL of a Redis that listens there."""
    with socket.create_server((address, 0)) as taken:
        port = taken.getsockname()[1]
    command = [redis.binary(), "--bind", address, "--port", str(port), "--save", ""]
    command += ["--protected-mode", "no", "--dir", folder]
    with (folder / "redis.log").open("wb") as log, _ended(subprocess.Popen(command, stdout=log)):
        yield f"redis://{address}:{port}/0"


@contextmanager
def worker(
    inside: tuple[str, ...], environment: Mapping[str, str], log: Path
) -> Iterator["subprocess.Popen[bytes]"]:
    """A worker as in production, on the host that `inside` leads into."""
    words = ["-A", "worker.app", "worker", "--pool", "threads", "-c", "1", "-Q", "train"]
    command = [*inside, sys.executable, "-m", "celery", *words, "-n", f"{log.stem}@%h"]
    with (
        log.open("wb") as said,
        _ended(
            subprocess.Popen(command, env=dict(environment), stdout=said, stderr=said)
        ) as process,
    ):
        yield process


@contextmanager
def _ended(process: "subprocess.Popen[bytes]") -> Iterator["subprocess.Popen[bytes]"]:
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

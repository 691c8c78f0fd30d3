"""Nothing that a family started outlives it, whatever ends its owner."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tessera.family import Family, ending_raises, signals_put_off
from tessera.processes import Program, StartFailed

ROOT = Path(__file__).resolve().parents[2]
ENDS_WITHIN_S = 120


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.tessera.owner", str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def ready(owner: subprocess.Popen[str]) -> dict[str, Any]:
    assert owner.stdout is not None
    said: dict[str, Any] = json.loads(owner.stdout.readline())
    assert len(said["pids"]) >= 5
    return said


def left(pids: list[int], within_s: float = 30) -> list[int]:
    deadline = time.monotonic() + within_s
    while (alive := [pid for pid in pids if lives(pid)]) and time.monotonic() < deadline:
        time.sleep(0.1)
    return alive


def lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.slow
def test_a_killed_owner_leaves_no_process_and_no_folder(owner: subprocess.Popen[str]):
    said = ready(owner)
    owner.kill()
    assert left(said["pids"]) == []
    assert not Path(said["sockets"]).exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, -2)]
)
def test_a_signal_ends_the_owner_and_all_of_its_own(
    owner: subprocess.Popen[str], number: signal.Signals, status: int
):
    said = ready(owner)
    owner.send_signal(number)
    assert owner.wait(ENDS_WITHIN_S) == status
    assert left(said["pids"]) == []
    assert not Path(said["sockets"]).exists()


@pytest.mark.slow
def test_more_signals_while_stopping_change_nothing(owner: subprocess.Popen[str]):
    said = ready(owner)
    for _ in range(5):
        owner.send_signal(signal.SIGINT)
        time.sleep(0.1)
    owner.wait(ENDS_WITHIN_S)
    assert left(said["pids"]) == []


@pytest.mark.slow
def test_an_interrupt_while_starting_leaves_no_process(owner: subprocess.Popen[str]):
    time.sleep(1.0)  # somewhere in its start
    family = [one.pid for one in psutil.Process(owner.pid).children(recursive=True)]
    owner.send_signal(signal.SIGTERM)
    owner.wait(ENDS_WITHIN_S)
    assert left(family) == []


def test_what_a_child_started_in_another_session_ends_too(tmp_path: Path):
    code = (
        "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', "
        "'import time; time.sleep(600)'], start_new_session=True); "
        "print('ready', flush=True); time.sleep(600)"
    )
    with Family() as family:
        child = family.start(Program("parent", [sys.executable, "-c", code], tmp_path / "log"))
        while "ready" not in child.said():
            time.sleep(0.02)
        pids = [one.pid for one in psutil.Process(child.pid).children(recursive=True)]
    assert pids
    assert left(pids) == []


def test_a_program_that_fails_is_an_error_with_its_last_words(tmp_path: Path):
    code = "import sys; print('first'); sys.exit('the reason')"
    with Family() as family:
        program = Program("one", [sys.executable, "-c", code], tmp_path / "log")
        with pytest.raises(StartFailed, match=r"one ended with status 1(.|\n)*the reason"):
            family.finish(program, within_s=ENDS_WITHIN_S)


def test_last_words_are_of_this_run_alone(tmp_path: Path):
    (tmp_path / "log").write_text("of an earlier run\n")
    with Family() as family:
        child = family.start(Program("one", ["echo", "of this one"], tmp_path / "log"))
        child.process.wait()
        assert child.said() == "of this one\n"


def test_a_signal_that_was_put_off_comes_after_the_block():
    done = []
    with pytest.raises(KeyboardInterrupt), signals_put_off():  # noqa: PT012
        os.kill(os.getpid(), signal.SIGINT)
        done.append("the whole block")
    assert done == ["the whole block"]


def test_sigterm_unwinds_the_block_with_the_usual_status():
    with pytest.raises(SystemExit, match="143"), ending_raises():
        signal.raise_signal(signal.SIGTERM)

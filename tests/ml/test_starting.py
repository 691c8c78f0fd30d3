"""Runs that a fork server starts, and what happens when either of them is ended from outside."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from ml import starting
from ml.starting import Run, start

pytestmark = pytest.mark.slow

IMAGE = {"id": "1", "path": "none.png", "width": 40, "height": 40}
SPEC = {
    "kind": "select",
    "images": [IMAGE],
    "cell_px": 10,
    "budget": {"regions": 3},
    "strategy": {"acquisition": "random"},
}


def started(folder: Path, *, blocked: bool = False, **options: Any) -> Run:
    """A run; a blocked one waits for its spec until it is ended."""
    (folder / "out").mkdir(parents=True)
    if blocked:
        os.mkfifo(folder / "spec.json")
    else:
        (folder / "spec.json").write_text(json.dumps(SPEC))
    environment = os.environ | options.pop("environment", {})
    with (folder / "log").open("wb") as log:
        return start(folder, log, environment, **options)


def ended(run: Run) -> tuple[int, list[str]]:
    assert run.stdout
    with run.stdout as lines:
        events = [json.loads(line)["event"] for line in lines]
    return run.wait(30.0), events


def server() -> psutil.Process:
    (found,) = (c for c in psutil.Process().children() if "ml.fork_server" in c.cmdline())
    return found


@pytest.mark.parametrize("forks", [True, False])
def test_a_run_ends_with_its_results(
    tmp_path: Path, forks: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starting, "FORKS", forks)
    run = started(tmp_path)
    assert os.getpgid(run.pid) == run.pid
    assert ended(run) == (0, ["done"])
    assert run.poll() == run.returncode == 0
    assert (tmp_path / "out/selection.json").is_file()


def test_a_run_has_the_environment_that_it_is_given(tmp_path: Path) -> None:
    assert ended(started(tmp_path / "first")) == (0, ["done"])
    # The second of several processes is silent.
    assert ended(started(tmp_path / "second", environment={"RANK": "1"})) == (0, [])


def test_a_server_that_was_killed_is_followed_by_another(tmp_path: Path) -> None:
    ended(started(tmp_path / "first"))
    before = server()
    before.kill()
    before.wait()
    assert ended(started(tmp_path / "second")) == (0, ["done"])


def test_a_run_whose_server_is_killed_ends_as_killed(tmp_path: Path) -> None:
    run = started(tmp_path, blocked=True)
    process = psutil.Process(run.pid)
    server().kill()
    assert ended(run) == (-signal.SIGKILL, [])
    process.wait(120)


def test_a_run_whose_parent_ended_before_it_looked_ends_too(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "spec.json")
    parent = subprocess.Popen(["true"])
    parent.wait()
    run = [sys.executable, "-m", "ml.run", str(tmp_path), "--parent", str(parent.pid)]
    assert subprocess.run(run, timeout=60, check=False).returncode == 1


def test_nothing_runs_for_somebody_who_left_before_it_began(tmp_path: Path) -> None:
    class Left(Exception):
        pass

    def leave() -> None:
        raise Left

    with pytest.raises(Left):
        started(tmp_path, waiting=leave)
    ended(started(tmp_path / "next"))
    assert not (tmp_path / "out/selection.json").exists()


def test_a_run_is_told_to_stop(tmp_path: Path) -> None:
    run = started(tmp_path, blocked=True)
    with pytest.raises(subprocess.TimeoutExpired):
        run.wait(0.05)
    run.terminate()
    assert ended(run) == (143, ["stopped"])
    run.terminate()


def test_others_go_on_when_one_is_killed(tmp_path: Path) -> None:
    one, other = (started(tmp_path / name, blocked=True) for name in ("one", "other"))
    os.kill(one.pid, signal.SIGKILL)
    assert ended(one) == (-signal.SIGKILL, [])
    (tmp_path / "other/spec.json").write_text(json.dumps(SPEC))
    assert ended(other) == (0, ["done"])

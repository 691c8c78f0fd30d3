"""The supervisor against real child processes, most of them ending badly."""

import json
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from core.jobs import Claim
from core.settings import settings
from worker import pulse as pulses
from worker.child import ChildFailed, supervise
from worker.pulse import Pulse, Stopping

pytestmark = pytest.mark.slow

CLAIM = Claim(1, 1, 1, False, "select", 1, 1, {}, None)


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> Pulse:
    """A pulse that has nothing to write yet: the database is another test's matter."""
    seldom = settings().model_copy(update={"heartbeat_s": 1000.0})
    monkeypatch.setattr(pulses, "settings", lambda: seldom)
    monkeypatch.setattr(pulses, "PROGRESS_S", 1000.0)
    return Pulse(CLAIM)


@pytest.fixture(autouse=True)
def _settings(environment: dict[str, str]) -> None:
    """Short leases, so that nothing here waits for a minute."""


def write_spec(folder: Path, **spec: Any) -> Path:
    (folder / "out").mkdir()
    (folder / "spec.json").write_text(json.dumps(spec))
    return folder


def write_blocked(folder: Path) -> Path:
    """A spec whose reader waits for ever."""
    (folder / "out").mkdir()
    os.mkfifo(folder / "spec.json")
    return folder


def run(folder: Path, pulse: Pulse) -> None:
    supervise(folder, pulse, on_checkpoint=lambda _: None)


def random_choice(**changes: Any) -> dict[str, Any]:
    image = {"id": "1", "path": "none.png", "width": 40, "height": 40}
    spec = {"kind": "select", "images": [image], "cell_px": 10, "budget": {"regions": 3}}
    return {**spec, "strategy": {"acquisition": "random"}, **changes}


def test_a_good_spec_leaves_its_results(tmp_path: Path, still: Pulse) -> None:
    run(write_spec(tmp_path, **random_choice()), still)
    assert len(json.loads((tmp_path / "out/selection.json").read_text())["regions"]) == 3


def test_a_typed_failure_keeps_its_class_and_reason(tmp_path: Path, still: Pulse) -> None:
    with pytest.raises(ChildFailed, match="16") as caught:
        run(write_spec(tmp_path, **random_choice(budget={"regions": 17})), still)
    assert caught.value.error_class == "budget_exceeds_pool"


def test_a_spec_that_is_none_is_refused(tmp_path: Path, still: Pulse) -> None:
    with pytest.raises(ChildFailed) as caught:
        run(write_spec(tmp_path, kind="dance"), still)
    assert caught.value.error_class == "bad_spec"


def runs() -> list[psutil.Process]:
    """What this process's fork server has forked, and still runs."""
    servers = (c for c in psutil.Process().children() if "ml.fork_server" in c.cmdline())
    return [run for server in servers for run in server.children()]


def once_it_runs(act: Callable[[psutil.Process], object]) -> threading.Thread:
    """Do something as soon as there is a run."""

    def watch() -> None:
        while not (found := runs()):
            time.sleep(0.01)
        act(found[0])

    thread = threading.Thread(target=watch)
    thread.start()
    return thread


def test_a_killed_child_is_told_from_a_failed_one(tmp_path: Path, still: Pulse) -> None:
    killer = once_it_runs(psutil.Process.kill)
    with pytest.raises(ChildFailed, match="SIGKILL") as caught:
        run(write_blocked(tmp_path), still)
    killer.join()
    assert caught.value.error_class == "killed"


def limits(monkeypatch: pytest.MonkeyPatch, **changed: float) -> None:
    """Other ones for the supervisor."""
    asked = settings().model_copy(update=changed)
    monkeypatch.setattr("worker.child.settings", lambda: asked)


def test_too_much_memory_ends_the_child(
    tmp_path: Path, still: Pulse, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits(monkeypatch, job_memory_bytes=1 << 20)
    with pytest.raises(ChildFailed) as caught:
        run(write_blocked(tmp_path), still)
    assert caught.value.error_class == "out_of_memory"


def test_a_child_that_hangs_is_noticed_and_ended(
    tmp_path: Path, still: Pulse, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits(monkeypatch, stall_s=0.5, stop_grace_s=0.2)
    hanging = once_it_runs(psutil.Process.suspend)
    with pytest.raises(ChildFailed, match="No progress") as caught:
        run(write_blocked(tmp_path), still)
    hanging.join()
    assert caught.value.error_class == "stalled"
    assert not runs()


def test_a_worker_that_shuts_down_leaves_no_child(
    tmp_path: Path, still: Pulse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulses, "STOPPING", threading.Event())
    stopping = once_it_runs(lambda _: pulses.STOPPING.set())
    with pytest.raises(Stopping):
        run(write_blocked(tmp_path), still)
    stopping.join()
    assert not runs()


def test_the_child_is_told_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    from worker.child import _environment

    monkeypatch.setenv("TESSERA_BOOTSTRAP_TOKEN", "tes_secret")
    told = {name for name in _environment() if name.startswith("TESSERA_")}
    linked = {"TESSERA_LINKED_CACHE_DIR", "TESSERA_LINKED_CACHE_MB"}
    assert told == {"TESSERA_CACHE_DIR", "TESSERA_TORCH_THREADS", *linked}

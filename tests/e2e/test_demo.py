"""The demo as a user runs it: a command with real processes, on a handful of scenes."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest

from tessera import scenes
from tessera.demo.folder import claim

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

QUICK = ["--exit", "--cycles", "1", "--budget", "2,2", "--port", "0"]
ENDS_WITHIN_S, GONE_WITHIN_S = 240, 30


@pytest.fixture(scope="module")
def few_scenes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scenes")
    scenes.generate(folder, pool=6, val=2, test=2, width=240, height=160, seed=0)
    return folder


@contextmanager
def demo(folder, data, *options: str) -> Iterator[subprocess.Popen[str]]:
    """`tessera demo` on its own data folder; it is killed when the test gives up."""
    command = [sys.executable, "-m", "tessera", "demo", "--data", str(data), *QUICK, *options]
    env = os.environ | {"TESSERA_DATA_DIR": str(folder)}
    with subprocess.Popen(
        command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def family(process: subprocess.Popen[str]) -> set[psutil.Process]:
    """All that the process has started so far and that still runs."""
    return {*psutil.Process(process.pid).children(recursive=True)}


def left_over(seen: set[psutil.Process]) -> list[psutil.Process]:
    """Those of them that still run, after a moment for the kernel to clear away."""
    deadline = time.monotonic() + GONE_WITHIN_S
    while running := [each for each in seen if each.is_running()]:
        if time.monotonic() > deadline:
            return running
        time.sleep(0.1)
    return []


def verify(folder) -> "subprocess.CompletedProcess[str]":
    """`tessera verify` on what the demo has left; it starts the embedded database for itself."""
    env = os.environ | {"TESSERA_DATA_DIR": str(folder / "demo")}
    command = [sys.executable, "-m", "tessera", "verify"]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


def test_the_whole_loop_ends_with_a_row_per_cycle_and_no_process(tmp_path, few_scenes):
    seen: set[psutil.Process] = set()
    with demo(tmp_path, few_scenes, "--steps", "3", "--json", str(tmp_path / "out.json")) as run:
        said = []
        for line in run.stdout:
            said.append(line)
            seen |= family(run)
        assert run.wait(ENDS_WITHIN_S) == 0, "".join(said)
    found = json.loads((tmp_path / "out.json").read_text())
    assert [row["number"] for row in found["rows"]] == [0, 1, 2]
    assert all(row["test_miou"] is not None for row in found["rows"][1:])
    assert found["reference"]["val_miou"] is not None
    assert any("all labels" in line for line in said)
    assert seen
    assert left_over(seen) == []
    checked = verify(tmp_path)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_ctrl_c_in_the_middle_of_training_leaves_nothing(tmp_path, few_scenes):
    with demo(tmp_path, few_scenes, "--steps", "5000") as run:
        said = []
        for line in run.stdout:
            said.append(line)
            if "training  step" in line:
                break
        seen = family(run)
        run.send_signal(signal.SIGINT)
        rest = run.stdout.read()
        assert run.wait(ENDS_WITHIN_S) == 130, "".join(said) + rest
    assert len(seen) > 4
    assert left_over(seen) == []
    checked = verify(tmp_path)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_folder_without_images_ends_with_one_line_and_wipes_nothing(tmp_path):
    (tmp_path / "photos" / "images").mkdir(parents=True)
    (claim(tmp_path / "data" / "demo", keep=False) / "last").touch()
    with demo(tmp_path / "data", tmp_path / "photos") as run:
        said = run.stdout.read()
        assert run.wait(ENDS_WITHIN_S) == 1
    assert len(said.splitlines()) == 1
    assert said.startswith("error: ")
    assert (tmp_path / "data" / "demo" / "last").exists()

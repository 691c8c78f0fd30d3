import errno
import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from tensorboardX.proto.event_pb2 import Event

from ml import run
from ml.child import Child
from ml.spec import EvaluateSpec, SelectSpec
from tests.ml.runs import child, finish, here, train_spec, until, write
from tests.ml.scenes import blocks, pool, with_mask

pytestmark = pytest.mark.slow

LONG = {"steps": 20_000, "labelled_batch": 2, "unlabelled_batch": 2, "validations": 0}


def select(tmp_path, regions: int) -> SelectSpec:
    return SelectSpec(
        images=pool(tmp_path),
        cell_px=16,
        budget={"regions": regions},
        strategy={"acquisition": "random"},
    )


def test_a_child_says_done_and_leaves_with_zero(tmp_path):
    process = child(write(tmp_path / "s", select(tmp_path, 2)))
    assert finish(process)[-1]["event"] == "done"
    assert process.returncode == 0


def test_a_typed_failure_is_said_on_stdout_with_exit_code_3(tmp_path):
    process = child(write(tmp_path / "s", select(tmp_path, 1000)))
    said = finish(process)[-1]
    assert (said["event"], said["error_class"]) == ("failed", "budget_exceeds_pool")
    assert process.returncode == 3


def test_a_folder_without_a_spec_is_a_bad_spec(tmp_path):
    process = child(tmp_path)
    assert finish(process)[-1]["error_class"] == "bad_spec"
    assert process.returncode == 3


def test_a_random_selection_never_loads_torch(tmp_path):
    assert not loads("torch", write(tmp_path / "s", select(tmp_path, 2)))


def test_a_training_never_loads_the_compiler(tmp_path):
    """Which takes as long as all else that a stage loads."""
    folder = write(tmp_path / "s", train_spec(pool(tmp_path)))
    assert not loads("torch._dynamo", folder)
    assert (folder / "out/model.safetensors").is_file()


def loads(module: str, folder: Path) -> bool:
    code = (
        "import sys; from ml.run import main; main(sys.argv[2:]);"
        "sys.exit(sys.argv[1] in sys.modules)"
    )
    command = [sys.executable, "-c", code, module, str(folder)]
    return subprocess.run(command, check=False).returncode != 0


def test_training_says_progress_and_a_checkpoint(tmp_path):
    said = here(tmp_path / "s", train_spec(pool(tmp_path)))
    last = [s for s in said if s["event"] == "progress"][-1]
    assert (last["step"], last["steps"]) == (4, 4)
    assert set(last["losses"]) == {"supervised", "pseudo", "replay"}
    assert 0 <= last["pseudo_share"] <= 1
    assert [s["step"] for s in said if s["event"] == "checkpoint"] == [1, 2, 3]


def test_a_training_killed_in_the_middle_ends_in_the_same_bits(tmp_path):
    spec = train_spec(pool(tmp_path), schedule={"steps": 12})
    whole, broken = tmp_path / "whole", write(tmp_path / "broken", spec)
    here(whole, spec)
    process = child(broken)
    until(process, "checkpoint", step=7)
    process.kill()
    process.communicate()
    said = finish(child(broken))
    assert said[0]["event"] == "resumed"
    assert said[0]["step"] >= 6
    files = [folder / "out" / "model.safetensors" for folder in (whole, broken)]
    assert files[0].read_bytes() == files[1].read_bytes()


def test_a_stopped_training_leaves_a_checkpoint_within_a_second(tmp_path):
    spec = train_spec(pool(tmp_path), schedule=LONG).model_copy(update={"checkpoint_every_s": 60})
    process = child(write(tmp_path / "s", spec))
    until(process, "progress", step=3)
    assert stop(process) < 1
    assert process.returncode == 143
    assert any((tmp_path / "s" / "checkpoint").glob("step-*"))


def test_a_stopped_evaluation_ends_within_a_second(tmp_path):
    here(tmp_path / "t", train_spec(pool(tmp_path)))
    items = [with_mask(tmp_path, f"v{i}", blocks(480, 640, i)) for i in range(3)] * 400
    spec = EvaluateSpec(model=tmp_path / "t" / "out", splits={"val": items})
    process = child(write(tmp_path / "s", spec))
    until(process, "progress")
    assert stop(process) < 1
    assert process.returncode == 143


def test_a_child_is_stopped_while_it_still_loads(tmp_path):
    process = child(write(tmp_path / "s", train_spec(pool(tmp_path), schedule=LONG)))
    while not listens(process.pid):
        time.sleep(0.05)
    assert stop(process) < 2.5
    assert process.returncode == 143


def test_an_orphan_ends_by_itself(tmp_path):
    folder = write(tmp_path / "s", train_spec(pool(tmp_path), schedule=LONG))
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(folder)], stdout=subprocess.PIPE, text=True
    )
    orphan = int(parent.stdout.readline())
    time.sleep(2.0)
    parent.kill()
    parent.communicate()
    assert gone_within(orphan, seconds=60)


PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-m", "ml.run", sys.argv[1]], stdout=subprocess.DEVNULL)
print(child.pid, flush=True)
time.sleep(60)
"""


def listens(pid: int) -> bool:
    """Whether it would be told of SIGTERM; elsewhere than on Linux it has had a second."""
    status = Path(f"/proc/{pid}/status")
    if not status.is_file():
        time.sleep(1.0)
        return True
    caught = re.search(r"SigCgt:\s*(\w+)", status.read_text())
    return caught is not None and bool(int(caught[1], 16) >> (signal.SIGTERM - 1) & 1)


def stop(process: subprocess.Popen) -> float:
    """Seconds of processor time from SIGTERM to the end, which nobody else on the machine can
    lengthen; the last line says `stopped`."""
    spent = processor_s(psutil.Process(process.pid).cpu_times())
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=240)
    assert '"stopped"' in out.splitlines()[-1]
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    return now.ru_utime + now.ru_stime - ended.ru_utime - ended.ru_stime - spent


def processor_s(times: Any) -> float:
    return float(times.user + times.system)


def gone_within(pid: int, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


def test_tensorboard_shows_each_term_of_each_step(tmp_path):
    here(tmp_path, train_spec(pool(tmp_path / "images"), schedule={"steps": 4}))
    [file] = (tmp_path / "events").iterdir()
    seen = [(value.tag, event.step) for event in events_of(file) for value in event.summary.value]
    assert [step for tag, step in seen if tag == "losses/supervised"] == [1, 2, 3, 4]
    assert {tag for tag, _ in seen} >= {"losses/pseudo", "losses/replay", "pseudo_share", "lr"}


def events_of(file: Path) -> Iterator[Event]:
    """TFRecords: length (8 bytes), its checksum (4), the event, its checksum (4)."""
    rest = file.read_bytes()
    while rest:
        length = int.from_bytes(rest[:8], "little")
        yield Event.FromString(rest[12 : 12 + length])
        rest = rest[16 + length :]


def test_a_full_disk_is_a_failure_of_its_own(capfd):
    error = OSError(errno.ENOSPC, "No space left on device")
    assert run._report(error, Child()) == 3
    assert json.loads(capfd.readouterr().out)["error_class"] == "disk_full"

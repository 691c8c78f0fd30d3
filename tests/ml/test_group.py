"""Several processes train as one does: real `torchrun`, gloo on the CPU."""

import json
import os
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from ml.spec import SelectSpec, TrainSpec
from ml.starting import start
from tests.ml.runs import child, finish, train_spec, write
from tests.ml.scenes import pool
from tests.serving import free_port

pytestmark = pytest.mark.slow

BATCHES = {"labelled_batch": 4, "unlabelled_batch": 4, "validations": 0}


def spec_of(folder: Path, **schedule: int) -> TrainSpec:
    return train_spec(pool(folder / "images"), schedule={"steps": 6, **BATCHES, **schedule})


def torchrun(folder: Path, processes: int = 2) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "torch.distributed.run", "--standalone"),
            *(f"--nproc-per-node={processes}", "-m", "ml.run", str(folder)),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )


def two(folder: Path) -> tuple[list[dict], list[int]]:
    """What two processes said and how they ended, where `torchrun` has no part in it: these are
    forked from one that has loaded torch."""
    place = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port()), "WORLD_SIZE": "2"}
    with ExitStack() as stack:
        runs = []
        for rank in ("0", "1"):
            log = stack.enter_context((folder / f"{rank}.log").open("wb"))
            env = os.environ | place | {"RANK": rank, "LOCAL_RANK": rank, "OMP_NUM_THREADS": "1"}
            run = start(folder, log, env)
            assert run.stdout is not None
            stack.enter_context(run.stdout)
            runs.append(run)
        said = [json.loads(line) for run in runs for line in run.stdout or ()]
        return said, [run.wait(240.0) for run in runs]


def weights(folder: Path) -> dict[str, torch.Tensor]:
    found = load_file(folder / "out" / "model.safetensors")
    # Counts of batches that nothing depends on; two parts in one process count twice.
    return {name: t for name, t in found.items() if not name.endswith("num_batches_tracked")}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("group")


@pytest.fixture(scope="module")
def shared(folder: Path) -> Path:
    """A training by two processes that nothing disturbed."""
    run = write(folder / "shared", spec_of(folder))
    said = finish(torchrun(run))
    assert [each["event"] for each in said].count("done") == 1
    return run


def test_two_processes_end_in_the_weights_of_one_with_two_parts(folder, shared):
    """Both add the same two gradients and halve them, in floating point; each thread count is one,
    so only the order of sums inside the exchange could differ, and of two there is but one."""
    alone = write(folder / "alone", spec_of(folder, accumulate=2))
    finish(child(alone))
    one, two = weights(alone), weights(shared)
    assert one.keys() == two.keys()
    assert max((one[name] - two[name]).abs().max().item() for name in one) < 1e-6


def test_killed_processes_go_on_where_their_checkpoint_was(folder, shared):
    broken = write(folder / "broken", spec_of(folder))
    first = torchrun(broken)
    assert first.stdout is not None
    for line in first.stdout:
        if json.loads(line).get("step", 0) >= 3:
            break
    os.kill(first.pid, signal.SIGTERM)
    first.communicate(timeout=240)
    said = finish(torchrun(broken))
    assert said[0]["event"] == "resumed"
    one, two = weights(shared), weights(broken)
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_all_processes_stop_together_and_one_says_so(tmp_path):
    spec = spec_of(tmp_path, steps=20_000).model_copy(update={"checkpoint_every_s": 600})
    process = torchrun(write(tmp_path / "s", spec))
    assert process.stdout is not None
    for line in process.stdout:
        if json.loads(line)["event"] == "progress":
            break
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=240)
    events = [json.loads(line)["event"] for line in out.splitlines()]
    # torchrun kills after 30 s, and who is killed says nothing
    assert events.count("stopped") == 1


def test_what_fails_in_one_process_ends_all_of_them(tmp_path):
    wild = {"lr": 10.0, "warmup": 0, "optimizer": "sgd", "weight_decay": 1.0, "steps": 400}
    spec = train_spec(pool(tmp_path), "supervised-cpu", schedule={**BATCHES, **wild})
    said, codes = two(write(tmp_path / "s", spec))
    assert 0 not in codes
    assert {each["error_class"] for each in said if each["event"] == "failed"} == {
        "non_finite_loss"
    }


def test_batches_that_cannot_be_shared_are_refused(tmp_path):
    asked = train_spec(pool(tmp_path / "images"), schedule={"labelled_batch": 1})
    said, codes = two(write(tmp_path / "s", asked))
    assert 0 not in codes
    assert "cut each batch into 2 parts" in said[0]["message"]
    # Whoever is still joining then is abandoned, and says nothing.
    assert {each["error_class"] for each in said if each["event"] == "failed"} == {"bad_spec"}


def test_other_stages_are_refused(tmp_path, monkeypatch):
    """Before any process waits for another: what `torchrun` says is enough."""
    images, at_random = pool(tmp_path / "images"), {"acquisition": "random"}
    asked = SelectSpec(images=images, cell_px=16, budget={"regions": 1}, strategy=at_random)
    monkeypatch.setenv("WORLD_SIZE", "2")
    [said] = finish(child(write(tmp_path / "s", asked)))
    assert "torchrun is for training" in said["message"]
    assert said["error_class"] == "bad_spec"

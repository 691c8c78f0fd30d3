"""The step of the trainer: parts, precision, failures."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from ml.child import Child
from ml.errors import Failure
from ml.norms import Parts, running
from ml.train import assemble
from ml.trainer import update
from ml.training import Training
from tests.ml.runs import train_spec, write
from tests.ml.scenes import TINY, blocks, pool, with_mask

pytestmark = pytest.mark.slow

BATCHES = {"labelled_batch": 4, "unlabelled_batch": 4, "validations": 0, "steps": 8}


@pytest.fixture(autouse=True)
def _states():
    """What `assemble` decides for the whole process."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)
    torch._C._set_deterministic_algorithms(False, warn_only=False)


def training(folder: Path, name: str = "supervised-cpu", **changes) -> Training:
    """Images with more and with fewer labels, so that their parts weigh differently."""
    items = pool(folder, labelled=3)
    whole = with_mask(folder, "whole", blocks(32, 48))
    schedule = {**BATCHES, **changes.pop("schedule", {})}
    spec = train_spec([*items, whole], name, schedule=schedule, **changes)
    return assemble(spec, Child(os.open(os.devnull, os.O_WRONLY)))


def in_parts(folder: Path, count: int) -> Training:
    """Without what sees or draws by the part: statistics of batch norm, and colours."""
    plain = {**TINY["augmentation"], "colour": {"chance": 0}}
    ready = training(folder, augmentation=plain, schedule={"accumulate": count})
    for layer in ready.method.student.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.eval()
    return ready


def gradients(ready: Training) -> list[torch.Tensor]:
    """Of one step that leaves the weights where they are."""
    ready.optimiser.step = lambda: None
    update(ready, 0)
    return [p.grad for p in ready.method.student.parameters()]


def test_parts_add_up_to_the_gradient_of_the_whole_batch(tmp_path):
    """Though they have more and fewer labels; up to the rounding of sums in another order."""
    whole, parts = (gradients(in_parts(tmp_path, count)) for count in (1, 2))
    largest = max(each.abs().max().item() for each in whole)
    pairs = zip(whole, parts, strict=True)
    assert all(torch.allclose(a, b, atol=1e-5 * largest) for a, b in pairs)


def test_the_loss_told_of_parts_is_that_of_the_whole_batch(tmp_path):
    told = []
    for count in (1, 2):
        ready = in_parts(tmp_path, count)
        update(ready, 0)
        told.append(ready.losses["supervised"])
    assert told[0] == pytest.approx(told[1], rel=1e-5)


def test_running_statistics_of_parts_are_the_mean_of_theirs():
    layer = nn.BatchNorm2d(1)
    live = running([layer])
    parts = Parts(live)
    for value in (1.0, 3.0):
        layer(torch.full((2, 1, 2, 2), value))
        parts.end_part()
        assert layer.running_mean.item() == 0
    parts.settle()
    assert layer.running_mean.item() == pytest.approx(0.1 * 2)


def test_what_is_in_eval_mode_gathers_no_statistics():
    assert running([nn.BatchNorm2d(1).eval()]) == []


def test_a_step_in_bf16_learns_and_keeps_its_weights_in_fp32(tmp_path):
    ready = training(tmp_path, "s4al-cpu", precision="bf16")
    losses = []
    for t in range(4):
        update(ready, t)
        losses.append(ready.losses["supervised"])
    assert losses[-1] < losses[0]
    assert {p.dtype for p in ready.method.student.parameters()} == {torch.float32}


def test_bf16_computes_in_bf16(tmp_path):
    ready, seen = training(tmp_path, precision="bf16"), []
    ready.method.student.decoder.register_forward_hook(lambda *each: seen.append(each[2].dtype))
    update(ready, 0)
    assert seen == [torch.bfloat16]


def test_activations_have_their_channels_last(tmp_path):
    ready, seen = training(tmp_path, "s4al-cpu"), []
    ready.method.student.encoder.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    update(ready, 3)
    assert seen[0].is_contiguous(memory_format=torch.channels_last)
    assert not seen[0].is_contiguous()


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="fp16 needs a GPU")
def test_fp16_scales_its_gradients(tmp_path):
    ready = training(tmp_path, "s4al-cpu", precision="fp16")
    assert ready.scaler.is_enabled()
    for t in range(4):
        update(ready, t)
    assert all(torch.isfinite(p).all() for p in ready.method.student.parameters())


def test_fp16_on_a_cpu_is_refused(tmp_path):
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    with pytest.raises(Failure, match="take bf16 or fp32 on a CPU"):
        update(training(tmp_path, precision="fp16"), 0)


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS does not limit address space")
def test_running_out_of_memory_is_a_typed_failure(tmp_path):
    """A real one: the process may have so much address space and no more."""
    spec = train_spec(pool(tmp_path), augmentation={"crop": (2400, 2400)})
    ceiling = 2 << 30
    done = subprocess.run(
        [sys.executable, "-m", "ml.run", str(write(tmp_path / "s", spec))],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (ceiling, ceiling)),
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    said = json.loads(done.stdout.splitlines()[-1])
    assert (said["event"], said["error_class"]) == ("failed", "out_of_memory")
    assert "halve the batches or the crop" in said["message"]
    assert done.returncode == 3


def test_a_part_weighs_what_its_share_of_the_labelled_pixels_is(tmp_path):
    parts = training(tmp_path).batches.at(0, unlabelled=False).split(2)
    known = [sum(part.labelled.known) for part in parts]
    assert known[0] != known[1]
    assert [part.weight for part in parts] == pytest.approx([2 * k / sum(known) for k in known])

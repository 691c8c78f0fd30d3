"""The training loop that all methods share: steps, schedule, checkpoints, progress, stopping.

A checkpoint holds everything that the next step depends on, so a resumed run on the same
machine and thread count ends in the very same weights.
"""

import hashlib
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ml import checkpoint, optimisers
from ml.board import Board
from ml.checkpoint import Checkpoint
from ml.child import Child
from ml.data import Batch, Batches
from ml.device import passes
from ml.errors import Failure
from ml.evaluate import confusion_over
from ml.methods import Method, Step
from ml.metrics import miou
from ml.predict import Predictor
from ml.spec import TrainSpec

FOLDER = Path("checkpoint")
EVENTS = Path("events")


@dataclass
class Training:
    """One run: `done` steps and `seconds` include those before a resume."""

    spec: TrainSpec
    method: Method
    batches: Batches
    optimiser: torch.optim.Optimizer
    child: Child
    done: int = 0
    seconds: float = 0.0
    losses: dict[str, float] = field(default_factory=dict)
    val_miou: dict[str, float | None] = field(default_factory=dict)
    scaler: torch.amp.GradScaler = field(init=False)

    def __post_init__(self) -> None:
        halved = self.spec.recipe.precision == "fp16"
        self.scaler = torch.amp.GradScaler(self.batches.device.type, enabled=halved)


def fit(training: Training) -> None:
    """Trains to the last step, from the newest checkpoint if there is one of this spec.

    Raises Failure `non_finite_loss`. Leaves the process when it was told to stop.
    """
    child, digest = training.child, spec_digest()
    _resume(training, checkpoint.newest(FOLDER, digest))
    steps = training.spec.recipe.schedule.steps
    before, first = training.seconds, training.done
    started = saved = time.monotonic()
    board = Board(EVENTS)
    child.deferring = True
    for t in range(first, steps):
        figures = update(training, t)
        training.done = t + 1
        now = time.monotonic()
        training.seconds = before + now - started
        due = now - saved >= training.spec.checkpoint_every_s and training.done < steps
        if due or child.stop_requested:
            _save(training, digest)
            board.flush()
            saved = now
        if child.stop_requested:
            child.leave()
        _validate(training)
        eta_s = (now - started) / (training.done - first) * (steps - training.done)
        board.add(training.done, _tell(training, figures, eta_s))
    child.deferring = False
    board.close()


def spec_digest() -> str:
    return hashlib.sha256(Path("spec.json").read_bytes()).hexdigest()


def update(training: Training, t: int) -> dict[str, float]:
    """One step; the method's figures."""
    method, optimiser = training.method, training.optimiser
    schedule = training.spec.recipe.schedule
    for group in optimiser.param_groups:
        group["lr"] = optimisers.rate(schedule, t)
    optimiser.zero_grad(set_to_none=True)
    unlabelled, replay = method.wants_unlabelled(t), method.wants_replay(t)
    batch = training.batches.at(t, unlabelled=unlabelled, replay=replay)
    steps = [_backward(training, part, t) for part in batch.split(schedule.accumulate)]
    training.losses = _means([{k: v.item() for k, v in s.losses.items()} for s in steps])
    _check_finite(training.losses, t)
    training.scaler.step(optimiser)
    training.scaler.update()
    method.after_step(batch, t)
    return _means([step.figures for step in steps])


def _backward(training: Training, part: Batch, t: int) -> Step:
    """Adds this part's share of the gradient."""
    with passes(training.spec.recipe.precision, training.batches.device):
        step = training.method.step(part, t)
    total = torch.stack([loss.float() for loss in step.losses.values()]).sum()
    training.scaler.scale(total / training.spec.recipe.schedule.accumulate).backward()
    return step


def _means(parts: Sequence[dict[str, float]]) -> dict[str, float]:
    return {name: sum(part[name] for part in parts) / len(parts) for name in parts[0]}


def _check_finite(losses: dict[str, float], t: int) -> None:
    for name, value in losses.items():
        if not math.isfinite(value):
            raise Failure(
                "non_finite_loss",
                f"the loss {name!r} is {value} at step {t}; lower schedule.lr or raise "
                "schedule.warmup",
            )


def _validate(training: Training) -> None:
    """`validations` times, evenly; the last one after the last step."""
    schedule, items = training.spec.recipe.schedule, training.spec.val
    every = max(1, schedule.steps // max(schedule.validations, 1))
    if not items or not schedule.validations or training.done % every:
        return
    for name, network in training.method.modules().items():
        training.val_miou[name] = _judged(training, network)


def _judged(training: Training, network: nn.Module) -> float | None:
    recipe, was_training = training.spec.recipe, network.training
    classes, device = len(training.spec.classes), training.batches.device
    predictor = Predictor(network.eval(), recipe, classes, device)
    found = miou(confusion_over(predictor, training.spec.val))
    network.train(was_training)
    return found


def _tell(training: Training, figures: dict[str, float], eta_s: float) -> dict[str, Any]:
    """Shows the figures of the newest step, and gives them back."""
    fields: dict[str, Any] = {
        "eta_s": round(eta_s, 1),
        "losses": training.losses,
        "lr": training.optimiser.param_groups[0]["lr"],
        **figures,
    }
    if training.val_miou:
        fields["val_miou"] = training.val_miou[training.method.predictor_name]
        fields |= {f"val_miou_{name}": found for name, found in training.val_miou.items()}
    training.child.progress(training.done, training.spec.recipe.schedule.steps, **fields)
    return fields


def _save(training: Training, digest: str) -> None:
    tensors = {
        f"{name}/{key}": value
        for name, module in training.method.modules().items()
        for key, value in module.state_dict().items()
    }
    memory = optimisers.tensors(training.optimiser)
    tensors.update({f"optimiser/{name}": value for name, value in memory.items()})
    state = {
        "seconds": training.seconds,
        "losses": training.losses,
        "val_miou": training.val_miou,
        "scaler": training.scaler.state_dict(),
        "method": training.method.extra_state(),
    }
    checkpoint.write(FOLDER, digest, Checkpoint(training.done, tensors, state))
    training.child.step = training.done
    training.child.emit("checkpoint", step=training.done)


def _resume(training: Training, found: Checkpoint | None) -> None:
    if found is None:
        return
    for name, module in training.method.modules().items():
        module.load_state_dict(_under(found.tensors, f"{name}/"))
    optimisers.restore(training.optimiser, _under(found.tensors, "optimiser/"))
    training.method.load_extra(found.state["method"])
    training.done = training.child.step = found.step
    training.seconds, training.losses = found.state["seconds"], found.state["losses"]
    training.val_miou = found.state["val_miou"]
    training.scaler.load_state_dict(found.state["scaler"])
    training.child.emit("resumed", step=found.step)


def _under(tensors: dict[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    return {name[len(prefix) :]: t for name, t in tensors.items() if name.startswith(prefix)}

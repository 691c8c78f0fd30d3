"""The training loop that all methods share: steps, schedule, checkpoints, progress, stopping.

A checkpoint holds everything that the next step depends on, so a resumed run on the same
machine and thread count ends in the very same weights. Under `torchrun` every process has a share
of each batch and all hold the same network; the first writes and speaks.
"""

import hashlib
import math
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ml import checkpoint, norms, optimisers
from ml.board import Board
from ml.data import Batch
from ml.device import passes
from ml.errors import Failure
from ml.evaluate import confusion_over
from ml.methods import Step
from ml.metrics import miou
from ml.predict import Predictor
from ml.training import Training

FOLDER = Path("checkpoint")
EVENTS = Path("events")


def fit(training: Training) -> None:
    """Trains to the last step, from the newest checkpoint if there is one of this spec.

    Raises Failure `non_finite_loss` or `disk_full`. Leaves the process when it was told to stop.
    """
    child, digest = training.child, spec_digest()
    _resume(training, digest)
    steps = training.spec.recipe.schedule.steps
    before, first = training.seconds, training.done
    started = saved = time.monotonic()
    board = Board(EVENTS) if training.group.leads else None
    child.deferring = True
    for t in range(first, steps):
        figures, stopping = update(training, t)
        training.done = t + 1
        now = time.monotonic()
        training.seconds = before + now - started
        due = now - saved >= training.spec.checkpoint_every_s and training.done < steps
        if board and (due or stopping):
            _save(training, digest)
            board.flush()
            saved = now
        if stopping:
            child.leave()
        if board:
            _validate(training)
            eta_s = (now - started) / (training.done - first) * (steps - training.done)
            waiting = training.loader.waited / (time.monotonic() - started)
            figures = {**figures, "waiting_share": round(waiting, 4)}
            board.add(training.done, _tell(training, figures, eta_s))
    child.deferring = False
    training.loader.close()
    if board:
        board.close()


def spec_digest() -> str:
    return hashlib.sha256(Path("spec.json").read_bytes()).hexdigest()


def update(training: Training, t: int) -> tuple[dict[str, float], bool]:
    """One step; the method's figures, and whether somebody was told to stop."""
    _set_rates(training, t)
    for optimiser in training.optimisers():
        optimiser.zero_grad(set_to_none=True)
    batch = _take(training, t)
    steps = _backward(training, batch, t)
    figures, stopping = _agree(training, steps)
    _check_finite(training.losses, t)
    training.group.average(training.gradients())
    training.group.average(training.statistics)
    for optimiser in training.optimisers():
        training.scaler.step(optimiser)
    training.scaler.update()
    training.method.after_step(batch, t)
    return figures, stopping


def _set_rates(training: Training, t: int) -> None:
    schedule = training.spec.recipe.schedule
    rate = optimisers.rate(schedule, t)
    for group in training.optimiser.param_groups:
        group["lr"] = rate * group.get("share", 1.0)
    for name, opponent in training.method.opponents().items():
        for group in training.opposing[name].param_groups:
            group["lr"] = opponent.settings.lr * rate / schedule.lr


def _take(training: Training, t: int) -> Batch:
    """The batch of step t; that of the next one is begun."""
    plan = training.plan(t)
    batch = training.loader.take(plan)
    training.method.planned(plan)
    if t + 1 < training.spec.recipe.schedule.steps:
        training.loader.begin(training.plan(t + 1))
    known = sum(batch.labelled.known)
    [mean] = training.group.averages([float(known)])
    return replace(batch, weight=known / max(mean, 1))


def _backward(training: Training, batch: Batch, t: int) -> list[Step]:
    """Gradients of the batch, part by part; each is left with the mean over the parts."""
    parts = batch.split(training.spec.recipe.schedule.accumulate)
    statistics = norms.Parts(training.statistics) if len(parts) > 1 else None
    steps = []
    for part in parts:
        with passes(training.spec.recipe.precision, training.batches.device):
            step = training.method.step(part, t)
        total = torch.stack([loss.float() for loss in step.losses.values()]).sum()
        training.scaler.scale(total / len(parts)).backward()
        steps.append(step)
        if statistics:
            statistics.end_part()
    if statistics:
        statistics.settle()
    return steps


def _agree(training: Training, steps: Sequence[Step]) -> tuple[dict[str, float], bool]:
    """Losses and figures over all parts and processes, and whether anyone was told to stop: all
    processes go on, fail and stop together."""
    names = list(steps[0].losses)
    losses = torch.stack([torch.stack(list(s.losses.values())).detach() for s in steps])
    figures = _means([step.figures for step in steps])
    told = [*losses.mean(dim=0).tolist(), *figures.values(), float(training.child.stop_requested)]
    agreed = training.group.averages(told)
    training.losses = dict(zip(names, agreed, strict=False))
    return dict(zip(figures, agreed[len(names) :], strict=False)), agreed[-1] > 0


def _means(parts: Sequence[dict[str, float]]) -> dict[str, float]:
    return {name: sum(part[name] for part in parts) / len(parts) for name in parts[0]}


def _check_finite(losses: dict[str, float], t: int) -> None:
    for name, value in losses.items():
        if not math.isfinite(value):
            raise Failure(
                "non_finite_loss",
                f"the loss {name!r} is {value} at step {t}; {_advice(name)}",
            )


def _advice(name: str) -> str:
    if "discriminator" in name or "adversarial" in name:
        return "lower discriminator.lr or schedule.lr"
    return "lower schedule.lr or raise schedule.warmup"


def _validate(training: Training) -> None:
    """`validations` times, evenly; the last one after the last step."""
    schedule, items = training.spec.recipe.schedule, training.spec.val
    every = max(1, schedule.steps // max(schedule.validations, 1))
    if not items or not schedule.validations or training.done % every:
        return
    for name, network in training.method.predictors().items():
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
    checkpoint.write(FOLDER, digest, training.snapshot())
    training.child.step = training.done
    training.child.emit("checkpoint", step=training.done)


def _resume(training: Training, digest: str) -> None:
    if not training.group.leads:
        training.group.wait()
    found = checkpoint.newest(FOLDER, digest)
    if training.group.leads:
        # It may have cleared the folder, which the others shall not see half-done.
        training.group.wait()
    if found is not None:
        training.restore(found)
        training.child.step = found.step
        training.child.emit("resumed", step=found.step)

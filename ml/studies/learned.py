"""Trained, then judged: what trials and campaigns do with every set of labels."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ml.dataset import Dataset
from ml.metrics import iou_per_class, miou
from ml.recipe import Recipe
from ml.spec import EvaluateSpec, ImageItem, TrainSpec
from ml.studies.stage import Listener, run_stage

CHECKPOINT_EVERY_S = 120.0
Listening = Callable[[str], Listener]
"""From the folder of what is about to run to what hears of it."""


@dataclass(frozen=True)
class Learned:
    """`metrics` by split: `miou` (None where no pixel of a split is labelled) and `iou` by class;
    `seconds` of the whole training stage."""

    metrics: dict[str, dict[str, Any]]
    seconds: float


def learned(
    folder: Path,
    data: Dataset,
    listening: Listening,
    *,
    recipe: Recipe,
    pool: list[ImageItem],
    seed: int,
) -> Learned:
    """Trains on the pool into FOLDER/train, judges on val and test into FOLDER/evaluate, where
    that is not done yet. Raises Failure."""
    asked = TrainSpec(
        recipe=recipe,
        classes=data.classes,
        background=data.background,
        seed=seed,
        pool=pool,
        checkpoint_every_s=CHECKPOINT_EVERY_S,
    )
    done = run_stage(folder / "train", asked, listening("train"))
    splits = {name: data.splits[name] for name in ("val", "test") if data.splits[name]}
    judging = EvaluateSpec(model=model_of(folder), splits=splits)
    run_stage(folder / "evaluate", judging, listening("evaluate"))
    report = json.loads((folder / "evaluate/out/evaluation.json").read_bytes())
    metrics = {split: _judged(each["confusion"]) for split, each in report.items()}
    return Learned(metrics, done["seconds"])


def model_of(folder: Path) -> Path:
    return (folder / "train/out").resolve()


def _judged(confusion: list[list[int]]) -> dict[str, Any]:
    counts = np.array(confusion)
    return {"miou": miou(counts), "iou": iou_per_class(counts)}

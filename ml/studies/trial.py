"""One trial of a study: train a recipe on some labelled images of a data set, then judge it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ml.dataset import Dataset
from ml.files import write_json
from ml.metrics import iou_per_class, miou
from ml.recipe import Recipe
from ml.spec import EvaluateSpec, ImageItem, TrainSpec
from ml.studies.stage import Listener, run_stage

CHECKPOINT_EVERY_S = 120.0


@dataclass(frozen=True)
class Trial:
    """`fraction` of the pool's images is labelled, the same ones for every recipe of a seed."""

    recipe: Recipe
    fraction: float
    seed: int

    @property
    def folder(self) -> Path:
        """Where it lives inside the folder of its study."""
        return Path(self.recipe.name, f"{100 * self.fraction:g}", str(self.seed))


@dataclass(frozen=True)
class Outcome:
    """`miou` in 0..1 by split; None where a split has no labelled pixel."""

    trial: Trial
    miou: dict[str, float | None]
    seconds_per_step: float


def outcome_of(trial: Trial, data: Dataset, study: Path, listener: Listener) -> Outcome:
    """Runs what is not done yet of the trial, and writes its result.json. Raises Failure."""
    folder = study / trial.folder
    run_stage(folder / "train", _training(trial, data), listener)
    model = (folder / "train" / "out").resolve()
    splits = {name: data.splits[name] for name in ("val", "test") if data.splits[name]}
    run_stage(folder / "evaluate", EvaluateSpec(model=model, splits=splits), listener)
    outcome = Outcome(trial, *_judged(folder))
    write_json(folder / "result.json", _result(outcome, folder))
    return outcome


def _training(trial: Trial, data: Dataset) -> TrainSpec:
    pool = data.splits["pool"]
    chosen = labelled_images(len(pool), trial.fraction, trial.seed)
    return TrainSpec(
        recipe=trial.recipe,
        classes=data.classes,
        seed=trial.seed,
        pool=[item if i in chosen else _unlabelled(item) for i, item in enumerate(pool)],
        checkpoint_every_s=CHECKPOINT_EVERY_S,
    )


def labelled_images(count: int, fraction: float, seed: int) -> set[int]:
    """At random by the seed, at least one; a larger fraction of a seed holds the smaller ones."""
    order = np.random.default_rng([seed, count]).permutation(count)
    return set(order[: max(1, round(fraction * count))].tolist())


def _unlabelled(item: ImageItem) -> ImageItem:
    return item.model_copy(update={"mask_path": None})


def _judged(folder: Path) -> tuple[dict[str, float | None], float]:
    report = _read(folder / "evaluate/out/evaluation.json")
    card = _read(folder / "train/out/model.json")
    found = {split: miou(np.array(each["confusion"])) for split, each in report.items()}
    return found, card["seconds"] / card["steps"]


def _result(outcome: Outcome, folder: Path) -> Mapping[str, Any]:
    report = _read(folder / "evaluate/out/evaluation.json")
    return {
        "recipe": outcome.trial.recipe.name,
        "fraction": outcome.trial.fraction,
        "seed": outcome.trial.seed,
        "miou": outcome.miou,
        "iou": {s: iou_per_class(np.array(each["confusion"])) for s, each in report.items()},
        "seconds_per_step": outcome.seconds_per_step,
    }


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_bytes())
    return found

"""One trial of a study: train a recipe on some labelled images of a data set, then judge it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ml.dataset import Dataset, labelled_images
from ml.files import write_json
from ml.recipe import Recipe
from ml.spec import ImageItem
from ml.studies.learned import Learned, learned, model_of
from ml.studies.stage import Listener


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
    found = learned(
        folder,
        data,
        lambda _: listener,
        recipe=trial.recipe,
        pool=_pool(trial, data),
        seed=trial.seed,
    )
    scores = {split: each["miou"] for split, each in found.metrics.items()}
    outcome = Outcome(trial, scores, _seconds_per_step(folder))
    write_json(folder / "result.json", _result(outcome, found))
    return outcome


def _pool(trial: Trial, data: Dataset) -> list[ImageItem]:
    pool = data.splits["pool"]
    chosen = labelled_images(len(pool), trial.fraction, trial.seed)
    return [item if i in chosen else _unlabelled(item) for i, item in enumerate(pool)]


def _unlabelled(item: ImageItem) -> ImageItem:
    return item.model_copy(update={"mask_path": None})


def _seconds_per_step(folder: Path) -> float:
    card = json.loads((model_of(folder) / "model.json").read_bytes())
    return float(card["seconds"] / card["steps"])


def _result(outcome: Outcome, found: Learned) -> Mapping[str, Any]:
    return {
        "recipe": outcome.trial.recipe.name,
        "fraction": outcome.trial.fraction,
        "seed": outcome.trial.seed,
        "miou": outcome.miou,
        "iou": {split: each["iou"] for split, each in found.metrics.items()},
        "seconds_per_step": outcome.seconds_per_step,
    }

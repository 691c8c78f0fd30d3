"""A campaign from its first labels to its last cycle, each stage in a process of its own.

What is done is found done: a simulation that was stopped goes on where it was.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ml.dataset import Dataset, labelled_images
from ml.errors import Failure
from ml.files import write_json
from ml.spec import Budget as RegionBudget
from ml.spec import ImageItem, ScoreSpec, SelectSpec
from ml.studies.campaign import Budget, Campaign, Labels
from ml.studies.learned import Listening, learned, model_of
from ml.studies.stage import Listener, run_stage


def simulate(campaign: Campaign, data: Dataset, folder: Path, listening: Listening) -> Path:
    """Runs what is not done; the run's JSON, FOLDER.json. Raises Failure.

    The rows of `cycles` hold what each model had learned from and how it was judged; the last one
    is that of the labels of the last cycle.
    """
    run = _Run(campaign, data, folder, listening)
    run.start()
    rows = [run.cycle(number) for number in range(len(campaign.budgets) + 1)]
    path = folder.with_name(f"{folder.name}.json")
    write_json(
        path,
        {
            "campaign": campaign.model_dump(mode="json"),
            "classes": data.classes,
            "pool": run.pool(),
            "cycles": rows,
        },
    )
    return path


class _Run:
    def __init__(
        self, campaign: Campaign, data: Dataset, folder: Path, listening: Listening
    ) -> None:
        self.campaign, self.data, self.folder, self.listening = campaign, data, folder, listening
        self.labels = Labels(data.splits["pool"], campaign.cell_px)

    def start(self) -> None:
        """The labels before the first training. Raises Failure `bad_spec` when there are none."""
        campaign, count = self.campaign, len(self.labels.pool)
        if not (campaign.images or campaign.regions):
            raise Failure("bad_spec", "a campaign starts from labelled images or regions; give one")
        if campaign.images:
            self.labels.whole |= labelled_images(count, campaign.images, campaign.seed)
        if campaign.regions:
            self._select("start", Budget(share=campaign.regions), {"acquisition": "random"}, 0)

    def cycle(self, number: int) -> dict[str, Any]:
        """Train and evaluate on the labels so far, then ask for the cycle's budget."""
        place = self.folder / f"cycle-{number}"
        row = {"cycle": number, **self._cost(), **self._trained(place, number)}
        if number < len(self.campaign.budgets):
            self._ask(place, number)
        return row

    def pool(self) -> dict[str, int]:
        """Size of the pool."""
        items = self.labels.pool
        return {"images": len(items), "pixels": sum(item.width * item.height for item in items)}

    def _cost(self) -> dict[str, Any]:
        cost = self.labels.cost()
        return {
            "labelled_share": cost.pixels / self.pool()["pixels"],
            "regions": cost.regions,
            "pixels": cost.pixels,
            "known_pixels": cost.known_pixels,
            "clicks": cost.clicks,
        }

    def _trained(self, place: Path, number: int) -> dict[str, Any]:
        found = learned(
            place,
            self.data,
            lambda name: self._listener(place / name),
            recipe=self.campaign.recipe_of(number),
            pool=self.labels.items(place / "labels"),
            seed=self.campaign.seed + self.campaign.turn(number),
        )
        return {"metrics": found.metrics, "train_s": found.seconds}

    def _ask(self, place: Path, number: int) -> None:
        strategy = self.campaign.strategy
        if strategy.acquisition != "random":
            spec = ScoreSpec(
                model=model_of(place),
                images=self._open_items(place),
                cell_px=self.campaign.cell_px,
                acquisition=strategy.acquisition,
                network=strategy.network,
            )
            self._stage(place / "score", spec)
        turn = self.campaign.turn(number)
        self._select(place.name, self.campaign.budgets[number], {}, turn)

    def _open_items(self, place: Path) -> list[ImageItem]:
        """With the labels of their cells, which leave the scores."""
        labelled = {item.id: item for item in self.labels.items(place / "labels")}
        return [labelled[item.id] for item in self.labels.open_items()]

    def _select(self, name: str, budget: Budget, changes: Mapping[str, Any], turn: int) -> None:
        """Chooses regions and takes them as labelled."""
        strategy = self.campaign.strategy.model_copy(update=dict(changes))
        place = self.folder / name
        found = place / "score/out"
        scored = strategy.acquisition != "random"
        spec = SelectSpec(
            images=self.labels.open_items(),
            cell_px=self.campaign.cell_px,
            budget=RegionBudget(regions=self._regions(budget)),
            strategy=strategy,
            closed=self.labels.cells,
            scores=[(found / "scores.safetensors").resolve()] if scored else [],
            cells=[(found / "cells.safetensors").resolve()] if scored else [],
            turn=turn,
            seed=self.campaign.seed + turn,
        )
        self._stage(place / "select", spec)
        chosen = json.loads((place / "select/out/selection.json").read_bytes())
        self.labels.ask(chosen["regions"])

    def _regions(self, budget: Budget) -> int:
        if budget.per_image is not None:
            return budget.per_image * len(self.labels.open_items())
        assert budget.share is not None
        return int(np.ceil(budget.share * self.pool()["pixels"] / self.campaign.cell_px**2))

    def _stage(self, folder: Path, spec: Any) -> dict[str, Any]:
        return run_stage(folder, spec, self._listener(folder))

    def _listener(self, folder: Path) -> Listener:
        return self.listening(str(folder.relative_to(self.folder.parent)))

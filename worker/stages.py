"""The stages of a cycle: what each is given, and what becomes of what it leaves.

Files go to the store first; the rows, the job's end and the next stage are one transaction.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy.orm import Session

from core import stages
from core.db import transaction
from core.jobs import Claim
from core.stages import SplitResult, TrainedModel
from core.store import Store
from ml import metrics
from ml.spec import EvaluateSpec, ScoreSpec, SelectSpec, SurveySpec, TrainSpec
from worker import specs

Spec = TrainSpec | EvaluateSpec | SurveySpec | ScoreSpec | SelectSpec


class Stage(NamedTuple):
    """`prepare` reads rows into a spec; `publish` takes the output folder."""

    prepare: Callable[[Session, Store, Claim], Spec]
    publish: Callable[[Claim, Store, Path], None]


def _publish_model(claim: Claim, store: Store, out: Path) -> None:
    card = json.loads((out / "model.json").read_bytes())
    model = TrainedModel(
        weights_key=store.put_file(out / "model.safetensors"),
        card_key=store.put_file(out / "model.json"),
        card=card,
        weights_bytes=(out / "model.safetensors").stat().st_size,
    )
    with transaction() as db:
        stages.trained(db, claim, model)


def _publish_metrics(claim: Claim, store: Store, out: Path) -> None:
    seen = {
        "confusions": store.put_file(out / "images.json"),
        "predictions": {
            path.stem: store.put_file(path) for path in sorted((out / "masks").glob("*.png"))
        },
    }
    evaluation = json.loads((out / "evaluation.json").read_bytes())
    results = [split_result(split, found) for split, found in evaluation.items()]
    with transaction() as db:
        stages.evaluated(db, claim, results, seen)


def split_result(split: str, found: dict[str, Any]) -> SplitResult:
    """The figures of a split, from the counts that the evaluation left."""
    counts = np.array(found["confusion"], dtype=np.int64)
    return SplitResult(
        split=split,
        images=found["images"],
        confusion=found["confusion"],
        iou=metrics.iou_per_class(counts),
        miou=metrics.miou(counts),
    )


def _publish_scores(claim: Claim, store: Store, out: Path) -> None:
    if claim.request.get("survey"):
        counts = json.loads((out / "shares.json").read_bytes())["counts"]
        with transaction() as db:
            stages.surveyed(db, claim, counts)
        return
    scores = store.put_file(out / "scores.safetensors")
    cells = store.put_file(out / "cells.safetensors")
    told = json.loads((out / "contradictions.json").read_bytes())
    with transaction() as db:
        contradicted = specs.labels_at(db, store, claim, told)
        stages.scored(db, claim, scores_key=scores, cells_key=cells, contradicted=contradicted)


def _publish_regions(claim: Claim, store: Store, out: Path) -> None:
    selection = json.loads((out / "selection.json").read_bytes())
    rows = [_region_row(claim, store, out, region) for region in selection["regions"]]
    with transaction() as db:
        stages.selected(db, claim, rows, selection["relaxed"])


def _region_row(claim: Claim, store: Store, out: Path, region: dict[str, Any]) -> dict[str, Any]:
    def put(name: str | None) -> str | None:
        return store.put_file(out / name) if name else None

    kept = ("left", "top", "width", "height", "rank", "score", "source", "top_classes")
    return {
        "project_id": claim.project_id,
        "cycle_id": claim.cycle_id,
        "image_id": int(region["image_id"]),
        "cell_row": region["row"],
        "cell_col": region["col"],
        "suggestion_key": put(region["suggestion"]),
        "confidence_key": put(region["confidence"]),
        **{name: region[name] for name in kept},
    }


STAGES = {
    "train": Stage(specs.train, _publish_model),
    "evaluate": Stage(specs.evaluate, _publish_metrics),
    "score": Stage(specs.score, _publish_scores),
    "select": Stage(specs.choose, _publish_regions),
}

"""Stages from the command line, on folders of images: what `python -m ml.evaluate`,
`python -m ml.score` and `python -m ml.select` run.

Each loads what it needs: selection must not wait seconds for torch."""

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, get_args

import numpy as np
from pydantic import BaseModel, ValidationError

from ml.arguments import parser
from ml.child import Child
from ml.dataset import items_of
from ml.errors import Failure
from ml.metrics import iou_per_class, miou
from ml.presets import reasons
from ml.spec import EvaluateSpec, ScoreSpec, SelectSpec
from ml.strategy import Acquisition, Strategy, Which
from ml.terminal import Terminal

Spec = TypeVar("Spec", bound=BaseModel)


def evaluate_main() -> int:
    """`python -m ml.evaluate`."""
    asked = _asked(
        "evaluate",
        "Mean IoU of a model over a folder with images/ and masks/ (index PNGs, 255 is void).",
        "runs/first/out data/val",
    )
    options = asked.parse_args()
    return _guarded(lambda child: _evaluate(options, child), "evaluating")


def score_main() -> int:
    """`python -m ml.score`."""
    asked = _asked(
        "score",
        "How much each cell of each image is worth labelling, to OUT/out/scores.safetensors, and "
        "what is expected of it, to OUT/out/cells.safetensors.",
        "runs/first/out data/pool --cell 30",
    )
    asked.add_argument("--cell", type=int, required=True, metavar="PX", help="side of a cell")
    asked.add_argument("--acquisition", default="entropy", choices=get_args(Acquisition))
    asked.add_argument("--network", default="teacher", choices=get_args(Which))
    asked.add_argument("--tile", type=int, metavar="PX", help="side of a tile of large images")
    asked.add_argument("--overlap", type=int, metavar="PX", help="what neighbouring tiles share")
    options = asked.parse_args()
    return _guarded(lambda child: _score(options, child), "scoring")


def select_main() -> int:
    """`python -m ml.select`."""
    asked = parser(
        "select",
        "Which cells to label next, best first, to OUT/out/selection.json.",
        "data/pool --scores out --budget 100 --set ranked_by=image --set random_share=0.1",
    )
    asked.add_argument("data", type=Path, help="folder with images/, or of images")
    asked.add_argument("--budget", type=int, required=True, metavar="N", help="how many cells")
    asked.add_argument("--scores", type=Path, help="folder that ml.score wrote; else at random")
    asked.add_argument("--cell", type=int, metavar="PX", help="side of a cell, without --scores")
    asked.add_argument("--model", type=Path, help="folder of a model, for suggestions")
    asked.add_argument("--seed", type=int, default=0)
    asked.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KNOB=VALUE",
        help="one of: " + ", ".join(name for name in Strategy.model_fields if name != "network"),
    )
    asked.add_argument("--out", type=Path, default=Path(), help="results go to OUT/out (here)")
    options = asked.parse_args()
    return _guarded(lambda child: _select(options, child), "selecting")


def _asked(stage: str, about: str, example: str) -> argparse.ArgumentParser:
    asked = parser(stage, about, example)
    asked.add_argument("model", type=Path, help="folder with model.safetensors and model.json")
    asked.add_argument("data", type=Path, help="folder with images/, or of images")
    asked.add_argument("--out", type=Path, default=Path(), help="results go to OUT/out (here)")
    return asked


def _evaluate(options: argparse.Namespace, child: Child) -> None:
    from ml.evaluate import evaluate

    items = items_of(options.data, masks=True)
    spec = EvaluateSpec(model=options.model.resolve(), splits={options.data.name: items})
    _enter(options.out)
    evaluate(spec, child)
    names = json.loads((options.model.resolve() / "model.json").read_bytes())["classes"]
    counts = json.loads(Path("out/evaluation.json").read_bytes())[options.data.name]["confusion"]
    _show(names, counts)


def _score(options: argparse.Namespace, child: Child) -> None:
    from ml.score import score

    asked = {"tile": options.tile, "overlap": options.overlap}
    given = {name: value for name, value in asked.items() if value is not None}
    spec = _checked(
        ScoreSpec,
        model=options.model.resolve(),
        images=items_of(options.data, masks=False),
        cell_px=options.cell,
        acquisition=options.acquisition,
        network=options.network,
        prediction=given or None,
    )
    _enter(options.out)
    score(spec, child)
    _say(f"scores of {len(spec.images)} images: {Path('out/scores.safetensors').resolve()}")


def _select(options: argparse.Namespace, child: Child) -> None:
    from ml.select import select

    scores = options.scores.resolve() if options.scores else None
    strategy = dict(_knob(each) for each in options.set)
    spec = _checked(
        SelectSpec,
        images=items_of(options.data, masks=False),
        cell_px=_cell_px(scores) if scores else options.cell,
        budget={"regions": options.budget},
        strategy=strategy if scores else {**strategy, "acquisition": "random"},
        scores=[scores / "scores.safetensors"] if scores else [],
        cells=[scores / "cells.safetensors"] if scores else [],
        model=options.model.resolve() if options.model else None,
        seed=options.seed,
    )
    _enter(options.out)
    select(spec, child)
    _say(
        f"{options.budget} cells of {len(spec.images)} images: "
        f"{Path('out/selection.json').resolve()}"
    )


def _cell_px(scores: Path) -> int:
    """What the scores were made with."""
    path = scores / "scores.json"
    try:
        return int(json.loads(path.read_bytes())["cell_px"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Failure(
            "bad_spec", f"cannot read {path}: {error}; give a folder of ml.score"
        ) from None


def _knob(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals:
        raise Failure("bad_spec", f"expected KNOB=VALUE, as ranked_by=image; given {text!r}")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _checked(kind: type[Spec], **fields: Any) -> Spec:
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        raise Failure("bad_spec", reasons(error)) from None


def _enter(out: Path) -> None:
    (out / "out").mkdir(parents=True, exist_ok=True)
    os.chdir(out)


def _show(names: list[str], confusion: list[list[int]]) -> None:
    counts = np.array(confusion)
    for name, iou in zip(names, iou_per_class(counts), strict=True):
        _say(f"{name:20} {'absent' if iou is None else f'{100 * iou:5.1f} %'}")
    mean = miou(counts)
    _say(f"{'mean':20} {'-' if mean is None else f'{100 * mean:5.1f} %'}")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


def _guarded(work: Callable[[Child], None], title: str) -> int:
    child = Terminal(title)
    child.listen()
    try:
        work(child)
    except Failure as error:
        child.emit("failed", message=str(error))
        return 3
    child.emit("done")
    return 0

"""Stages from the command line, on folders of images: what `python -m ml.evaluate` and
`python -m ml.score` run."""

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ml.child import Child
from ml.dataset import items_of
from ml.errors import Failure
from ml.evaluate import evaluate
from ml.metrics import iou_per_class, miou
from ml.score import score
from ml.scorers import SCORERS
from ml.spec import EvaluateSpec, ScoreSpec
from ml.terminal import Terminal


def evaluate_main() -> int:
    """`python -m ml.evaluate`."""
    parser = _parser(
        "evaluate",
        "Mean IoU of a model over a folder with images/ and masks/ (index PNGs, 255 is void).",
        "python -m ml.evaluate runs/first/out data/val",
    )
    options = parser.parse_args()
    return _guarded(lambda child: _evaluate(options, child), "evaluating")


def score_main() -> int:
    """`python -m ml.score`."""
    parser = _parser(
        "score",
        "How much each cell of each image is worth labelling, to OUT/scores.safetensors.",
        "python -m ml.score runs/first/out data/pool --cell 30",
    )
    parser.add_argument("--cell", type=int, required=True, metavar="PX", help="side of a cell")
    parser.add_argument("--acquisition", default="entropy", choices=sorted(SCORERS))
    parser.add_argument("--network", default="teacher", choices=("teacher", "student"))
    options = parser.parse_args()
    return _guarded(lambda child: _score(options, child), "scoring")


def _parser(stage: str, about: str, example: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python -m ml.{stage}", description=about, epilog=f"example: {example}"
    )
    parser.add_argument("model", type=Path, help="folder with model.safetensors and model.json")
    parser.add_argument("data", type=Path, help="folder with images/, or of images")
    parser.add_argument("--out", type=Path, default=Path(), help="results go to OUT/out (here)")
    return parser


def _evaluate(options: argparse.Namespace, child: Child) -> None:
    items = items_of(options.data, masks=True)
    spec = EvaluateSpec(model=options.model.resolve(), splits={options.data.name: items})
    _enter(options.out)
    evaluate(spec, child)
    names = json.loads((options.model.resolve() / "model.json").read_bytes())["classes"]
    counts = json.loads(Path("out/evaluation.json").read_bytes())[options.data.name]["confusion"]
    _show(names, counts)


def _score(options: argparse.Namespace, child: Child) -> None:
    spec = ScoreSpec(
        model=options.model.resolve(),
        images=items_of(options.data, masks=False),
        cell_px=options.cell,
        acquisition=options.acquisition,
        network=options.network,
    )
    _enter(options.out)
    score(spec, child)
    _say(f"scores of {len(spec.images)} images: {Path('out/scores.safetensors').resolve()}")


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

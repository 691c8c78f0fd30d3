"""What is expected of every cell of a pool, beside its score: compact, one file for all images of
a part of it.

Selection weighs cells by it, and a preview of a cycle adds it up. Reading it takes numpy alone.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import load_file, save

from ml.errors import Failure
from ml.types import CellClicks, CellScores, ScoreGrids, TopClasses, TopDoubts, TopShares

KEPT = 4
"""Classes kept of a cell: the mix of a small cell has few, and rarer ones hardly weigh."""
MASKS_KEPT = 500
"""Predicted masks kept of val and of test: enough for people, and a bounded share of the disk."""


@dataclass(frozen=True)
class Facts:
    """Of the cells of a grid, or of one after another (then gh is 1).

    `classes` and `shares`: the classes of the largest mean probability over the cell's open
    pixels, and that, in 1/255. `doubted` and `doubts`: the classes of the largest mean of
    probability times pixel score, and that. `clicks` to draw the cell as it is predicted.
    """

    classes: TopClasses
    shares: TopShares
    doubted: TopClasses
    doubts: TopDoubts
    clicks: CellClicks

    def of(self, places: slice | np.ndarray) -> "Facts":
        """Those of some of the cells that stand one after another."""
        return Facts(**{name: getattr(self, name)[..., places] for name in NAMES})


NAMES = ("classes", "shares", "doubted", "doubts", "clicks")


def pack(images: dict[str, Facts]) -> bytes:
    """The file `cells.safetensors`: cells of all images one after another, row by row."""
    index = [[name, *each.clicks.shape] for name, each in images.items()]
    found = images.values()
    flat = {
        name: np.concatenate([_row(getattr(each, name)) for each in found], axis=-1)
        for name in NAMES
        if images
    }
    return save(flat, metadata={"images": json.dumps(index)})


def _row(cells: np.ndarray) -> np.ndarray:
    return cells.reshape(*cells.shape[:-2], 1, -1)


Sized = Sequence[tuple[str, tuple[int, int]]]
"""Images as (id, (gh, gw))."""


def read_scores(paths: Sequence[Path], wanted: Sized) -> ScoreGrids:
    """The score grids of these images, from the files of all parts of their pool.

    Raises Failure `bad_spec` as `read` does.
    """
    stored: dict[str, CellScores] = {}
    for path in paths:
        try:
            stored |= load_file(path)
        except (OSError, SafetensorError) as error:
            raise Failure("bad_spec", f"cannot read the scores {path}: {error}") from error
    for name, shape in wanted:
        scores = stored.get(name)
        if scores is None or scores.shape != shape:
            given = "none" if scores is None else f"a grid of {scores.shape}"
            raise Failure(
                "bad_spec",
                f"{_named(paths)}: scores of image {name}: expected {shape}, given {given}",
            )
    return [stored[name] for name, _ in wanted]


def _named(paths: Sequence[Path]) -> str:
    return " or ".join(map(str, paths[:2])) + (f" or {len(paths) - 2} more" * (len(paths) > 2))


def shapes(path: Path) -> dict[str, tuple[int, int]]:
    """The grid of each image of the file. Raises Failure `bad_spec` as `read` does."""
    try:
        with safe_open(path, "np") as kept:
            index = json.loads(kept.metadata()["images"])
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise Failure("bad_spec", f"cannot read the cells {path}: {error}") from error
    return {name: (rows, columns) for name, rows, columns in index}


def read(paths: Sequence[Path], wanted: Sized) -> Facts:
    """The facts of these images one after another, from the files of all parts of their pool.

    Raises Failure `bad_spec` when a file is missing, broken, or of other images or grids.
    """
    known = {path: shapes(path) for path in paths}
    stored = {name: shape for held in known.values() for name, shape in held.items()}
    _check(paths, stored, wanted)
    parts = [_flat(path) for path, held in known.items() if held]
    if len(parts) == 1:
        [flat] = parts
    else:
        flat = {name: np.concatenate([each[name] for each in parts], axis=-1) for name in NAMES}
    return Facts(**flat).of(_places(stored, wanted))


def _flat(path: Path) -> dict[str, np.ndarray]:
    try:
        with safe_open(path, "np") as kept:
            return {name: kept.get_tensor(name) for name in NAMES}
    except SafetensorError as error:
        raise Failure("bad_spec", f"cannot read the cells {path}: {error}") from error


def _check(paths: Sequence[Path], stored: dict[str, tuple[int, int]], wanted: Sized) -> None:
    for name, shape in wanted:
        if stored.get(name) != shape:
            raise Failure(
                "bad_spec",
                f"{_named(paths)} holds {stored.get(name, 'no')} cells of image {name}; "
                f"expected {shape}",
            )


def _places(stored: dict[str, tuple[int, int]], wanted: Sized) -> slice | np.ndarray:
    """Where the cells of the wanted images are among those of the files."""
    if [name for name, _ in wanted] == list(stored):
        return slice(None)
    sizes = np.array([rows * columns for rows, columns in stored.values()], dtype=np.int64)
    starts = dict(zip(stored, np.cumsum(sizes) - sizes, strict=True))
    ranges = [starts[name] + np.arange(rows * columns) for name, (rows, columns) in wanted]
    return np.concatenate([np.empty(0, np.int64), *ranges])

"""The score stage: how much each open cell of each image is worth labelling."""

from pathlib import Path

import numpy as np
from safetensors.numpy import save

from ml.acquisition import ACQUISITIONS
from ml.cells import pool
from ml.child import Child
from ml.files import write_bytes, write_json
from ml.images import read_labels, read_rgb
from ml.predict import Predictor, load
from ml.spec import ImageItem, ScoreSpec
from ml.types import NOT_ASKED, CellScores


def score(spec: ScoreSpec, child: Child) -> None:
    """Writes `scores.safetensors` and `scores.json` (how the scores were made)."""
    predictor = load(spec.model)
    scores: dict[str, CellScores] = {}
    for item in spec.images:
        scores[item.id] = one(predictor, item, spec)
        child.images_done(len(scores), len(spec.images))
    write_bytes(Path("out/scores.safetensors"), save(scores))
    opened = sum(int((cells >= 0).sum()) for cells in scores.values())
    card = {"acquisition": spec.acquisition, "cell_px": spec.cell_px, "open_cells": opened}
    write_json(Path("out/scores.json"), card)


def one(predictor: Predictor, item: ImageItem, spec: ScoreSpec) -> CellScores:
    probs = predictor.probabilities(read_rgb(item))
    pixels = ACQUISITIONS[spec.acquisition](probs).cpu().numpy()
    open_pixels = read_labels(item, predictor.classes) == NOT_ASKED
    return pool(np.maximum(pixels, 0), open_pixels, spec.cell_px)

"""What a score stage leaves, without a network: known scores and facts in the real files."""

from collections.abc import Mapping, Sequence

import numpy as np
from safetensors.numpy import save

from core import stages
from core.models import Cycle, Image
from core.store import open_store
from ml.facts import Facts, pack
from tests.factories import CELL_PX, act, claim, pending

CLICKS = 3.0


def facts_of(classes: np.ndarray, doubts: np.ndarray) -> Facts:
    """Each cell is wholly of one class, doubted as much as its score, and costs three clicks."""
    return Facts(
        classes=classes[None],
        shares=np.full((1, *classes.shape), 255, np.uint8),
        doubted=classes[None],
        doubts=doubts[None].astype(np.float16),
        clicks=np.full(classes.shape, CLICKS, np.float32),
    )


def score(of: Cycle, images: Mapping[Image, np.ndarray]) -> None:
    """Finish the score stage with these scores; the class of a cell is its row modulo three."""
    store, facts = open_store(), {}
    for image, scores in images.items():
        rows = np.arange(scores.shape[0], dtype=np.uint8) % 3
        facts[str(image.id)] = facts_of(np.repeat(rows[:, None], scores.shape[1], 1), scores)
    files = {str(image.id): scores.astype(np.float32) for image, scores in images.items()}
    keys = {"scores_key": store.put(save(files)), "cells_key": store.put(pack(facts))}
    act(stages.scored, claim(pending(of)), **keys)


def grids(images: Sequence[Image], seed: int = 0) -> dict[Image, np.ndarray]:
    """Random scores for every cell."""
    rng = np.random.default_rng(seed)
    sizes = [(-(-each.height // CELL_PX), -(-each.width // CELL_PX)) for each in images]
    return {
        image: rng.random(size, dtype=np.float32) for image, size in zip(images, sizes, strict=True)
    }

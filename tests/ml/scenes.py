"""Tiny labelled pictures for the learner's tests: colour says the class, so it can be learned."""

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ml.spec import ImageItem, Patch
from ml.types import Mask

COLOURS = np.array([[200, 40, 40], [40, 200, 40], [40, 40, 200]], dtype=np.uint8)
CLASSES = ["red", "green", "blue"]
TINY: dict[str, Any] = {
    "network": {"width": 0.1, "decoder_channels": 8, "low_level_channels": 4},
    "schedule": {"steps": 4, "labelled_batch": 2, "unlabelled_batch": 2, "validations": 0},
    "augmentation": {"crop": (64, 64)},
    "s4al": {"cold_start": 0.25, "replay_start": 0.5, "threshold": 0.3},
    "classmix": {"threshold": 0.3},
    "cct": {"ramp": 0.1},
    "advsemiseg": {"start": 0.25, "threshold": 0.0},
    "temporal_ensembling": {"ramp": 0.1, "stride": 4},
    "cyclegan": {"width": 4, "blocks": 1, "history": 4},
    "discriminator": {"width": 4},
    "threads": 1,
}


def tiny_arguments() -> list[str]:
    """TINY for a command line."""
    flat: dict[str, Any] = {}
    for name, value in TINY.items():
        nested = isinstance(value, dict)
        flat |= {f"{name}.{key}": each for key, each in value.items()} if nested else {name: value}
    return [f"--set={name}={json.dumps(value)}" for name, value in flat.items()]


def blocks(height: int, width: int, seed: int = 0) -> Mask:
    """A mask of 16 px squares of the three classes."""
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 3, (-(-height // 16), -(-width // 16)), dtype=np.uint8)
    return np.kron(small, np.ones((16, 16), dtype=np.uint8))[:height, :width]


def save(path: Path, values: np.ndarray) -> str:
    buffer = io.BytesIO()
    Image.fromarray(values).save(buffer, format="PNG")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(buffer.getvalue())
    return str(path)


def image(folder: Path, name: str, mask: Mask, patches: Sequence[Patch] = ()) -> ImageItem:
    """An image without a whole mask."""
    path = save(folder / f"{name}.png", COLOURS[mask % len(COLOURS)])
    height, width = mask.shape
    return ImageItem(id=name, path=path, width=width, height=height, patches=list(patches))


def with_mask(folder: Path, name: str, mask: Mask) -> ImageItem:
    path = save(folder / f"{name}.mask.png", mask)
    return image(folder, name, mask).model_copy(update={"mask_path": path})


def patch(folder: Path, name: str, mask: Mask, box: tuple[int, int, int, int]) -> Patch:
    """`box` is (left, top, width, height)."""
    left, top, width, height = box
    part = np.ascontiguousarray(mask[top : top + height, left : left + width])
    path = save(folder / f"{name}.patch.png", part)
    return Patch(path=path, left=left, top=top, width=width, height=height)


def pool(folder: Path, labelled: int = 2, unlabelled: int = 2) -> list[ImageItem]:
    """48x32 images; the labelled ones have one patch of 16x16 pixels."""
    items = []
    for number in range(labelled + unlabelled):
        name, mask = f"image{number}", blocks(32, 48, number)
        boxes = [(16, 16, 16, 16)] if number < labelled else []
        items.append(image(folder, name, mask, [patch(folder, name, mask, b) for b in boxes]))
    return items


def dataset(root: Path, **counts: int) -> Path:
    """A data folder with so many whole labelled 50x40 images in the splits pool, val and test."""
    listed = {"classes": [{"id": i, "name": name} for i, name in enumerate(CLASSES)]}
    for split, count in counts.items():
        folder = root / ("train" if split == "pool" else split)
        for number in range(count):
            mask = blocks(40, 50, number)
            save(folder / f"images/{number}.png", COLOURS[mask])
            save(folder / f"masks/{number}.png", mask)
    (root / "classes.json").write_text(json.dumps(listed))
    return root

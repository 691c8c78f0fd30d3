"""The predict stage: what a model sees in each pixel of some images, as index PNGs."""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from ml import parallel
from ml.child import Child
from ml.files import write_bytes
from ml.predict import Predictor, load
from ml.spec import ImageItem, PredictSpec
from ml.types import Classified

MASKS = Path("out/masks")


def classify(spec: PredictSpec, child: Child) -> None:
    predictor, done = load(spec.model, spec.network), 0
    groups = predictor.groups(spec.images)
    for count in parallel.each(groups, lambda some: _classified(predictor, some)):
        done += count
        child.images_done(done, len(spec.images))


def _classified(predictor: Predictor, items: Sequence[ImageItem]) -> int:
    """How many images of one size were written."""
    seen = predictor.classify(predictor.read(items))
    for item, (classes, _) in zip(items, seen, strict=True):
        write_bytes(MASKS / f"{item.id}.png", png(classes))
    return len(items)


def png(classes: Classified) -> bytes:
    """(height, width) values as a PNG of one channel."""
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(classes, np.uint8)).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()

"""The authors' way, restated: that it does what it is said to do, and that it learns."""

import math
from pathlib import Path

import numpy as np
import torch

from benchmarks.authors import published
from benchmarks.published import Believed, Published
from ml.child import Child
from ml.presets import recipe
from ml.spec import TrainSpec
from ml.train import assemble
from tests.ml.scenes import CLASSES, TINY, blocks, with_mask


def theirs(folder: Path, monkeypatch) -> Published:
    monkeypatch.chdir(folder)
    pool = [with_mask(folder, f"{number}", blocks(64, 64, number)) for number in range(3)]
    spec = TrainSpec(recipe=recipe("s4al-cpu", TINY), classes=CLASSES, pool=pool)
    return published(assemble(spec, Child(stdout=2)))


def test_a_step_reads_replayed_images_three_times(tmp_path: Path, monkeypatch):
    ready = theirs(tmp_path, monkeypatch)
    losses = [ready.step(0) for _ in range(2)]
    assert all(math.isfinite(loss) for loss in losses)
    assert ready.reader.reads == 2 * (2 + 2 + 3 * 2)


def test_mixing_pastes_pixels_with_their_labels_and_confidences(tmp_path: Path, monkeypatch):
    ready = theirs(tmp_path, monkeypatch)
    monkeypatch.setattr("benchmarks.published.jittered", lambda image, _: image)
    labels = torch.from_numpy(np.stack([blocks(64, 64, seed) for seed in (0, 1)])).long()
    images = (labels[:, None] * 0.25).expand(-1, 3, -1, -1).contiguous()
    seen = Believed(images, labels, labels * 0.5)
    mixed = ready.mixed(seen, seen.next())
    assert not torch.equal(mixed.labels, labels)
    assert torch.equal(mixed.confidence, mixed.labels * 0.5)
    assert torch.allclose(mixed.images[:, 0], mixed.labels * 0.25, atol=1 / 255)

from pathlib import Path

import numpy as np
import pytest

from ml.dataset import read_dataset
from ml.images import read_labels
from ml.studies.campaign import Cost, Labels, cost_of_image
from ml.types import NOT_ASKED, VOID
from tests.ml.scenes import blocks, dataset, save


@pytest.fixture
def labels(tmp_path: Path) -> Labels:
    root = dataset(tmp_path, pool=3)
    mask = blocks(40, 50, 1)
    mask[:16, :8] = VOID
    save(root / "train/masks/1.png", mask)
    return Labels(read_dataset(root).splits["pool"], cell_px=16)


def test_nothing_asked_is_nothing_known(labels: Labels, tmp_path: Path):
    items = labels.items(tmp_path / "out")
    assert all((read_labels(item) == NOT_ASKED).all() for item in items)
    assert labels.cost() == Cost()
    assert len(labels.open_items()) == 3


def test_cells_are_answered_by_the_truth_and_no_more(labels: Labels, tmp_path: Path):
    labels.ask([{"image_id": "1", "row": 0, "col": 0}, {"image_id": "1", "row": 2, "col": 3}])
    known = read_labels(labels.items(tmp_path / "out")[1])
    truth = read_labels(labels.pool[1])
    asked = np.zeros((40, 50), dtype=bool)
    asked[:16, :16] = asked[32:, 48:] = True  # the last cell is cut by the image's edge
    assert np.array_equal(known[asked], truth[asked])
    assert (known[~asked] == NOT_ASKED).all()


def test_the_cost_is_that_of_the_cells(labels: Labels):
    labels.ask([{"image_id": "1", "row": 0, "col": 0}, {"image_id": "1", "row": 2, "col": 3}])
    cost = labels.cost()
    assert (cost.regions, cost.pixels) == (2, 16 * 16 + 8 * 2)
    assert cost.known_pixels == cost.pixels - 16 * 8
    assert cost.clicks >= 2


def test_whole_images_are_labelled_and_no_longer_open(labels: Labels, tmp_path: Path):
    labels.whole = {0}
    assert [item.id for item in labels.open_items()] == ["1", "2"]
    assert labels.items(tmp_path)[0] == labels.pool[0]
    assert labels.cost() == cost_of_image(labels.pool[0])
    assert cost_of_image(labels.pool[0]).pixels == 40 * 50

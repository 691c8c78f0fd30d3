import io

import numpy as np
import pytest
from PIL import Image as PillowImage

from core.boxes import Box
from core.models import Image
from core.settings import Settings
from core.store import Store, open_store
from server.crops import Crops, tag
from tests import factories


@pytest.fixture
def images(service: Settings) -> list[Image]:  # noqa: ARG001
    project = factories.project(factories.user())
    return [factories.image(project, size=(40, 30)) for _ in range(3)]


class Counting:
    """A store that counts what is read."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.reads = 0

    def read(self, key: str) -> bytes:
        self.reads += 1
        return self._store.read(key)


def test_an_image_is_decoded_once(images: list[Image]):
    store, crops = Counting(open_store()), Crops()
    for left in (0, 10, 20):
        crops.png(store, images[0], Box(left, 0, 10, 10))  # type: ignore[arg-type]
    assert store.reads == 1


def test_the_image_used_longest_ago_makes_room(images: list[Image]):
    store, crops = Counting(open_store()), Crops(kept_bytes=2 * 40 * 30 * 3)
    first, second, third = images
    for each in (first, second, first, third, first, second):
        crops.png(store, each, Box(0, 0, 5, 5))  # type: ignore[arg-type]
    assert store.reads == 4


def test_an_image_larger_than_the_cache_is_cut_all_the_same(images: list[Image]):
    cut = Crops(kept_bytes=10).png(open_store(), images[0], Box(1, 2, 3, 4))
    assert np.asarray(PillowImage.open(io.BytesIO(cut))).shape == (4, 3, 3)


def test_a_tag_tells_files_and_boxes_apart():
    tags = {tag("a", Box(0, 0, 1, 1)), tag("b", Box(0, 0, 1, 1)), tag("a", Box(0, 0, 1, 2))}
    assert len(tags) == 3

import numpy as np

from ml.contradictions import contradicted, of_patches
from ml.spec import Patch
from ml.types import NOT_ASKED, VOID

LABELS = np.array([[0, 0, VOID, NOT_ASKED], [0, 1, 1, NOT_ASKED]], np.uint8)


def test_only_a_sure_model_contradicts_and_only_a_class():
    predicted = np.full((2, 4), 1, np.uint8)
    confidence = np.array([[0.95, 0.5, 0.95, 0.95], [0.95, 0.95, 0.95, 0.95]], np.float32)
    wrong = contradicted(LABELS, predicted, confidence, 2)
    assert wrong.tolist() == [[True, False, False, False], [True, False, False, False]]


def test_a_region_tells_the_share_of_its_classed_pixels():
    wrong = np.zeros((2, 4), bool)
    wrong[0, 0] = True
    patches = [
        Patch(path="a", left=0, top=0, width=3, height=2),
        Patch(path="b", left=3, top=0, width=1, height=2),
    ]
    assert of_patches(patches, LABELS, wrong, 2) == [
        {"left": 0, "top": 0, "width": 3, "height": 2, "share": 0.2}
    ]

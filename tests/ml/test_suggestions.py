import numpy as np
import torch

from ml import suggestions


def test_the_most_probable_class_of_each_pixel_is_suggested():
    probs = torch.tensor([[[0.7, 0.2]], [[0.2, 0.5]], [[0.1, 0.3]]])
    found = suggestions.of(probs)
    assert found.classes.tolist() == [[0, 1]]
    assert np.allclose(found.confidence, [[0.7, 0.5]])


def test_the_top_classes_are_those_of_the_mean_softmax():
    """A class that is second everywhere may be first over the region."""
    probs = torch.tensor([[[0.6, 0.0]], [[0.4, 0.45]], [[0.0, 0.55]]])
    assert suggestions.of(probs).top == [
        {"value": 1, "share": 0.425},
        {"value": 0, "share": 0.3},
    ]


def test_two_classes_share_everything():
    top = suggestions.of(torch.full((2, 4, 4), 0.5)).top
    assert top == [{"value": 0, "share": 0.5}, {"value": 1, "share": 0.5}]

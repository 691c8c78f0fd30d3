"""Cross-entropy over the labelled pixels: the baseline that every other method must beat."""

from ml.methods.base import Method


class Supervised(Method):
    """The unlabelled images are never read."""

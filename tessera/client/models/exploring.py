"""Images as they are looked at."""

from tessera.client.models.base import Answer
from tessera.client.models.projects import Image


class ImageRow(Answer):
    """`score` is the mean over open cells in the newest scored cycle."""

    image: Image
    labelled_share: float
    score: float | None = None


class Cells(Answer):
    """Of each cell, by row and column: the score (-1: closed), the likeliest class."""

    cell_px: int
    scores: list[list[float]]
    classes: list[list[int]]


class Mistaken(Answer):
    image_id: int
    name: str
    pixels: int
    accuracy: float | None = None


class Mistakes(Answer):
    items: list[Mistaken]

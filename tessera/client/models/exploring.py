"""Images as they are looked at."""

from tessera.client.models.base import Answer
from tessera.client.models.projects import Image
from tessera.client.models.queue import Box


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


class RegionConfusion(Answer):
    """`pixels[labelled][suggested]` over the labelled regions of a cycle; those `uncounted` are
    older than these counts."""

    cycle_id: int
    number: int
    regions: int
    uncounted: int
    pixels: list[list[int]]


class MistakenRegion(Answer):
    region_id: int
    image_id: int
    image_name: str
    box: Box
    label_id: int
    user_id: int
    pixels: int


class RegionMistakes(Answer):
    items: list[MistakenRegion]


class Mistakes(Answer):
    items: list[Mistaken]

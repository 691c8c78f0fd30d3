"""Images as they are looked at: what is labelled, what the model expects and mistakes."""

from typing import Annotated

from pydantic import Field

from core.exploring import Seen
from server.schemas.common import Given
from server.schemas.projects import Image


class ImageRow(Given):
    """`score` is the mean over open cells in the newest scored cycle; null where nothing scored."""

    image: Image
    labelled_share: float
    score: float | None

    @classmethod
    def of(cls, seen: Seen) -> "ImageRow":
        return cls(image=Image.of(seen.image), labelled_share=seen.labelled_share, score=seen.score)


class Cells(Given):
    """Rows and columns of an image's grid: scores (-1: closed), and the likeliest class of each."""

    cell_px: int
    scores: list[list[float]]
    classes: list[list[int]]


class Mistaken(Given):
    """An image, and in how many pixels the model took one class for another."""

    image_id: int
    name: str
    pixels: int
    accuracy: Annotated[float | None, Field(description="Share of all its pixels that are right")]


class Mistakes(Given):
    """The images with the most such pixels first."""

    items: list[Mistaken]

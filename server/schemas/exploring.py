"""Images as they are looked at: what is labelled, what the model expects and mistakes."""

from typing import Annotated

from pydantic import Field

from core import confusion
from core.exploring import Seen
from server.schemas.common import Given
from server.schemas.projects import Image
from server.schemas.regions import Box


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


class RegionConfusion(Given):
    """`pixels[labelled][suggested]` over the labelled regions of a cycle that came with a
    suggestion, withheld ones included; those `uncounted` were labelled before this was counted."""

    cycle_id: int
    number: int
    regions: int
    uncounted: int
    pixels: list[list[int]]


class MistakenRegion(Given):
    """A region where people labelled one class and another was suggested."""

    region_id: int
    image_id: int
    image_name: str
    box: Box
    label_id: int
    user_id: int
    pixels: int

    @classmethod
    def of(cls, found: confusion.Mistaken) -> "MistakenRegion":
        return cls(
            region_id=found.region.id,
            image_id=found.image.id,
            image_name=found.image.name,
            box=Box.of(found.region),
            label_id=found.label.id,
            user_id=found.label.user_id,
            pixels=found.pixels,
        )


class RegionMistakes(Given):
    """The regions with the most such pixels first."""

    items: list[MistakenRegion]


class Mistakes(Given):
    """The images with the most such pixels first."""

    items: list[Mistaken]

"""Looking at images: what is labelled in them, and what models made of them."""

from collections.abc import Iterator
from typing import Literal

from tessera.client.models.exploring import (
    Cells,
    ImageRow,
    Mistaken,
    MistakenRegion,
    Mistakes,
    RegionConfusion,
    RegionMistakes,
)
from tessera.client.models.queue import Region
from tessera.client.transport import Transport

Form = Literal["png", "raw"]


class Exploring(Transport):
    def image_rows(
        self,
        project_id: int,
        *,
        split: str | None = None,
        labelled: Literal["none", "some", "whole"] | None = None,
        class_value: int | None = None,
        order: Literal["name", "score"] = "name",
    ) -> Iterator[ImageRow]:
        """Images with their labelled share and mean score."""
        query = {"split": split, "labelled": labelled, "class_value": class_value, "order": order}
        return self.pages(f"/projects/{project_id}/image-rows", ImageRow, **query)

    def image_labels(self, image_id: int, *, form: Form = "png") -> bytes:
        """What is labelled of the image now: 255 is void, 254 nothing."""
        return self.blob(f"/images/{image_id}/labels", format=form)

    def image_regions(self, image_id: int) -> Iterator[Region]:
        """The regions that cycles have asked for."""
        return self.pages(f"/images/{image_id}/regions", Region)

    def cycle_prediction(self, cycle_id: int, image_id: int, *, form: Form = "png") -> bytes:
        """What the cycle's model sees in a val or test image."""
        return self.blob(f"/cycles/{cycle_id}/images/{image_id}/prediction", format=form)

    def cells(self, cycle_id: int, image_id: int) -> Cells:
        """Scores and likeliest classes of a pool image's cells."""
        return self.get(f"/cycles/{cycle_id}/images/{image_id}/cells", Cells)

    def mistakes(
        self, cycle_id: int, *, truth: int, given: int, split: Literal["val", "test"] = "val"
    ) -> list[Mistaken]:
        """Images in which the model took `truth` for `given` most often."""
        query = {"truth": truth, "given": given, "split": split}
        return self.get(f"/cycles/{cycle_id}/mistakes", Mistakes, **query).items

    def region_confusion(self, cycle_id: int) -> RegionConfusion:
        """What was suggested against what people labelled, in pixels."""
        return self.get(f"/cycles/{cycle_id}/region-confusion", RegionConfusion)

    def region_mistakes(self, cycle_id: int, *, truth: int, given: int) -> list[MistakenRegion]:
        """Regions that people labelled `truth` where `given` was suggested, most pixels first."""
        query = {"truth": truth, "given": given}
        return self.get(f"/cycles/{cycle_id}/region-mistakes", RegionMistakes, **query).items

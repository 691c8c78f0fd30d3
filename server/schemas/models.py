"""Models as rows, to be compared."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import Field

from core import models
from core.reports import named_iou
from server.pictures import sha256_of
from server.schemas.common import Given, Taken
from server.schemas.projects import SegmentClass


class ModelRow(Given):
    """`iou` by split and class name; `digest` is the SHA-256 of the weights."""

    id: int
    cycle_id: int
    cycle_number: int
    recipe: str
    digest: str
    manifest_digest: Annotated[str, Field(description="Of the labels that it was trained on")]
    seed: int
    parameters: int | None
    weights_bytes: Annotated[int | None, Field(description="Null for models of earlier releases")]
    labelled_share: float
    labelled_regions: int
    val_miou: float | None
    test_miou: float | None
    iou: dict[str, dict[str, float | None]]
    created_at: datetime

    @classmethod
    def of(cls, model: models.Model, row: dict[str, Any], recipe: str) -> Self:
        kept = ("labelled_share", "labelled_regions", "val_miou", "test_miou", "iou")
        return cls(
            id=model.id,
            cycle_id=model.cycle_id,
            cycle_number=row["number"],
            recipe=recipe,
            digest=sha256_of(model.weights_key),
            manifest_digest=model.manifest_digest,
            seed=model.seed,
            parameters=model.card.get("parameters"),
            weights_bytes=model.weights_bytes,
            created_at=model.created_at,
            **{name: row[name] for name in kept},
        )


class ModelInput(Given):
    """What the network is given: RGB bytes at `scale` of the image's size, as
    `value / divisor - offset`."""

    scale: float
    divisor: float = 127.5
    offset: float = 1.0


class SplitFigures(Given):
    """Over this many images; IoU by class name."""

    images: int
    miou: float | None
    iou: dict[str, float | None]


class ModelCard(Given):
    """`card` is the `model.json` that belongs beside the weights; `metrics` are by split."""

    id: int
    digest: str
    card: dict[str, Any]
    classes: list[SegmentClass]
    input: ModelInput
    metrics: dict[str, SplitFigures]

    @classmethod
    def of(
        cls,
        model: models.Model,
        metrics: Mapping[str, models.Metric],
        classes: Sequence[models.LabelClass],
    ) -> Self:
        names = [each.name for each in classes]
        figures = {
            split: SplitFigures(images=each.images, miou=each.miou, iou=named_iou(each, names))
            for split, each in metrics.items()
        }
        scale = model.card.get("recipe", {}).get("scale", 1.0)
        return cls(
            id=model.id,
            digest=sha256_of(model.weights_key),
            card=model.card,
            classes=[SegmentClass.of(each) for each in classes],
            input=ModelInput(scale=scale),
            metrics=figures,
        )


class Difference(Given):
    """An image, and the mIoU of both models over the classes that occur in it."""

    image_id: int
    name: str
    miou: float
    other_miou: float


class Differences(Given):
    """The images in which the models differ most, those first."""

    items: list[Difference]


class SuggestingModel(Taken):
    """Whose suggestions the next regions come with."""

    model_id: Annotated[int, Field(ge=1, le=2**63 - 1, examples=[3])]


class ModelRows(Given):
    """`suggesting_model_id` was chosen to make suggestions, null: each cycle's own model makes
    them; `newest_maker_id` has made those of the newest regions."""

    items: list[ModelRow]
    suggesting_model_id: int | None
    newest_maker_id: int | None

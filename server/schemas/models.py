"""Models as rows, to be compared."""

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import Field

from core import models
from server.pictures import sha256_of
from server.schemas.common import Given


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
            created_at=model.created_at,
            **{name: row[name] for name in kept},
        )


class ModelRows(Given):
    items: list[ModelRow]

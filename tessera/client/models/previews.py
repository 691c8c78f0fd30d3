"""What a cycle would ask for."""

from datetime import datetime
from typing import Literal

from tessera.client.models.base import Answer


class Basis(Answer):
    """The cycle whose scores a preview was made from."""

    cycle_id: int
    cycle_number: int
    model_id: int
    acquisition: str
    network: str
    scored_at: datetime
    labels_since: int
    images_without_scores: int


class PreviewedRegions(Answer):
    """`per_image` counts images by how many regions they give."""

    total: int
    random: int
    images: int
    per_image: dict[int, int]
    pixels: int
    share: float
    relaxed: list[str]


class PreviewedCost(Answer):
    """None where nothing is known to tell from."""

    clicks: float | None = None
    clicks_from: Literal["predictions", "labels"] | None = None
    seconds: float | None = None


class PreviewedCell(Answer):
    """In native pixels of its image."""

    image_id: int
    left: int
    top: int
    width: int
    height: int
    random: bool


class CyclePreview(Answer):
    """Without a `basis` the regions are spread at random. `classes` are expected shares of the
    regions' pixels by class name; `first` are the cells that people would get first."""

    cold_start: bool
    seed: int
    basis: Basis | None = None
    regions: PreviewedRegions
    classes: dict[str, float] | None = None
    cost: PreviewedCost
    first: list[PreviewedCell]

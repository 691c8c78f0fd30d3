"""What a cycle would ask for."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field

from core import previews
from server.schemas.common import Given


class Basis(Given):
    """The cycle whose scores were used, and how old they are. `acquisition` is what it scored by:
    where another one is asked for, the choice is a rough guess."""

    cycle_id: int
    cycle_number: int
    model_id: int
    acquisition: str
    network: str
    scored_at: datetime
    labels_since: Annotated[int, Field(description="Regions labelled after its manifest")]
    images_without_scores: Annotated[int, Field(description="Left out where scores decide")]


class PreviewedRegions(Given):
    """`per_image` counts images by how many regions they give."""

    total: int
    random: Annotated[int, Field(description="Drawn at random, as a control")]
    images: int
    per_image: dict[int, int]
    pixels: int
    share: Annotated[float, Field(description="Of the pool's pixels")]
    relaxed: Annotated[
        list[Literal["suppress_radius", "per_image_cap"]],
        Field(description="Limits that the budget cannot be met under"),
    ]


class PreviewedCost(Given):
    """Null where nothing is known to tell from."""

    clicks: float | None
    clicks_from: Annotated[
        Literal["predictions", "labels"] | None,
        Field(description="Predicted for these very regions, or the mean of past labels"),
    ]
    seconds: Annotated[float | None, Field(description="Active; by the pace of past labels")]


class PreviewedCell(Given):
    """In native pixels of its image."""

    image_id: int
    left: int
    top: int
    width: int
    height: int
    random: Annotated[bool, Field(description="Drawn at random, as a control")]


class CyclePreview(Given):
    """`basis` is null, and the regions are spread at random, where nothing was scored yet."""

    cold_start: Annotated[bool, Field(description="Nothing is labelled: no model, at random")]
    seed: int
    basis: Basis | None
    regions: PreviewedRegions
    classes: Annotated[
        dict[str, float] | None, Field(description="Expected share of the regions' pixels, by name")
    ]
    cost: PreviewedCost
    first: Annotated[list[PreviewedCell], Field(description="What people would get first")]

    @classmethod
    def of(cls, found: previews.Preview, names: Sequence[str]) -> Self:
        return cls(
            cold_start=found.cold_start,
            seed=found.seed,
            basis=Basis.model_validate(found.basis, from_attributes=True) if found.basis else None,
            regions=PreviewedRegions(
                total=found.regions,
                random=found.random_regions,
                images=found.images,
                per_image=found.spread,
                pixels=found.pixels,
                share=found.share,
                relaxed=list(found.relaxed),
            ),
            classes=None
            if found.classes is None
            else {names[value]: share for value, share in found.classes.items()},
            cost=PreviewedCost(
                clicks=found.clicks, clicks_from=found.clicks_from, seconds=found.seconds
            ),
            first=[PreviewedCell(**each._asdict()) for each in found.first],
        )

"""What may be asked of a cycle: which cells are worth a person's time, and how they are spread.

Pydantic alone, as `ml.recipe` is.
"""

from typing import Annotated, Literal

from pydantic import Field

from ml.fields import Frozen, Share

Acquisition = Literal[
    "entropy",
    "margin",
    "least_confidence",
    "weighted_bvsb",
    "impurity",
    "disagreement",
    "flip_entropy",
]
NEED_BOTH: frozenset[Acquisition] = frozenset({"disagreement"})
"""These compare a teacher with its student."""
NEED_SHARES: frozenset[Acquisition] = frozenset({"weighted_bvsb"})
"""These look through the whole pool for its classes before they score."""
RankedBy = Literal["pool", "image"]
Which = Literal["teacher", "student"]
"""Of a model's networks; one without a teacher has its student alone."""


class Strategy(Frozen):
    """How a cycle chooses cells. In this order: the random control is drawn; scores are divided by
    clicks and blurred by noise; cells are ranked, over all and for each class; picks go down the
    rankings under the limits of images and neighbours; control and classes are spread evenly
    through the queue."""

    acquisition: Literal["random", Acquisition] = Field(
        "entropy", description="What makes a cell worth asking for"
    )
    network: Which = Field("teacher", description="Which of the model's networks scores")
    ranked_by: RankedBy = Field(
        "pool", description="pool: the best cells wherever they are; image: k best of each, as S4AL"
    )
    per_image_cap: Annotated[int, Field(ge=1)] | None = Field(
        None, description="Most regions of one image; null is max(1, ceil(2 * budget / images))"
    )
    suppress_radius: Annotated[int, Field(ge=0)] = Field(
        1, description="Regions of one image are further apart than this many cells (Chebyshev)"
    )
    random_share: Share = Field(
        0.0, description="Share of the budget drawn at random, as a control of what scoring gains"
    )
    class_share: Share = Field(
        0.67,
        description="Share of the scored budget divided equally among the classes; a class's cells "
        "are ranked by the mean of its probability times the pixel score (ClaSP PE takes 2/3)",
    )
    click_weight: Share = Field(
        1.0,
        description="Scores are divided by the clicks that the prediction would cost, to this "
        "power: 0 ignores cost, 1 ranks by score per click",
    )
    noise: Annotated[float, Field(ge=0, le=100)] = Field(
        1.0,
        description="Gumbel noise of this scale on the logarithms of the scores: early scores are "
        "poor, and the same kind of cell again and again teaches little (ClaSP PE starts with 1)",
    )
    noise_decay: Share = Field(
        0.3, description="In cycle n the noise is noise * noise_decay^n (ClaSP PE ends at 0.01)"
    )

    @property
    def weighs_cells(self) -> bool:
        """Whether more than the scores is needed of each cell."""
        return self.class_share > 0 or self.click_weight > 0

    def noise_in(self, turn: int) -> float:
        """The scale of the noise in cycle `turn`."""
        return float(self.noise * self.noise_decay**turn)


PLAIN = Strategy(class_share=0.0, click_weight=0.0, noise=0.0)
"""The best scores, whatever they cost."""

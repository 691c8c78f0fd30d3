"""The arms of the study: what each labels, how it learns and how it chooses. `ml.study` runs them.

S4AL's protocol is a tenth of the images whole, then twice four regions of every other image: 13.75
% of the pixels; trainings before the last have half of its steps. Where an arm chooses at random,
what its earlier models would be is of no account: its labels are drawn at once and it trains once.
"""

from collections.abc import Mapping
from typing import Any

from ml.fields import Frozen, Share
from ml.presets import recipe
from ml.spec import ImageItem
from ml.strategy import Strategy
from ml.studies.campaign import Budget, Campaign

ACROSS_PX = 120
"""Images are shrunk to this width, so that the study is a matter of minutes on two cores."""
CELLS_ACROSS = 16
"""Of 30 pixels in CamVid's 480, as published."""


class Arm(Frozen):
    """`asks` is the question that the arm answers; `changes` are fields of the recipe."""

    name: str
    asks: str
    recipe: str
    changes: Mapping[str, Any] = {}
    strategy: Strategy = Strategy(acquisition="random")
    images: Share = 0.0
    regions: Share = 0.0
    budgets: tuple[Budget, ...] = ()
    early: float = 0.5

    def campaign(self, sample: ImageItem, seed: int, steps: int | None = None) -> Campaign:
        """For images of the sample's size."""
        own: dict[str, Any] = {"scale": min(1.0, ACROSS_PX / sample.width), "threads": 1}
        if steps:
            own["schedule"] = {"steps": steps}
        return Campaign(
            name=self.name,
            recipe=recipe(self.recipe, {**own, **self.changes}),
            strategy=self.strategy,
            cell_px=max(1, sample.width // CELLS_ACROSS),
            images=self.images,
            regions=self.regions,
            budgets=self.budgets,
            early=self.early,
            seed=seed,
        )


def _shares(*shares: float) -> tuple[Budget, ...]:
    return tuple(Budget(share=each) for each in shares)


_WHOLE = 0.1
_TWICE_FOUR = (Budget(per_image=4), Budget(per_image=4))
_AT_ONCE = 0.0375
"""The regions of both cycles of the protocol, as a share of the pool's pixels."""
_BEST_OF_EACH = Strategy(ranked_by="image", suppress_radius=0)
_STRONG = {"augmentation": {"colour": recipe("s4al-tessera").augmentation.strong.model_dump()}}
_START = 0.04
_TO_EIGHT, _TO_THE_END = 0.04, 0.0575
_TESSERA = Strategy(class_share=0.67, click_weight=1.0, noise=1.0)

ARMS = (
    Arm(name="full", asks="all labels", recipe="supervised-cpu", images=1),
    Arm(
        name="entropy-s4al",
        asks="S4AL as published",
        recipe="s4al-cpu",
        changes={"supervision": "whole"},
        strategy=_BEST_OF_EACH,
        images=_WHOLE,
        budgets=_TWICE_FOUR,
    ),
    Arm(
        name="tessera",
        asks="ours",
        recipe="supervised-cpu",
        strategy=_TESSERA,
        regions=_START,
        budgets=_shares(_TO_EIGHT, _TO_THE_END),
    ),
    Arm(
        name="scattered-8",
        asks="regions all over the pool at random, in a masked supervised loss",
        recipe="supervised-cpu",
        regions=_START + _TO_EIGHT,
    ),
    Arm(
        name="scattered-13.75",
        asks="the same up to where S4AL's protocol ends",
        recipe="supervised-cpu",
        regions=_START + _TO_EIGHT + _TO_THE_END,
    ),
    Arm(
        name="entropy-supervised",
        asks="S4AL's protocol without its training",
        recipe="supervised-cpu",
        strategy=_BEST_OF_EACH,
        images=_WHOLE,
        budgets=_TWICE_FOUR,
    ),
    Arm(
        name="random-supervised",
        asks="neither S4AL's training nor its choice",
        recipe="supervised-cpu",
        images=_WHOLE,
        regions=_AT_ONCE,
    ),
    Arm(
        name="random-s4al",
        asks="S4AL's training without its choice",
        recipe="s4al-cpu",
        changes={"supervision": "whole"},
        images=_WHOLE,
        regions=_AT_ONCE,
    ),
)

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
PUBLISHED, WIDE = 16, 8
"""Cells across an image: of 30 pixels in CamVid's 480 as published, and of 60, as what is drawn in
larger cells takes fewer clicks for each pixel."""


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
    cells_across: int = PUBLISHED

    def campaign(self, sample: ImageItem, seed: int, steps: int | None = None) -> Campaign:
        """For images of the sample's size."""
        own: dict[str, Any] = {"scale": min(1.0, ACROSS_PX / sample.width), "threads": 1}
        if steps:
            own["schedule"] = {"steps": steps}
        return Campaign(
            name=self.name,
            recipe=recipe(self.recipe, {**own, **self.changes}),
            strategy=self.strategy,
            cell_px=max(1, sample.width // self.cells_across),
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
_RARE = {"rare_temperature": 0.3}
_PER_CLICK = Strategy(class_share=0.67, click_weight=1.0, noise=1.0)
_START, _CHOSEN, _MORE = 0.03, 0.045, 0.0625

ARMS = (
    Arm(name="full", asks="all labels", recipe="supervised-cpu", images=1),
    Arm(
        name="tessera-7.5",
        asks="ours: regions all over the pool, then those of all classes that are worth the clicks",
        recipe="supervised-cpu",
        strategy=_PER_CLICK,
        regions=_START,
        budgets=(Budget(share=_CHOSEN),),
    ),
    Arm(
        name="tessera-4.5",
        asks="ours for a tenth of the clicks",
        recipe="supervised-cpu",
        strategy=_PER_CLICK,
        regions=0.02,
        budgets=(Budget(share=0.025),),
    ),
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
        name="scattered-7.5",
        asks="our regions, all of them at random",
        recipe="supervised-cpu",
        regions=_START + _CHOSEN,
    ),
    Arm(
        name="tessera-13.75",
        asks="ours up to where S4AL's protocol ends",
        recipe="supervised-cpu",
        strategy=_PER_CLICK,
        regions=_START,
        budgets=(Budget(share=_CHOSEN), Budget(share=_MORE)),
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
    Arm(
        name="entropy-supervised",
        asks="S4AL's choice without its training",
        recipe="supervised-cpu",
        strategy=_BEST_OF_EACH,
        images=_WHOLE,
        budgets=_TWICE_FOUR,
    ),
    Arm(
        name="images-7.5",
        asks="as many pixels in whole images",
        recipe="supervised-cpu",
        images=_START + _CHOSEN,
    ),
    Arm(
        name="tessera-7.5-rare",
        asks="ours with crops around rare classes",
        recipe="supervised-cpu",
        changes=_RARE,
        strategy=_PER_CLICK,
        regions=_START,
        budgets=(Budget(share=_CHOSEN),),
    ),
    Arm(
        name="tessera-7.5-wide",
        asks="ours in cells of twice the side, with crops around rare classes",
        recipe="supervised-cpu",
        changes=_RARE,
        strategy=_PER_CLICK,
        regions=0.04,
        budgets=(Budget(share=0.035),),
        cells_across=WIDE,
    ),
)

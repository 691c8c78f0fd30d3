"""The arms of the study: what each labels, how it learns and how it chooses. `ml.study` runs them.

S4AL's protocol is a tenth of the images whole, then twice four regions of every other image: 13.75
% of the pixels; trainings before the last have half of its steps. Where an arm chooses at random,
what its earlier models would be is of no account: its labels are drawn at once and it trains once.
"""

from collections.abc import Mapping
from typing import Any

from ml.fields import Frozen, Share
from ml.presets import RECIPES, recipe
from ml.spec import ImageItem
from ml.strategy import PLAIN, Strategy
from ml.studies.campaign import Budget, Campaign

ACROSS_PX = 120
"""Images are shrunk to this width, so that the study is a matter of minutes on two cores."""
CELLS_ACROSS = 16
"""Cells of 30 pixels in CamVid's 480."""


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
_OURS = Strategy()
_BEST_OF_EACH = PLAIN.model_copy(update={"ranked_by": "image", "suppress_radius": 0})
_AS_PUBLISHED = {"supervision": "whole"}
_AS_RELEASED = {
    **_AS_PUBLISHED,
    "teacher": {"statistics": "own"},
    "s4al": {"cold_weight": 1.5, "mean": "positive", "pasted": "head_and_tail", "head": 5},
}
"""What `s4al-official` changes of `s4al`, but for its bar of trust and its stairs: these are of
long trainings."""
_TESSERA = RECIPES["s4al-tessera"]
_START, _CHOSEN, _MORE = 0.03, 0.045, 0.1075


def _ours(name: str, asks: str, **changes: Any) -> Arm:
    """Regions all over the pool at random, then those that our strategy chooses."""
    own = {"recipe": "supervised-cpu", "strategy": _OURS, "regions": _START}
    return Arm(name=name, asks=asks, **{**own, "budgets": _shares(_CHOSEN), **changes})


def _without(knob: str) -> Strategy:
    return _OURS.model_copy(update={knob: 0.0})


ARMS = (
    Arm(name="full", asks="all labels", recipe="supervised-cpu", images=1),
    _ours(
        "tessera-7.5",
        "ours: regions all over the pool, then those of all classes that are worth the clicks",
    ),
    _ours("tessera-4.5", "ours for a tenth of the clicks", regions=0.02, budgets=_shares(0.025)),
    Arm(
        name="entropy-s4al",
        asks="S4AL as published",
        recipe="s4al-cpu",
        changes=_AS_PUBLISHED,
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
    _ours("tessera-13.75", "ours up to where S4AL's protocol ends", budgets=_shares(_MORE)),
    _ours("without-classes", "ours by the best scores of all", strategy=_without("class_share")),
    _ours("without-clicks", "ours whatever it costs", strategy=_without("click_weight")),
    _ours("without-noise", "ours without noise", strategy=_without("noise")),
    _ours("plain-entropy", "our regions, the best scores of the pool", strategy=PLAIN),
    _ours(
        "plain-5.3",
        "the same for the clicks that ours takes on CamVid",
        strategy=PLAIN,
        budgets=_shares(0.0227),
    ),
    _ours(
        "plain-6",
        "the same for the clicks that ours takes on the streets",
        strategy=PLAIN,
        budgets=_shares(0.0303),
    ),
    _ours("tessera-s4al", "our regions under S4AL's training", recipe="s4al-cpu"),
    _ours(
        "tessera-preset",
        "the same with the settings of s4al-tessera: stronger colours, crops around rare classes",
        recipe="s4al-cpu",
        changes={
            "augmentation": _TESSERA.augmentation.model_dump(),
            "rare_temperature": _TESSERA.rare_temperature,
        },
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
        changes=_AS_PUBLISHED,
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
        name="entropy-official",
        asks="S4AL as its released code has it, scored by the student",
        recipe="s4al-cpu",
        changes=_AS_RELEASED,
        strategy=_BEST_OF_EACH.model_copy(update={"network": "student"}),
        images=_WHOLE,
        budgets=_TWICE_FOUR,
    ),
)

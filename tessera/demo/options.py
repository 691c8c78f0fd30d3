"""What can be asked of the demo."""

from dataclasses import dataclass
from pathlib import Path

FIRST_CYCLES = 3
MORE_CYCLES = 1
"""What --keep adds when nothing else is asked."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """`budget` holds a share of the pool's pixels (0..1) per labelling cycle, the last repeats.

    `cycles` counts the learning cycles after the cold start; `steps` replaces the schedule's.
    """

    data: Path | None = None
    serve: bool = False
    keep: bool = False
    json_file: Path | None = None
    cycles: int | None = None
    seed: int = 0
    port: int | None = None
    budget: tuple[float, ...] = (0.005, 0.01, 0.02, 0.04)
    recipe: str = "s4al-cpu"
    steps: int | None = None
    annotators: int = 2

    @property
    def turns(self) -> int:
        """Learning cycles of this run."""
        return self.cycles if self.cycles is not None else (FIRST_CYCLES, MORE_CYCLES)[self.keep]

    @property
    def reference_recipe(self) -> str:
        """Full supervision of the same size."""
        return "supervised-cpu" if self.recipe.endswith("-cpu") else "supervised"

    def share(self, number: int) -> float:
        """The budget of cycle `number` (0 is the cold start)."""
        return self.budget[min(number, len(self.budget) - 1)]


def parse_budget(text: str) -> tuple[float, ...]:
    """Percents as "0.5,1,2,4"; together at most the whole pool."""
    try:
        percents = [float(part) for part in text.split(",")]
    except ValueError:
        percents = []
    if not percents or min(percents) <= 0 or sum(percents) > 100:
        raise ValueError(
            f"expected the budget as percents of the pool's pixels, above 0 and together at most "
            f"100, as 0.5,1,2,4; given {text!r}"
        )
    return tuple(percent / 100 for percent in percents)

"""What things cost, as ratios against a floor measured in the same run. `python -m benchmarks`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """A measured value beside its floor; both in `unit`."""

    name: str
    value: float
    unit: str
    floor_name: str
    floor: float

    @property
    def ratio(self) -> float:
        return self.value / self.floor

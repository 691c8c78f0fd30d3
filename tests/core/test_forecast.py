"""The forecast: what a known curve says about itself."""

import pytest

from core import outlook
from core.forecast import forecast

XS = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32]


def curve(x: float) -> float:
    return 0.6 - 0.05 * x**-0.4


def test_points_of_a_curve_tell_where_it_goes():
    found = forecast(XS, [curve(x) for x in XS], curve(0.5))
    assert found.state == "estimate"
    assert found.budget is not None
    assert found.budget.low is not None
    assert found.budget.high is not None
    assert found.budget.low < 0.5 < found.budget.high
    assert found.budget.high < 5


def test_the_interval_narrows_with_the_cycles():
    def width(number: int) -> float:
        budget = forecast(XS[:number], [curve(x) for x in XS[:number]], 0.44, most=None).budget
        assert budget is not None
        return (budget.high or 1e9) / (budget.low or 1e-9)

    assert width(6) < width(4)


@pytest.mark.parametrize("xs", [[], [0.1], [0.1, 0.1, 0.2]])
def test_with_fewer_than_three_different_cycles_it_is_too_early(xs: list[float]):
    assert forecast(xs, [0.2 + x for x in xs], 0.9).state == "too_early"


def test_what_was_reached_needs_no_budget():
    assert forecast(XS, [curve(x) for x in XS], 0.3).state == "reached"
    assert forecast([0.1], [0.5], 0.4).state == "reached"


def test_a_curve_that_flattens_below_the_target_makes_it_unlikely():
    found = forecast(XS, [0.4, 0.45, 0.47, 0.475, 0.476, 0.476], 0.8, most=1)
    assert found.state == "unlikely"
    assert found.probability is not None
    assert found.probability < 0.5


def test_more_than_the_whole_pool_is_out_of_reach():
    within, beyond = (forecast(XS, [curve(x) for x in XS], 0.57, most=most) for most in (1, None))
    assert within.probability is not None
    assert beyond.probability is not None
    assert within.probability < beyond.probability


def row(share: float, miou: float | None, active_s: float = 0, clicks: int = 0) -> dict:
    cost = {"active_s": active_s, "clicks": clicks}
    return {"labelled_share": share, "val_miou": miou, "cost": cost}


def test_the_last_gain_is_told_with_its_cost():
    rows = [row(0.1, 0.2, 1800, 50), row(0.15, None, 2000, 60), row(0.2, 0.26, 5400, 250)]
    gain = outlook.last_gain(rows, "val")
    assert gain is not None
    assert gain["miou_per_hour"] == pytest.approx(0.06)
    assert (gain["active_s"], gain["clicks"]) == (3600, 200)
    assert outlook.last_gain(rows[:2], "val") is None


def test_the_usual_target_is_the_next_step_of_five_percent():
    assert outlook.usual_target([row(0.1, 0.312)], "val") == 0.35
    assert outlook.usual_target([], "val") == 0.05

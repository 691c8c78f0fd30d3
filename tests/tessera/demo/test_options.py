import pytest

from tessera.demo.options import Options, parse_budget


def test_percents_become_shares():
    assert parse_budget("2,2.5") == pytest.approx((0.02, 0.025))


@pytest.mark.parametrize("text", ["", "two", "0,1", "-1", "60,50"])
def test_an_impossible_budget_is_refused(text):
    with pytest.raises(ValueError, match="percents"):
        parse_budget(text)


def test_the_last_share_repeats():
    options = Options(budget=(0.02, 0.03))
    assert [options.share(number) for number in range(4)] == [0.02, 0.03, 0.03, 0.03]


def test_keep_adds_one_cycle_unless_asked():
    assert (Options().turns, Options(keep=True).turns, Options(keep=True, cycles=2).turns) == (
        3,
        1,
        2,
    )


def test_the_reference_has_the_size_of_the_recipe():
    assert Options(recipe="s4al-cpu").reference_recipe == "supervised-cpu"
    assert Options(recipe="s4al").reference_recipe == "supervised"

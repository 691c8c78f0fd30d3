import subprocess
import sys

import pytest

from ml.presets import RECIPES, recipe


def test_every_recipe_is_known_by_its_own_name():
    assert all(RECIPES[name].name == name for name in RECIPES)


@pytest.mark.parametrize("method", ["supervised", "mean_teacher", "classmix", "s4al"])
def test_every_method_has_a_recipe_for_a_gpu_and_one_for_a_cpu(method):
    assert {RECIPES[name].method for name in (method, f"{method}-cpu")} == {method}


def test_paper_and_released_code_of_classmix_differ_in_what_a_label_counts():
    weightings = [recipe(name).classmix.weighting for name in ("classmix", "classmix-official")]
    assert weightings == ["image", "batch"]


def test_the_published_settings_are_those_of_s4al():
    published = recipe("s4al")
    assert (published.schedule.lr, published.schedule.steps) == (1e-2, 5000)
    assert (published.s4al.threshold, published.teacher.momentum) == (0.97, 0.99)
    assert published.network.output_stride == 16


def test_paper_and_released_code_of_s4al_differ_by_name():
    paper, code = recipe("s4al"), recipe("s4al-official")
    assert (paper.s4al.pasted, code.s4al.pasted) == ("rare", "head_and_tail")
    assert (paper.teacher.statistics, code.teacher.statistics) == ("averaged", "own")
    assert (paper.s4al.cold_weight, code.s4al.cold_weight) == (1, 1.5)
    assert (paper.schedule.stairs, code.schedule.stairs) == (None, 100)
    assert {paper.supervision, code.supervision} == {"whole"}


def test_ours_learns_from_every_label_and_turns_colours():
    ours = recipe("s4al-tessera")
    assert ours.supervision == "labelled"
    assert ours.rare_temperature
    assert ours.augmentation.strong.hue > 0


def test_an_override_changes_one_nested_field_alone():
    changed = recipe("s4al", {"schedule": {"steps": 7}})
    assert changed.schedule.steps == 7
    assert changed.schedule.lr == recipe("s4al").schedule.lr


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(ValueError, match=r"unknown recipe 'best'.*s4al-cpu"):
        recipe("best")


@pytest.mark.parametrize(
    ("overrides", "reason"),
    [
        ({"schedule": {"steps": 0}}, "schedule.steps: .*greater than or equal to 1, given 0"),
        ({"schedule": {"epochs": 3}}, "schedule.epochs: .*not permitted, given 3"),
        ({"network": {"output_stride": 12}}, "network.output_stride: .*8, 16 or 32, given 12"),
        ({"method": "magic"}, "method: .*'s4al', 'cct', .* or 'cyclegan', given 'magic'"),
        ({"schedule": 5}, "schedule: .*given 5"),
        ({"augmentation": {"scale_min": 2.0}}, "scale_min 2.0 is above scale_max"),
        ({"schedule": {"unlabelled_batch": 1}}, "schedule.unlabelled_batch: .*to 2, given 1"),
        ({"schedule": {"lr": float("nan")}}, "schedule.lr"),
    ],
)
def test_a_refusal_names_field_given_and_expected(overrides, reason):
    with pytest.raises(ValueError, match=reason):
        recipe("s4al", overrides)


def test_recipes_load_neither_torch_nor_numpy():
    code = "import sys, ml.presets; sys.exit(bool({'torch', 'numpy'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

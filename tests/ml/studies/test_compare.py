"""Studies: recipes against each other on a small data set, by the real stages."""

import json
from pathlib import Path

import pytest

from ml import compare
from ml.arguments import overrides
from ml.compare import rows
from ml.dataset import labelled_images
from ml.presets import recipe
from ml.studies.trial import Outcome, Trial
from tests.ml.scenes import dataset, tiny_arguments


def outcome(name: str, fraction: float, seed: int, miou: float, step_s: float = 0.1) -> Outcome:
    return Outcome(Trial(recipe(name), fraction, seed), {"test": miou}, step_s)


def test_rows_pair_by_seed_and_close_the_gap_to_all_labels():
    found = rows(
        [
            outcome("supervised-cpu", 0.1, 0, 0.30),
            outcome("s4al-cpu", 0.1, 0, 0.35, 0.25),
            outcome("supervised-cpu", 0.1, 1, 0.20),
            outcome("s4al-cpu", 0.1, 1, 0.25, 0.25),
            outcome("supervised-cpu", 1.0, 0, 0.50),
        ],
        "test",
        "supervised-cpu",
    )
    ours, plain, full = found
    assert [ours["recipe"], plain["recipe"], full["fraction"]] == ["s4al-cpu", "supervised-cpu", 1]
    assert (ours["gain"], ours["gain_low"]) == (pytest.approx(0.05), pytest.approx(0.05))
    assert ours["gap_closed"] == pytest.approx(0.2)
    assert ours["cost"] == pytest.approx(2.5)
    assert (plain["gain"], plain["gap_closed"]) == (0, 0)


def test_labelled_images_of_a_seed_are_the_same_for_all_and_grow():
    small, large, other = (
        labelled_images(40, share, seed) for share, seed in ((0.1, 3), (0.5, 3), (0.1, 4))
    )
    assert len(small) == 4
    assert small < large
    assert small != other
    assert len(labelled_images(3, 0.01, 0)) == 1


def test_overrides_nest_and_keep_their_types():
    given = ["schedule.steps=6", "schedule.lr=1e-3", "network.encoder=mit_b0", "hard_pixels=null"]
    assert overrides(given) == {
        "schedule": {"steps": 6, "lr": 1e-3},
        "network": {"encoder": "mit_b0"},
        "hard_pixels": None,
    }
    with pytest.raises(ValueError, match="expected FIELD=VALUE"):
        overrides(["scale"])


@pytest.mark.slow
def test_a_study_runs_once_and_goes_on_where_it_stopped(tmp_path: Path):
    data, study = dataset(tmp_path / "data", pool=4, test=1), tmp_path / "study"
    asked = [str(data), str(study), "--fractions", "0.5", "--seeds", "0", *tiny_arguments()]
    plot = tmp_path / "plot.svg"
    assert compare.main([*asked, "--recipes", "supervised-cpu"]) == 0
    first = (study / "supervised-cpu/50/0/train/out/model.safetensors").stat().st_mtime_ns
    both = ["--recipes", "supervised-cpu", "s4al-cpu", "--plot", str(plot)]
    assert compare.main([*asked, *both]) == 0
    assert (study / "supervised-cpu/50/0/train/out/model.safetensors").stat().st_mtime_ns == first
    table = json.loads((study / "comparison.json").read_text())["rows"]
    assert {row["recipe"] for row in table} == {"supervised-cpu", "s4al-cpu"}
    assert all(0 <= row["miou"] <= 1 for row in table)
    assert plot.read_text().count("<svg") == 1


@pytest.mark.slow
def test_a_study_of_other_settings_needs_a_folder_of_its_own(tmp_path: Path, capsys):
    data, study = dataset(tmp_path / "data", pool=2, test=1), tmp_path / "study"
    asked = [
        str(data),
        str(study),
        "--recipes",
        "supervised-cpu",
        "--seeds",
        "0",
        *tiny_arguments(),
    ]
    assert compare.main(asked) == 0
    assert compare.main([*asked, "--set", "schedule.lr=0.5"]) == 3
    assert "holds another run" in capsys.readouterr().err


def test_a_recipe_that_cannot_be_is_refused_before_anything_runs(tmp_path: Path, capsys):
    data = dataset(tmp_path / "data", pool=2)
    asked = [str(data), str(tmp_path / "s"), "--set", "schedule.steps=0"]
    assert compare.main(asked) == 3
    assert "schedule.steps" in capsys.readouterr().err
    assert not (tmp_path / "s").exists()

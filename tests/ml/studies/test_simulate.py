"""Whole campaigns on a small data set, by the real stages."""

import json
from pathlib import Path

import pytest

from ml import report, simulate
from tests.ml.scenes import dataset, tiny_arguments

pytestmark = pytest.mark.slow


def run(root: Path, out: Path, *more: str) -> int:
    start = [str(root), str(out), "--cell", "16", "--recipe", "s4al-cpu", *tiny_arguments()]
    return simulate.main([*start, *more])


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return dataset(tmp_path_factory.mktemp("data"), pool=4, val=1, test=1)


@pytest.fixture(scope="module")
def runs(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs")
    entropy = ("--name", "entropy", "--images", "0.25", "--budgets", "1x", "0.1")
    assert run(root, out, *entropy, "--ask", "ranked_by=image") == 0
    assert run(root, out, "--name", "full", "--images", "1") == 0
    return out


def test_a_run_tells_what_each_cycle_cost_and_reached(runs: Path):
    found = json.loads((runs / "entropy-0.json").read_text())
    rows = found["cycles"]
    assert [row["cycle"] for row in rows] == [0, 1, 2]
    # one image of four, then a cell of each other one, then a tenth of the pixels, rounded up
    assert [row["regions"] for row in rows] == [1, 4, 4 + 4]
    assert rows[0]["pixels"] == 40 * 50
    assert [row["clicks"] for row in rows] == sorted(row["clicks"] for row in rows)
    assert all(0 <= row["metrics"]["test"]["miou"] <= 1 for row in rows)
    assert found["pool"] == {"images": 4, "pixels": 4 * 40 * 50}


def test_a_run_that_is_done_is_not_run_again(runs: Path, root: Path):
    weights = runs / "entropy-0/cycle-2/train/out/model.safetensors"
    before = weights.stat().st_mtime_ns
    entropy = ("--name", "entropy", "--images", "0.25", "--budgets", "1x", "0.1")
    assert run(root, runs, *entropy, "--ask", "ranked_by=image") == 0
    assert weights.stat().st_mtime_ns == before


def test_random_regions_may_be_the_start_and_the_strategy(root: Path, tmp_path: Path):
    arguments = ("--name", "random", "--regions", "0.1", "--budgets", "0.1")
    assert run(root, tmp_path, *arguments, "--ask", "acquisition=random") == 0
    rows = json.loads((tmp_path / "random-0.json").read_text())["cycles"]
    assert [row["regions"] for row in rows] == [4, 8]


def test_the_report_has_a_row_for_each_arm_and_cycle_and_a_plot(runs: Path, tmp_path: Path, capsys):
    plot = tmp_path / "plot.svg"
    assert report.main([str(runs), "--plot", str(plot)]) == 0
    told = capsys.readouterr().out
    assert told.count("| entropy |") == 3 + 1  # the last one is that of the classes
    assert "| full | 0 | 1 | 4 | 8,000 (100.00 %)" in told
    assert "| arm | red | green | blue |" in told
    assert plot.read_text().count("<svg") == 1
    assert report.main([str(runs), "--arms", "full"]) == 0
    assert "| entropy |" not in capsys.readouterr().out
    assert report.main([str(runs), "--arms", "none"]) == 3
    assert "none-SEED.json" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ((), "starts from labelled images or regions"),
        (("--images", "2"), "images"),
        (("--images", "0.5", "--ask", "acquisition=magic"), "acquisition"),
        (("--images", "0.5", "--set", "schedule.steps=0"), "schedule.steps"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_runs(root, tmp_path, capsys, more, reason):
    assert run(root, tmp_path / "out", "--name", "x", *more) == 3
    assert reason in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_folder_without_runs_is_said_so(tmp_path: Path, capsys):
    assert report.main([str(tmp_path)]) == 3
    assert "no runs in" in capsys.readouterr().err


def test_a_run_that_cannot_be_read_is_named(tmp_path: Path, capsys):
    (tmp_path / "entropy-0.json").write_text("{broken")
    assert report.main([str(tmp_path)]) == 3
    assert f"cannot read {tmp_path}/entropy-0.json" in capsys.readouterr().err

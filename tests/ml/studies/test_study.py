"""The study's arms, and one of them run on a small data set."""

import json
from pathlib import Path

import pytest

from ml import report, study
from ml.dataset import Dataset
from ml.spec import ImageItem
from ml.studies.arms import ARMS
from tests.ml.scenes import CLASSES, dataset

CAMVID = ImageItem(id="", path="", width=480, height=360)


def of(name: str, **more: int):
    [arm] = [each for each in ARMS if each.name == name]
    return arm.campaign(CAMVID, seed=1, **more)


@pytest.mark.parametrize("arm", ARMS, ids=lambda arm: arm.name)
def test_every_arm_is_a_campaign_of_the_same_network_and_length(arm):
    made, full = arm.campaign(CAMVID, seed=1), of("full")
    assert made.recipe.network == full.recipe.network
    assert made.recipe.schedule == full.recipe.schedule
    assert made.cell_px == 30
    assert (made.recipe.scale, made.seed) == (0.25, 1)


def test_the_arms_of_the_protocol_end_at_its_share_of_the_pixels():
    asked, drawn = of("entropy-s4al"), of("random-s4al")
    regions = sum(budget.per_image or 0 for budget in asked.budgets)
    at_end = asked.images + (1 - asked.images) * regions / 192
    assert at_end == pytest.approx(0.1375)
    assert drawn.images + drawn.regions == pytest.approx(at_end)


def test_trainings_before_the_last_have_half_of_its_steps():
    asked = of("entropy-s4al", steps=7)
    assert [asked.recipe_of(n).schedule.steps for n in range(3)] == [4, 4, 7]


def test_shorter_trainings_may_be_asked_for():
    assert of("full", steps=7).recipe.schedule.steps == 7


def test_many_images_are_thinned_evenly():
    items = [CAMVID.model_copy(update={"id": str(number)}) for number in range(367)]
    found = study.thinned(Dataset(CLASSES, {"pool": items, "val": items, "test": items[:5]}))
    assert [item.id for item in found.splits["pool"]] == [str(4 * n) for n in range(92)]
    assert found.splits["test"] == items[:5]
    assert found.splits["val"] == []


def run_of(name: str, seed: int, miou: float, *, images: float = 0.1, pixels: int = 100):
    costs = {"regions": 1, "pixels": pixels, "known_pixels": pixels, "clicks": pixels}
    row = {"cycle": 0, "metrics": {"test": {"miou": miou, "iou": [miou]}}, **costs}
    return {"campaign": {"name": name, "seed": seed, "images": images}, "cycles": [row]}


def test_gains_are_paired_by_seed_and_leave_out_seeds_that_only_one_has():
    runs = [run_of("ours", 0, 0.4), run_of("ours", 1, 0.5), run_of("ours", 2, 0.9)]
    runs += [run_of("theirs", 0, 0.3), run_of("theirs", 1, 0.4)]
    table = report.gains(runs, "test", "theirs")
    assert table.splitlines()[2:] == ["| ours | 2 | +10.0 | +10.0 to +10.0 |"]


def test_shares_are_those_of_the_best_way_to_learn_from_all_labels():
    runs = [run_of("full", 0, 0.4, images=1), run_of("full-ours", 0, 0.5, images=1)]
    found = report.points([*runs, run_of("ours", 0, 0.45, pixels=10)], "test")
    assert [each.of_full for each in found] == [0.8, 1.0, pytest.approx(0.9)]
    assert found[-1].shares == {"pixels": 0.1, "clicks": 0.1, "known_pixels": 0.1}


def test_quality_is_a_share_of_full_supervision_with_the_same_seeds():
    runs = [run_of("full", seed, miou, images=1) for seed, miou in ((0, 0.4), (1, 0.8))]
    found = report.points([*runs, run_of("ours", 1, 0.4), run_of("else", 2, 0.3)], "test")
    assert {each.arm: each.of_full for each in found} == {
        "full": 1.0,
        "ours": pytest.approx(0.5),
        "else": pytest.approx(0.5),
    }


@pytest.mark.slow
def test_an_arm_runs_and_is_reported(tmp_path: Path, capsys):
    data = dataset(tmp_path / "data", pool=4, test=1)
    asked = ["--arms", "scattered-7.5", "--seeds", "3", "--steps", "2", "--workers", "1"]
    assert study.main([str(data), str(tmp_path / "out"), *asked]) == 0
    found = json.loads((tmp_path / "out/scattered-7.5-3.json").read_text())
    assert found["cycles"][0]["labelled_share"] == pytest.approx(0.075, abs=0.005)
    assert "| scattered-7.5 | 0 | 1 |" in capsys.readouterr().out


def test_a_folder_without_test_images_is_refused(tmp_path: Path, capsys):
    data = dataset(tmp_path / "data", pool=2)
    assert study.main([str(data), str(tmp_path / "out"), "--seeds", "0"]) == 3
    assert "no test images to judge by" in capsys.readouterr().err

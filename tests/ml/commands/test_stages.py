"""The stages as somebody at a terminal runs them, without any service."""

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from safetensors.numpy import load_file

from ml.commands import stages
from tests.ml.runs import here, train_spec
from tests.ml.scenes import blocks, pool, save, with_mask

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    here(folder, train_spec(pool(folder / "images")))
    return folder / "out"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for number in range(2):
        mask = blocks(40, 50, number)
        item = with_mask(tmp_path, f"{number}", mask)
        (tmp_path / "data/images").mkdir(parents=True, exist_ok=True)
        Path(item.path).rename(tmp_path / f"data/images/{number}.png")
        save(tmp_path / f"data/masks/{number}.png", mask)
    return tmp_path / "data"


MAINS = {
    "evaluate": stages.evaluate_main,
    "score": stages.score_main,
    "select": stages.select_main,
}


def run(stage: str, *arguments: object) -> "CompletedProcess[str]":
    """What `python -m ml.STAGE` does, in this process: another would load torch for seconds."""
    command, before = [f"ml.{stage}", *map(str, arguments)], Path.cwd()
    with (
        pytest.MonkeyPatch.context() as patch,
        redirect_stdout(io.StringIO()) as out,
        redirect_stderr(io.StringIO()) as err,
    ):
        patch.setattr(sys, "argv", command)
        try:
            code = MAINS[stage]()
        except SystemExit as ended:
            code = ended.code
        finally:
            os.chdir(before)
    return CompletedProcess(command, code, out.getvalue(), err.getvalue())


def test_a_model_is_judged_over_a_folder(model: Path, data: Path, tmp_path: Path):
    done = run("evaluate", model, data, "--out", tmp_path / "e")
    assert done.returncode == 0, done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines()] == [
        *("red", "green", "blue"),
        "mean",
    ]
    report = json.loads((tmp_path / "e/out/evaluation.json").read_text())
    assert report["data"]["images"] == 2


def test_a_folder_is_scored(model: Path, data: Path, tmp_path: Path):
    done = run("score", model, data, "--cell", 16, "--out", tmp_path / "s")
    assert done.returncode == 0, done.stderr
    scores = load_file(tmp_path / "s/out/scores.safetensors")
    assert {grid.shape for grid in scores.values()} == {(3, 4)}


def test_what_is_missing_is_named(model: Path, data: Path, tmp_path: Path):
    (data / "masks/1.png").unlink()
    done = run("evaluate", model, data, "--out", tmp_path / "e")
    assert done.returncode == 3
    assert "1.png has no mask: expected" in done.stderr
    empty = tmp_path / "empty"
    empty.mkdir()
    assert f"no PNG or JPEG images in {empty}" in run("score", model, empty, "--cell", 9).stderr


@pytest.mark.parametrize("stage", ["evaluate", "score"])
def test_help_shows_an_example(stage: str):
    done = run(stage, "--help")
    assert (done.returncode, f"example: python -m ml.{stage} " in done.stdout) == (0, True)


@pytest.mark.parametrize("stage", ["run", "select"])
def test_help_of_what_loads_no_torch_shows_an_example(stage: str):
    command = [sys.executable, "-m", f"ml.{stage}", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert f"example: python -m ml.{stage} " in done.stdout


def test_cells_are_chosen_from_scores_or_at_random(model: Path, data: Path, tmp_path: Path):
    run("score", model, data, "--cell", 16, "--tile", 64, "--overlap", 16, "--out", tmp_path)
    knobs = ["--set", "class_share=0.5", "--set", "click_weight=1", "--set", "ranked_by=image"]
    picks = ["--scores", tmp_path / "out", "--budget", 6, "--model", model, *knobs]
    done = run("select", data, *picks, "--out", tmp_path / "s")
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "s/out/selection.json").read_text())["regions"]
    assert [each["source"] for each in found] == ["score"] * 6
    assert (tmp_path / "s/out" / found[0]["suggestion"]).is_file()
    done = run("select", data, "--budget", 4, "--cell", 16, "--out", tmp_path / "r")
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "r/out/selection.json").read_text())["regions"]
    assert [each["source"] for each in found] == ["random"] * 4


def test_a_refused_selection_says_why(data: Path, tmp_path: Path):
    def refusal(*options: object) -> str:
        done = run("select", data, *options, "--out", tmp_path)
        assert done.returncode == 3
        return done.stderr

    budget = ("--budget", 2)
    assert f"cannot read {tmp_path}/scores.json" in refusal("--scores", tmp_path, *budget)
    cell = ("--cell", 16, *budget)
    assert "random_share: Input should be less than" in refusal(*cell, "--set", "random_share=2")
    assert "expected KNOB=VALUE" in refusal(*cell, "--set", "noise")
    assert "only 24 cells are open" in refusal("--cell", 16, "--budget", 25)
    assert "cell_px" in refusal(*budget)


def test_disagreement_of_one_network_is_refused_before_anything_is_scored(tmp_path: Path):
    here(tmp_path, train_spec(pool(tmp_path / "images"), "supervised-cpu"))
    options = ["--cell", 16, "--acquisition", "disagreement", "--out", tmp_path / "s"]
    done = run("score", tmp_path / "out", tmp_path / "images", *options)
    assert done.returncode == 3
    assert f"the model {tmp_path}/out has one network; score by entropy" in done.stderr

"""The stages as somebody at a terminal runs them, without any service."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from safetensors.numpy import load_file

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


def run(stage: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", f"ml.{stage}", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


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


@pytest.mark.parametrize("stage", ["run", "evaluate", "score"])
def test_help_shows_an_example(stage: str):
    assert f"example: python -m ml.{stage} runs/first" in run(stage, "--help").stdout

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ml import spec
from ml.commands.spec import main
from tests.ml.scenes import blocks, dataset, image, save


def plain(folder: Path, labelled: int = 2, unlabelled: int = 1) -> Path:
    """images/ and masks/ alone."""
    for number in range(labelled + unlabelled):
        mask = blocks(32, 48, number)
        image(folder / "images", f"{number}", mask)
        if number < labelled:
            save(folder / "masks" / f"{number}.png", mask)
    return folder


def test_a_folder_of_images_and_masks_becomes_a_training(tmp_path, capsys):
    assert main([str(plain(tmp_path)), "--set", "schedule.steps=3"]) == 0
    asked = spec.TrainSpec.model_validate_json(capsys.readouterr().out)
    assert [item.mask_path is None for item in asked.pool] == [False, False, True]
    assert asked.classes == ["class 0", "class 1", "class 2"]
    assert asked.recipe.schedule.steps == 3


def test_splits_and_names_are_read_where_there_are_any(tmp_path):
    data = dataset(tmp_path / "data", pool=3, val=1)
    assert main([str(data), "--out", str(tmp_path / "run"), "--labelled", "0.34"]) == 0
    asked = spec.read(tmp_path / "run")
    assert asked.classes == ["red", "green", "blue"]
    assert len(asked.val) == 1
    assert sum(item.mask_path is not None for item in asked.pool) == 1


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--set", "schedule.steps=0"], "schedule.steps: Input should be greater than or equal"),
        (["--set", "shedule.steps=1"], "shedule: Extra inputs are not permitted"),
        (["--labelled", "0"], "expected a share above 0"),
    ],
)
def test_what_cannot_be_is_said(tmp_path, capsys, options, reason):
    assert main([str(plain(tmp_path)), *options]) == 3
    assert reason in capsys.readouterr().err


def test_a_folder_without_images_or_masks_is_named(tmp_path, capsys):
    assert main([str(tmp_path)]) == 3
    assert f"expected images in {tmp_path}" in capsys.readouterr().err
    assert main([str(plain(tmp_path, labelled=0))]) == 3
    assert "none of the 1 images has a mask" in capsys.readouterr().err


def test_recipes_for_cpus_shrink_large_images_and_say_so(tmp_path, capsys):
    image(tmp_path / "images", "a", blocks(360, 480))
    save(tmp_path / "masks/a.png", blocks(360, 480))
    main([str(tmp_path)])
    said = capsys.readouterr()
    assert json.loads(said.out)["recipe"]["scale"] == 0.25
    assert "--set scale=1" in said.err


@pytest.mark.slow
def test_two_commands_lead_to_a_model(tmp_path):
    data, run = str(plain(tmp_path / "data")), str(tmp_path / "run")
    few = ["--set", "schedule.steps=2", "--set", "network.width=0.1"]
    for command in (["ml.spec", data, "--out", run, *few], ["ml.run", run]):
        subprocess.run([sys.executable, "-m", *command], check=True, capture_output=True)
    assert (tmp_path / "run/out/model.json").is_file()


def test_the_labelled_share_is_a_function_of_the_seed(tmp_path, capsys):
    data = plain(tmp_path, labelled=9)
    kept = []
    for seed in (0, 0, 1):
        main([str(data), "--labelled", "0.34", "--seed", str(seed)])
        pool = json.loads(capsys.readouterr().out)["pool"]
        kept.append(tuple(np.flatnonzero([item["mask_path"] for item in pool])))
    assert kept[0] == kept[1] != kept[2]


def test_tags_beside_the_images_go_with_them(tmp_path):
    data = dataset(tmp_path / "data", pool=3)
    (data / "train/tags.csv").write_text("image,tags\n0.png,blue,red\n2\n")
    assert main([str(data), "--out", str(tmp_path / "run"), "--recipe", "cct-weak"]) == 0
    asked = spec.read(tmp_path / "run")
    assert [item.tags for item in asked.pool] == [[0, 2], None, []]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"0.png,unicorn", r"0: ['unicorn'] are no classes; expected some of ['red', 'green'"),
        (b"0,red\n0,blue", "0 has two lines; keep one"),
        (b"nobody.png,red", "there is no image 'nobody'"),
        (b"0,\xff", "Expected UTF-8 text"),
    ],
)
def test_tags_that_mean_nothing_name_their_file(tmp_path, capsys, line, reason):
    data = dataset(tmp_path / "data", pool=1)
    (data / "train/tags.csv").write_bytes(line)
    assert main([str(data)]) == 3
    said = capsys.readouterr().err
    assert f"{data}/train/tags.csv: " in said
    assert reason in said

"""The stages one after another in this process: what each writes is what the next one reads."""

import json

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import load_file

from ml import facts
from ml.errors import Failure
from ml.scorers import SCORERS
from ml.spec import EvaluateSpec, ModelFiles, ScoreSpec, SelectSpec, SurveySpec
from ml.strategy import NEED_SHARES, PLAIN
from tests.ml.runs import here, train_spec
from tests.ml.scenes import blocks, image, pool, with_mask

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained")
    here(folder, train_spec(pool(folder / "images")))
    return folder


def read(path) -> dict:
    return json.loads(path.read_text())


def score(trained, folder, **changes) -> list:
    images = pool(trained / "images")
    asked = {"model": trained / "out", "images": images, "cell_px": 16, **changes}
    here(folder, ScoreSpec(**asked))
    return images


def test_the_card_says_what_the_weights_are(trained):
    card = read(trained / "out" / "model.json")
    assert card["network"] == "teacher"
    assert (card["steps"], card["seed"], card["classes"]) == (4, 3, ["red", "green", "blue"])
    assert card["recipe"]["method"] == "s4al"
    assert set(card["losses"]) == {"supervised", "pseudo", "replay"}


def test_evaluation_counts_every_pixel_with_a_truth(trained, tmp_path):
    items = [with_mask(tmp_path, str(i), blocks(40, 50, i)) for i in range(2)]
    files = ModelFiles(
        weights=trained / "out" / "model.safetensors", card=trained / "out" / "model.json"
    )
    here(tmp_path / "e", EvaluateSpec(model=files, splits={"val": items, "test": []}))
    report = read(tmp_path / "e" / "out" / "evaluation.json")
    assert np.array(report["val"]["confusion"]).sum() == 2 * 40 * 50
    assert report["val"]["images"] == 2
    told = read(tmp_path / "e" / "out" / "images.json")
    assert sum(row[2] for rows in told.values() for row in rows) == 2 * 40 * 50
    with Image.open(tmp_path / "e" / "out" / "masks" / f"{items[0].id}.png") as kept:
        assert kept.size == (50, 40)
    assert np.array(report["test"]["confusion"]).shape == (3, 3)


@pytest.mark.parametrize("acquisition", SCORERS)
def test_scores_are_finite_grids_with_labelled_cells_closed(trained, tmp_path, acquisition):
    score(trained, tmp_path, acquisition=acquisition)
    scores = load_file(tmp_path / "out" / "scores.safetensors")
    assert {s.shape for s in scores.values()} == {(2, 3)}
    assert scores["image0"][1, 1] == -1
    assert (scores["image3"] >= 0).all()
    assert all(np.isfinite(s).all() for s in scores.values())


def test_student_and_teacher_are_kept_and_score_differently(trained, tmp_path):
    for network in ("teacher", "student"):
        score(trained, tmp_path / network, network=network)
    found = [load_file(tmp_path / n / "out" / "scores.safetensors") for n in ("teacher", "student")]
    assert not np.allclose(found[0]["image3"], found[1]["image3"])
    assert read(tmp_path / "student" / "out" / "scores.json")["network"] == "student"


def test_disagreement_needs_a_teacher(tmp_path):
    here(tmp_path, train_spec(pool(tmp_path / "images"), "supervised-cpu"))
    with pytest.raises(Failure, match="one network; score by entropy, or train by a method with"):
        score(tmp_path, tmp_path / "score", acquisition="disagreement")


def scored_in_parts(trained, folder, parts, acquisition) -> list:
    """The folders of what each part left; classes of the whole pool are counted beforehand."""
    common = {"model": trained / "out"}
    totals = None
    if acquisition in NEED_SHARES:
        for name, part in parts.items():
            here(folder / f"survey {name}", SurveySpec(images=part, **common))
        counts = [read(folder / f"survey {name}" / "out/shares.json")["counts"] for name in parts]
        totals = [sum(each) for each in zip(*counts, strict=True)]
    asked = {"cell_px": 16, "acquisition": acquisition, "shares": totals, **common}
    for name, part in parts.items():
        here(folder / name, ScoreSpec(images=part, **asked))
    return [folder / name / "out" for name in parts]


@pytest.mark.parametrize("acquisition", ["weighted_bvsb", "entropy"])
def test_parts_of_a_pool_score_and_choose_as_the_whole(trained, tmp_path, acquisition):
    images = score(trained, tmp_path / "whole", acquisition=acquisition, blocks=[2, 2])
    halves = {"first": images[:2], "none": [], "last": images[2:]}
    outs = scored_in_parts(trained, tmp_path, halves, acquisition)
    whole = tmp_path / "whole" / "out"
    sized = [(item.id, (2, 3)) for item in images]
    for name in ("scores", "cells"):
        files = [out / f"{name}.safetensors" for out in outs]
        reader = facts.read_scores if name == "scores" else facts.read
        assert_same(reader(files, sized), reader([whole / f"{name}.safetensors"], sized))
    told = [read(out / "contradictions.json") for out in outs]
    assert told[0] | told[1] | told[2] == read(whole / "contradictions.json")
    first, other = (
        chosen(tmp_path / f"s{n}", images, each) for n, each in enumerate(([whole], outs))
    )
    assert first == other


def assert_same(one, other) -> None:
    """The same bits."""
    if not isinstance(one, list):
        one, other = (list(vars(each).values()) for each in (one, other))
    for mine, theirs in zip(one, other, strict=True):
        assert (mine.dtype, mine.tobytes()) == (theirs.dtype, theirs.tobytes())


def chosen(folder, images, outs) -> list:
    files = {n: [out / f"{n}.safetensors" for out in outs] for n in ("scores", "cells")}
    strategy = {"class_share": 0.5, "click_weight": 0.5, "noise": 0.5, "random_share": 0.2}
    spec = {"images": images, "cell_px": 16, "budget": {"regions": 8}, "strategy": strategy}
    here(folder, SelectSpec(**spec, **files))
    return read(folder / "out/selection.json")["regions"]


def test_selection_takes_the_best_scores_and_brings_suggestions(trained, tmp_path):
    images = score(trained, tmp_path / "score")
    spec = SelectSpec(
        images=images,
        cell_px=16,
        budget={"regions": 3},
        strategy=PLAIN,
        scores=[tmp_path / "score/out/scores.safetensors"],
        model=trained / "out",
    )
    here(tmp_path / "s", spec)
    regions = read(tmp_path / "s/out/selection.json")["regions"]
    assert [r["rank"] for r in regions] == [0, 1, 2]
    assert regions[0]["score"] >= regions[1]["score"] >= regions[2]["score"]
    with Image.open(tmp_path / "s/out" / regions[0]["suggestion"]) as shown:
        assert (shown.mode, shown.size) == ("L", (regions[0]["width"], regions[0]["height"]))
        assert np.array(shown).max() < 3
    first, second = regions[0]["top_classes"]
    assert 1 >= first["share"] >= second["share"] > 0
    assert {first["value"], second["value"]} < {0, 1, 2}
    with Image.open(tmp_path / "s/out" / regions[0]["confidence"]) as shown:
        assert shown.mode == "L"


def test_closed_and_labelled_cells_are_never_asked_again(tmp_path):
    images = pool(tmp_path, labelled=1, unlabelled=0)
    spec = SelectSpec(
        images=images,
        cell_px=16,
        budget={"regions": 4},
        strategy={"acquisition": "random"},
        closed={"image0": [(0, 0)]},
    )
    here(tmp_path / "s", spec)
    chosen = {(r["row"], r["col"]) for r in read(tmp_path / "s/out/selection.json")["regions"]}
    assert chosen == {(0, 1), (0, 2), (1, 0), (1, 2)}


def test_edge_regions_are_as_small_as_the_image_makes_them(tmp_path):
    spec = SelectSpec(
        images=[image(tmp_path, "a", blocks(20, 20))],
        cell_px=16,
        budget={"regions": 4},
        strategy={"acquisition": "random"},
    )
    here(tmp_path / "s", spec)
    regions = read(tmp_path / "s/out/selection.json")["regions"]
    assert sorted((r["width"], r["height"]) for r in regions) == [
        (4, 4),
        (4, 16),
        (16, 4),
        (16, 16),
    ]


def test_ranking_without_scores_is_refused(tmp_path):
    spec = SelectSpec(images=pool(tmp_path), cell_px=16, budget={"regions": 1})
    with pytest.raises(Failure, match="ranks by scores but none are given"):
        here(tmp_path / "s", spec)


def test_a_grid_of_another_size_is_refused(trained, tmp_path):
    images = score(trained, tmp_path / "score")
    scores = tmp_path / "score/out/scores.safetensors"
    spec = SelectSpec(images=images, cell_px=8, budget={"regions": 1}, scores=[scores])
    with pytest.raises(Failure, match=r"image0: expected \(4, 6\), given a grid of \(2, 3\)"):
        here(tmp_path / "s", spec)


def test_a_missing_model_is_a_bad_spec(tmp_path):
    with pytest.raises(Failure, match="cannot load the model") as refusal:
        here(tmp_path, EvaluateSpec(model=tmp_path / "none", splits={}))
    assert refusal.value.error_class == "bad_spec"


def test_training_without_a_label_is_refused(tmp_path):
    with pytest.raises(Failure, match="none of the 2 pool images") as refusal:
        here(tmp_path / "s", train_spec(pool(tmp_path, labelled=0)))
    assert refusal.value.error_class == "no_labels"


def test_a_loss_that_is_no_number_is_a_typed_failure(tmp_path):
    wild = {"lr": 10.0, "warmup": 0, "optimizer": "sgd", "weight_decay": 1.0, "steps": 400}
    with pytest.raises(Failure, match=r"the loss '\w+' is (nan|inf) at step") as refusal:
        here(tmp_path / "s", train_spec(pool(tmp_path), "supervised-cpu", schedule=wild))
    assert refusal.value.error_class == "non_finite_loss"


def test_validation_is_told_with_the_progress(tmp_path):
    val = [with_mask(tmp_path, "v", blocks(32, 48))]
    tiny = train_spec(pool(tmp_path), schedule={"validations": 2, "steps": 4})
    said = here(tmp_path / "s", tiny.model_copy(update={"val": val}))
    assert 0 <= [s for s in said if s["event"] == "progress"][-1]["val_miou"] <= 1

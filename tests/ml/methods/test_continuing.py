"""All state in a checkpoint, models that go on from others, and what is refused before a step."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from ml.child import Child
from ml.errors import Failure
from ml.spec import ImageItem, TrainSpec
from ml.train import assemble
from ml.trainer import update
from tests.ml.runs import here, train_spec
from tests.ml.scenes import blocks, image, pool, with_mask
from tests.ml.test_trainer import training

pytestmark = pytest.mark.slow

QUIET = Child(2)
STATEFUL = ["cct-cpu", "advsemiseg-cpu", "temporal_ensembling-cpu", "cyclegan-cpu"]


@pytest.mark.parametrize("name", STATEFUL)
def test_a_resumed_training_ends_in_the_same_bits(name, tmp_path, monkeypatch):
    """Of all networks and optimisers, and of what is remembered of each image."""
    monkeypatch.chdir(tmp_path)
    whole, broken, resumed = (training(tmp_path, name, schedule={"steps": 4}) for _ in range(3))
    for t in range(4):
        update(whole, t)
    for t in range(2):
        update(broken, t)
        broken.done = t + 1
    resumed.restore(broken.snapshot())
    for t in range(2, 4):
        update(resumed, t)
    one, two = whole.snapshot().tensors, resumed.snapshot().tensors
    assert one.keys() == two.keys()
    assert all(torch.equal(one[each], two[each]) for each in one)


def continued(folder: Path, name: str, **changes) -> TrainSpec:
    return train_spec(items(folder), name, continues=str(folder / "first/out"), **changes)


def items(folder: Path) -> list[ImageItem]:
    return [*pool(folder), with_mask(folder, "whole", blocks(32, 48))]


def test_a_model_goes_on_from_another_methods(tmp_path):
    here(tmp_path / "first", train_spec(items(tmp_path), "cct-cpu"))
    here(tmp_path / "next", continued(tmp_path, "seggan-cpu", schedule={"lr": 1e-9, "steps": 1}))
    first, after = (
        load_file(tmp_path / f"{run}/out/model.safetensors") for run in ("first", "next")
    )
    weights = [name for name in first if name.endswith("weight")]
    assert all(torch.allclose(first[each], after[each], atol=1e-6) for each in weights)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"network": {"width": 0.2}}, "cannot continue the model"),
        ({}, "cannot continue the model"),
    ],
)
def test_a_model_that_does_not_fit_is_refused(tmp_path, changes, message):
    if changes:
        here(tmp_path / "first", train_spec(items(tmp_path), "supervised-cpu"))
    with pytest.raises(Failure, match=message):
        assemble(continued(tmp_path, "seggan-cpu", **changes), QUIET)


def whole_pool(folder: Path) -> list[ImageItem]:
    return [with_mask(folder, f"w{number}", blocks(32, 48, number)) for number in range(2)]


@pytest.mark.parametrize("name", STATEFUL)
def test_without_unlabelled_images_it_is_refused(tmp_path, name):
    with pytest.raises(Failure, match="are labelled whole; take supervised"):
        assemble(train_spec(whole_pool(tmp_path), name), QUIET)


@pytest.mark.parametrize("name", ["cct-cpu", "advsemiseg-cpu"])
def test_weak_labels_that_nobody_gave_are_refused(tmp_path, name):
    spec = train_spec(items(tmp_path), name, weak={"weight": 0.4})
    with pytest.raises(Failure, match="tag images with the classes in them"):
        assemble(spec, QUIET)


def test_a_tag_that_is_no_class_is_refused(tmp_path):
    tagged = [each.model_copy(update={"tags": [7]}) for each in items(tmp_path)]
    with pytest.raises(Failure, match=r"tags \[7\] are no classes; expected 0 to 2"):
        assemble(train_spec(tagged, "cct-cpu"), QUIET)


@pytest.mark.parametrize("name", ["advsemiseg-cpu", "cyclegan-cpu"])
def test_labels_of_one_class_are_too_few_for_a_discriminator(tmp_path, name):
    one = with_mask(tmp_path, "one", 0 * blocks(32, 48))
    bare = image(tmp_path, "bare", blocks(32, 48))
    with pytest.raises(Failure, match="labels of 2 classes; there are labels of 1"):
        assemble(train_spec([one, bare], name), QUIET)


@pytest.mark.parametrize("name", ["advsemiseg-cpu", "cyclegan-cpu"])
def test_images_too_small_for_a_discriminator_are_refused(tmp_path, name):
    small = [with_mask(tmp_path, "a", blocks(20, 48)), image(tmp_path, "b", blocks(20, 48))]
    spec = train_spec(small, name, augmentation={"crop": None})
    with pytest.raises(Failure, match="needs crops of 32 x 32 pixels; given 48 x 20"):
        assemble(spec, QUIET)


@pytest.mark.parametrize("name", STATEFUL)
def test_a_labelled_batch_of_one_learns(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    ready = training(tmp_path, name, schedule={"labelled_batch": 1, "unlabelled_batch": 2})
    update(ready, 2)
    assert ready.losses["supervised"] > 0


def test_tags_become_labels_where_they_show(tmp_path):
    tagged = [each.model_copy(update={"tags": [1, 2]}) for each in items(tmp_path)]
    spec = train_spec(tagged, "cct-cpu", weak={"weight": 0.4})
    said = here(tmp_path / "s", spec.model_copy(update={"background": [0]}))
    last = [each for each in said if each["event"] == "progress"][-1]
    assert {"tags", "weak"} < set(last["losses"])
    assert last["losses"]["weak"] > 0


@pytest.mark.parametrize("name", ["cct-cpu", "advsemiseg-cpu"])
def test_parts_of_a_batch_without_tags_have_the_same_terms(tmp_path, name):
    [first, *rest] = items(tmp_path)
    schedule = {"labelled_batch": 2, "unlabelled_batch": 4, "accumulate": 2, "validations": 0}
    pool_of_one_tag = [first.model_copy(update={"tags": [1]}), *rest]
    ready = assemble(
        train_spec(pool_of_one_tag, name, weak={"weight": 0.4}, schedule=schedule), QUIET
    )
    for t in range(2):
        update(ready, t)
        assert {"tags", "weak"} <= set(ready.losses)

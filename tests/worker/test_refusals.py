"""What a recipe wants and a project has not fails its cycle at once, with what to do about it."""

from pathlib import Path
from typing import Any

import pytest

from core import projects
from core.db import transaction
from core.errors import RecipeRefused
from core.models import Job, Project
from tests.worker import campaign
from tests.worker.campaign import TINY, Campaign
from worker import engine

pytestmark = pytest.mark.slow


SMALL = {"augmentation": {"crop": None}, "scale": 0.25}


@pytest.fixture(scope="module")
def whole(environment: dict[str, str], folder: Path) -> Campaign:  # noqa: ARG001
    """Every image of the pool is labelled from edge to edge."""
    made = campaign.create(folder, "whole")
    engine.run(made.start_import(pool_masks=True).id)
    return made


@pytest.fixture(scope="module")
def partly(environment: dict[str, str], folder: Path) -> Campaign:  # noqa: ARG001
    """Twelve regions are labelled."""
    made = campaign.create(folder, "partly")
    engine.run(made.start_import().id)
    engine.run(campaign.pending_stages(made.start(regions=12).id)[0])
    made.label_all()
    return made


def take(made: Campaign, name: str, **changes: Any) -> None:
    asked = {"name": name, "overrides": {**TINY, **changes}}
    with transaction() as db:
        mine = db.get_one(Project, made.project.id)
        projects.update(db, mine, title=None, recipe=asked, by=made.owner)


def trained(made: Campaign) -> Job:
    """The train stage of a new cycle, done or failed."""
    cycle = made.start(regions=0)
    engine.run(campaign.pending_stages(cycle.id)[0])
    stage = campaign.stage(cycle.id, "train")
    assert stage is not None
    return stage


@pytest.mark.parametrize("method", ["cct", "advsemiseg", "temporal_ensembling", "cyclegan"])
def test_a_pool_that_is_labelled_whole_has_nothing_more_to_teach(
    whole: Campaign, method: str
) -> None:
    take(whole, f"{method}-cpu")
    failed = trained(whole)
    assert (failed.state, failed.attempt, failed.error_class) == ("failed", 1, "bad_spec")
    assert "are labelled whole; take supervised" in (failed.error_text or "")


@pytest.mark.parametrize(
    ("method", "changes", "reason"),
    [
        ("cct", {"weak": {"weight": 0.4}}, "tag images with the classes in them"),
        ("advsemiseg", {"weak": {"weight": 0.4}}, "tag images with the classes in them"),
        ("advsemiseg", SMALL, "needs crops of 32 x 32 pixels"),
        ("cyclegan", SMALL, "needs crops of 32 x 32 pixels"),
    ],
)
def test_what_a_recipe_wants_is_missing(
    partly: Campaign, method: str, changes: dict[str, Any], reason: str
) -> None:
    take(partly, f"{method}-cpu", **changes)
    failed = trained(partly)
    assert (failed.state, failed.attempt, failed.error_class) == ("failed", 1, "bad_spec")
    assert reason in (failed.error_text or "")


def test_a_loss_that_is_no_number_is_named(partly: Campaign) -> None:
    wild = {"lr": 10.0, "warmup": 0, "optimizer": "sgd", "weight_decay": 1.0, "steps": 400}
    take(partly, "advsemiseg-cpu", schedule={**TINY["schedule"], **wild})
    failed = trained(partly)
    assert (failed.state, failed.error_class) == ("failed", "non_finite_loss")
    assert "lower" in (failed.error_text or "")


def test_a_batch_of_one_cannot_be_mixed_and_is_refused_at_the_door(partly: Campaign) -> None:
    schedule = {**TINY["schedule"], "unlabelled_batch": 1}
    with pytest.raises(RecipeRefused, match=r"schedule\.unlabelled_batch"):
        take(partly, "classmix-cpu", schedule=schedule)

"""Images as they are looked at: filters, layers, and what a model took for what."""

import json
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save

from core import masks, stages
from core.models import Cycle, Image
from core.plans import Plan
from core.stages import SplitResult
from core.store import open_store
from ml import facts
from ml.facts import Facts
from tests import factories, scored
from tests.factories import act
from tests.server.people import Team, problem

pytestmark = pytest.mark.slow


@pytest.fixture
def looked(team: Team) -> tuple[Cycle, Image, Image]:
    """A cycle that has judged a val image and scored a pool image."""
    val = factories.image(team.project, split="val", mask=factories.whole_mask(value=1))
    pool = factories.image(team.project)
    factories.image(team.project, mask=factories.whole_mask(value=2))
    cycle = factories.cycle(team.project, team.admin.user, Plan(regions=2))
    factories.train(cycle)
    store = open_store()
    predicted = factories.whole_mask(value=1)
    predicted[0, :5] = 0
    seen = {
        "confusions": store.put(json.dumps({val.id: [[1, 0, 5], [1, 1, 1195]]}).encode()),
        "predictions": {str(val.id): store.put(masks.to_png(predicted))},
    }
    result = SplitResult("val", 1, [[0, 0, 0], [5, 1195, 0], [0, 0, 0]], [0, 0.99, None], 0.5)
    act(stages.evaluated, factories.claim(factories.pending(cycle)), [result], seen)
    keys = {
        "scores_key": store.put(save({str(pool.id): np.full((3, 4), 0.25, np.float32)})),
        "cells_key": store.put(facts.pack({str(pool.id): all_sky()})),
    }
    act(stages.scored, factories.claim(factories.pending(cycle)), **keys)
    factories.select(cycle, factories.cells(cycle, pool, 2))
    return cycle, val, pool


def all_sky() -> Facts:
    """Every cell of a 3 x 4 grid is the first class for certain."""
    classes = np.zeros((1, 3, 4), np.uint8)
    return Facts(
        classes,
        np.full((1, 3, 4), 255, np.uint8),
        classes,
        np.zeros((1, 3, 4), np.float16),
        np.ones((3, 4), np.float32),
    )


def ids(team: Team, query: str) -> list[int]:
    items = team.reviewer.get(f"{team.path}/image-rows?{query}").json()["items"]
    return [each["image"]["id"] for each in items]


def test_images_are_found_by_what_is_known_of_them(team: Team, looked: Any):
    _, val, pool = looked
    assert ids(team, "split=val") == [val.id]
    assert ids(team, "labelled=none") == [pool.id]
    lease = team.annotator.lease(team.project)
    team.annotator.put_label(lease, 0)
    assert ids(team, "labelled=some") == [pool.id]
    assert len(ids(team, "labelled=whole")) == 2
    assert ids(team, "order=score")[0] == pool.id
    assert ids(team, "class_value=0") == [pool.id]
    assert ids(team, "class_value=1") == [val.id]
    (row,) = team.reviewer.get(f"{team.path}/image-rows?labelled=some").json()["items"]
    assert (row["score"], row["labelled_share"]) == (0.25, pytest.approx(100 / 1200))


def test_an_image_shows_labels_cells_and_regions(team: Team, looked: Any):
    cycle, val, pool = looked
    team.annotator.put_label(team.annotator.lease(team.project), 2)
    raw = team.reviewer.get(f"/images/{pool.id}/labels?format=raw").content
    assert (len(raw), raw.count(2), raw.count(254)) == (1200, 100, 1100)
    cells = team.reviewer.get(f"/cycles/{cycle.id}/images/{pool.id}/cells").json()
    assert (cells["scores"][0][0], cells["classes"][2][3]) == (0.25, 0)
    problem(team.reviewer.get(f"/cycles/{cycle.id}/images/{val.id}/cells"), 404, "not_found")
    states = [
        each["state"] for each in team.reviewer.get(f"/images/{pool.id}/regions").json()["items"]
    ]
    assert states == ["labelled", "open"]


def test_a_mistake_leads_to_its_images(team: Team, looked: Any):
    cycle, val, pool = looked
    (found,) = team.reviewer.get(f"/cycles/{cycle.id}/mistakes?truth=1&given=0").json()["items"]
    assert (found["image_id"], found["pixels"]) == (val.id, 5)
    assert found["accuracy"] == pytest.approx(1195 / 1200)
    path = f"/cycles/{cycle.id}/images"
    raw = team.reviewer.get(f"{path}/{val.id}/prediction?format=raw").content
    assert (raw.count(0), raw.count(1)) == (5, 1195)
    problem(team.reviewer.get(f"{path}/{pool.id}/prediction"), 404, "not_found")
    job = team.annotator.get(f"{team.path}/jobs").json()["items"]
    assert "sha256/" not in json.dumps(job)


def test_images_by_score_come_in_pages(team: Team, looked: Any):
    first = team.reviewer.get(f"{team.path}/image-rows?order=score&limit=1").json()
    rest = team.reviewer.get(
        f"{team.path}/image-rows?order=score&limit=9&cursor={first['next_cursor']}"
    ).json()
    assert first["items"][0]["image"]["id"] == looked[2].id
    assert (len(rest["items"]), rest["next_cursor"]) == (2, None)


@pytest.fixture
def suggested(team: Team) -> Cycle:
    """A cycle that suggested class 2 everywhere in two regions; people labelled class 1 in 30 and
    in 70 pixels of them, and void in 5 of the second."""
    factories.image(team.project, mask=factories.whole_mask(value=1))
    on = factories.image(team.project)
    cycle = factories.cycle(team.project, team.admin.user, Plan(regions=2))
    factories.train(cycle)
    scored.score(cycle, scored.grids([on]))
    factories.select(cycle, factories.suggested(cycle, on, 2))
    held = factories.lease(team.project, team.annotator.user, number=2)
    for each, changed, void in zip(held, (30, 70), (0, 5), strict=True):
        mask = np.full((10, 10), 2, np.uint8)
        mask.flat[:changed] = 1
        mask.flat[changed : changed + void] = masks.VOID
        factories.submit_mask(each, mask)
    return cycle


def test_suggestions_against_labels_lead_to_their_regions(team: Team, suggested: Cycle):
    found = team.reviewer.get(f"/cycles/{suggested.id}/region-confusion").json()
    assert (found["number"], found["regions"]) == (suggested.number, 2)
    assert found["pixels"] == [[0, 0, 0], [0, 0, 100], [0, 0, 95]]
    path = f"/cycles/{suggested.id}/region-mistakes"
    items = team.reviewer.get(f"{path}?truth=1&given=2").json()["items"]
    assert [each["pixels"] for each in items] == [70, 30]
    assert items[0]["box"] == {"left": 10, "top": 0, "width": 10, "height": 10}
    assert items[0]["user_id"] == team.annotator.user.id
    assert team.reviewer.get(f"{path}?truth=2&given=1").json()["items"] == []

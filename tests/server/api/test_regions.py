import io
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from core import masks, models
from core.db import transaction
from core.pixels import read_image
from core.plans import Plan
from core.store import Store
from tests import factories
from tests.server.people import Team, problem


def pixels(answer: Any) -> NDArray[np.uint8]:
    assert answer.status_code == 200, answer.text
    return np.asarray(Image.open(io.BytesIO(answer.content)))


def whole(store: Store, image_id: int) -> NDArray[np.uint8]:
    with transaction() as db:
        return read_image(store.read(db.get_one(models.Image, image_id).key), 10_000)


@pytest.fixture
def lease(team: Team) -> dict[str, Any]:
    """A lease on the region in the second row and column of a 40x20 image."""
    team.labelling(number=8)
    leases = team.annotator.post(f"{team.path}/leases", {"count": 8}).json()["items"]
    found: dict[str, Any] = leases[5]
    return found


def test_a_region_tells_its_place(team: Team, lease: dict[str, Any]):
    found = team.annotator.get(f"/regions/{lease['region_id']}").json()
    assert (found["row"], found["col"], found["rank"], found["state"]) == (1, 1, 5, "open")
    assert found["box"] == {"left": 10, "top": 10, "width": 10, "height": 10}


def test_a_regions_picture_is_its_part_of_the_image(
    team: Team, lease: dict[str, Any], store: Store
):
    shown = pixels(team.annotator.get(f"/regions/{lease['region_id']}/image"))
    assert np.array_equal(shown, whole(store, lease["image"]["id"])[10:20, 10:20])


def test_context_shows_what_lies_around(team: Team, lease: dict[str, Any], store: Store):
    answer = team.annotator.get(f"/regions/{lease['region_id']}/context?margin_px=3")
    assert np.array_equal(pixels(answer), whole(store, lease["image"]["id"])[7:20, 7:23])
    assert (answer.headers["x-region-left"], answer.headers["x-region-top"]) == ("3", "3")


def test_context_ends_at_the_edge_of_the_image(team: Team, lease: dict[str, Any]):
    answer = team.annotator.get(f"/regions/{lease['region_id']}/context")
    assert pixels(answer).shape == (20, 40, 3)
    assert (answer.headers["x-region-left"], answer.headers["x-region-top"]) == ("10", "10")


@pytest.mark.parametrize("margin", [-1, 513, "wide"])
def test_a_margin_has_bounds(team: Team, lease: dict[str, Any], margin: object):
    answer = team.annotator.get(f"/regions/{lease['region_id']}/context?margin_px={margin}")
    problem(answer, 422, "validation_failed")


@pytest.mark.parametrize("view", ["image", "context"])
def test_what_one_has_already_is_not_sent_again(team: Team, lease: dict[str, Any], view: str):
    path = f"/regions/{lease['region_id']}/{view}"
    tag = team.annotator.get(path).headers["etag"]
    assert team.annotator.get(path, headers={"If-None-Match": tag}).status_code == 304


def test_two_margins_are_two_pictures(team: Team, lease: dict[str, Any]):
    path = f"/regions/{lease['region_id']}/context?margin_px="
    tags = {team.annotator.get(f"{path}{margin}").headers["etag"] for margin in (1, 2)}
    assert len(tags) == 2


def test_a_cold_start_suggests_nothing(team: Team, lease: dict[str, Any]):
    problem(team.annotator.get(f"/regions/{lease['region_id']}/suggestion"), 404, "not_found")


def test_a_model_suggests_classes_with_its_confidence(team: Team, store: Store):
    keys = {
        "suggestion_key": store.put(masks.to_png(factories.whole_mask(10, 10, value=2))),
        "confidence_key": store.put(masks.to_png(factories.whole_mask(10, 10, value=200))),
    }
    on = factories.image(team.project)
    cycle = factories.cycle(team.project, team.admin.user, Plan(regions=1))
    factories.select(cycle, [row | keys for row in factories.cells(cycle, on, 1)])
    url = team.annotator.lease(team.project)["suggestion_url"].removeprefix("/api/v1")
    assert set(pixels(team.annotator.get(url)).flat) == {2}
    assert set(pixels(team.annotator.get(f"{url}?band=confidence")).flat) == {200}


def test_a_region_without_a_label_says_so(team: Team, lease: dict[str, Any]):
    problem(team.annotator.get(f"/regions/{lease['region_id']}/label"), 404, "not_found")


def test_a_label_is_asked_for_anew_each_time(team: Team, lease: dict[str, Any]):
    team.annotator.put_label(lease, 1)
    answer = team.annotator.get(f"/regions/{lease['region_id']}/label")
    assert answer.headers["cache-control"] == "private, no-cache"
    assert set(pixels(answer).flat) == {1}

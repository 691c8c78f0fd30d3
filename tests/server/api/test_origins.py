"""How each pixel of a mask came about, as far as the annotator's program tells."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from core.db import transaction
from core.models import Region
from core.origins import ACCEPTED, DRAWN, EDITED
from core.plans import Plan
from core.store import Store
from tests import factories
from tests.server.masks import RAW, SIDE, refused, shown, stripes
from tests.server.people import Team, problem

pytestmark = pytest.mark.slow


def suggesting(team: Team) -> dict[str, Any]:
    """A lease on a region whose model suggests road everywhere."""
    on = factories.image(team.project)
    cycle = factories.cycle(team.project, team.admin.user, Plan(regions=1))
    factories.select(cycle, factories.suggested(cycle, on, 1, value=1))
    return team.annotator.lease(team.project)


def with_origins(mask: NDArray[np.uint8], origins: NDArray[np.uint8]) -> dict[str, Any]:
    return {"content": mask.tobytes() + origins.tobytes(), "headers": RAW}


def of(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Origins as a page would tell them where road is suggested."""
    edited = np.where(mask == 1, ACCEPTED, EDITED)
    return np.where(mask == 254, 0, edited).astype(np.uint8)


def test_origins_are_kept_beside_the_mask(team: Team):
    lease = suggesting(team)
    made = team.annotator.put_label(lease, **with_origins(stripes(), of(stripes()))).json()
    assert made["origins"] == {"none": 20, "accepted": 20, "edited": 60, "drawn": 0}
    sent = team.annotator.get(f"/regions/{lease['region_id']}/label?band=origins&format=raw")
    assert sent.content == of(stripes()).tobytes()
    assert np.array_equal(shown(team, lease), stripes())


def test_without_origins_nothing_is_told(team: Team, lease: dict[str, Any]):
    assert team.annotator.put_label(lease, 1).json()["origins"] is None
    answer = team.annotator.get(f"/regions/{lease['region_id']}/label?band=origins")
    problem(answer, 404, "not_found")


def test_without_a_suggestion_everything_is_drawn(team: Team, lease: dict[str, Any]):
    drawn = np.where(stripes() == 254, 0, DRAWN).astype(np.uint8)
    made = team.annotator.put_label(lease, **with_origins(stripes(), drawn)).json()
    assert made["origins"] == {"none": 20, "accepted": 0, "edited": 0, "drawn": 80}


@pytest.mark.parametrize(
    ("x", "origin", "why"),
    [
        (0, 4, "expected 0 to 3"),
        (9, DRAWN, "not asked has the origin 0"),
        (0, ACCEPTED, "class of the suggestion"),
    ],
)
def test_origins_that_cannot_be_are_refused(team: Team, x: int, origin: int, why: str):
    lease, told = suggesting(team), of(stripes())
    told[4, x] = origin
    body = refused(team, lease, 422, "origins_refused", **with_origins(stripes(), told))
    assert (body["value"], body["x"], body["y"]) == (origin, x, 4)
    assert why in body["detail"]
    assert team.annotator.put_label(lease, 1).status_code == 201


def test_a_lost_suggestion_refuses_no_label(team: Team, store: Store):
    lease = suggesting(team)
    with transaction() as db:
        key = db.get_one(Region, lease["region_id"]).suggestion_key
    assert key
    lost = store.read(key)
    store.delete(key)
    answer = team.annotator.put_label(lease, **with_origins(stripes(), of(stripes())))
    store.put(lost)  # other tests' regions have the same one
    assert answer.status_code == 201
    assert answer.json()["origins"]["accepted"] == 20


@pytest.mark.parametrize("origin", [ACCEPTED, EDITED])
def test_what_was_not_suggested_was_not_accepted(team: Team, lease: dict[str, Any], origin: int):
    told = np.full((SIDE, SIDE), origin, np.uint8)
    ones = np.ones((SIDE, SIDE), np.uint8)
    refused(team, lease, 422, "origins_refused", **with_origins(ones, told))


def test_origins_of_another_size_are_refused(team: Team, lease: dict[str, Any]):
    refused(team, lease, 422, "mask_size_mismatch", content=b"\0" * 199, headers=RAW)


def test_the_same_mask_with_other_origins_is_the_same_label(team: Team):
    lease = suggesting(team)
    ones = np.ones((SIDE, SIDE), np.uint8)
    first = team.annotator.put_label(lease, **with_origins(ones, ones)).json()
    assert team.annotator.put_label(lease, **with_origins(ones, ones * DRAWN)).json() == first

"""The pages of reviews and of quality: what waits, what was decided, empty states."""

import pytest
from starlette.testclient import TestClient

from tests import factories
from tests.server import people
from tests.server.pages.test_session import browser, sign_in
from tests.server.people import Team

pytestmark = pytest.mark.slow

__all__ = ["browser"]


@pytest.fixture
def reviewed(team: Team) -> int:
    """A label that waits for a reviewer."""
    team.labelling(number=2)
    lease = team.annotator.lease(team.project)
    team.annotator.put_label(lease, 0)
    number: int = team.reviewer.post(f"/regions/{lease['region_id']}/reviews").json()["id"]
    return number


def test_what_waits_stands_beside_what_was_suggested(
    browser: TestClient, team: Team, reviewed: int
):
    sign_in(browser, team.reviewer)
    page = browser.get(f"{team.path}/review").text
    assert f"/api/v1/reviews/{reviewed}/mask" in page
    assert "No suggestion was shown" in page
    team.reviewer.put(f"/reviews/{reviewed}/verdict", {"verdict": "rejected", "reason": "kerb"})
    assert "Nothing waits for a reviewer" in browser.get(f"{team.path}/review").text
    decided = browser.get(f"{team.path}/review?state=rejected").text
    assert f"sent back by {team.reviewer.user.name}: kerb" in decided
    assert "kerb" in browser.get(f"{team.path}/review?review={reviewed}").text


@pytest.mark.parametrize("query", ["state=x&source=x", "review=x", "review=99999999999999999999"])
def test_whatever_stands_in_the_address_is_a_page(
    browser: TestClient, team: Team, reviewed: int, query: str
):
    sign_in(browser, team.reviewer)
    page = browser.get(f"{team.path}/review?{query}")
    assert (page.status_code, f"/reviews/{reviewed}/mask" in page.text) == (200, True)


def test_a_review_of_another_project_is_not_shown(browser: TestClient, team: Team, reviewed: int):
    other = people.assemble(team.client)
    sign_in(browser, other.reviewer)
    assert f"/reviews/{reviewed}/" not in browser.get(f"{other.path}/review?review={reviewed}").text


def test_quality_shows_who_errs_where(browser: TestClient, team: Team):
    sign_in(browser, team.reviewer)
    assert "No region was labelled by two people yet" in browser.get(f"{team.path}/quality").text
    factories.image(team.project, split="val", mask=factories.whole_mask(value=1))
    team.labelling(number=1)
    team.admin.put(f"{team.path}/quality/shares", {"check": 1, "second": 1})
    team.annotator.put_label(team.annotator.lease(team.project), 2)
    team.admin.put(f"{team.path}/quality/shares", {"second": 1})
    for person in (team.annotator, team.reviewer):
        person.put_label(person.lease(team.project), 0)
    page = browser.get(f"{team.path}/quality").text
    assert "regions asked twice" in page
    assert f"{team.annotator.user.name} against known answers" in page
    assert 'value="100"' in page

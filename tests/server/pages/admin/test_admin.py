"""The pages of a project's admins, as HTML: who sees which, what is escaped, what they load."""

import html
import re
from collections.abc import Callable
from typing import get_args

import pytest
from starlette.testclient import TestClient

from core import stages
from core.models import Cycle
from core.plans import Plan
from core.projects import ClassSpec, set_classes
from ml.strategy import Acquisition
from server.pages.admin.multiples import points
from server.pages.admin.start import EXPLAINED
from tests import factories
from tests.factories import act_on, sql
from tests.server.api.test_exploring import suggested
from tests.server.api.test_overview import measured
from tests.server.pages.test_session import browser, sign_in
from tests.server.people import Team

pytestmark = pytest.mark.slow

__all__ = ["browser", "suggested"]

EVIL = "<img src=x onerror=alert(1)>"
# Page behind the project's path, and the least role.
PAGES = {
    "": "reviewer",
    "/cycles/new": "admin",
    "/people": "admin",
    "/models": "reviewer",
    "/setup": "admin",
    "/images": "reviewer",
    "/review": "reviewer",
    "/quality": "reviewer",
    "/webhooks": "admin",
    "/audit": "admin",
}
ROLES = ("outsider", "annotator", "reviewer", "admin", "site_admin")
Open = Callable[..., str]


@pytest.fixture
def opened(browser: TestClient, team: Team) -> Open:
    """The text of a page, as somebody of the team sees it."""

    def show(path: str, who: str = "admin") -> str:
        sign_in(browser, getattr(team, who))
        answer = browser.get(team.path + path)
        assert answer.status_code == 200, answer.text
        return answer.text

    return show


@pytest.mark.parametrize("path", PAGES)
def test_each_role_sees_only_what_it_may(browser: TestClient, team: Team, path: str):
    team.labelling()
    for who in ROLES:
        sign_in(browser, getattr(team, who))
        answer = browser.get(team.path + path, follow_redirects=False)
        allowed = who != "outsider" and ROLES.index(who) >= ROLES.index(PAGES[path])
        assert (answer.status_code == 200) == allowed, who
        assert (team.project.name in answer.text) == allowed, who


@pytest.mark.parametrize("path", PAGES)
def test_a_stranger_signs_in_first(browser: TestClient, team: Team, path: str):
    answer = browser.get(team.path + path, follow_redirects=False)
    assert answer.headers["location"] == f"/sign-in?next={team.path}{path}"


def test_an_annotator_is_led_to_the_regions(browser: TestClient, team: Team):
    sign_in(browser, team.annotator)
    answer = browser.get(team.path, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{team.path}/annotate")


@pytest.mark.parametrize("path", PAGES)
def test_whatever_people_typed_is_text(team: Team, opened: Open, path: str):
    team.labelling()
    act_on(set_classes, team.project, [ClassSpec(0, EVIL, "#000000"), ClassSpec(1, "b", "#ffffff")],
           by=team.admin.user)  # fmt: skip
    sql("UPDATE projects SET title = :evil WHERE id = :id", evil=EVIL, id=team.project.id)
    sql("UPDATE users SET name = :evil || id WHERE id = :id", evil=EVIL, id=team.admin.user.id)
    team.admin.lease(team.project)
    page = opened(path)
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_inline_and_all_that_is_named_is_there(
    browser: TestClient, opened: Open, path: str
):
    page = opened(path)
    assert re.findall(r"<style|style=|\son\w+=|javascript:", page) == []
    named = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert [each for each in named if not each.startswith("/")] == []
    files = [each for each in named if each.startswith("/static/")]
    assert len(files) > 3
    assert {browser.get(each).status_code for each in files} == {200}


def test_an_empty_project_says_what_to_do_first(team: Team, opened: Open):
    assert "Import images first" in opened("")
    factories.image(team.project)
    assert "Start the first cycle" in opened("")


def test_a_cell_of_suggestions_against_labels_opens_its_regions(opened: Open, suggested: Cycle):
    page = opened("/images", "reviewer")
    address = re.findall(r'href="[^"]*(/images\?cycle=[^"]+)"', page)
    assert [html.unescape(each) for each in address] == [
        f"/images?cycle={suggested.id}&truth=1&given=2"
    ]
    regions = opened(html.unescape(address[0]), "reviewer")
    assert "Labelled road where car was suggested" in regions
    assert re.findall(r"(\d+) px", regions) == ["70", "30"]
    assert "That happened in no region" in opened(f"/images?cycle={suggested.id}&truth=0&given=1")


def test_only_admins_get_buttons(team: Team, opened: Open):
    team.labelling()
    assert "Close early" in opened("")
    assert "Close early" not in opened("", "reviewer")


def test_a_failed_stage_is_told_with_reason_and_log(team: Team, opened: Open):
    factories.image(team.project)
    cycle = factories.cycle(team.project, team.admin.user, Plan(regions=2))
    claim = factories.claim(factories.pending(cycle))
    log = [f"line {number} {EVIL}" for number in range(3)]
    factories.act(stages.failed, claim, error_class="out_of_memory", text="9 GiB", log=log)
    page = opened("")
    assert "ran out of memory" in page
    assert "line 2 &lt;img" in page
    assert "Retry select" in page


def test_every_strategy_is_explained():
    assert set(EXPLAINED) == {*get_args(Acquisition), "random"}


@pytest.mark.parametrize(
    "query", ["user_id=&kind=", "user_id=x", "cursor=x", "kind=%27", "kind=member"]
)
def test_whatever_stands_in_the_address_of_the_trail_is_a_page(opened: Open, query: str):
    assert "member.set" in opened(f"/audit?{query}")


def test_a_site_admin_sees_what_happened_everywhere(browser: TestClient, team: Team):
    assert browser.get("/audit", follow_redirects=False).headers["location"].startswith("/sign-in")
    sign_in(browser, team.admin)
    assert browser.get("/audit").status_code == 403
    sign_in(browser, team.site_admin)
    page = browser.get(f"/audit?user_id={team.site_admin.user.id}&kind=member").text
    assert f'<a href="/projects/{team.project.id}">{team.project.name}</a>' in page
    made = team.site_admin.post(f"/users/{team.site_admin.user.id}/tokens", {"name": "ci"}).json()
    assert team.site_admin.delete(f"/tokens/{made['id']}").status_code == 204
    told = browser.get("/audit?kind=token").text
    assert "token.created" in told
    assert "token.revoked" in told
    assert 'href="/audit"' in browser.get("/").text
    events = team.site_admin.get("/audit?kind=project.created&limit=1").json()["items"]
    assert events[0]["project_id"] == team.project.id


def test_only_a_site_admin_sees_tokens_of_others(team: Team, opened: Open):
    assert f"<td>{team.annotator.user.name}</td><td>token</td>" in opened("/people", "site_admin")
    assert f"<td>{team.annotator.user.name}</td><td>token</td>" not in opened("/people")


def test_two_models_stand_beside_each_other(team: Team, opened: Open):
    measured(team.project, team.admin.user)
    again = factories.cycle(team.project, team.admin.user, Plan(regions=0))
    factories.train(again)
    factories.evaluate(again)
    page = opened("/models")
    assert "Cycle 2 against cycle 1" in page
    assert "±0.0" in page
    assert "Suggest with this" in page
    assert "Suggest with this" not in opened("/models", "reviewer")


def test_a_line_goes_from_cycle_to_cycle_and_skips_what_is_unknown():
    assert points([0.0, None, 1.0]) == "2.0,30.0 98.0,2.0"
    assert points([0.5]) == "2.0,16.0 2.0,16.0"
    assert points([None]) == ""

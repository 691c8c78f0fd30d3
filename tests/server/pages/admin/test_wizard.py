"""Setting up: who may, what a new project needs, what sizes of cells would mean."""

import pytest
from starlette.testclient import TestClient

from tests import factories
from tests.server.pages.test_session import browser, sign_in
from tests.server.people import Team, problem

pytestmark = pytest.mark.slow

__all__ = ["browser"]


def test_only_site_admins_make_projects(browser: TestClient, team: Team):
    answer = browser.get("/projects/new", follow_redirects=False)
    assert answer.headers["location"] == "/sign-in?next=/projects/new"
    sign_in(browser, team.admin)
    assert browser.get("/projects/new").status_code == 403
    sign_in(browser, team.site_admin)
    assert "s4al-cpu" in browser.get("/projects/new").text


def test_each_step_says_what_it_waits_for(browser: TestClient, team: Team):
    sign_in(browser, team.admin)
    page = browser.get(f"{team.path}/setup").text
    assert "Once there are images" in page
    factories.image(team.project)
    page = browser.get(f"{team.path}/setup").text
    assert "Put it together" in page
    assert "Use this size" in page
    team.labelling()
    assert "Use this size" not in browser.get(f"{team.path}/setup").text


def test_sizes_of_cells_tell_what_they_cost(team: Team):
    factories.image(team.project)
    items = team.admin.get(f"{team.path}/cell-sizes").json()["items"]
    assert [each["cell_px"] for each in items] == [5, 8, 10, 15, 20]
    assert (items[2]["cells"], items[2]["clicks_per_cell"]) == (12, None)
    factories.image(team.project, split="val", mask=factories.whole_mask(value=1))
    (size,) = team.admin.get(f"{team.path}/cell-sizes?size=20").json()["items"]
    assert (size["cells"], size["clicks_per_cell"], size["one_class_share"]) == (4, 1, 1)
    problem(team.admin.get(f"{team.path}/cell-sizes?size=1"), 422, "validation_failed")


def test_cells_keep_their_size_from_the_first_cycle_on(team: Team):
    assert team.admin.patch(team.path, {"cell_px": 12}).json()["cell_px"] == 12
    assert team.admin.patch(team.path, {"cell_px": 10}).json()["cell_px"] == 10
    team.labelling()
    assert team.admin.patch(team.path, {"cell_px": 10}).status_code == 200
    problem(team.admin.patch(team.path, {"cell_px": 12}), 409, "conflict")

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from tests.server.people import Person, Team, problem

OURS = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def browser(client: TestClient) -> Iterator[TestClient]:
    """A browser without cookies, before and after."""
    client.cookies.clear()
    yield client
    client.cookies.clear()


def sign_in(browser: TestClient, person: Person):
    return browser.post(
        "/sign-in", data={"token": person.token}, headers=OURS, follow_redirects=False
    )


def test_a_token_is_exchanged_for_a_cookie_of_its_own(browser: TestClient, team: Team):
    answer = sign_in(browser, team.annotator)
    cookie = answer.headers["set-cookie"]
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert team.annotator.token not in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


def test_the_overview_shows_the_projects_of_whoever_signed_in(browser: TestClient, team: Team):
    sign_in(browser, team.annotator)
    page = browser.get("/")
    assert team.annotator.user.name in page.text
    assert (team.project.title or team.project.name) in page.text


def test_an_outsider_sees_no_project(browser: TestClient, team: Team):
    sign_in(browser, team.outsider)
    assert "There is no project yet" in browser.get("/").text


def test_an_open_cycle_renews_the_page(browser: TestClient, team: Team):
    sign_in(browser, team.admin)
    assert "refresh" not in browser.get("/").headers
    team.labelling(number=3)
    page = browser.get("/")
    assert page.headers["refresh"] == "5"
    assert "3 of 3 regions are open" in page.text


def test_a_wrong_token_is_told(browser: TestClient):
    answer = browser.post("/sign-in", data={"token": "tes_wrong"}, headers=OURS)
    assert answer.status_code == 401
    assert "unknown, expired or revoked" in answer.text


def test_a_form_of_another_site_is_refused(browser: TestClient, team: Team):
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {}):
        answer = browser.post("/sign-in", data={"token": team.admin.token}, headers=headers)
        problem(answer, 403, "forbidden")


def test_an_old_browser_is_known_by_its_origin(browser: TestClient, team: Team):
    headers = {"Origin": "http://testserver"}
    answer = browser.post(
        "/sign-in", data={"token": team.admin.token}, headers=headers, follow_redirects=False
    )
    assert answer.status_code == 303


def test_signing_out_ends_the_session_on_the_server_too(browser: TestClient, team: Team):
    cookie = sign_in(browser, team.annotator).cookies["tessera_session"]
    browser.post("/sign-out", headers=OURS, follow_redirects=False)
    browser.cookies.set("tessera_session", cookie)
    assert "Sign in" in browser.get("/").text


def test_a_cookie_is_no_way_into_the_api(browser: TestClient, team: Team):
    sign_in(browser, team.admin)
    problem(browser.get("/api/v1/projects"), 401, "no_token")

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


def sign_in(browser: TestClient, person: Person, to: str = "/"):
    data = {"token": person.token, "next": to}
    return browser.post("/sign-in", data=data, headers=OURS, follow_redirects=False)


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


def test_after_signing_in_one_is_where_one_wanted_to_be(browser: TestClient, team: Team):
    there = f"/projects/{team.project.id}/annotate"
    assert f'value="{there}"' in browser.get("/sign-in", params={"next": there}).text
    answer = sign_in(browser, team.annotator, to=there)
    assert answer.headers["location"] == there


@pytest.mark.parametrize("there", ["//evil.example", "/\\evil.example", "https://evil.example", ""])
def test_signing_in_leads_to_no_other_site(browser: TestClient, team: Team, there: str):
    assert sign_in(browser, team.annotator, to=there).headers["location"] == "/"


def test_the_cookie_is_a_way_into_the_api_for_our_pages(browser: TestClient, team: Team):
    sign_in(browser, team.annotator)
    assert browser.get("/api/v1/users/me").json()["id"] == team.annotator.user.id
    team.labelling()
    path = f"/api/v1{team.path}/leases"
    assert browser.post(path, json={}, headers=OURS).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [{}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "null"}],
)
def test_others_change_nothing_with_the_cookie(browser: TestClient, team: Team, headers):
    sign_in(browser, team.admin)
    answer = browser.post(f"/api/v1{team.path}/leases", json={}, headers=headers)
    problem(answer, 403, "forbidden")


def test_a_token_needs_no_page_of_ours(browser: TestClient, team: Team):
    sign_in(browser, team.annotator)
    answer = team.annotator.post(f"{team.path}/leases", {}, headers={"Sec-Fetch-Site": "none"})
    assert answer.status_code == 200

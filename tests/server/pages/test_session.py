from collections.abc import Iterator

import pytest
import redis
from starlette.testclient import TestClient

from core import limits
from core.settings import settings
from server import cookies
from tests.server.people import Person, Team, problem

pytestmark = pytest.mark.slow

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


GOOD = "correct horse battery"


def welcome(browser: TestClient, invitation: str, password: str = GOOD):
    data = {"invitation": invitation, "password": password}
    return browser.post("/welcome", data=data, headers=OURS, follow_redirects=False)


def with_password(browser: TestClient, name: str, password: str = GOOD):
    data = {"name": name, "password": password}
    return browser.post("/sign-in", data=data, headers=OURS, follow_redirects=False)


@pytest.fixture
def invitation(team: Team) -> str:
    """The annotator's."""
    answer = team.site_admin.post(f"/users/{team.annotator.user.id}/invitations")
    assert answer.status_code == 201, answer.text
    secret: str = answer.json()["token"]
    return secret


def test_who_was_invited_chooses_a_password_and_signs_in(
    browser: TestClient, team: Team, invitation: str
):
    assert welcome(browser, invitation).headers["location"] == "/sign-in"
    assert with_password(browser, team.annotator.user.name).status_code == 303
    assert browser.get("/api/v1/users/me").json()["name"] == team.annotator.user.name
    assert welcome(browser, invitation).status_code == 401


def test_a_poor_password_is_told_and_the_invitation_stays(browser: TestClient, invitation: str):
    answer = welcome(browser, invitation, "<b>")
    assert (answer.status_code, "<b>" in answer.text) == (422, False)
    assert "10 characters" in answer.text
    assert welcome(browser, invitation).status_code == 303


def test_an_invitation_opens_nothing_else(client: TestClient, team: Team, invitation: str):
    headers = {"Authorization": f"Bearer {invitation}"}
    problem(client.get("/api/v1/users/me", headers=headers), 401, "invalid_token")
    problem(team.outsider.post(f"/users/{team.annotator.user.id}/invitations"), 404, "not_found")


def test_after_five_wrong_passwords_a_name_has_to_wait(
    browser: TestClient, team: Team, invitation: str
):
    welcome(browser, invitation)
    name = team.annotator.user.name
    answers = [with_password(browser, name, f"wrong guess {n}") for n in range(6)]
    assert [each.status_code for each in answers] == [401] * 5 + [429]
    assert 0 < int(answers[-1].headers["retry-after"]) <= 60
    assert with_password(browser, name).status_code == 429
    assert with_password(browser, team.reviewer.user.name).status_code == 401


def test_an_address_has_to_wait_whatever_names_it_tries(
    browser: TestClient, monkeypatch: pytest.MonkeyPatch
):
    few = settings().model_copy(update={"sign_ins_per_minute_and_address": 3})
    monkeypatch.setattr(limits, "settings", lambda: few)
    monkeypatch.setattr(cookies, "address_of", lambda _: f"a test's {id(few)}")
    answers = [with_password(browser, f"name-{n}") for n in range(4)]
    answers.append(browser.post("/sign-in", data={"token": "tes_x"}, headers=OURS))
    assert [each.status_code for each in answers] == [401] * 3 + [429] * 2


def test_while_redis_is_away_nobody_signs_in_and_everybody_works_on(
    browser: TestClient, team: Team, monkeypatch: pytest.MonkeyPatch
):
    nowhere = redis.Redis.from_url("unix:///tmp/no-such-redis.sock")
    monkeypatch.setattr(limits, "counters", lambda: nowhere)
    assert sign_in(browser, team.annotator).status_code == 503
    assert team.annotator.get("/users/me").status_code == 200


def test_ones_own_password_is_changed_by_the_one_before(team: Team):
    path = "/users/me/password"
    assert team.reviewer.put(path, {"password": GOOD}).status_code == 204
    problem(team.reviewer.put(path, {"password": GOOD + "!"}), 401, "wrong_password")
    changed = team.reviewer.put(path, {"password": GOOD + "!", "current": GOOD})
    assert changed.status_code == 204
    problem(team.admin.put(path, {"password": "short"}), 422, "password_refused")
    problem(team.admin.put(path, {"password": "x" * 1025}), 422, "validation_failed")


def test_a_refused_password_is_not_quoted(team: Team):
    answer = team.admin.put("/users/me/password", {"password": ["a secret", 7]})
    assert (answer.status_code, "a secret" in answer.text) == (422, False)


def test_behind_tls_the_cookie_is_for_tls_alone(client: TestClient, team: Team):
    secure = TestClient(client.app, base_url="https://testserver")
    answer = sign_in(secure, team.annotator)
    assert "Secure" in answer.headers["set-cookie"]
    assert "max-age" in answer.headers["strict-transport-security"]
    assert "Secure" not in sign_in(client, team.annotator).headers["set-cookie"]
    client.cookies.clear()


def test_a_cookie_of_ones_own_making_is_no_session(browser: TestClient):
    for forged in ("1", "tes_" + "a" * 40 + "_00000000", "admin", "eyJhbGciOiJub25lIn0.e30."):
        browser.cookies.set(cookies.NAME, forged)
        problem(browser.get("/api/v1/users/me"), 401, "invalid_token")
        browser.cookies.clear()


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

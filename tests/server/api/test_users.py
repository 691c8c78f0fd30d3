from datetime import datetime, timedelta

import pytest
from starlette.testclient import TestClient

from tests.server.people import API, BOOTSTRAP, Person, Team, person, problem

pytestmark = pytest.mark.slow


def test_the_first_admin_has_the_token_of_the_settings(client: TestClient):
    me = client.get(f"{API}/users/me", headers={"Authorization": f"Bearer {BOOTSTRAP}"}).json()
    assert (me["name"], me["is_admin"]) == ("admin", True)


def test_a_site_admin_makes_users(team: Team):
    made = team.site_admin.post("/users", {"name": "mira"})
    assert made.status_code == 201
    assert made.json()["name"] == "mira"
    assert made.json()["is_admin"] is False
    assert made.json() in team.site_admin.get("/users?limit=200").json()["items"]


def test_a_name_is_taken_once(team: Team):
    team.site_admin.post("/users", {"name": "noor"})
    problem(team.site_admin.post("/users", {"name": " noor "}), 409, "name_taken")


def test_a_new_token_signs_in_until_it_is_revoked(team: Team):
    own = f"/users/{team.annotator.user.id}/tokens"
    made = team.annotator.post(own, {"name": "laptop", "expires_in_days": 2}).json()
    fresh = Person(team.client, team.annotator.user, made["token"])
    assert fresh.get("/users/me").json()["id"] == team.annotator.user.id
    assert team.annotator.delete(f"/tokens/{made['id']}").status_code == 204
    problem(fresh.get("/users/me"), 401, "invalid_token")


def test_a_token_expires_when_it_was_asked_to(team: Team):
    own = f"/users/{team.annotator.user.id}/tokens"
    made = team.annotator.post(own, {"expires_in_days": 2}).json()
    lives = datetime.fromisoformat(made["expires_at"]) - datetime.fromisoformat(made["created_at"])
    assert lives == timedelta(days=2)


def test_tokens_are_listed_without_their_secrets(team: Team):
    listed = team.annotator.get(f"/users/{team.annotator.user.id}/tokens")
    assert team.annotator.token not in listed.text
    assert team.annotator.token.startswith(listed.json()["items"][0]["prefix"])


def test_a_used_token_knows_when(team: Team):
    listed = team.annotator.get(f"/users/{team.annotator.user.id}/tokens").json()["items"]
    assert listed[0]["last_used_at"] is not None


def test_nobody_revokes_the_tokens_of_others(team: Team):
    token = team.annotator.get(f"/users/{team.annotator.user.id}/tokens").json()["items"][0]
    problem(team.reviewer.delete(f"/tokens/{token['id']}"), 404, "not_found")
    assert team.annotator.get("/users/me").status_code == 200


def test_without_a_token_the_answer_says_how_to_sign_in(client: TestClient):
    answer = client.get(f"{API}/users/me")
    assert "Bearer" in problem(answer, 401, "no_token")["detail"]
    assert answer.headers["www-authenticate"] == "Bearer"


def test_another_scheme_is_no_token(client: TestClient):
    answer = client.get(f"{API}/users/me", headers={"Authorization": "Basic YTpi"})
    problem(answer, 401, "no_token")


def test_users_come_in_pages(team: Team):
    for _ in range(3):
        person(team.client)
    seen, cursor = [], ""
    while cursor is not None:
        found = team.site_admin.get(
            f"/users?limit=2&cursor={cursor}" if cursor else "/users?limit=2"
        )
        seen += [user["id"] for user in found.json()["items"]]
        cursor = found.json()["next_cursor"]
    assert seen == sorted(set(seen))
    assert len(seen) > 4


def test_a_cursor_of_someone_elses_is_refused(team: Team):
    problem(team.site_admin.get("/users?cursor=nonsense"), 422, "cursor_invalid")


def test_a_page_has_bounds(team: Team):
    body = problem(team.site_admin.get("/users?limit=0"), 422, "validation_failed")
    assert body["errors"][0]["where"] == "query.limit"

"""Every route for everyone: who may not, may not, and for outsiders a project does not exist."""

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from server import cookies
from tests.server.people import API, Team
from tests.server.rights import EVERYONE, OF_PROJECT, OF_SITE_ADMIN, PAGES, PUBLIC, SITE_ADMIN
from tests.server.things import things_of

pytestmark = pytest.mark.slow

NOBODY, BAD = "no token", "bad token"
WHO = (NOBODY, BAD, "outsider", "annotator", "reviewer", "admin", "site_admin")


def routes(client: TestClient) -> list[str]:
    paths = client.app.openapi()["paths"]  # type: ignore[attr-defined]
    return [f"{method.upper()} {path}" for path in paths for method in paths[path]]


def test_every_route_has_a_right(client: TestClient):
    listed = [PUBLIC, EVERYONE, SITE_ADMIN, OF_SITE_ADMIN, *OF_PROJECT.values()]
    assert sorted(routes(client)) == sorted(each for group in listed for each in group)


# What browsers are shown: for strangers too, but for what the last ones tell.
def unlisted(router: Any) -> Iterator[str]:
    """Routes that the OpenAPI document leaves out, of this router and those within."""
    for route in router.routes:
        if hasattr(route, "original_router"):
            yield from unlisted(route.original_router)
        elif hasattr(route, "methods") and not route.include_in_schema:
            yield from (f"{method} {route.path}" for method in route.methods - {"HEAD"})


def test_every_page_is_known(client: TestClient):
    app: Any = client.app
    known = PAGES | {"GET /api/v1/openapi.json"}
    assert sorted(unlisted(app)) == sorted(known)


@pytest.mark.parametrize("role", [None, "outsider", "annotator"])
def test_a_page_of_a_project_is_for_its_people(team: Team, role: str | None):
    team.client.cookies.clear()
    if role:
        team.client.cookies.set(cookies.NAME, getattr(team, role).token)
    answer = team.client.get(f"{team.path}/annotate", follow_redirects=False)
    team.client.cookies.clear()
    assert answer.status_code == {None: 303, "outsider": 404, "annotator": 200}[role]
    assert (team.project.name in answer.text) == (role == "annotator")


def expected(route: str, who: str) -> set[int]:
    """The statuses of refusal that this route owes to this caller; empty: it may."""
    if route in PUBLIC:
        return set()
    if who in (NOBODY, BAD):
        return {401}
    if route in EVERYONE or who == "site_admin":
        return set()
    if route in SITE_ADMIN:
        return {403}
    if route in OF_SITE_ADMIN or who == "outsider":
        return {404}
    least = next(role for role, group in OF_PROJECT.items() if route in group)
    ranks = ("annotator", "reviewer", "admin")
    return {403} if ranks.index(who) < ranks.index(least) else set()


@pytest.fixture
def places(team: Team) -> dict[str, Any]:
    return things_of(team)


@pytest.mark.parametrize("who", WHO)
def test_nobody_gets_further_than_their_role(team: Team, places: dict[str, Any], who: str):
    wrong = []
    for route in routes(team.client):
        refusals = expected(route, who)
        # Whoever may do it would change things for the routes after it, or watch for ever.
        if refusals:
            status = ask(team, who, route, places)
            wrong += [(route, status)] if status not in refusals else []
    assert wrong == []


@pytest.mark.parametrize("who", WHO[2:])
def test_everyone_may_what_their_role_allows(team: Team, places: dict[str, Any], who: str):
    """Without a body, so that nothing happens: who may is told what the body lacks."""
    wrong = []
    for route in routes(team.client):
        if expected(route, who) or route.endswith("/events") or route.startswith("DELETE"):
            continue
        status = ask(team, who, route, places)
        wrong += [(route, status)] if status in (401, 403) or status >= 500 else []
    assert wrong == []


def ask(team: Team, who: str, route: str, places: dict[str, Any]) -> int:
    method, _, path = route.partition(" ")
    headers = {}
    if who == BAD:
        headers["Authorization"] = "Bearer tes_wrong"
    elif who != NOBODY:
        headers["Authorization"] = f"Bearer {getattr(team, who).token}"
    status: int = team.client.request(method, path.format(**places), headers=headers).status_code
    return status


def test_a_thing_that_is_nowhere_looks_like_a_foreign_one(team: Team, places: dict[str, Any]):
    foreign = team.outsider.get(f"/cycles/{places['cycle_id']}").json()
    nowhere = team.outsider.get("/cycles/999999").json()
    assert foreign["detail"].replace(str(places["cycle_id"]), "N") == nowhere["detail"].replace(
        "999999", "N"
    )


def test_a_token_in_the_query_is_no_token(team: Team):
    assert team.client.get(f"{API}/users/me?token={team.admin.token}").status_code == 401


def test_who_has_left_the_project_has_lost_their_leases(team: Team):
    team.labelling()
    lease = team.annotator.lease(team.project)
    team.admin.delete(f"{team.path}/members/{team.annotator.user.id}")
    assert team.annotator.put(f"/leases/{lease['id']}", {"epoch": 1}).status_code == 404
    assert team.annotator.put_label(lease, 0).status_code == 404

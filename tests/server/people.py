"""People who call the interface, each with a token of their own."""

from dataclasses import dataclass
from typing import Any

from starlette.testclient import TestClient

from core import projects, users
from core.models import Cycle, Project, User
from tests import factories
from tests.factories import act

BOOTSTRAP = "tes_the-first-admin-of-the-tests"
API = "/api/v1"


@dataclass(frozen=True)
class Person:
    """Somebody with a token; paths are under /api/v1."""

    client: TestClient
    user: User
    token: str

    def call(self, method: str, path: str, **parts: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"} | parts.pop("headers", {})
        return self.client.request(method, API + path, headers=headers, **parts)

    def get(self, path: str, **parts: Any) -> Any:
        return self.call("GET", path, **parts)

    def post(self, path: str, json: Any = None, **parts: Any) -> Any:
        return self.call("POST", path, **({"json": json} if json is not None else {}), **parts)

    def put(self, path: str, json: Any = None, **parts: Any) -> Any:
        return self.call("PUT", path, **({"json": json} if json is not None else {}), **parts)

    def patch(self, path: str, json: Any) -> Any:
        return self.call("PATCH", path, json=json)

    def delete(self, path: str) -> Any:
        return self.call("DELETE", path)

    def lease(self, of: Project, **wanted: Any) -> dict[str, Any]:
        """The first of the next regions."""
        found = self.post(f"/projects/{of.id}/leases", wanted).json()
        lease: dict[str, Any] = found["items"][0]
        return lease

    def put_label(self, lease: dict[str, Any], body: Any = None, **parts: Any) -> Any:
        """Submit to a lease: `body` is a class value, or `content` comes with its type."""
        query = f"lease_id={lease['id']}&epoch={lease['epoch']}"
        wanted = {} if body is None else {"json": {"fill": body}}
        return self.put(f"/regions/{lease['region_id']}/label?{query}", **wanted, **parts)


@dataclass(frozen=True)
class Team:
    """A project, and somebody of every role; the outsider has none in it."""

    project: Project
    site_admin: Person
    admin: Person
    reviewer: Person
    annotator: Person
    outsider: Person
    client: TestClient

    @property
    def path(self) -> str:
        return f"/projects/{self.project.id}"

    def labelling(self, *, number: int = 4) -> Cycle:
        """A cycle whose queue has opened."""
        return factories.labelling(self.project, self.admin.user, number=number)


def person(client: TestClient, *, is_admin: bool = False) -> Person:
    """A new user with a token."""
    user = factories.user(is_admin=is_admin)
    _, secret = act(users.create_token, user)
    return Person(client, user, secret)


def assemble(client: TestClient) -> Team:
    """A new project and its people."""
    with factories.at_once():
        site_admin = person(client, is_admin=True)
        project = factories.project(site_admin.user)
        roles = {role: person(client) for role in ("admin", "reviewer", "annotator")}
        for role, each in roles.items():
            act(projects.set_member, project, user_id=each.user.id, role=role, by=site_admin.user)
        return Team(project, site_admin, outsider=person(client), client=client, **roles)


def problem(response: Any, status: int, code: str) -> dict[str, Any]:
    """The problem document of a response, which has to be this one."""
    body: dict[str, Any] = response.json()
    assert (response.status_code, body["type"]) == (status, f"/problems/{code}"), body
    assert response.headers["content-type"] == "application/problem+json"
    assert body["request_id"] == response.headers["x-request-id"]
    return body

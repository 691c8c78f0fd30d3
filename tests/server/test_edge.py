import json
from collections.abc import Iterator
from typing import Any

import anyio
import pytest
from starlette.testclient import TestClient

from core.settings import settings
from server import edge
from server.app import create_app
from server.edge import Bodies, Line
from server.pace import Pace
from tests import factories
from tests.server.people import API, Team, problem

pytestmark = pytest.mark.slow


def test_every_answer_has_a_request_id(client: TestClient):
    first, second = client.get("/health/live"), client.get("/health/live")
    assert len(first.headers["x-request-id"]) == 32
    assert first.headers["x-request-id"] != second.headers["x-request-id"]


def test_a_callers_own_request_id_is_kept(client: TestClient):
    answer = client.get(f"{API}/users/me", headers={"X-Request-Id": "my-request.1"})
    assert problem(answer, 401, "no_token")["request_id"] == "my-request.1"


@pytest.mark.parametrize("given", ["", "a b", "a" * 65, "a\tb", "é", "<script>"])
def test_a_request_id_that_could_hurt_a_log_is_replaced(client: TestClient, given: str):
    answer = client.get("/health/live", headers={"X-Request-Id": given.encode("latin-1")})
    assert len(answer.headers["x-request-id"]) == 32


def test_answers_are_neither_sniffed_nor_framed_nor_kept(client: TestClient):
    headers = client.get("/health/live").headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "host",
    ["a/b", "a?b", "a#b", "a@b", "a b", "", "testserver/..", "testserver:99999999", "test\\server"],
)
@pytest.mark.parametrize("path", ["/health/live", f"{API}/users/me", "/nothing"])
def test_a_host_that_would_bend_a_url_is_refused(client: TestClient, host: str, path: str):
    said = problem(client.get(path, headers={"Host": host}), 400, "bad_request")
    assert said["instance"] == path


def test_the_server_answers_by_its_own_names_only(client: TestClient):
    told = problem(client.get("/docs", headers={"Host": "evil.example"}), 400, "bad_request")
    assert "TESSERA_TRUSTED_HOSTS" in told["detail"]
    for host in ("LOCALHOST", "localhost:8642", "127.0.0.1:1"):
        assert client.get("/docs", headers={"Host": host}).status_code == 200


def test_probes_reach_it_by_any_address(client: TestClient):
    for path in ("/health/live", "/metrics"):
        assert client.get(path, headers={"Host": "10.1.2.3:8642"}).status_code == 200


@pytest.mark.usefixtures("service")
def test_a_star_is_every_name(monkeypatch: pytest.MonkeyPatch):
    any_host = settings().model_copy(update={"trusted_hosts": ("*",)})
    monkeypatch.setattr(edge, "settings", lambda: any_host)
    edge.check_host({"type": "http", "path": "/", "headers": [(b"host", b"any.example")]})


def test_an_uploaded_picture_runs_nothing_and_is_only_saved(team: Team):
    image = factories.image(team.project)
    answer = team.annotator.get(f"/images/{image.id}/pixels")
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "filename=" in answer.headers["content-disposition"]
    assert answer.headers["content-security-policy"].endswith("sandbox")


KINDS = ["/", "/docs", "/sign-in", "/problems/invalid", "/static/base.css", "/static/icon.svg"]


@pytest.mark.parametrize(
    "path", [*KINDS, "/metrics", f"{API}/openapi.json", f"{API}/users/me", "/x"]
)
def test_no_answer_may_run_scripts_of_others_or_be_framed(client: TestClient, path: str):
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "*" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert "access-control-allow-origin" not in headers


def test_a_caller_who_rushes_is_asked_to_wait(client: TestClient, team: Team):
    app: Any = client.app
    before, app.state.pace = app.state.pace, Pace(1, 3)
    try:
        answers = [team.annotator.get("/users/me") for _ in range(4)]
        others = team.reviewer.get("/users/me")
    finally:
        app.state.pace = before
    assert [each.status_code for each in answers] == [200, 200, 200, 429]
    assert problem(answers[-1], 429, "too_many_requests")["retry_after_s"] == 1
    assert answers[-1].headers["retry-after"] == "1"
    assert others.status_code == 200


def test_a_long_body_is_refused_whatever_its_length_says(team: Team):
    def pieces() -> Iterator[bytes]:
        for _ in range(30):
            yield b" " * 1000

    headers = {"Content-Type": "application/json"}
    answer = team.site_admin.post("/users", content=pieces(), headers=headers)
    assert problem(answer, 413, "too_large")["ceiling"] == 20_000


def test_only_masks_may_be_large(client: TestClient):
    sent = {"content": b" " * 30_000, "headers": {"Content-Type": "application/octet-stream"}}
    problem(client.post(f"{API}/users", **sent), 413, "too_large")
    problem(client.put(f"{API}/regions/1/label", **sent), 401, "no_token")


@pytest.mark.usefixtures("service")
def test_a_crash_is_a_problem_without_its_reasons(caplog: pytest.LogCaptureFixture):
    def crash() -> None:
        raise RuntimeError("a secret reason")

    app = create_app()
    app.add_api_route("/crash", crash)
    answer = TestClient(app).get("/crash")
    assert "secret" not in json.dumps(problem(answer, 500, "internal_error"))
    assert answer.headers["x-request-id"] in caplog.text
    assert "a secret reason" in caplog.text


def call(app: Any, messages: list[dict[str, Any]], path: str = "/api/v1/users") -> list[Any]:
    """What an ASGI application sends for a request that arrives in these messages."""
    sent: list[Any] = []
    scope = {"type": "http", "method": "POST", "path": path, "headers": []}

    async def receive() -> dict[str, Any]:
        if not messages:
            await anyio.sleep(60)
        return messages.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    anyio.run(app, scope, receive, send)
    return sent


async def echo(scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG001
    await send(await receive())


def test_a_body_in_pieces_arrives_whole():
    pieces = [
        {"type": "http.request", "body": b"to", "more_body": True},
        {"type": "http.request", "body": b"gether"},
    ]
    assert call(Bodies(echo), pieces)[0]["body"] == b"together"


def test_a_sender_who_leaves_is_not_served():
    pieces = [{"type": "http.request", "body": b"to", "more_body": True}]
    assert call(Bodies(echo), [*pieces, {"type": "http.disconnect"}]) == []


def test_a_sender_who_dawdles_is_sent_away(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(edge, "BODY_S", 0.05)
    pieces = [{"type": "http.request", "body": b"to", "more_body": True}]
    with pytest.raises(edge.RequestTimeout):
        call(Bodies(echo), pieces)


class Crowd:
    """An application that remembers how many worked at once before their answers started."""

    def __init__(self) -> None:
        self.now = self.most = self.served = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG002
        self.now += 1
        self.most = max(self.most, self.now)
        await anyio.sleep(0.01)
        self.now -= 1
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await anyio.sleep(0.01)
        self.served += 1


def test_the_line_lets_few_work_at_once_and_serves_everybody():
    crowd, many = Crowd(), edge.PLACES + edge.WAITING

    async def rush() -> None:
        line = Line(crowd)
        scope = {"type": "http", "path": "/api/v1/users"}
        async with anyio.create_task_group() as everybody:
            for _ in range(many):
                everybody.start_soon(line, scope, anyio.sleep_forever, ignore)

    anyio.run(rush)
    assert (crowd.most, crowd.served) == (edge.PLACES, many)


async def ignore(message: Any) -> None:
    del message


def test_a_line_that_does_not_move_asks_for_patience(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(edge, "PATIENCE_S", 0.05)

    async def forever(scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG001
        await anyio.sleep(5)

    async def wait_behind_others() -> None:
        line, scope = Line(forever), {"type": "http", "path": "/api/v1/users"}
        async with anyio.create_task_group() as others:
            for _ in range(edge.PLACES):
                others.start_soon(line, scope, anyio.sleep_forever, ignore)
            await anyio.sleep(0.01)
            with pytest.raises(edge.Crowded):
                await line(scope, anyio.sleep_forever, ignore)
            others.cancel_scope.cancel()

    anyio.run(wait_behind_others)


def test_a_line_that_is_long_sends_the_next_one_away_at_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(edge, "WAITING", 2)

    async def forever(scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG001
        await anyio.sleep(5)

    async def come_late() -> None:
        line, scope = Line(forever), {"type": "http", "path": "/api/v1/users"}
        async with anyio.create_task_group() as others:
            for _ in range(edge.PLACES + 2):
                others.start_soon(line, scope, anyio.sleep_forever, ignore)
            await anyio.sleep(0.01)
            with pytest.raises(edge.Crowded):
                await line(scope, anyio.sleep_forever, ignore)
            others.cancel_scope.cancel()

    anyio.run(come_late)

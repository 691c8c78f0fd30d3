"""Archives that arrive in parts: in order, once, and never more than was announced."""

import hashlib
from typing import Any

import pytest

from core import uploads
from core.models import Upload
from core.store import Store
from tests import factories
from tests.factories import act
from tests.server.people import Team, problem

pytestmark = pytest.mark.slow

DATA = bytes(range(256)) * 400
HALF = len(DATA) // 2
BYTES = {"Content-Type": "application/octet-stream"}


def announced(team: Team, data: bytes = DATA, **changes: Any) -> Any:
    about = {"name": "streets.zip", "size_bytes": len(data)}
    about["sha256"] = hashlib.sha256(data).hexdigest()
    return team.admin.post(f"{team.path}/uploads", about | changes)


@pytest.fixture
def upload(team: Team) -> int:
    answer = announced(team)
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/api/v1/uploads/{answer.json()['id']}"
    return int(answer.json()["id"])


def put(team: Team, upload: int, start: int, data: bytes) -> Any:
    path = f"/uploads/{upload}/parts/{start}"
    return team.admin.put(path, content=data, headers=BYTES)


def received(team: Team, upload: int) -> int:
    return int(team.admin.get(f"/uploads/{upload}").json()["received_bytes"])


def kept(upload: int, store: Store) -> bytes:
    return act(lambda db: uploads.opened(db, store, db.get_one(Upload, upload)).read())


def test_parts_make_the_whole(team: Team, upload: int, store: Store):
    assert put(team, upload, 0, DATA[:HALF]).json()["received_bytes"] == HALF
    assert put(team, upload, HALF, DATA[HALF:]).json()["received_bytes"] == len(DATA)
    assert kept(upload, store) == DATA


def test_a_part_that_is_sent_again_changes_nothing(team: Team, upload: int, store: Store):
    for _ in range(2):
        assert put(team, upload, 0, DATA[:HALF]).json()["received_bytes"] == HALF
    assert kept(upload, store) == DATA[:HALF]


@pytest.mark.parametrize(
    ("start", "data"),
    [(10, b"gap"), (HALF - 5, b"over the seam"), (HALF, DATA[HALF:] + b"more"), (HALF, b"")],
    ids=["a gap", "an overlap", "more than announced", "nothing"],
)
def test_other_bytes_than_the_next_are_refused(team: Team, upload: int, start: int, data: bytes):
    done = 0 if start == 10 else HALF
    put(team, upload, 0, DATA[:done])
    found = put(team, upload, start, data)
    if data:
        told = problem(found, 409, "upload_out_of_order")
        assert told["received_bytes"] == done
    assert received(team, upload) == done


def test_whoever_was_interrupted_goes_on(team: Team, upload: int):
    put(team, upload, 0, DATA[:HALF])
    again = announced(team).json()
    assert (again["id"], again["received_bytes"]) == (upload, HALF)
    assert announced(team, DATA + b"!").json()["id"] != upload


def test_a_part_may_only_be_so_large(team: Team, upload: int):
    problem(put(team, upload, 0, DATA[:70_001]), 413, "too_large")
    assert received(team, upload) == 0


def test_an_archive_may_only_be_so_large(team: Team):
    problem(announced(team, size_bytes=2**50), 413, "too_large")


def test_what_is_not_whole_is_not_imported(team: Team, upload: int):
    put(team, upload, 0, DATA[:HALF])
    asked = {"upload_id": upload}
    found = problem(team.admin.post(f"{team.path}/imports", asked), 409, "upload_unfinished")
    assert f"{HALF} of {len(DATA)} bytes" in found["detail"]


def test_another_projects_upload_is_not_there(team: Team, upload: int):
    other = factories.project(team.site_admin.user)
    answer = team.site_admin.post(f"/projects/{other.id}/imports", {"upload_id": upload})
    problem(answer, 404, "not_found")


@pytest.mark.parametrize("asked", [{}, {"path": "/data", "upload_id": 1}], ids=["neither", "both"])
def test_there_is_one_source(team: Team, asked: dict[str, Any]):
    problem(team.admin.post(f"{team.path}/imports", asked), 422, "validation_failed")


def test_an_upload_is_given_up_unless_it_is_being_imported(team: Team, upload: int):
    put(team, upload, 0, DATA[:HALF])
    put(team, upload, HALF, DATA[HALF:])
    job = team.admin.post(f"{team.path}/imports", {"upload_id": upload}).json()
    refused = problem(team.admin.delete(f"/uploads/{upload}"), 409, "upload_in_use")
    assert refused["job"] == job["id"]
    team.admin.post(f"/jobs/{job['id']}/cancellation")
    assert team.admin.delete(f"/uploads/{upload}").status_code == 204
    assert team.admin.get(f"/uploads/{upload}").status_code == 404
    assert team.admin.get(f"{team.path}/uploads").json()["items"] == []

"""Exports over HTTP: asked for, waited for, fetched."""

import pytest

from core import exports, jobs
from core.layouts import LAYOUTS
from core.store import Store
from tests.factories import act
from tests.server.people import Team, problem

pytestmark = pytest.mark.slow


def finish(job_id: int, store: Store, archive: bytes) -> None:
    """What a worker leaves."""
    claim = act(jobs.claim, job_id, worker="tests:1")
    assert claim is not None
    act(jobs.finish, claim, {exports.ARCHIVE: store.put(archive), "images": 3})


def test_an_export_waits_for_a_worker_and_is_fetched(team: Team, store: Store):
    answer = team.admin.post(f"{team.path}/exports", {"format": "index"})
    job = answer.json()
    assert (answer.status_code, job["kind"], job["state"]) == (202, "export", "pending")
    place = f"/jobs/{job['id']}/archive"
    problem(team.reviewer.get(place), 404, "not_found")
    finish(job["id"], store, b"a whole archive")
    assert team.admin.get(f"/jobs/{job['id']}").json()["result"] == {"images": 3}
    whole = team.reviewer.get(place)
    assert (whole.content, whole.headers["content-type"]) == (b"a whole archive", "application/zip")
    part = team.reviewer.get(place, headers={"Range": "bytes=2-"})
    assert (part.status_code, part.content) == (206, b"whole archive")
    known = {"If-None-Match": whole.headers["etag"]}
    assert team.reviewer.get(place, headers=known).status_code == 304


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"format": "tiff"}, 422, "validation_failed"),
        ({"format": "index", "cycle": 7}, 404, "not_found"),
        ({"format": "index", "completed": True}, 409, "export_refused"),
        ({"format": "camvid-color"}, 409, "export_refused"),
    ],
)
def test_what_cannot_be_exported_is_refused_at_once(
    team: Team, body: dict[str, object], status: int, code: str
):
    problem(team.admin.post(f"{team.path}/exports", body), status, code)
    assert team.admin.get(f"{team.path}/jobs").json()["items"] == []


def test_the_formats_of_the_interface_are_those_of_core(team: Team):
    schema = team.client.get("/api/v1/openapi.json").json()["components"]["schemas"]
    assert set(schema["NewExport"]["properties"]["format"]["enum"]) == {*exports.FORMATS}
    asked = schema["NewImport"]["properties"]["layout"]["anyOf"][0]["enum"]
    assert set(asked) == {*LAYOUTS}

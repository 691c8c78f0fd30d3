from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from core import imports as importing
from core import jobs
from core.db import transaction
from core.imports import Request
from core.models import Job
from core.places import Folder
from core.plans import Plan
from core.store import Store
from tests import factories
from tests.core import folders
from tests.factories import act
from tests.server.people import Team, problem

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(imports: Path, tmp_path: Path) -> Path:
    """A folder of the plain layout: two images, one of them no image at all."""
    root = imports / tmp_path.name
    (root / "images").mkdir(parents=True)
    Image.fromarray(factories.picture(8, 6)).save(root / "images" / "good.png")
    (root / "images" / "bad.png").write_bytes(b"no image")
    return root


def work_off(job_id: int, store: Store) -> None:
    """Do what a worker does with an import."""
    claim = act(jobs.claim, job_id, worker="tests:1")
    assert claim is not None
    wanted = Request(**claim.request)
    classes = act(importing.known_classes, claim.project_id)
    ready = {"place": Folder(Path(wanted.path)), "decode": folders.decode}
    report = importing.examine(wanted, classes, store, lambda *_: None, **ready)
    act(importing.commit, store, claim, report)


def start(team: Team, folder: Path, **wanted: Any) -> dict[str, Any]:
    answer = team.admin.post(f"{team.path}/imports", {"path": str(folder), **wanted})
    assert answer.status_code == 202, answer.text
    body: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"/api/v1/jobs/{body['id']}"
    return body


def test_an_import_waits_for_a_worker(team: Team, folder: Path):
    job = start(team, folder)
    assert (job["kind"], job["state"], job["attempt"]) == ("import", "pending", 0)
    assert team.annotator.get(f"/jobs/{job['id']}").json() == job


def test_an_import_with_a_problem_fails_and_reports_each_file(
    team: Team, folder: Path, store: Store
):
    job_id = start(team, folder)["id"]
    work_off(job_id, store)
    job = team.admin.get(f"/jobs/{job_id}").json()
    assert (job["state"], job["error"]["class"]) == ("failed", "import_rejected")
    assert "report_key" not in job["result"]
    report = team.reviewer.get(f"/jobs/{job_id}/report").json()["items"]
    assert {each["file"]: each["problem"] for each in report} == {
        "images/good.png": None,
        "images/bad.png": "image_undecodable",
    }


def test_a_report_comes_in_pages(team: Team, folder: Path, store: Store):
    job_id = start(team, folder, dry_run=True)["id"]
    work_off(job_id, store)
    first = team.admin.get(f"/jobs/{job_id}/report?limit=1").json()
    second = team.admin.get(f"/jobs/{job_id}/report?limit=1&cursor={first['next_cursor']}").json()
    assert (len(first["items"]), len(second["items"]), second["next_cursor"]) == (1, 1, None)
    assert first["items"] != second["items"]


def test_a_job_without_a_report_says_so(team: Team, folder: Path):
    job_id = start(team, folder)["id"]
    problem(team.admin.get(f"/jobs/{job_id}/report"), 404, "not_found")


def test_jobs_are_listed_newest_first(team: Team, folder: Path):
    first, second = start(team, folder), start(team, folder)
    listed = team.annotator.get(f"{team.path}/jobs").json()["items"]
    assert [job["id"] for job in listed] == [second["id"], first["id"]]


def test_a_waiting_import_is_cancelled_at_once(team: Team, folder: Path):
    job_id = start(team, folder)["id"]
    cancelled = team.admin.post(f"/jobs/{job_id}/cancellation")
    assert (cancelled.status_code, cancelled.json()["state"]) == (202, "cancelled")
    problem(team.admin.post(f"/jobs/{job_id}/cancellation"), 409, "job_over")


def test_a_stage_is_cancelled_with_its_cycle_only(team: Team):
    factories.image(team.project)
    cycle = factories.cycle(team.project, team.admin.user, Plan(regions=1))
    stage = team.admin.get(f"/cycles/{cycle.id}").json()["stages"][0]
    body = problem(team.admin.post(f"/jobs/{stage['job_id']}/cancellation"), 409, "conflict")
    assert body["cycle"] == cycle.id
    assert f"/api/v1/cycles/{cycle.id}/cancellation" in body["detail"]


def test_a_repeated_import_is_one_job(team: Team, folder: Path):
    key = {"Idempotency-Key": f"import {team.project.id}"}
    asked = {"path": str(folder)}
    first = team.admin.post(f"{team.path}/imports", asked, headers=key)
    again = team.admin.post(f"{team.path}/imports", asked, headers=key)
    assert again.headers["idempotency-replayed"] == "true"
    assert (again.status_code, again.content) == (202, first.content)
    assert again.headers["location"] == first.headers["location"]
    with transaction() as db:
        assert db.query(Job).filter_by(project_id=team.project.id).count() == 1


def test_a_folder_outside_the_roots_is_refused(team: Team):
    answer = team.admin.post(f"{team.path}/imports", {"path": "/etc"})
    problem(answer, 422, "path_not_allowed")


def test_a_name_that_no_folder_has_is_refused(team: Team, imports: Path):
    answer = team.admin.post(f"{team.path}/imports", {"path": f"{imports}/{'a' * 300}"})
    problem(answer, 422, "path_not_allowed")


def test_a_folder_of_no_layout_is_refused(team: Team, imports: Path, tmp_path: Path):
    (imports / f"{tmp_path.name}-empty").mkdir()
    asked = {"path": f"{imports}/{tmp_path.name}-empty"}
    problem(team.admin.post(f"{team.path}/imports", asked), 422, "layout_unknown")


def test_a_path_with_a_null_character_is_refused(team: Team):
    problem(team.admin.post(f"{team.path}/imports", {"path": "a\0b"}), 422, "validation_failed")

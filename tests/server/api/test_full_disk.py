"""With too little room, changes that write files are answered 507, and everything can be read."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.full_disk import full_disk
from tests.server.people import Team, problem
from tests.verified import verified


@pytest.fixture(autouse=True)
def nothing_is_wrong(team: Team) -> Iterator[None]:  # noqa: ARG001
    yield
    verified()


@pytest.fixture
def lease(team: Team) -> dict[str, Any]:
    team.labelling(number=2)
    return team.annotator.lease(team.project)


def test_a_submit_is_refused_and_accepted_once_there_is_room(team: Team, lease: dict[str, Any]):
    with full_disk():
        answer = team.annotator.put_label(lease, 0)
        found = problem(answer, 507, "disk_full")
        assert "TESSERA_DISK_FLOOR_MB" in found["detail"]
        assert answer.headers["Retry-After"] == "30"
    assert team.annotator.put_label(lease, 0).status_code == 201


def test_a_cycle_and_an_import_are_refused(team: Team, imports: Path):
    (imports / "images").mkdir(exist_ok=True)
    with full_disk():
        problem(
            team.admin.post(f"{team.path}/cycles", {"budget": {"regions": 1}}), 507, "disk_full"
        )
        wanted = {"path": str(imports), "layout": "plain"}
        problem(team.admin.post(f"{team.path}/imports", wanted), 507, "disk_full")


def test_reading_leasing_and_releasing_go_on(team: Team, lease: dict[str, Any]):
    team.annotator.put_label(lease, 0)
    with full_disk():
        region = lease["region_id"]
        for path in (team.path, f"/regions/{region}/image", f"/regions/{region}/label"):
            assert team.annotator.get(path).status_code == 200
        another = team.annotator.lease(team.project)
        assert team.annotator.delete(f"/leases/{another['id']}").status_code == 204

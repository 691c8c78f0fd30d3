"""Uploaded archives become images, or nothing at all."""

import hashlib
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from core import imports, uploads
from core.db import transaction
from core.imports import Request
from core.models import Image, Job, Project, Upload
from core.settings import settings
from core.store import open_store
from tests.core.archives import packing
from tests.verified import verified
from tests.worker import campaign
from tests.worker.campaign import Campaign
from worker import engine

pytestmark = pytest.mark.slow


@pytest.fixture
def project(environment: dict[str, str], folder: Path, request) -> Campaign:  # noqa: ARG001
    return campaign.create(folder, request.node.name[-60:])


def files(folder: Path) -> packing.Files:
    """The scenes as they lie in an archive: in a folder that bears the dataset's name."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {f"streets/{path.relative_to(folder).as_posix()}": path.read_bytes() for path in found}


def uploaded(of: Campaign, data: bytes, sha256: str | None = None) -> int:
    """An upload in two parts."""
    about = {"name": "streets.zip", "size_bytes": len(data)}
    digest = sha256 or hashlib.sha256(data).hexdigest()
    half = len(data) // 2
    with transaction() as db:
        project = db.get_one(Project, of.project.id)
        made = uploads.begin(db, project, **about, sha256=digest, by=of.owner)
        uploads.add(db, open_store(), made, start=0, data=data[:half])
        uploads.add(db, open_store(), made, start=half, data=data[half:])
    return made.id


def imported(of: Campaign, upload_id: int, **asked: bool) -> Job:
    with transaction() as db:
        wanted = Request(upload_id=upload_id, **asked)
        project = db.get_one(Project, of.project.id)
        job = imports.request(db, project, wanted, by=of.owner)
    engine.run(job.id)
    return campaign.job(job.id)


def counted(of: Campaign) -> tuple[int, int]:
    """Images and uploads of the project."""
    with transaction() as db:
        images = select(func.count()).where(Image.project_id == of.project.id)
        left = select(func.count()).where(Upload.project_id == of.project.id)
        return db.scalar(images) or 0, db.scalar(left) or 0


@pytest.mark.parametrize("pack", [packing.zipped, packing.tarred])
def test_an_archive_is_imported_as_its_folder_would_be(project: Campaign, folder: Path, pack):
    upload = uploaded(project, pack(files(folder)))
    dry = imported(project, upload, dry_run=True)
    assert (dry.state, (dry.result or {})["added"], counted(project)) == ("succeeded", 10, (0, 1))
    job = imported(project, upload, pool_masks=False)
    assert job.state == "succeeded", job.error_text
    assert job.result
    assert (job.result["layout"], job.result["images"]) == (
        "plain",
        {"pool": 6, "val": 2, "test": 2},
    )
    assert counted(project) == (10, 0)
    assert list((settings().data_dir / "jobs").iterdir()) == []
    verified()


REFUSED = {
    "a link": (packing.zip_link("images/a.png", "/etc/passwd"), "archive_rejected", "link"),
    "upwards": (packing.zipped({"../a.png": b"1"}), "archive_rejected", "inside"),
    "no archive": (b"an image, honestly" * 9, "archive_rejected", "zip or tar"),
    "no layout": (packing.zipped({"a.txt": b"1", "b.txt": b"2"}), "layout_unknown", "images"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_imported_says_why_and_leaves_nothing(project: Campaign, name: str):
    data, code, why = REFUSED[name]
    job = imported(project, uploaded(project, data))
    assert (job.state, job.attempt, job.error_class) == ("failed", 1, code)
    assert why in (job.error_text or "")
    assert counted(project)[0] == 0
    assert list((settings().data_dir / "jobs").iterdir()) == []


def test_bytes_that_are_not_the_announced_ones_are_refused(project: Campaign, folder: Path):
    data = packing.zipped(files(folder))
    job = imported(project, uploaded(project, data, sha256="0" * 64))
    assert job.error_class == "archive_rejected"
    assert "not those that were announced" in (job.error_text or "")


def test_uploads_that_nobody_goes_on_with_are_given_up(project: Campaign):
    old, young = uploaded(project, b"old bytes"), uploaded(project, b"young bytes")
    with transaction() as db:
        db.execute(
            text(
                "UPDATE upload_parts SET created_at = now() - interval '8 days' "
                "WHERE upload_id = :id"
            ),
            {"id": old},
        )
        uploads.forget_old(db)
        assert db.get(Upload, old) is None
        assert db.get(Upload, young) is not None

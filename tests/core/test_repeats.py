"""The same data once more is known by its digest, and changes nothing."""

from pathlib import Path
from typing import Any

import pytest

from core import imports, jobs, repeats
from core.imports import Request
from core.layouts import Known
from core.models import Job, Project, User
from core.places import Folder
from core.settings import Settings
from core.store import Store
from tests.core import folders
from tests.core.folders import KNOWN
from tests.factories import act, claim

PLAIN = Request(layout="plain")


@pytest.fixture
def root(service: Settings, project: Project) -> Path:
    return folders.plain(service.import_roots[0] / project.name)


def digest(root: Path, wanted: Request = PLAIN, classes: tuple[Known, ...] = KNOWN) -> str | None:
    return repeats.digest(wanted, classes, Folder(root), lambda _: None)


def imported(of: Project, by: User, store: Store, root: Path, **wanted: Any) -> Job:
    """As a worker does it the first time."""
    job = act(imports.request, of, Request(str(root), **wanted), by=by)
    asked, place = Request(**job.request), Folder(root)
    ready = {"place": place, "decode": folders.decode}
    report = imports.examine(asked, KNOWN, store, lambda *_: None, **ready)
    act(imports.commit, store, claim(job), report, digest=digest(root, asked))
    found: Job = act(jobs.get, job.id)
    return found


def test_what_decides_an_import_is_in_its_digest(root: Path):
    same = digest(root)
    assert same == digest(root)
    folders.classes(root, *[each.name for each in KNOWN])
    assert same == digest(root)
    assert digest(root, Request(layout="plain", pool_masks=False)) != same
    assert digest(root, Request(layout="camvid")) != same
    assert digest(root, classes=KNOWN[:2]) != same
    (root / "pool/images/a.png").rename(root / "pool/images/z.png")
    renamed = digest(root)
    assert renamed != same
    folders.picture(root / "pool/images/z.png", seed=10**6)
    assert digest(root) not in (same, renamed)


def test_tags_and_what_cannot_be_read_are_looked_at_each_time(root: Path):
    (root / "pool/masks/a.png").unlink()
    (root / "pool/masks/a.png").symlink_to("/etc/hostname")
    assert digest(root) is None
    (root / "pool/masks/a.png").unlink()
    assert digest(root) is not None
    (root / "pool/tags.csv").write_text("image,tags\n")
    assert digest(root) is None


def test_a_repeat_ends_with_what_the_first_has_found(
    project: Project, ada: User, store: Store, root: Path
):
    first = imported(project, ada, store, root)
    before = act(repeats.earlier, project.id, digest(root))
    assert before.id == first.id
    again = act(imports.request, project, Request(str(root)), by=ada)
    act(repeats.finish, store, claim(again), Request(**again.request), before=before)
    result = act(jobs.get, again.id).result
    told = {name: result[name] for name in ("added", "changed", "unchanged", "masks", "same_as")}
    assert told == {"added": 0, "changed": 0, "unchanged": 4, "masks": 3, "same_as": first.id}
    report = imports.outcomes(store, result["report_key"], first=0, count=9)
    assert [line["outcome"] for line in report] == ["unchanged"] * 4
    assert act(jobs.get, again.id).digest is None


def test_only_what_was_imported_counts(project: Project, ada: User, store: Store, root: Path):
    imported(project, ada, store, root, dry_run=True)
    folders.write(root / "pool/images/broken.png", b"no image")
    failed = imported(project, ada, store, root)
    assert (failed.state, failed.digest) == ("failed", None)
    (root / "pool/images/broken.png").unlink()
    assert act(repeats.earlier, project.id, digest(root)) is None
    assert act(repeats.earlier, project.id, None) is None

"""Imports: all of a folder or nothing, with a report per file."""

import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from core import import_rows, imports, jobs
from core.db import transaction
from core.errors import LayoutUnknown, PathNotAllowed
from core.imports import Request
from core.models import Image, Job, Project, User
from core.places import Folder
from core.settings import Settings
from core.store import Store, open_store
from tests import factories
from tests.core import folders
from tests.core.threads import errors, outcomes
from tests.factories import act, claim, fresh


@pytest.fixture
def root(service: Settings, project: Project) -> Path:
    """A folder under the import root."""
    folder = service.import_roots[0] / project.name
    folder.mkdir()
    return folder


def request(of: Project, by: User, root: Path, **wanted: Any) -> Job:
    return act(imports.request, of, Request(str(root), **wanted), by=by)


def work(job: Job) -> dict[str, Any]:
    """Do an import as a worker does."""
    return finish(job, examine(job))


def examine(job: Job, on_file: Callable[[int, int], None] = lambda *_: None) -> imports.Report:
    classes = act(imports.known_classes, job.project_id)
    wanted = Request(**job.request)
    ready = {"place": Folder(Path(wanted.path)), "decode": folders.decode}
    return imports.examine(wanted, classes, open_store(), on_file, **ready)


def finish(job: Job, report: imports.Report) -> dict[str, Any]:
    return act(imports.commit, open_store(), claim(job), report)


def images(of: Project) -> list[Image]:
    with transaction() as db:
        return list(db.scalars(select(Image).filter_by(project_id=of.id).order_by(Image.id)))


def lines(result: dict[str, Any]) -> dict[str, tuple[str, str | None]]:
    report = imports.outcomes(open_store(), result["report_key"], first=0, count=100)
    return {line["file"]: (line["outcome"], line["problem"]) for line in report}


@pytest.mark.parametrize("layout", ["plain", "camvid"])
def test_a_good_folder_is_imported(project: Project, ada: User, root: Path, layout: str):
    getattr(folders, layout)(root)
    job = request(project, ada, root)
    result = work(job)
    assert (result["layout"], result["added"], result["masks"]) == (layout, 4, 3)
    assert result["images"] == {"pool": 2, "val": 1, "test": 1}
    found = [f"{each.split}/{each.name}" for each in images(project)]
    assert found == ["pool/a", "pool/b", "val/c", "test/d"]
    assert fresh(job).state == "succeeded"


def test_the_report_has_a_line_per_image(project: Project, ada: User, root: Path):
    result = work(request(project, ada, folders.plain(root)))
    assert lines(result) == {
        f"{name}.png": ("added", None)
        for name in ("pool/images/a", "pool/images/b", "val/images/c", "test/images/d")
    }


def test_a_dry_run_writes_nothing(project: Project, ada: User, root: Path, store: Store):
    job = request(project, ada, folders.plain(root), dry_run=True)
    result = work(job)
    assert (result["added"], images(project), fresh(job).state) == (4, [], "succeeded")
    key = next(each.key for each in examine(job).candidates)
    assert (key, store.exists("")) == ("", True)


def test_one_problem_rejects_the_whole_folder(project: Project, ada: User, root: Path):
    folders.plain(root)
    folders.mask(root / "val/masks/c.png", 9)
    job = request(project, ada, root)
    result = work(job)
    row = fresh(job)
    assert (row.state, row.error_class, images(project)) == ("failed", "import_rejected", [])
    assert lines(result)["val/images/c.png"] == ("problem", "unknown_class")


def test_a_dry_run_with_problems_succeeds_in_telling(project: Project, ada: User, root: Path):
    folders.plain(root)
    folders.mask(root / "val/masks/c.png", 9)
    job = request(project, ada, root, dry_run=True)
    assert work(job)["problems"] == 1
    assert fresh(job).state == "succeeded"


def test_a_second_import_changes_nothing(project: Project, ada: User, root: Path):
    folders.plain(root)
    work(request(project, ada, root))
    before = [each.id for each in images(project)]
    result = work(request(project, ada, root))
    assert (result["added"], result["unchanged"], result["changed"]) == (0, 4, 0)
    assert [each.id for each in images(project)] == before


def test_a_mask_may_come_later(project: Project, ada: User, root: Path):
    folders.plain(root)
    work(request(project, ada, root, pool_masks=False))
    assert images(project)[0].mask_key is None
    result = work(request(project, ada, root))
    assert lines(result)["pool/images/a.png"] == ("mask_added", None)
    assert (images(project)[0].mask_key is not None, images(project)[0].mask_clicks) == (True, 1)


def test_a_mask_that_is_there_is_not_replaced(project: Project, ada: User, root: Path):
    folders.plain(root)
    work(request(project, ada, root))
    before = images(project)[0].mask_key
    folders.mask(root / "pool/masks/a.png", 2)
    work(request(project, ada, root))
    assert images(project)[0].mask_key == before


def test_a_known_picture_under_another_name_is_a_duplicate(project: Project, ada: User, root: Path):
    folders.plain(root)
    work(request(project, ada, root))
    (root / "pool/images/b.png").rename(root / "pool/images/z.png")
    result = work(request(project, ada, root))
    assert lines(result)["pool/images/z.png"] == ("problem", "duplicate_image")


def test_another_picture_under_a_known_name_is_a_duplicate(project: Project, ada: User, root: Path):
    folders.plain(root)
    work(request(project, ada, root))
    folders.picture(root / "pool/images/b.png")
    result = work(request(project, ada, root))
    assert lines(result)["pool/images/b.png"] == ("problem", "duplicate_image")


def test_one_name_in_two_folders_of_the_pool_is_a_duplicate(
    project: Project, ada: User, root: Path
):
    folders.picture(root / "images/a.png")
    folders.picture(root / "pool/images/a.png")
    job = request(project, ada, root)
    assert lines(work(job))["pool/images/a.png"] == ("problem", "duplicate_image")
    assert fresh(job).error_class == "import_rejected"


@pytest.mark.parametrize(
    ("names", "outcome"),
    [(("road", "sky", "car"), "classes_differ"), (("sky", "road"), "classes_differ")],
)
def test_classes_of_another_project_are_refused(
    project: Project, ada: User, root: Path, names: tuple[str, ...], outcome: str
):
    folders.plain(root)
    folders.classes(root, *names)
    assert lines(work(request(project, ada, root)))["classes.json"] == ("problem", outcome)
    assert images(project) == []


def test_a_classes_file_that_is_none_is_refused(project: Project, ada: User, root: Path):
    folders.plain(root)
    (root / "classes.json").write_text("{")
    assert lines(work(request(project, ada, root)))["classes.json"] == ("problem", "invalid")


def test_a_linked_classes_file_is_not_read(project: Project, ada: User, root: Path, tmp_path: Path):
    folders.plain(root)
    (root / "classes.json").unlink()
    (root / "classes.json").symlink_to(folders.classes(tmp_path, "secret", "other"))
    result = work(request(project, ada, root))
    assert lines(result)["classes.json"] == ("problem", "path_not_allowed")
    assert b"secret" not in open_store().read(result["report_key"])


def test_a_folder_without_classes_is_taken_at_its_values(project: Project, ada: User, root: Path):
    folders.plain(root)
    (root / "classes.json").unlink()
    result = work(request(project, ada, root))
    assert (result["problems"], result["classes_found"]) == (0, [1])


@pytest.mark.parametrize("path", ["/etc", "{root}/../..", "relative"])
def test_a_path_outside_the_roots_queues_nothing(
    project: Project, ada: User, root: Path, path: str
):
    with pytest.raises(PathNotAllowed):
        request(project, ada, Path(path.format(root=root)))
    assert queued(project) == 0


def queued(of: Project) -> int:
    with transaction() as db:
        counted = select(func.count()).select_from(Job).where(Job.project_id == of.id)
        return db.scalar(counted) or 0


def test_a_folder_without_a_layout_queues_nothing(project: Project, ada: User, root: Path):
    with pytest.raises(LayoutUnknown, match="empty folder"):
        request(project, ada, root)
    with pytest.raises(LayoutUnknown, match="'cocoa'"):
        request(project, ada, folders.plain(root), layout="cocoa")
    assert queued(project) == 0


def test_progress_is_told_file_by_file_and_can_stop_it(project: Project, ada: User, root: Path):
    job = request(project, ada, folders.plain(root))
    seen: list[tuple[int, int]] = []

    def stop(done: int, total: int) -> None:
        seen.append((done, total))
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        examine(job, stop)
    assert seen == [(1, 4), (2, 4)]


def test_rows_are_told_page_by_page_and_can_be_stopped(
    project: Project, ada: User, root: Path, monkeypatch: pytest.MonkeyPatch
):
    """So the lease of a long import is renewed while it writes."""
    monkeypatch.setattr(import_rows, "PAGE", 2)
    job = request(project, ada, folders.plain(root))
    report, seen = examine(job), list[int]()

    def stop(done: int) -> None:
        seen.append(done)
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        act(imports.commit, open_store(), claim(job), report, on_rows=stop)
    assert (seen, images(project)) == ([2, 4], [])


def test_a_worker_that_was_taken_over_imports_nothing(project: Project, ada: User, root: Path):
    job = request(project, ada, folders.plain(root))
    report = examine(job)
    late = claim(job)
    act(jobs.put_back, late, burn=False)
    claim(job)
    with pytest.raises(Exception, match="epoch 1"):
        act(imports.commit, open_store(), late, report)
    assert images(project) == []


def test_the_same_folder_imported_twice_at_once_is_there_once(
    project: Project, ada: User, root: Path
):
    folders.plain(root)
    ready = [(job, examine(job)) for job in (request(project, ada, root) for _ in range(3))]
    found = outcomes(*[lambda each=each: finish(*each) for each in ready])
    assert errors(found) == []
    assert sorted(each["added"] for each in found) == [0, 0, 4]
    assert len(images(project)) == 4


def test_a_rotated_photo_with_an_upright_mask_is_accepted(project: Project, ada: User, root: Path):
    folders.turned(root / "images/a.png", factories.picture())
    folders.mask(root / "masks/a.png")
    assert work(request(project, ada, root))["problems"] == 0
    assert [(each.width, each.height) for each in images(project)] == [(40, 30)]


@pytest.mark.slow
def test_memory_hardly_grows_with_the_number_of_files(
    project: Project, ada: User, root: Path, monkeypatch: pytest.MonkeyPatch
):
    """Names are held (a kilobyte a file), and nothing that was found about the files."""
    monkeypatch.setattr(import_rows, "PAGE", 50)
    # Paths intern their names: the interpreter's table of them grows by megabytes at once.
    interned = [sys.intern(f"name {each}") for each in range(50_000)]
    peaks = []
    for number in (10, 100, 800):  # the first warms up
        for each in range(number):
            folders.picture(root / f"images/{each}.png", size=(4, 4))
        tracemalloc.start()
        result = work(request(project, ada, root, dry_run=True))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert result["added"] == number
    assert (peaks[2] - peaks[1]) / 700 < 1500, (peaks, len(interned))

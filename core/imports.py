"""Imports: every file is checked and stored first, then all rows appear in one transaction.

A problem in any file rejects the whole import, with a report per file; nothing is half-imported.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from typing import IO, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import audit, buckets, disk, import_rows, jobs, layouts, projects, tags, uploads
from core.checking import Candidate, Checker, Outcome
from core.errors import PathNotAllowed, TesseraError
from core.jobs import Claim
from core.layouts import Decode, Known, Source
from core.models import Job, Project, User
from core.places import Place
from core.settings import settings
from core.spool import Spool
from core.store import Store
from ml.tags import FILE


@dataclass(frozen=True)
class Request:
    """What to import: a folder on the server, a bucket's URL, or an uploaded archive, by layout
    (None finds it out).

    Without `pool_masks` the pool's masks are left out, so its images stay unlabelled.
    """

    path: str = ""
    upload_id: int | None = None
    layout: str | None = None
    pool_masks: bool = True
    dry_run: bool = False


@dataclass
class Report:
    """What a folder holds: images that may become rows, and what became of every file.

    Both lie in files: there may be a hundred thousand.
    """

    wanted: Request
    values: set[int] = field(default_factory=set)
    candidates: Spool[Candidate] = field(default_factory=lambda: Spool(Candidate))
    outcomes: Spool[Outcome] = field(default_factory=lambda: Spool(Outcome))
    images: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    masks: int = 0

    @property
    def problems(self) -> int:
        return self.kinds["problem"]

    def take(self, each: Candidate) -> None:
        self.candidates.append(each)
        self.images[each.split] += 1
        self.masks += each.mask_key is not None

    def tell(self, each: Outcome) -> None:
        self.outcomes.append(each)
        self.kinds[each.outcome] += 1


def request(db: Session, project: Project, wanted: Request, *, by: User) -> Job:
    """A job that imports.

    Before it is queued: PathNotAllowed, LayoutUnknown, DiskFull; of an upload NotFound for another
    project's, UploadUnfinished.
    """
    disk.require_room()
    if wanted.upload_id is not None:
        uploads.require_whole(uploads.of_project(db, project, wanted.upload_id))
        asked = asdict(wanted)
    else:
        asked = asdict(wanted) | _of_folder(wanted)
    job = jobs.add(db, kind="import", project_id=project.id, request=asked)
    audit.record(db, "import.requested", project_id=project.id, user_id=by.id, **asked)
    return job


def _of_folder(wanted: Request) -> dict[str, str]:
    """Where the folder really is, and its layout. Raises PathNotAllowed, LayoutUnknown.

    A bucket is looked at by the worker alone: no request waits for its listing.
    """
    if buckets.is_url(wanted.path):
        if wanted.layout is not None:
            layouts.named(wanted.layout)
        return {"path": buckets.allowed(wanted.path)}
    try:
        root = layouts.allowed(wanted.path, settings().import_roots)
        layout = wanted.layout or layouts.detect(root)
        layouts.named(layout)
        next(root.iterdir(), None)
    except OSError as error:  # no permission, or a name that no file system takes
        raise PathNotAllowed(f"The folder cannot be read: {error.strerror}.") from None
    return {"path": str(root), "layout": layout}


def resolved(wanted: Request, place: Place) -> Request:
    """The request with its layout, found out where none is named. Raises LayoutUnknown."""
    return replace(wanted, layout=wanted.layout or layouts.detect(place.root))


def examine(
    wanted: Request,
    classes: Sequence[Known],
    store: Store,
    on_file: Callable[[int, int], None],
    *,
    place: Place,
    decode: Decode,
) -> Report:
    """Check every file of the place, and store what passes unless this is a dry run.

    `on_file(done, total)` is called after each, and may raise to stop. Raises LayoutUnknown, and
    what the layout raises on lists and tables that it cannot read.
    """
    wanted = resolved(wanted, place)
    names = [each.name for each in classes]
    report = Report(wanted)
    for problem in _class_problem(place, names):
        report.tell(problem)
    assert wanted.layout is not None
    opened = layouts.named(wanted.layout)(Source(place.root, place.read, decode, classes))
    total = sum(1 for _ in opened.scan())
    tagged = _tags(report, place, names)
    kept = None if wanted.dry_run else store
    checker = Checker(opened, place, pool_masks=wanted.pool_masks, store=kept)
    for done, each in enumerate(opened.scan(), start=1):
        result = checker.check(each)
        if isinstance(result, Candidate):
            tags = tagged.pop((result.split, result.name), None)
            report.take(replace(result, tags=tags))
        else:
            report.tell(result)
        on_file(done, total)
    report.values = checker.values
    for problem in _untaken(tagged):
        report.tell(problem)
    return report


def _tags(
    report: Report, place: Place, class_names: Sequence[str]
) -> dict[tuple[str, str], list[int]]:
    """By split and name of the image; lines with a problem go to the report."""
    assert report.wanted.layout is not None
    found = {}
    for each in tags.of_folder(place.root, report.wanted.layout, class_names, place.read):
        if each.problem:
            outcome = Outcome(each.file, each.split, "problem", "tags_unreadable", each.problem)
            report.tell(outcome)
        else:
            found[each.split, each.name] = list(each.values)
    return found


def _untaken(tagged: dict[tuple[str, str], list[int]]) -> Iterator[Outcome]:
    for split, name in tagged:
        detail = f"No image of {split} has the name {name}."
        yield Outcome(FILE, split, "problem", "tags_without_image", detail)


def _class_problem(place: Place, expected: Sequence[str]) -> Iterator[Outcome]:
    try:
        names = layouts.class_names(place.root, place.read)
    except TesseraError as error:
        yield Outcome("classes.json", "", "problem", error.code(), error.detail)
        return
    except ValueError as error:
        yield Outcome("classes.json", "", "problem", "invalid", str(error))
        return
    if names is not None and names != list(expected):
        detail = f"The project's classes are {list(expected)}; the folder's are {names}."
        yield Outcome("classes.json", "", "problem", "classes_differ", detail)


def commit(
    db: Session,
    store: Store,
    claim: Claim,
    report: Report,
    *,
    digest: str | None = None,
    on_rows: Callable[[int], None] = lambda _: None,
) -> dict[str, Any]:
    """Compare with what the project has, insert the rows, end the job: one transaction.

    `digest` is by what the same data is known again (`core.repeats`). `on_rows(done)` is called now
    and then, and may raise to stop. With any problem nothing is inserted and the job fails as
    `import_rejected`, unless it is a dry run, whose purpose is the report.
    """
    # Two imports at once would both find the same pictures missing.
    locked = select(Project.id).where(Project.id == claim.project_id)
    db.execute(locked.with_for_update(key_share=True))
    with db.begin_nested() as written:
        import_rows.write(db, claim.project_id, report, on_rows)
        if report.wanted.dry_run or report.problems:
            written.rollback()
    result = _result(store, report)
    if report.problems and not report.wanted.dry_run:
        text = f"{report.problems} files have problems, so nothing was imported; see the report."
        jobs.fail(db, claim, error_class="import_rejected", text=text, result=result)
        return result
    jobs.finish(db, claim, result, digest=None if report.wanted.dry_run else digest)
    if report.wanted.upload_id is not None and not report.wanted.dry_run:
        uploads.consume(db, report.wanted.upload_id)
    return result


def _result(store: Store, report: Report) -> dict[str, Any]:
    kinds = report.kinds
    return {
        "layout": report.wanted.layout,
        "dry_run": report.wanted.dry_run,
        "images": dict(report.images),
        "added": kinds["added"],
        "unchanged": kinds["unchanged"],
        "changed": kinds["added"] + kinds["mask_added"] + kinds["tags_changed"],
        "masks": report.masks,
        "problems": report.problems,
        "classes_found": sorted(report.values),
        "report_key": store.put_file(report.outcomes.path),
    }


def outcomes(store: Store, key: str, *, first: int, count: int) -> list[dict[str, Any]]:
    """So many lines of a report, from one on."""
    with store.open(key) as file:
        return list(islice(report_lines(file), first, first + count))


def report_lines(file: IO[bytes]) -> Iterator[dict[str, Any]]:
    """What became of each file, one at a time."""
    for line in file:
        # Reports of old are one list.
        read = json.loads(line)
        yield from read if isinstance(read, list) else [read]


def known_classes(db: Session, project_id: int) -> list[Known]:
    """The project's classes by value, as layouts match them."""
    found = projects.classes(db, project_id)
    return [Known(each.value, each.name, each.color, each.background) for each in found]

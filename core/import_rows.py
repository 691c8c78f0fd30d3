"""What passed the checks of an import becomes rows, a page at a time; the caller's transaction."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.checking import Candidate, Outcome
from core.models import Image

if TYPE_CHECKING:
    from core.imports import Report

PAGE = 500

# A search of the unique index for each, whatever the planner thinks: of a table that this very
# transaction fills it has no figures, and would read all of it for every page.
SAME_PIXELS = text("""
SELECT known.id FROM unnest(cast(:hashes AS text[])) AS asked (sha256) CROSS JOIN LATERAL (
    SELECT id FROM images WHERE project_id = :project AND sha256 = asked.sha256 LIMIT 1
) AS known
""")


def write(db: Session, project_id: int, report: "Report", on_rows: Callable[[int], None]) -> None:
    """Insert what is new, change what only gains a mask or tags, and tell what became of each."""
    candidates = iter(report.candidates)
    done = 0
    while page := list(islice(candidates, PAGE)):
        _write_page(db, project_id, page, report)
        done += len(page)
        on_rows(done)


def _write_page(db: Session, project_id: int, page: list[Candidate], report: "Report") -> None:
    by_pixels = {row.sha256: row for row in _of_same_pixels(db, project_id, page)}
    added = _insert(db, project_id, [each for each in page if each.sha256 not in by_pixels])
    for each in page:
        row = by_pixels.get(each.sha256)
        kind, detail = _kind(each, row, added)
        if kind in ("mask_added", "tags_changed") and row is not None:
            _gain(row, each)
        problem = "duplicate_image" if kind == "problem" else None
        told = (each.file, each.split, kind, problem, detail, each.width, each.height)
        report.tell(Outcome(*told))
    db.flush()


def _insert(db: Session, project_id: int, new: list[Candidate]) -> set[str]:
    """The digests of those whose name was free. Names go by their unique index here, too."""
    rows = [{"project_id": project_id, **vars(each)} for each in new]
    for row in rows:
        del row["file"]
    names = [Image.project_id, Image.split, Image.name]
    free = insert(Image).on_conflict_do_nothing(index_elements=names).returning(Image.sha256)
    return set(db.scalars(free, rows)) if rows else set()


def _of_same_pixels(db: Session, project_id: int, page: list[Candidate]) -> Iterator[Image]:
    asked = {"project": project_id, "hashes": [each.sha256 for each in page]}
    found = list(db.scalars(SAME_PIXELS, asked))
    return iter(db.scalars(select(Image).where(Image.id.in_(found)))) if found else iter(())


def _gain(image: Image, each: Candidate) -> None:
    if each.mask_key and not image.mask_key:
        image.mask_key, image.mask_clicks = each.mask_key, each.mask_clicks
        image.mask_px = each.mask_px
    if each.tags is not None:
        image.tags = each.tags


def _kind(each: Candidate, row: Image | None, added: set[str]) -> tuple[str, str]:
    if row is None:
        taken = each.sha256 not in added
        detail = f"There is another image named {each.name} in {each.split}."
        return ("problem", detail) if taken else ("added", "")
    if (row.split, row.name) != (each.split, each.name):
        return "problem", f"The project has these pixels as {row.split}/{row.name}."
    if each.mask_key and not row.mask_key:
        return "mask_added", ""
    changed = each.tags is not None and each.tags != row.tags
    return ("tags_changed" if changed else "unchanged"), ""

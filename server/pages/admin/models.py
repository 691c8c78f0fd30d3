"""The models of a project, and two of them beside each other."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response
from sqlalchemy.orm import Session

from core import projects, suggestions
from core.errors import NotFound
from core.models import Model
from core.store import Store as Files
from server.api.models import differences_of, rows_of
from server.deps import Db, Id, Store
from server.pages.admin import frame
from server.pages.admin.frame import Shown
from server.pages.session import Visitor
from server.schemas.models import Difference, ModelRow

SPLITS = ("val", "test")
# Images of those that differ most.
SHOWN = 24
Choice = Annotated[str | None, Query(max_length=20)]

router = APIRouter(include_in_schema=False)


@router.get("/projects/{project_id}/models")
def show_models(
    project_id: Id,
    known: Visitor,
    db: Db,
    store: Store,
    *,
    a: Choice = None,
    b: Choice = None,
    split: Choice = None,
) -> Response:
    """For reviewers and admins. Without a choice the two newest measured ones are compared."""

    def draw(shown: Shown) -> Response:
        rows = rows_of(db, shown.project.id)
        first, second = _chosen(rows, a, 0), _chosen(rows, b, 1)
        classes = projects.classes(db, shown.project.id)
        return shown.page(
            "models",
            "Models",
            rows=rows,
            chosen=shown.project.suggesting_model_id,
            maker=suggestions.newest_maker(db, shown.project.id),
            a=first,
            b=second,
            split="test" if split == "test" else "val",
            images=_images(db, store, (first, second), "test" if split == "test" else "val"),
            differences=[_difference(first, second, each) for each in classes]
            if first and second
            else [],
        )

    return frame.show(db, known, (project_id, "/models"), draw, least="reviewer")


def _chosen(rows: list[ModelRow], wanted: str | None, usual: int) -> ModelRow | None:
    named = [row for row in rows if str(row.id) == wanted]
    measured = [row for row in rows if row.iou]
    return named[0] if named else (measured[usual] if len(measured) > usual else None)


def _images(
    db: Session, store: Files, pair: tuple[ModelRow | None, ModelRow | None], split: str
) -> list[Difference]:
    """Where the two differ most; nothing where one was not judged image by image."""
    first, second = (db.get(Model, row.id) if row else None for row in pair)
    if first is None or second is None:
        return []
    try:
        return differences_of(db, store, (first, second), split)[:SHOWN]
    except NotFound:
        return []


def _difference(a: ModelRow, b: ModelRow, each: Any) -> dict[str, Any]:
    """A class in both models: IoU by split, and how much the first one is ahead."""
    found: dict[str, Any] = {"name": each.name, "colour": each.color}
    for split in SPLITS:
        pair = [row.iou.get(split, {}).get(each.name) for row in (a, b)]
        ahead = None if None in pair else pair[0] - pair[1]  # type: ignore[operator]
        found[split] = (*pair, ahead)
    return found

"""Images in a grid with filters, one with its layers, and what a model took for what."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import exploring, projects, reports
from core.errors import CursorInvalid, NotFound
from core.exploring import Wanted
from core.models import Cycle, Image, Job
from core.models.projects import SPLITS
from core.store import Store as FileStore
from ml.facts import MASKS_KEPT
from server.api.exploring import mistakes_of
from server.deps import Db, Id, Store
from server.pages import layout
from server.pages.admin import frame, suggested
from server.pages.admin.frame import Shown
from server.pages.session import Visitor

ON_A_PAGE = 48
LABELLED = {"none": "nothing labelled", "some": "some regions", "whole": "labelled whole"}
Text = Annotated[str | None, Query(max_length=200)]

router = APIRouter(include_in_schema=False)


@router.get("/projects/{project_id}/images")
def show_images(
    project_id: Id,
    known: Visitor,
    db: Db,
    store: Store,
    *,
    split: Text = None,
    labelled: Text = None,
    class_value: Text = None,
    order: Text = None,
    cursor: Text = None,
    truth: Text = None,
    given: Text = None,
    cycle: Text = None,
) -> Response:
    """For reviewers and admins. With `truth` and `given`, the images where one is taken for the
    other; with `cycle` too, the regions of it where one was suggested and the other labelled."""

    wanted = _wanted(split, labelled, class_value, order)
    pair = _number(truth), _number(given)

    def draw(shown: Shown) -> Response:
        measured = exploring.newest_measured(db, project_id)
        return shown.page(
            "images",
            "Images",
            found=_page(shown, store, wanted, cursor),
            wanted=wanted,
            classes=projects.classes(db, project_id),
            labelled=LABELLED,
            cycle=measured,
            **_mistakes(db, store, measured, split=split, pair=pair),
            **suggested.of(shown, cycle, pair),
        )

    return frame.show(db, known, (project_id, "/images"), draw, least="reviewer")


def _wanted(
    split: str | None, labelled: str | None, class_value: str | None, order: str | None
) -> Wanted:
    """What the form's fields ask for; a value that it does not offer asks for nothing."""
    return Wanted(
        split if split in SPLITS else None,
        labelled if labelled in LABELLED else None,  # type: ignore[arg-type]
        _number(class_value),
        "score" if order == "score" else "name",
    )


def _mistakes(
    db: Session,
    store: FileStore,
    measured: Cycle | None,
    *,
    split: str | None,
    pair: tuple[int | None, int | None],
) -> dict[str, Any]:
    """What the newest measured cycle mistook, by the split that was asked for if it has it."""
    by_split = reports.by_split(db, measured.id) if measured else {}
    shown = split if split in by_split else next(iter(sorted(by_split, reverse=True)), "")
    truth, given = pair
    asked = None if truth is None or given is None else (truth, given)
    found = mistakes_of(db, store, measured, shown, asked) if measured and asked else []
    return {"metric": by_split.get(shown), "pair": asked, "mistakes": found}


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and int(text) < 254 else None


def _page(shown: Shown, store: Any, wanted: Wanted, cursor: str | None) -> Any:
    """From the start where the address holds a cursor that is none of ours."""
    project_id = shown.project.id
    try:
        return exploring.page(
            shown.db, store, project_id, wanted, limit=ON_A_PAGE, cursor=cursor or None
        )
    except CursorInvalid:
        return exploring.page(shown.db, store, project_id, wanted, limit=ON_A_PAGE, cursor=None)


@router.get("/projects/{project_id}/images/{image_id}")
def show_image(project_id: Id, image_id: Id, known: Visitor, db: Db) -> Response:
    """One image with layers to switch. For reviewers and admins."""

    def draw(shown: Shown) -> Response:
        image = db.get(Image, image_id)
        if image is None or image.project_id != project_id:
            return layout.refusal(NotFound(f"There is no image {image_id} in this project."))
        regions = exploring.regions(db, image, limit=200, cursor=None).items
        cycles = _cycles(shown, image)
        return shown.page(
            "image",
            "Images",
            image=image,
            regions=regions,
            cycles=cycles,
            unseen=None if cycles else _unseen(db, image),
            numbers=dict(_numbers(shown)),
            classes=projects.classes(db, project_id),
        )

    path = f"/images/{image_id}"
    return frame.show(db, known, (project_id, path), draw, least="reviewer")


def _numbers(shown: Shown) -> Any:
    found = select(Cycle.id, Cycle.number).where(Cycle.project_id == shown.project.id)
    return [tuple(row) for row in shown.db.execute(found)]


def _cycles(shown: Shown, image: Image) -> list[tuple[int, int]]:
    """Id and number of the cycles whose model has something to say of the image, newest first."""
    kind, name = ("score", "cells") if image.split == "pool" else ("evaluate", "predictions")
    found = select(Cycle.id, Cycle.number).join(Job, Job.cycle_id == Cycle.id)
    found = found.where(Cycle.project_id == shown.project.id, Job.kind == kind)
    left = Job.result[name]
    # Of val and test images by name: of many, the evaluate stage keeps those of the first.
    known = left if image.split == "pool" else left[str(image.id)]
    rows = shown.db.execute(
        found.where(known.as_string().is_not(None)).order_by(Cycle.number.desc())
    )
    return [(row[0], row[1]) for row in rows]


def _unseen(db: Session, image: Image) -> str:
    """Why no model has anything to show of the image."""
    if image.split == "pool":
        return "No cycle has scored this image yet: its prediction and scores come with the next."
    if exploring.newest_measured(db, image.project_id) is None:
        return "No model has been measured yet: predictions and errors come with the next cycle."
    return (
        f"No prediction was kept of this image: of each model those of the first {MASKS_KEPT} "
        f"{image.split} images are, though all of them count in its figures."
    )

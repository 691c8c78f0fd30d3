"""Looking at images: which ones, what is labelled in them, what models made of them."""

from typing import Annotated, Literal

from fastapi import Query, Request, Response
from sqlalchemy.orm import Session

from core import confusion, exploring, models, projects
from core.errors import NotFound
from core.exploring import Labelled
from core.masks import to_png
from server import crops, nouns, pictures
from server.deps import Db, Pages, Store
from server.rights import CycleAsReviewer, ImageAsReviewer, ProjectAsReviewer
from server.schemas.common import PageOf, page_of
from server.schemas.exploring import (
    Cells,
    ImageRow,
    Mistaken,
    MistakenRegion,
    Mistakes,
    RegionConfusion,
    RegionMistakes,
)
from server.schemas.projects import Split
from server.schemas.regions import Region

router = nouns.router("images", NotFound)

Value = Annotated[int, Query(ge=0, le=253, description="Value of a class")]
SomeClass = Annotated[int | None, Query(ge=0, le=253, description="Expected somewhere in it")]
MOST = 100


@router.get("/projects/{project_id}/image-rows")
def list_image_rows(
    project: ProjectAsReviewer,
    page: Pages,
    db: Db,
    store: Store,
    *,
    split: Split | None = None,
    labelled: Labelled | None = None,
    class_value: SomeClass = None,
    order: Literal["name", "score"] = "name",
) -> PageOf[ImageRow]:
    """Images with what is labelled of them and how undecided the model is about them."""
    wanted = exploring.Wanted(split, labelled, class_value, order)
    found = exploring.page(db, store, project.id, wanted, **page.asked())
    return page_of(found, ImageRow.of)


@router.get("/images/{image_id}/labels", response_class=Response, responses=pictures.MASK)
def show_labels(
    image: ImageAsReviewer,
    request: Request,
    db: Db,
    store: Store,
    *,
    form: pictures.Form = "png",
) -> Response:
    """What is labelled of the image now: class values, 255 void, 254 nothing."""
    found = exploring.labels(db, store, image)
    data = found.tobytes() if form == "raw" else to_png(found)
    kind = pictures.RAW if form == "raw" else pictures.PNG
    answer = pictures.drawn(
        request, crops.tag(data.hex()[:4096], len(data), form), f"labels-{image.id}",
        lambda: data, kind=kind,
    )  # fmt: skip
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


@router.get("/images/{image_id}/regions")
def list_image_regions(image: ImageAsReviewer, page: Pages, db: Db) -> PageOf[Region]:
    """The regions of the image that cycles have asked for."""
    return page_of(exploring.regions(db, image, **page.asked()), Region.of)


@router.get(
    "/cycles/{cycle_id}/images/{image_id}/prediction",
    response_class=Response,
    responses=pictures.MASK,
)
def show_prediction(
    cycle: CycleAsReviewer,
    image: ImageAsReviewer,
    request: Request,
    db: Db,
    store: Store,
    *,
    form: pictures.Form = "png",
) -> Response:
    """What the cycle's model sees in a val or test image, by pixel."""
    key = exploring.prediction_key(db, cycle, image)
    return pictures.stored(request, store, key, f"prediction-{image.id}", form=form)


@router.get("/cycles/{cycle_id}/images/{image_id}/cells")
def show_cells(cycle: CycleAsReviewer, image: ImageAsReviewer, db: Db, store: Store) -> Cells:
    """What the cycle's model thinks of a pool image, by cell: scores and likeliest classes."""
    project = db.get_one(models.Project, cycle.project_id)
    found = exploring.cells(db, store, cycle, image, cell_px=project.cell_px)
    return Cells(cell_px=project.cell_px, scores=found.scores, classes=found.classes)


@router.get("/cycles/{cycle_id}/mistakes")
def list_mistakes(
    cycle: CycleAsReviewer, db: Db, store: Store, truth: Value, given: Value,
    split: Literal["val", "test"] = "val",
) -> Mistakes:  # fmt: skip
    """The images in which the cycle's model took `truth` for `given` most often."""
    return Mistakes(items=mistakes_of(db, store, cycle, split, (truth, given)))


def mistakes_of(
    db: Session, store: Store, cycle: models.Cycle, split: str, pair: tuple[int, int]
) -> list[Mistaken]:
    """The same, for the page."""
    found = exploring.mistaken(db, store, cycle, split=split, pair=pair)[:MOST]
    return [
        Mistaken(image_id=image.id, name=image.name, pixels=pixels, accuracy=accuracy)
        for image, pixels, accuracy in found
    ]


@router.get("/cycles/{cycle_id}/region-confusion")
def show_region_confusion(cycle: CycleAsReviewer, db: Db) -> RegionConfusion:
    """What was suggested against what people labelled, over the regions of the cycle."""
    return region_confusion_of(db, cycle)


def region_confusion_of(db: Session, cycle: models.Cycle) -> RegionConfusion:
    """The same, for the page."""
    known = len(projects.classes(db, cycle.project_id))
    found = confusion.matrix(db, cycle, known)
    return RegionConfusion(
        cycle_id=cycle.id,
        number=cycle.number,
        regions=found.regions,
        uncounted=found.uncounted,
        pixels=found.counts,
    )


@router.get("/cycles/{cycle_id}/region-mistakes")
def list_region_mistakes(
    cycle: CycleAsReviewer, db: Db, truth: Value, given: Value
) -> RegionMistakes:
    """The regions of the cycle that people labelled `truth` where `given` was suggested."""
    return RegionMistakes(items=region_mistakes_of(db, cycle, (truth, given)))


def region_mistakes_of(
    db: Session, cycle: models.Cycle, pair: tuple[int, int]
) -> list[MistakenRegion]:
    """The same, for the page."""
    truth, given = pair
    found = confusion.mistaken(db, cycle, labelled=truth, suggested=given, most=MOST)
    return [MistakenRegion.of(each) for each in found]

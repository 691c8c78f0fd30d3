"""Models: what each learnt from, how good it is, and its weights."""

from typing import Annotated, Literal

from fastapi import Query, Request, Response
from sqlalchemy.orm import Session

from core import differences, models, projects, reports, suggestions
from core.errors import NotFound
from core.store import Store as Files
from server import nouns, pictures
from server.deps import LARGEST_ID, Caller, Db, Store
from server.files import RANGES, File
from server.rights import ModelAsReviewer, ProjectAsAdmin, ProjectAsReviewer
from server.schemas.models import (
    Difference,
    Differences,
    ModelCard,
    ModelRow,
    ModelRows,
    SuggestingModel,
)

router = nouns.router("models", NotFound)

Other = Annotated[int, Query(ge=1, le=LARGEST_ID, description="A model of the same project")]
MOST = 100


@router.get("/projects/{project_id}/models")
def list_models(project: ProjectAsReviewer, db: Db) -> ModelRows:
    """Every model, the newest first; a cycle trains at most one."""
    return ModelRows(
        items=rows_of(db, project.id),
        suggesting_model_id=project.suggesting_model_id,
        newest_maker_id=suggestions.newest_maker(db, project.id),
    )


def rows_of(db: Session, project_id: int) -> list[ModelRow]:
    """The same, for the page."""
    return [ModelRow.of(model, row, row["recipe"]) for model, row in reports.models(db, project_id)]


@router.put("/projects/{project_id}/suggesting-model")
def choose_suggesting_model(
    project: ProjectAsAdmin, wanted: SuggestingModel, caller: Caller, db: Db
) -> SuggestingModel:
    """Have this model make the suggestions from the next selection on, whatever is trained.

    Regions that were asked before keep theirs. Scores are always the cycle's own model's.
    """
    suggestions.choose_model(db, project, wanted.model_id, by=caller)
    return wanted


@router.delete("/projects/{project_id}/suggesting-model", status_code=204)
def forget_suggesting_model(project: ProjectAsAdmin, caller: Caller, db: Db) -> Response:
    """Have the model that each cycle trains make its suggestions again."""
    suggestions.choose_model(db, project, None, by=caller)
    return Response(status_code=204)


@router.get("/models/{model_id}/differences")
def list_differences(
    model: ModelAsReviewer,
    db: Db,
    store: Store,
    other: Other,
    split: Literal["val", "test"] = "val",
) -> Differences:
    """The images of a split on which this model and another one of the project differ most."""
    found = db.get(models.Model, other)
    if found is None:
        raise NotFound(f"There is no model {other} in the project of model {model.id}.")
    return Differences(items=differences_of(db, store, (model, found), split))


def differences_of(
    db: Session, store: Files, pair: tuple[models.Model, models.Model], split: str
) -> list[Difference]:
    """The same, for the page."""
    return [
        Difference(
            image_id=each.image.id,
            name=each.image.name,
            miou=each.miou,
            other_miou=each.other_miou,
        )
        for each in differences.by_image(db, store, pair, split=split, limit=MOST)
    ]


@router.get("/models/{model_id}/card")
def show_card(model: ModelAsReviewer, db: Db) -> ModelCard:
    """What the weights are: recipe, classes, what goes in, and how good it was found to be."""
    metrics = reports.by_split(db, model.cycle_id)
    return ModelCard.of(model, metrics, projects.classes(db, model.project_id))


@router.get(
    "/models/{model_id}/weights",
    response_class=Response,
    responses=pictures.content("A safetensors file", pictures.RAW) | RANGES,
)
def show_weights(model: ModelAsReviewer, request: Request, store: Store) -> Response:
    """The weights, as they were trained; loading them runs no code."""
    tag, name = pictures.sha256_of(model.weights_key), f"model-{model.id}"
    if pictures.has(request, tag):
        return pictures.unchanged(tag, name, pictures.RAW)
    headers = {"ETag": f'"{tag}"', "Cache-Control": "private, max-age=86400, immutable"}
    return File(
        store.path(model.weights_key),
        headers=headers,
        media_type=pictures.RAW,
        filename=f"{name}.safetensors",
    )

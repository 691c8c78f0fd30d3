"""Models: what each learnt from, how good it is, and its weights."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse
from sqlalchemy.orm import Session

from core import projects, reports, suggestions
from core.errors import NotFound
from server import pictures
from server.deps import Caller, Db, Store
from server.problems import responses
from server.rights import ModelAsReviewer, ProjectAsAdmin, ProjectAsReviewer
from server.schemas.models import ModelCard, ModelRow, ModelRows, SuggestingModel

router = APIRouter(tags=["models"], responses=responses(NotFound))


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
def forget_suggesting_model(project: ProjectAsAdmin, caller: Caller, db: Db) -> None:
    """Have the model that each cycle trains make its suggestions again."""
    suggestions.choose_model(db, project, None, by=caller)


@router.get("/models/{model_id}/card")
def show_card(model: ModelAsReviewer, db: Db) -> ModelCard:
    """What the weights are: recipe, classes, what goes in, and how good it was found to be."""
    metrics = reports.by_split(db, model.cycle_id)
    return ModelCard.of(model, metrics, projects.classes(db, model.project_id))


@router.get(
    "/models/{model_id}/weights",
    response_class=Response,
    responses=pictures.content("A safetensors file", pictures.RAW),
)
def show_weights(model: ModelAsReviewer, request: Request, store: Store) -> Response:
    """The weights, as they were trained; loading them runs no code."""
    tag, name = pictures.sha256_of(model.weights_key), f"model-{model.id}"
    if pictures.has(request, tag):
        return pictures.unchanged(tag, name, pictures.RAW)
    headers = {"ETag": f'"{tag}"', "Cache-Control": "private, max-age=86400, immutable"}
    return FileResponse(
        store.path(model.weights_key),
        headers=headers,
        media_type=pictures.RAW,
        filename=f"{name}.safetensors",
    )

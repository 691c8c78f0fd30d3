"""Models from which others go on learning: what a recipe's `continues` means in a project."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import projects
from core.errors import RecipeRefused
from core.models import Cycle, Model, Project


def check(db: Session, project: Project) -> None:
    """Raises RecipeRefused if the project's recipe continues a model that there is not."""
    model_for(db, project.id, projects.checked_recipe(project.recipe).continues)


def model_for(
    db: Session, project_id: int, continues: str | None, *, apart_from: int = 0
) -> Model | None:
    """The model of the cycle with that number, or of the latest that has one, apart from the cycle
    with the given id; none if nothing is continued, or there is no latest yet.

    Raises RecipeRefused for a number of a cycle without a model.
    """
    if continues is None:
        return None
    found = select(Model).join(Cycle, Cycle.id == Model.cycle_id)
    found = found.where(Model.project_id == project_id, Cycle.id != apart_from)
    if continues == projects.LATEST:
        return db.scalar(found.order_by(Cycle.number.desc()).limit(1))
    model = db.scalar(found.where(Cycle.number == int(continues)))
    if model is None:
        raise RecipeRefused(
            f"The recipe continues the model of cycle {continues}, and the project has none of "
            "that cycle; give the number of a cycle that trained one."
        )
    return model

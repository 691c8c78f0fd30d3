"""The page on which a cycle is put together, previewed, and started."""

from typing import get_args

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic.fields import FieldInfo

from core import cycles, overview, projects
from core.models.cycles import OPEN_STATES
from ml.strategy import NEED_BOTH, Acquisition, Strategy
from server.deps import Db, Id
from server.pages.admin import frame
from server.pages.admin.frame import Shown
from server.pages.session import Visitor

# What makes a region worth asking for, in one line each.
EXPLAINED = {
    "entropy": "the softmax is undecided: mean entropy over the region’s open pixels",
    "margin": "the two most probable classes are close",
    "least_confidence": "the most probable class is not very probable",
    "weighted_bvsb": "the two best are close, in pixels that look like a rare class",
    "impurity": "many classes are predicted in the region, and undecidedly",
    "disagreement": "teacher and student differ",
    "flip_entropy": "the image and its mirror image are undecided together",
    "random": "anything: a control that costs no scoring",
}
# Those that the page asks for apart.
APART = ("acquisition",)

router = APIRouter(include_in_schema=False)


@router.get("/projects/{project_id}/cycles/new")
def show_start(project_id: Id, known: Visitor, db: Db) -> Response:
    """For admins."""
    return frame.show(db, known, (project_id, "/cycles/new"), _draw, least="admin")


def _draw(shown: Shown) -> Response:
    newest = overview.newest_cycle(shown.db, shown.project.id)
    return shown.page(
        "start",
        "New cycle",
        number=cycles.next_number(shown.db, shown.project),
        newest=newest,
        running=newest is not None and newest.state in OPEN_STATES,
        images=projects.image_counts(shown.db, shown.project.id),
        acquisitions=_acquisitions(shown),
        strategy=Strategy.model_validate(newest.strategy) if newest else Strategy(),
        knobs=[_knob(name, field) for name, field in Strategy.model_fields.items()
               if name not in APART],
        classes=projects.classes(shown.db, shown.project.id),
    )  # fmt: skip


def _acquisitions(shown: Shown) -> list[tuple[str, str]]:
    """Those that the project's recipe can be scored by, with their explanation."""
    recipe = projects.checked_recipe(shown.project.recipe)
    names = [*get_args(Acquisition), "random"]
    return [
        (name, EXPLAINED[name]) for name in names if recipe.has_teacher or name not in NEED_BOTH
    ]


def _knob(name: str, field: FieldInfo) -> dict[str, object]:
    """A field of the strategy as an input: its choices, or a number."""
    choices = [each for each in get_args(field.annotation) if isinstance(each, str)]
    return {
        "name": name,
        "label": name.replace("_", " "),
        "choices": choices,
        "default": field.default,
        "about": field.description,
    }

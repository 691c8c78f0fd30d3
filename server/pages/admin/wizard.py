"""Setting up: a new project, its images, the size of its cells."""

from typing import get_args

from fastapi import APIRouter
from fastapi.responses import Response
from sqlalchemy import select

from core import cell_sizes, overview, projects
from core.models import Image
from core.settings import settings
from ml.presets import RECIPES
from server.deps import Db, Id
from server.pages.admin import frame
from server.pages.admin.frame import Shown, Site
from server.pages.session import Visitor
from server.schemas.jobs import Layout

# What is good for a first try stands first; `docs/methods.md` tells of the others.
FIRST = ("s4al-cpu", "s4al")
COLOURS = (
    *("#804080", "#464646", "#6b8e23", "#4682b4", "#dc143c", "#00008e", "#f423e8", "#dcdc00"),
    *("#be9999", "#98fb98", "#ff7f0e", "#17becf"),
)

router = APIRouter(include_in_schema=False)


@router.get("/projects/new")
def show_new_project(known: Visitor, db: Db) -> Response:
    """For site admins."""

    def draw(site: Site) -> Response:
        recipes = [*FIRST, *sorted(set(RECIPES) - set(FIRST))]
        return site.page("new", "New project", recipes=recipes, colours=COLOURS)

    return frame.show_site(db, known, "/projects/new", draw)


@router.get("/projects/{project_id}/setup")
def show_setup(project_id: Id, known: Visitor, db: Db) -> Response:
    """For admins."""
    return frame.show(db, known, (project_id, "/setup"), _draw, least="admin")


def _draw(shown: Shown) -> Response:
    project = shown.project
    found = select(Image).where(Image.project_id == project.id, Image.split == "pool")
    return shown.page(
        "setup",
        "Set up",
        images=projects.image_counts(shown.db, project.id),
        pictures=shown.db.scalars(found.order_by(Image.id).limit(6)).all(),
        newest=overview.newest_cycle(shown.db, project.id),
        sizes=cell_sizes.usual(project.cell_px),
        roots=[*map(str, settings().import_roots), *settings().import_buckets],
        layouts=get_args(Layout),
    )

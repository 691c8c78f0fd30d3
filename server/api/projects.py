"""Projects and their classes."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Query, Response
from pydantic import Field
from sqlalchemy import select

from core import cell_sizes, models, paging, projects
from core.errors import ClassesInUse, Conflict, Invalid, NameTaken, NotFound, RecipeRefused
from server import nouns
from server.deps import Caller, Db, Pages, SiteAdmin, Store
from server.problems import responses
from server.rights import ProjectAsAdmin, ProjectAsAnnotator
from server.schemas.common import PageOf, page_of
from server.schemas.projects import (
    CellSize,
    CellSizes,
    Classes,
    NewClasses,
    NewProject,
    Project,
    ProjectChange,
    SegmentClass,
)

Side = Annotated[int, Field(ge=4, le=4096)]
Sizes = Annotated[Sequence[Side], Query(max_length=8, description="Sides in pixels")]

router = nouns.router("projects")


@router.post("/projects", status_code=201, responses=responses(NameTaken, Invalid, RecipeRefused))
def create_project(wanted: NewProject, admin: SiteAdmin, db: Db, response: Response) -> Project:
    """Make a project. Site admins only; its maker is its first admin."""
    project = projects.create(
        db,
        name=wanted.name,
        title=wanted.title,
        cell_px=wanted.cell_px,
        classes=[each.spec() for each in wanted.classes],
        recipe=wanted.recipe.model_dump(),
        by=admin,
    )
    response.headers["Location"] = f"/api/v1/projects/{project.id}"
    return Project.of(db, project)


@router.get("/projects")
def list_projects(page: Pages, caller: Caller, db: Db) -> PageOf[Project]:
    """The projects in which the caller has a role; all of them for site admins."""
    query = select(models.Project)
    if not caller.is_admin:
        mine = select(models.Member.project_id).where(models.Member.user_id == caller.id)
        query = query.where(models.Project.id.in_(mine))
    found = paging.page(db, query, models.Project.id, **page.asked())
    return page_of(found, lambda project: Project.of(db, project))


@router.get("/projects/{project_id}", responses=responses(NotFound))
def show_project(project: ProjectAsAnnotator, db: Db) -> Project:
    """One project."""
    return Project.of(db, project)


@router.patch("/projects/{project_id}", responses=responses(NotFound, RecipeRefused, Conflict))
def change_project(
    project: ProjectAsAdmin, wanted: ProjectChange, caller: Caller, db: Db
) -> Project:
    """Change title or recipe, and the size of cells before the first cycle.

    A running cycle keeps the recipe that it started with.
    """
    recipe = wanted.recipe.model_dump() if wanted.recipe else None
    title, cell_px = wanted.title, wanted.cell_px
    projects.update(db, project, title=title, recipe=recipe, cell_px=cell_px, by=caller)
    return Project.of(db, project)


@router.get("/projects/{project_id}/cell-sizes", responses=responses(NotFound))
def list_cell_sizes(project: ProjectAsAdmin, db: Db, store: Store, size: Sizes = ()) -> CellSizes:
    """What sizes of cells would mean: how many there are, and the clicks that one takes."""
    wanted = sorted({*size}) if size else cell_sizes.usual(project.cell_px)
    found = cell_sizes.expected(db, store, project, wanted)
    return CellSizes(items=[CellSize.of(each) for each in found])


@router.get("/projects/{project_id}/classes", responses=responses(NotFound))
def show_classes(project: ProjectAsAnnotator, db: Db) -> Classes:
    """The project's classes by value."""
    return Classes(items=[SegmentClass.of(each) for each in projects.classes(db, project.id)])


@router.put("/projects/{project_id}/classes", responses=responses(NotFound, ClassesInUse, Invalid))
def set_classes(project: ProjectAsAdmin, wanted: NewClasses, caller: Caller, db: Db) -> Classes:
    """Replace the whole list. Once there are labels, no value may go; names and colours may."""
    specs = [each.spec() for each in wanted.items]
    rows = projects.set_classes(db, project, specs, by=caller)
    return Classes(items=[SegmentClass.of(each) for each in rows])

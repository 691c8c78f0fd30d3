"""Projects and their classes."""

from fastapi import APIRouter, Response
from sqlalchemy import select

from core import models, paging, projects
from core.errors import ClassesInUse, Invalid, NameTaken, NotFound, RecipeRefused
from server.deps import Caller, Db, Pages, ProjectAsAdmin, ProjectAsAnnotator, SiteAdmin
from server.problems import responses
from server.schemas.common import PageOf, page_of
from server.schemas.projects import (
    Classes,
    NewClasses,
    NewProject,
    Project,
    ProjectChange,
    SegmentClass,
)

router = APIRouter(tags=["projects"])


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


@router.patch("/projects/{project_id}", responses=responses(NotFound, RecipeRefused))
def change_project(
    project: ProjectAsAdmin, wanted: ProjectChange, caller: Caller, db: Db
) -> Project:
    """Change title or recipe. A running cycle keeps the recipe that it started with."""
    recipe = wanted.recipe.model_dump() if wanted.recipe else None
    projects.update(db, project, title=wanted.title, recipe=recipe, by=caller)
    return Project.of(db, project)


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

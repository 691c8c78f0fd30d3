"""Who has which role in a project."""

from fastapi import Response
from sqlalchemy import select

from core import lending, models, paging, projects, users
from core.errors import NotFound
from server import nouns
from server.deps import Caller, Db, Id, Pages
from server.rights import ProjectAsAdmin, ProjectAsReviewer
from server.schemas.common import PageOf, page_of
from server.schemas.projects import Member, NewMember

router = nouns.router("members", NotFound)


@router.get("/projects/{project_id}/members")
def list_members(project: ProjectAsReviewer, page: Pages, db: Db) -> PageOf[Member]:
    """The members by user. Reviewers and admins."""
    query = select(models.Member).where(models.Member.project_id == project.id)
    found = paging.page(db, query, models.Member.user_id, **page.asked())
    ids = [row.user_id for row in found.items]
    named = db.scalars(select(models.User).where(models.User.id.in_(ids)))
    names = {user.id: user.name for user in named}
    return page_of(
        found, lambda row: Member(user_id=row.user_id, name=names[row.user_id], role=row.role)
    )


@router.put("/projects/{project_id}/members/{user_id}")
def set_member(
    project: ProjectAsAdmin, user_id: Id, wanted: NewMember, caller: Caller, db: Db
) -> Member:
    """Give a user a role, in place of the one they have."""
    row = projects.set_member(db, project, user_id=user_id, role=wanted.role, by=caller)
    return Member(user_id=user_id, name=users.get(db, user_id).name, role=row.role)


@router.delete("/projects/{project_id}/members/{user_id}", status_code=204)
def remove_member(project: ProjectAsAdmin, user_id: Id, caller: Caller, db: Db) -> Response:
    """Take a user's role away. Their labels stay."""
    projects.remove_member(db, project, user_id=user_id, by=caller)
    return Response(status_code=204)


@router.delete("/projects/{project_id}/members/{user_id}/leases", status_code=204)
def end_leases(project: ProjectAsAdmin, user_id: Id, caller: Caller, db: Db) -> Response:
    """Give every region that the user holds in this project back to the queue."""
    lending.end_leases(db, project, user_id, by=caller)
    return Response(status_code=204)

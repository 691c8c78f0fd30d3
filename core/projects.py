"""Projects: classes, members and their roles, the recipe."""

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import and_, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core import audit, partial
from core.db import Identified
from core.errors import (
    ClassesInUse,
    Conflict,
    Forbidden,
    Invalid,
    NameTaken,
    NotFound,
    RecipeRefused,
)
from core.masks import NOT_ASKED
from core.models import Cycle, Image, Label, LabelClass, Member, Project, User
from core.models.people import ROLES
from core.models.projects import LARGEST_CELL_PX, SMALLEST_CELL_PX, SPLITS
from ml.presets import recipe
from ml.recipe import Recipe

LATEST = "latest"
"""What a recipe continues: the newest model of the project, if there is one."""
Thing = TypeVar("Thing", bound=Identified)


class ClassSpec(NamedTuple):
    """A class as somebody asks for it."""

    value: int
    name: str
    color: str
    key: str | None = None
    background: bool = False


def create(
    db: Session,
    *,
    name: str,
    title: str,
    cell_px: int,
    classes: Sequence[ClassSpec],
    recipe: dict[str, Any],
    by: User,
) -> Project:
    """A new project, of which its maker is an admin. Raises NameTaken, Invalid, RecipeRefused."""
    checked_recipe(recipe)
    if not SMALLEST_CELL_PX <= cell_px <= LARGEST_CELL_PX:
        raise Invalid(
            f"Expected cells of {SMALLEST_CELL_PX} to {LARGEST_CELL_PX} pixels; given {cell_px}."
        )
    project = Project(name=name, title=title, cell_px=cell_px, recipe=recipe)
    try:
        with db.begin_nested():
            db.add(project)
    except IntegrityError:
        raise NameTaken(f"There is a project named {name!r} already.") from None
    _write_classes(db, project, classes)
    set_member(db, project, user_id=by.id, role="admin", by=by)
    audit.record(db, "project.created", project_id=project.id, user_id=by.id, name=name)
    return project


def checked_recipe(wanted: dict[str, Any]) -> Recipe:
    """The full recipe behind `{"name": ..., "overrides": {...}}`. Raises RecipeRefused."""
    name, overrides = wanted.get("name"), wanted.get("overrides", {})
    if not isinstance(name, str) or not isinstance(overrides, dict):
        raise RecipeRefused(f'Expected {{"name": "...", "overrides": {{...}}}}; given {wanted}.')
    try:
        found = recipe(name, overrides)
    except ValueError as error:
        raise RecipeRefused(str(error)) from None
    if found.continues not in (None, LATEST) and not str(found.continues).isdecimal():
        raise RecipeRefused(
            f"continues: expected the number of a cycle, whose model is to go on learning, or "
            f"{LATEST!r}; given {found.continues!r}."
        )
    return found


def update(
    db: Session,
    project: Project,
    *,
    title: str | None,
    recipe: dict[str, Any] | None,
    cell_px: int | None = None,
    by: User,
) -> Project:
    """Change what may change; a running cycle keeps the recipe that it started with.

    Raises Conflict where a cycle has asked for cells of another size.
    """
    if cell_px not in (None, project.cell_px):
        _refuse_asked(db, project)
        project.cell_px = cell_px
        partial.forget(db, project.id)
    if title is not None:
        project.title = title
    if recipe is not None:
        checked_recipe(recipe)
        project.recipe = recipe
    db.flush()
    audit.record(db, "project.changed", project_id=project.id, user_id=by.id)
    return project


def _refuse_asked(db: Session, project: Project) -> None:
    if db.scalar(select(Cycle.id).where(Cycle.project_id == project.id).limit(1)) is not None:
        raise Conflict(
            f"Cells of this project are {project.cell_px} pixels wide since its first cycle; for "
            "others start another project."
        )


def classes(db: Session, project_id: int) -> Sequence[LabelClass]:
    """The project's classes by value."""
    found = select(LabelClass).where(LabelClass.project_id == project_id)
    return db.scalars(found.order_by(LabelClass.value)).all()


def set_classes(
    db: Session, project: Project, wanted: Sequence[ClassSpec], *, by: User
) -> Sequence[LabelClass]:
    """Replace the class list. Raises ClassesInUse when values that labels may hold would go."""
    gone = {c.value for c in classes(db, project.id)} - {c.value for c in wanted}
    if gone and _has_masks(db, project):
        raise ClassesInUse(
            f"Labels may hold the values {sorted(gone)}, which the new list lacks. Keep these "
            "values (names and colours may change), or start another project."
        )
    db.execute(delete(LabelClass).where(LabelClass.project_id == project.id))
    _write_classes(db, project, wanted)
    audit.record(db, "project.classes_set", project_id=project.id, user_id=by.id)
    return classes(db, project.id)


def _has_masks(db: Session, project: Project) -> bool:
    """Or tags."""
    labels = select(Label.id).where(Label.project_id == project.id).exists()
    said = Image.mask_key.is_not(None) | Image.tags.is_not(None)
    images = select(Image.id).where(Image.project_id == project.id, said)
    return bool(db.scalar(select(labels | images.exists())))


def _write_classes(db: Session, project: Project, wanted: Sequence[ClassSpec]) -> None:
    values = sorted(c.value for c in wanted)
    if not 2 <= len(wanted) <= NOT_ASKED or values != list(range(len(wanted))):
        raise Invalid(
            f"Expected 2 to {NOT_ASKED} classes with the values 0, 1, 2, ...; given {values}."
        )
    for field in ("name", "key"):
        given = [getattr(c, field) for c in wanted if getattr(c, field) is not None]
        if len(set(given)) != len(given):
            raise Invalid(f"Each class needs a {field} of its own; given {given}.")
    db.add_all(LabelClass(project_id=project.id, **c._asdict()) for c in wanted)
    db.flush()


def role_of(db: Session, user: User, project_id: int) -> str | None:
    """The user's role in the project; site admins are admins everywhere."""
    if user.is_admin:
        return "admin"
    member = db.get(Member, (project_id, user.id))
    return member.role if member else None


def authorised(db: Session, user: User, project_id: int, *, least: str) -> Project:
    """The project, if the user has at least the role `least` in it, as with `thing`."""
    return thing(db, user, Project, row_id=project_id, least=least)


def thing(db: Session, user: User, kind: type[Thing], *, row_id: int, least: str) -> Thing:
    """The row, if the user has at least the role `least` in its project; in one query.

    Raises NotFound for those who have no role there, so that nobody can probe for projects,
    and Forbidden for those whose role is too low.
    """
    columns: Any = kind
    its_project = columns.id if columns is Project else columns.project_id
    mine = and_(Member.project_id == its_project, Member.user_id == user.id)
    found = select(kind, Member.role).outerjoin(Member, mine).where(columns.id == row_id)
    row, role = db.execute(found).one_or_none() or (None, None)
    if user.is_admin:
        role = "admin"
    require(role if row else None, least, f"{kind.__name__.lower()} {row_id}")
    assert row is not None
    return row


def require(role: str | None, least: str, thing: str) -> None:
    """Raise NotFound for those without a role in the thing's project, Forbidden for a low one."""
    if role is None:
        raise NotFound(f"There is no {thing}, or you have no role in its project.")
    if ROLES.index(role) < ROLES.index(least):
        raise Forbidden(f"This needs the role {least}; yours is {role}.")


def set_member(db: Session, project: Project, *, user_id: int, role: str, by: User) -> Member:
    """Give a user a role. Raises NotFound for an unknown user."""
    if db.get(User, user_id) is None:
        raise NotFound(f"There is no user {user_id}.")
    row = insert(Member).values(project_id=project.id, user_id=user_id, role=role)
    db.execute(
        row.on_conflict_do_update(
            index_elements=["project_id", "user_id"], set_={"role": row.excluded.role}
        )
    )
    audit.record(
        db, "member.set", project_id=project.id, user_id=by.id, member_id=user_id, role=role
    )
    return db.get_one(Member, (project.id, user_id), populate_existing=True)


def remove_member(db: Session, project: Project, *, user_id: int, by: User) -> None:
    """Take a user's role away. Raises NotFound when there is none."""
    member = db.get(Member, (project.id, user_id))
    if member is None:
        raise NotFound(f"User {user_id} has no role in project {project.id}.")
    db.delete(member)
    audit.record(db, "member.removed", project_id=project.id, user_id=by.id, member_id=user_id)


def image_counts(db: Session, project_id: int) -> dict[str, int]:
    """Images per split; splits without images count 0."""
    counted = select(Image.split, func.count()).where(Image.project_id == project_id)
    found = {split: count for split, count in db.execute(counted.group_by(Image.split))}
    return {split: found.get(split, 0) for split in SPLITS}

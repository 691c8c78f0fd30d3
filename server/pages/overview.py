"""What a visitor sees of the projects: a row per cycle, and what the machine is doing now."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import cycles, projects, regions, reports
from core.models import Cycle, Member, Project, User
from core.models.cycles import OPEN_STATES

HEADINGS = (
    "cycle",
    "state",
    "labelled",
    "regions",
    "clicks",
    "mIoU val",
    "mIoU test",
    "worst",
    "best",
)


def body(db: Session, user: User) -> str:
    """HTML of every project in which the user has a role."""
    sections = [_project(db, project) for project in _visible(db, user)]
    signed_in = f"<p>Signed in as {escape(user.name)}. <button>Sign out</button></p>"
    nothing = "<p>There is no project yet: <code>tessera projects create</code> makes one.</p>"
    return (
        f'<h1>Tessera</h1><form method="post" action="/sign-out">{signed_in}</form>'
        f'{"".join(sections) or nothing}<p><a href="/docs">API reference</a></p>'
    )


def is_running(db: Session, user: User) -> bool:
    """Whether any of the user's projects has an open cycle, so that a page is worth renewing."""
    visible = [project.id for project in _visible(db, user)]
    found = select(Cycle.id).where(Cycle.project_id.in_(visible), Cycle.state.in_(OPEN_STATES))
    return db.scalar(found.limit(1)) is not None


def _visible(db: Session, user: User) -> Sequence[Project]:
    query = select(Project).order_by(Project.id.desc()).limit(20)
    if not user.is_admin:
        mine = select(Member.project_id).where(Member.user_id == user.id)
        query = query.where(Project.id.in_(mine))
    return db.scalars(query).all()


def _project(db: Session, project: Project) -> str:
    rows = reports.cycle_rows(db, project.id)
    counts = projects.image_counts(db, project.id)
    images = ", ".join(f"{count} {split}" for split, count in counts.items())
    head = "".join(f"<th>{heading}</th>" for heading in HEADINGS)
    lines = "".join(_line(row) for row in rows) or f'<tr><td colspan="{len(HEADINGS)}">no cycle yet'
    return (
        f'<h2><a href="/projects/{project.id}">{escape(project.title or project.name)}</a></h2>'
        f'<p><a href="/projects/{project.id}/annotate">Label regions</a></p>'
        f"<p>Images: {images}. Recipe {escape(str(project.recipe.get('name')))}.</p>"
        f"{_now(db, rows)}<table><tr>{head}</tr>{lines}</table>"
    )


def _line(row: dict[str, Any]) -> str:
    cells = (
        row["number"],
        row["state"],
        _percent(row["labelled_share"]),
        row["labelled_regions"],
        row["cost"]["clicks"],
        _percent(row["val_miou"]),
        _percent(row["test_miou"]),
        _class(row["worst"]),
        _class(row["best"]),
    )
    return f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in cells)}</tr>"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"


def _class(extreme: dict[str, Any] | None) -> str:
    return f"{extreme['name']} {_percent(extreme['iou'])}" if extreme else "–"


def _now(db: Session, rows: Iterable[dict[str, Any]]) -> str:
    """One sentence on the open cycle, if there is one."""
    for row in rows:
        if row["state"] == "labelling":
            count = regions.counts(db, row["cycle_id"])
            return f"<p>{count['open']} of {count['total']} regions are open.</p>"
        if row["state"] in OPEN_STATES:
            return "".join(_stage(job) for job in cycles.stage_jobs(db, row["cycle_id"]))
    return ""


def _stage(job: Any) -> str:
    if job.state not in ("pending", "running"):
        return ""
    step, steps = job.progress.get("step", 0), job.progress.get("steps")
    share = f'<progress max="{int(steps)}" value="{int(step)}"></progress>' if steps else ""
    return f"<p>{escape(job.kind)}: {escape(job.state)} {share} {int(step)}/{int(steps or 0)}</p>"

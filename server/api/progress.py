"""Progress: how far the labelling is, for whoever labels."""

from core import progress
from core.errors import NotFound
from server import nouns
from server.deps import Caller, Db
from server.rights import ProjectAsAnnotator
from server.schemas.progress import Progress

router = nouns.router("progress", NotFound)


@router.get("/projects/{project_id}/progress")
def show_progress(project: ProjectAsAnnotator, caller: Caller, db: Db) -> Progress:
    """What is left of the newest cycle, what the caller has labelled, and whether there is more.

    Made to be asked often.
    """
    return Progress.model_validate(progress.of(db, project.id, caller))

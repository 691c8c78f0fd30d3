"""Previews of cycles: what one would ask for, before it is started."""

from core import previews
from core.errors import (
    BudgetExceedsPool,
    NotFound,
    NothingLabelled,
    ProjectEmpty,
    StrategyRefused,
    Unavailable,
)
from server import nouns
from server.deps import Db, Store
from server.problems import responses
from server.rights import ProjectAsAdmin
from server.schemas.cycle_previews import CyclePreview
from server.schemas.cycles import NewCycle, class_names

router = nouns.router("cycles", NotFound)


@router.post(
    "/projects/{project_id}/cycle-previews",
    responses=responses(
        ProjectEmpty, NothingLabelled, BudgetExceedsPool, StrategyRefused, Unavailable
    ),
)
def preview_cycle(project: ProjectAsAdmin, wanted: NewCycle, db: Db, store: Store) -> CyclePreview:
    """What a cycle with this body would ask for: regions, classes, clicks, seconds.

    Chooses as the cycle would, from the scores that the newest scored cycle left; the new model
    will score anew. Without scores the regions are spread at random. Nothing is started or kept.
    """
    found = previews.preview(db, store, project, wanted.plan())
    return CyclePreview.of(found, class_names(db, project.id))

"""What the model suggests for a region, and the regions that are asked without showing it.

A withheld suggestion is kept all the same: what people drew without it tells how much the others
are led by theirs.
"""

import hashlib
from collections.abc import Sequence
from typing import Any, Literal, Protocol

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import audit, masks
from core.errors import NotFound
from core.masks import Mask
from core.models import Cycle, Job, Model, Project, Region, User
from core.store import Store

Band = Literal["classes", "confidence"]
# In the request of a select stage: whose suggestions it is to make.
MODEL = "model_id"


class Asked(Protocol):
    """A region, or what is known of one."""

    @property
    def suggestion_key(self) -> str | None: ...
    @property
    def suggestion_withheld(self) -> bool: ...


def shown(region: Asked) -> bool:
    """Whether whoever labels the region gets to see what the model thinks."""
    return region.suggestion_key is not None and not region.suggestion_withheld


def key_of(region: Region, band: Band = "classes") -> str:
    """Where the suggestion lies. Raises NotFound in a cold start and where it is withheld."""
    key = region.suggestion_key if band == "classes" else region.confidence_key
    if key is None:
        raise NotFound(f"Region {region.id} has no suggestion: its cycle had no model.")
    if region.suggestion_withheld:
        raise NotFound(
            f"Region {region.id} is asked without a suggestion, to compare labels drawn with and "
            "without one; draw it by eye."
        )
    return key


def read(store: Store, region: Asked) -> Mask | None:
    """The suggested classes, (height, width), withheld ones too; None without a suggestion, and
    where it was lost: no label is refused because of what it would be compared with."""
    if region.suggestion_key is None:
        return None
    try:
        return masks.stored(store.read(region.suggestion_key))
    except NotFound:
        return None


def confused(suggested: Mask, label: Mask) -> list[list[int]]:
    """[suggested, labelled, pixels] of each pair of classes that occurs in the (height, width)
    masks."""
    known = label < masks.NOT_ASKED
    pairs = suggested[known].astype(np.uint16) << 8 | label[known]
    values, counts = np.unique(pairs, return_counts=True)
    return [[int(v) >> 8, int(v) & 255, int(n)] for v, n in zip(values, counts, strict=True)]


def choose_model(db: Session, project: Project, model_id: int | None, *, by: User) -> None:
    """Whose suggestions the next regions come with: a model's of the project, or with None each
    cycle's own. What was asked before keeps its suggestions. Raises NotFound.
    """
    if model_id is not None and _model_in(db, project, model_id) is None:
        raise NotFound(f"There is no model {model_id} in this project.")
    if project.suggesting_model_id != model_id:
        project.suggesting_model_id = model_id
        db.flush()
        data = {"project_id": project.id, "user_id": by.id, "model_id": model_id}
        audit.record(db, "project.suggesting_model_set", **data)


def _model_in(db: Session, project: Project, model_id: int) -> int | None:
    found = select(Model.id).where(Model.id == model_id, Model.project_id == project.id)
    return db.scalar(found)


def model_for(db: Session, cycle: Cycle) -> int | None:
    """The model that suggests in the cycle: the project's choice, else the cycle's own, if any."""
    chosen = db.scalar(select(Project.suggesting_model_id).where(Project.id == cycle.project_id))
    return chosen or db.scalar(select(Model.id).where(Model.cycle_id == cycle.id))


def newest_maker(db: Session, project_id: int) -> int | None:
    """The model whose suggestions the newest regions came with."""
    found = select(Job.request[MODEL].as_integer())
    found = found.where(Job.project_id == project_id, Job.kind == "select")
    ended = found.where(Job.state == "succeeded")
    return db.scalar(ended.order_by(Job.id.desc()).limit(1))


def withhold(rows: Sequence[dict[str, Any]], *, seed: int, share: float) -> list[dict[str, Any]]:
    """The region rows, of which the share `share` (to the nearest one) is asked without suggestion.

    Which ones depends on the seed and the cells alone.
    """
    drawn = sorted(range(len(rows)), key=lambda i: _draw(rows[i], seed))
    withheld = set(drawn[: round(share * len(rows))])
    return [row | {"suggestion_withheld": i in withheld} for i, row in enumerate(rows)]


def _draw(row: dict[str, Any], seed: int) -> bytes:
    cell = f"{seed}:{row['image_id']}:{row['cell_row']}:{row['cell_col']}"
    return hashlib.sha256(cell.encode()).digest()

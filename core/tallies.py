"""What is summed over the labels in force of one cycle, kept while they are the same ones.

Labels come in, are replaced, or are sent back. The latter two are counted in the cycle's
`corrections`, and between two of those labels only come in: so a sum holds while neither
`corrections` nor the number of labelled regions has changed. Both are read without a look at any
label. Each process keeps its own.
"""

from collections.abc import Callable, Sized
from typing import TypeVar, cast

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from core.kept import Kept
from core.models import Cycle, Region

Sum = TypeVar("Sum", bound=Sized)
# Numbers, in all: a matrix of 150 classes has 22,500 at most.
_kept: Kept[Sized] = Kept(1_000_000)


def of(db: Session, cycle_id: int, name: str, count: Callable[[], Sum]) -> Sum:
    """What `count` says of the cycle's labels in force, counted anew if these have changed.

    `name` tells apart what is counted; nobody may change what comes back.
    """
    return cast(Sum, _kept.get(f"{name} {_state(db, cycle_id)}", count))


def _state(db: Session, cycle_id: int) -> str:
    """In one statement, so that both are of one moment. Ids begin anew in another database."""
    labelled = (
        select(func.count())
        .where(Region.cycle_id == cycle_id, Region.purpose == "label", Region.state == "labelled")
        .scalar_subquery()
    )
    wanted = select(Cycle.id, Cycle.created_at, Cycle.corrections, labelled)
    return repr(tuple(db.execute(wanted.where(Cycle.id == cycle_id)).one()))


def corrected(db: Session, cycle_id: int) -> None:
    """A label in force was replaced or sent back."""
    found = update(Cycle).where(Cycle.id == cycle_id)
    db.execute(found.values(corrections=Cycle.corrections + 1))

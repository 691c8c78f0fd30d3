"""Cycles that start by themselves when the one before has closed."""

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from core.cycles import record, start
from core.errors import BudgetExceedsPool, CycleOpen, NothingLabelled, StrategyRefused
from core.models import Cycle, Project, User
from core.plans import Plan
from core.store import Store
from ml.strategy import Strategy


def follow_up(db: Session, store: Store) -> None:
    """Start the next cycle of each project whose newest one closed and asked for it."""
    newest = select(Cycle.project_id, func.max(Cycle.number)).group_by(Cycle.project_id)
    due = select(Cycle).where(
        tuple_(Cycle.project_id, Cycle.number).in_(newest),
        Cycle.auto,
        Cycle.state == "closed",
        Cycle.budget_regions > 0,
    )
    for cycle in db.scalars(due.with_for_update(skip_locked=True, key_share=True)):
        _start_next(db, store, cycle)


def _start_next(db: Session, store: Store, last: Cycle) -> None:
    project = db.get_one(Project, last.project_id)
    plan = Plan(
        regions=last.budget_regions,
        strategy=Strategy.model_validate(last.strategy),
        auto=True,
        evaluate_test=last.evaluate_test,
        without_suggestion=last.without_suggestion,
        control=last.control,
    )
    try:
        with db.begin_nested():
            start(db, store, project, plan, by=db.get_one(User, last.started_by))
    except (BudgetExceedsPool, CycleOpen, NothingLabelled, StrategyRefused) as error:
        last.auto = False
        record(db, last, "auto_ended", reason=error.detail)

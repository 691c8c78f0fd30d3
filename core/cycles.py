"""Cycles as a state machine: each transition is one conditional UPDATE, so repeats are harmless.

training → evaluating → scoring → selecting → labelling → closed, and failed, cancelled.
Whoever locks more than one row locks jobs first, then regions, then their cycle: annotators and
workers arrive at the cycle last, so whoever ends a cycle must, or two would wait in a circle.
"""

import secrets
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core import audit, continuing, control_runs, jobs, manifests, partial, shards, suggestions
from core.errors import (
    CycleOpen,
    CycleState,
    NotFound,
)
from core.models import Cycle, Image, Job, Project, Region, User
from core.models.cycles import OPEN_STATES
from core.models.jobs import ENDED
from core.plans import Plan, budget_regions, check_strategy, refuse_nothing
from core.statements import Statement
from core.store import Store

# The state in which a cycle waits for the job of each stage.
STATE_OF = {
    "train": "training",
    "evaluate": "evaluating",
    "score": "scoring",
    "select": "selecting",
}
STATE = Statement("SELECT state FROM cycles WHERE id = :id")


def start(db: Session, store: Store, project: Project, plan: Plan, *, by: User) -> Cycle:
    """Freeze the manifest and start the first stage.

    Nothing labelled yet is a cold start: regions at random, no model. Raises CycleOpen,
    ProjectEmpty, BudgetExceedsPool, NothingLabelled, StrategyRefused.
    """
    db.execute(select(Project.id).where(Project.id == project.id).with_for_update(key_share=True))
    _refuse_open(db, project)
    check_strategy(project, plan.strategy)
    partial.count(db, store, project)
    budget = budget_regions(db, project, plan)
    manifest = manifests.freeze(db, store, project.id)
    cold = not manifest.summary["teaches"]
    refuse_nothing(budget, cold=cold)
    if not cold:
        continuing.check(db, project)
    cycle = Cycle(
        project_id=project.id,
        number=next_number(db, project),
        state="selecting" if cold else "training",
        budget_regions=budget,
        strategy=plan.strategy.model_dump(),
        recipe=project.recipe,
        seed=secrets.randbelow(2**31) if plan.seed is None else plan.seed,
        auto=plan.auto,
        evaluate_test=plan.evaluate_test,
        without_suggestion=plan.without_suggestion,
        control=plan.control,
        manifest_digest=manifest.digest,
        manifest_summary=manifest.summary,
        started_by=by.id,
    )
    _insert(db, cycle)
    _add_stage(db, cycle, "select" if cold else "train")
    record(db, cycle, "started", by=by, number=cycle.number, budget=budget)
    return cycle


def _refuse_open(db: Session, project: Project) -> None:
    found = select(Cycle).where(Cycle.project_id == project.id, Cycle.state.in_(OPEN_STATES))
    if other := db.scalar(found):
        raise CycleOpen(
            f"Cycle {other.number} of this project is {other.state}; let it end, close it or "
            "cancel it first.",
            cycle=other.id,
        )


def _insert(db: Session, cycle: Cycle) -> None:
    try:
        with db.begin_nested():
            db.add(cycle)
    except IntegrityError:
        raise CycleOpen("Another cycle of this project has just been started.") from None
    db.refresh(cycle)


def next_number(db: Session, project: Project) -> int:
    """The number of the cycle that would be started now."""
    newest = select(func.max(Cycle.number)).where(Cycle.project_id == project.id)
    last = db.scalar(newest)
    return 0 if last is None else last + 1


def _add_stage(db: Session, cycle: Cycle, kind: str) -> None:
    if kind == "score":
        shards.add(db, cycle)
        return
    asked = _asked(db, cycle, kind)
    jobs.add(db, kind=kind, project_id=cycle.project_id, cycle_id=cycle.id, request=asked)


def _asked(db: Session, cycle: Cycle, kind: str) -> dict[str, Any]:
    """Whose suggestions is settled when the stage begins, so that every attempt makes the same."""
    return {suggestions.MODEL: suggestions.model_for(db, cycle)} if kind == "select" else {}


def record(db: Session, cycle: Cycle, verb: str, *, by: User | None = None, **data: Any) -> None:
    """Note down what became of the cycle."""
    audit.record(
        db,
        f"cycle.{verb}",
        project_id=cycle.project_id,
        cycle_id=cycle.id,
        user_id=by.id if by else None,
        **data,
    )


def get(db: Session, cycle_id: int) -> Cycle:
    """The cycle. Raises NotFound."""
    cycle = db.get(Cycle, cycle_id)
    if cycle is None:
        raise NotFound(f"There is no cycle {cycle_id}.")
    return cycle


def state_of(db: Session, cycle_id: int) -> str:
    """The state alone, read anew."""
    state: str = STATE.row(db, id=cycle_id).state
    return state


def stage_jobs(db: Session, cycle_id: int) -> Iterable[Job]:
    """The cycle's jobs in the order of its stages."""
    return db.scalars(select(Job).where(Job.cycle_id == cycle_id).order_by(Job.id)).all()


def move(db: Session, cycle: Cycle, to: str, *, within: tuple[str, ...], **values: Any) -> bool:
    """One conditional transition; False when the cycle was in none of the states `within`."""
    statement = update(Cycle).where(Cycle.id == cycle.id, Cycle.state.in_(within))
    result = db.execute(statement.values(state=to, **values))
    assert isinstance(result, CursorResult)
    if result.rowcount == 1:
        db.refresh(cycle)
        record(db, cycle, to)
    return result.rowcount == 1


def go_on(db: Session, cycle: Cycle, done: str) -> None:
    """Start the stage that follows `done`, or open the queue, or close."""
    state = STATE_OF[done]
    following = _following(db, cycle, done)
    if following in STATE_OF:
        if move(db, cycle, STATE_OF[following], within=(state,)):
            _add_stage(db, cycle, following)
    elif _leave(db, cycle, following, within=(state,)):
        # Behind all stages, so that nobody waits for it at the queue.
        control_runs.follow(db, cycle)


def _leave(db: Session, cycle: Cycle, to: str, *, within: tuple[str, ...]) -> bool:
    at = "opened_at" if to == "labelling" else "closed_at"
    return move(db, cycle, to, within=within, **{at: func.now()})


def _following(db: Session, cycle: Cycle, done: str) -> str:
    if done == "train" and splits_to_evaluate(db, cycle):
        return "evaluate"
    if done in ("train", "evaluate"):
        if cycle.budget_regions == 0:
            return "closed"
        return "select" if cycle.strategy["acquisition"] == "random" else "score"
    return "select" if done == "score" else "labelling"


def splits_to_evaluate(db: Session, cycle: Cycle) -> list[str]:
    """val always and test when asked, as far as they have images with masks."""
    wanted = ["val", "test"] if cycle.evaluate_test else ["val"]
    has_truth = (
        select(Image.split)
        .where(Image.project_id == cycle.project_id, Image.mask_key.is_not(None))
        .distinct()
    )
    found = set(db.scalars(has_truth))
    return [split for split in wanted if split in found]


def close_if_done(db: Session, cycle_id: int) -> None:
    """Close a labelling cycle whose last region has been settled.

    Two annotators may settle the last two at once. The first look skips rows that another
    transaction is settling; whoever then sees none open takes the cycle's lock and looks again,
    so the later of the two closes. Its own lock, the weakest, keeps nobody from leasing the region.
    """
    looked_at = {"read": True, "key_share": True, "skip_locked": True}
    if db.scalar(_an_open_region(cycle_id).with_for_update(**looked_at)):
        return
    # The rows written so far refer to the cycle and share its key, in both transactions: a lock
    # that excludes sharing would have each wait for the other.
    cycle = db.get(Cycle, cycle_id, with_for_update={"key_share": True}, populate_existing=True)
    assert cycle is not None
    if db.scalar(_an_open_region(cycle_id)) is None:
        move(db, cycle, "closed", within=("labelling",), closed_at=func.now())


def _an_open_region(cycle_id: int) -> Any:
    project = select(Cycle.project_id).where(Cycle.id == cycle_id).scalar_subquery()
    waits = select(Region.id).filter_by(cycle_id=cycle_id, state="open", purpose="label")
    # Without an order PostgreSQL would read the table from its beginning.
    return waits.where(Region.project_id == project).order_by(Region.priority).limit(1)


def close(db: Session, cycle: Cycle, *, by: User) -> Cycle:
    """Close early: what nobody has labelled is withdrawn. Raises CycleState."""
    _withdraw(db, cycle)
    if not move(db, cycle, "closed", within=("labelling",), closed_at=func.now()):
        raise CycleState(f"Only a labelling cycle can be closed; this one is {cycle.state}.")
    record(db, cycle, "closed_early", by=by)
    return cycle


def _withdraw(db: Session, cycle: Cycle) -> None:
    db.execute(
        update(Region)
        .where(Region.id.in_(_in_order(cycle)))
        .values(state="withdrawn", lease_id=None, lease_until=None)
    )


def _in_order(cycle: Cycle) -> Any:
    """The open regions, locked by rising id: whoever renews several leases does it so too."""
    found = select(Region.id).where(Region.cycle_id == cycle.id, Region.state == "open")
    return found.order_by(Region.id).with_for_update()


def cancel(db: Session, cycle: Cycle, *, by: User) -> Cycle:
    """Stop the cycle in whatever open state it is; labels stay. Raises CycleState."""
    _locked_stages(db, cycle)
    _withdraw(db, cycle)
    if not move(db, cycle, "cancelled", within=OPEN_STATES, closed_at=func.now()):
        raise CycleState(f"Only an open cycle can be cancelled; this one is {cycle.state}.")
    # Once more: a worker that was waited for may have added the next stage.
    for job in _locked_stages(db, cycle):
        jobs.request_cancel(db, job, by=by)
    return cycle


def _locked_stages(db: Session, cycle: Cycle) -> Iterable[Job]:
    return _locked(db, cycle, Job.state.not_in(ENDED))


def _locked(db: Session, cycle: Cycle, *which: ColumnElement[bool]) -> Sequence[Job]:
    found = select(Job).where(Job.cycle_id == cycle.id, *which).order_by(Job.id)
    return db.scalars(found.with_for_update(), execution_options={"populate_existing": True}).all()


def go_on_by_itself(db: Session, cycle: Cycle, *, auto: bool, by: User) -> Cycle:
    """Whether the next cycle starts when this one closes."""
    if cycle.auto != auto:
        cycle.auto = auto
        db.flush()
        record(db, cycle, "auto_set", by=by, auto=auto)
    return cycle


def fail(db: Session, cycle_id: int, error: str) -> None:
    """A stage has failed for good."""
    cycle = get(db, cycle_id)
    move(db, cycle, "failed", within=OPEN_STATES, error=error)


def retry(db: Session, cycle: Cycle, *, by: User) -> Cycle:
    """Try what the failed stage lacks again, with fresh attempts. Raises CycleState, CycleOpen."""
    ended = [job for job in _locked(db, cycle) if job.state != "succeeded"]
    failed = [job.kind for job in ended if job.state == "failed"]
    if cycle.state != "failed" or not failed:
        raise CycleState(f"Only a failed cycle can be retried; this one is {cycle.state}.")
    kind = failed[-1]
    try:
        with db.begin_nested():
            move(db, cycle, STATE_OF[kind], within=("failed",), error=None)
    except IntegrityError:
        raise CycleOpen("Another cycle of this project is open; let it end first.") from None
    for job in ended:
        # A shard that was not called off goes on by itself.
        if job.state == "failed" or job.cancel_requested_at is not None:
            job.request = job.request | _asked(db, cycle, kind)
            jobs.reset(db, job)
    record(db, cycle, "retried", by=by, stage=kind)
    return cycle

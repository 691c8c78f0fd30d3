"""Where jobs and cycles meet: a stage's results, its end and the next stage are one transaction.

The worker writes files first, then calls one of these with its claim. A claim that was fenced
off raises Fenced and nothing of the transaction stays.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import cycles, jobs, reviews, shards, suggestions
from core.jobs import Claim
from core.models import Cycle, Job, Metric, Model
from core.publishing import publish
from core.reviews import Contradicted


class SplitResult(NamedTuple):
    """A model against a split: integer confusion (C x C, rows truth), IoU by class, mean."""

    split: str
    images: int
    confusion: list[list[int]]
    iou: list[float | None]
    miou: float | None


class TrainedModel(NamedTuple):
    """Where the weights and the card lie, the card itself, and the size of the weights."""

    weights_key: str
    card_key: str
    card: dict[str, Any]
    weights_bytes: int | None = None


def cycle_of(db: Session, claim: Claim) -> Cycle:
    """The cycle whose stage this is."""
    assert claim.cycle_id is not None
    return cycles.get(db, claim.cycle_id)


def model_of(db: Session, cycle_id: int) -> Model | None:
    """The cycle's model; None in a cold start."""
    return db.scalar(select(Model).where(Model.cycle_id == cycle_id))


def result_of(db: Session, cycle_id: int, kind: str) -> dict[str, Any] | None:
    """What an earlier stage of the cycle left."""
    return db.scalar(select(Job.result).where(Job.cycle_id == cycle_id, Job.kind == kind))


def trained(db: Session, claim: Claim, model: TrainedModel) -> None:
    """The train stage is done: its model, then the next stage."""
    cycle = cycle_of(db, claim)
    row = Model(
        project_id=cycle.project_id,
        cycle_id=cycle.id,
        **model._asdict(),
        manifest_digest=cycle.manifest_digest,
        seed=cycle.seed,
    )
    jobs.finish(db, claim, {"weights": model.weights_key})
    db.add(row)
    db.flush()
    cycles.go_on(db, cycle, "train")


def evaluated(
    db: Session, claim: Claim, results: list[SplitResult], seen: dict[str, Any] | None = None
) -> None:
    """The evaluate stage is done: a metrics row per split, then the next stage.

    `seen`: where the counts of each image lie, and by image what was predicted.
    """
    cycle = cycle_of(db, claim)
    model = model_of(db, cycle.id)
    assert model is not None
    mious: dict[str, Any] = {result.split: result.miou for result in results}
    jobs.finish(db, claim, mious | (seen or {}))
    owner = {"project_id": cycle.project_id, "cycle_id": cycle.id, "model_id": model.id}
    db.add_all(Metric(**owner, **result._asdict()) for result in results)
    db.flush()
    cycles.go_on(db, cycle, "evaluate")


def scored(
    db: Session,
    claim: Claim,
    *,
    scores_key: str,
    cells_key: str,
    contradicted: Sequence[Contradicted] = (),
) -> None:
    """A shard is scored: the scores of its cells, and what is expected of them, are stored. With
    the last one the stage is done.

    Labels that the new model contradicts are left to reviewers.
    """
    jobs.finish(db, claim, {"scores": scores_key, "cells": cells_key})
    reviews.contradicted(db, claim.project_id, contradicted)
    _go_on_after_the_last(db, claim)


def surveyed(db: Session, claim: Claim, counts: Sequence[int]) -> None:
    """The classes of a shard are counted; with the last one scoring begins."""
    jobs.finish(db, claim, {"counts": list(counts)})
    _go_on_after_the_last(db, claim)


def _go_on_after_the_last(db: Session, claim: Claim) -> None:
    cycle = cycle_of(db, claim)
    if shards.finished(db, cycle.id):
        cycles.go_on(db, cycle, "score")


def selected(db: Session, claim: Claim, rows: list[dict[str, Any]], relaxed: list[str]) -> None:
    """The select stage is done: the regions are published and the queue opens."""
    cycle = cycle_of(db, claim)
    jobs.finish(db, claim, {"regions": len(rows), "relaxed": relaxed})
    share = cycle.without_suggestion
    publish(db, suggestions.withhold(rows, seed=cycle.seed, share=share))
    cycles.go_on(db, cycle, "select")


def failed(
    db: Session, claim: Claim, *, error_class: str, text: str, log: Sequence[str] = ()
) -> None:
    """The job failed for good, and its cycle with it; `log` is what it last said."""
    result = {"log": list(log)}
    jobs.fail(db, claim, error_class=error_class, text=text, result=result)
    if claim.cycle_id is not None:
        shards.call_off(db, claim.cycle_id)
        cycles.fail(db, claim.cycle_id, f"{claim.kind}: {error_class}: {text}")


def take_back(db: Session, job: Job) -> None:
    """Decide what becomes of a running job whose worker is gone."""
    claim = jobs.claim_of(job)
    if job.cancel_requested_at is not None:
        jobs.mark_cancelled(db, claim)
    elif claim.last_attempt:
        text = f"The worker {job.worker} was lost; {job.attempt} attempts were made."
        failed(db, claim, error_class="worker_lost", text=text)
    else:
        jobs.put_back(db, claim, burn=True)

"""The score stage in shards: each is a job that any worker takes, and scores a range of the pool.

Ranges follow from the ids of the pool's images alone and cut it at whole blocks, so that scores,
whose bits may depend on the images that share a pass, are those of one worker that scores all.
An acquisition that has to know the whole pool's classes first has it surveyed, shard by shard.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Select, case, func, literal, select, text, update
from sqlalchemy.orm import Session

from core import jobs
from core.models import Cycle, Image, Job
from core.settings import settings
from ml.strategy import NEED_SHARES

BLOCK = 16
"""Images that may share passes, by their place in the pool."""
MOST = 256
"""Shards of a stage: whoever watches a project asks for all of them once a second."""

CUT = text("""
    SELECT min(id), max(id), count(*) FROM (
        SELECT id, (row_number() OVER (ORDER BY id) - 1) / :size AS shard FROM images
        WHERE project_id = :project AND split = 'pool') AS numbered
    GROUP BY shard ORDER BY shard""")


class Range(NamedTuple):
    """Ids of pool images, from the first to the last, and how many there are."""

    first: int
    last: int
    images: int


class ScoreFiles(NamedTuple):
    """Where the scores of a shard lie and what is expected of its cells (None in old stages)."""

    scores: str
    cells: str | None


def size_for(images: int, wanted: int) -> int:
    """Images of a shard, in whole blocks: as many as wanted, or more if that made too many."""
    least = max(wanted, -(-images // MOST))
    return -(-least // BLOCK) * BLOCK


def add(db: Session, cycle: Cycle) -> None:
    """The jobs of a score stage: one for a small pool."""
    asked: list[dict[str, Any]] = [each._asdict() for each in ranges(db, cycle.project_id)]
    survey = len(asked) > 1 and cycle.strategy["acquisition"] in NEED_SHARES
    _add(db, cycle, [each | {"survey": True} for each in asked] if survey else asked)


def ranges(db: Session, project_id: int) -> list[Range]:
    """The pool in shards."""
    found = select(func.count()).where(Image.project_id == project_id, Image.split == "pool")
    size = size_for(db.scalar(found) or 0, settings().score_shard_images)
    return [Range(*row) for row in db.execute(CUT, {"project": project_id, "size": size})]


def _add(db: Session, cycle: Cycle, asked: Sequence[dict[str, Any]], *, first: int = 0) -> None:
    for number, request in enumerate(asked, start=first):
        jobs.add(
            db,
            kind="score",
            project_id=cycle.project_id,
            cycle_id=cycle.id,
            shard=number,
            request=request | {"of": len(asked)},
        )


def finished(db: Session, cycle_id: int) -> bool:
    """Whether all shards are scored; after surveys, the shards that score are added.

    Two workers may finish the last two at once. Each takes the cycle's lock before it looks, so
    the later of them sees both. Jobs are locked before their cycle everywhere.
    """
    cycle = db.get_one(Cycle, cycle_id, with_for_update={"key_share": True}, populate_existing=True)
    done = _of(cycle_id)
    if db.scalar(done.with_only_columns(Job.id).where(Job.state != "succeeded").limit(1)):
        return False
    shards = db.scalars(done).all()
    surveys = [each for each in shards if each.request.get("survey")]
    if not surveys or len(shards) > len(surveys):
        return True
    if cycle.state == "scoring":
        _add(db, cycle, _after(surveys), first=len(surveys))
    return False


def _after(surveys: Sequence[Job]) -> list[dict[str, Any]]:
    """The same ranges, to be scored now that the classes of all are counted."""
    counted = [(each.result or {})["counts"] for each in surveys]
    shares = [sum(each) for each in zip(*counted, strict=True)]
    again = [{name: each.request[name] for name in Range._fields} for each in surveys]
    return [each | {"shares": shares} for each in again]


def is_one_of_many(job: Job) -> bool:
    """Whether the job is a shard beside others."""
    return int(job.request.get("of", 1)) > 1


def _of(cycle_id: int) -> Select[Any]:
    return select(Job).where(Job.cycle_id == cycle_id, Job.kind == "score").order_by(Job.shard)


def call_off(db: Session, cycle_id: int | None = None) -> None:
    """End the other shards of a failed stage, of this cycle or of any that has failed: those that
    wait at once, those that run with their next heartbeat.

    Rows that somebody holds are skipped: waiting for several could be a circle. The reconciler
    comes back for them.
    """
    failed = select(Cycle.id).where(Cycle.state == "failed")
    live = Job.state.in_(("pending", "running")), Job.cancel_requested_at.is_(None)
    found = select(Job.id).where(Job.kind == "score", *live)
    of_one = Job.cycle_id == cycle_id if cycle_id else Job.cycle_id.in_(failed)
    waits = Job.state == "pending"
    db.execute(
        update(Job)
        .where(Job.id.in_(found.where(of_one).with_for_update(skip_locked=True)))
        .values(
            cancel_requested_at=func.now(),
            finished_at=case((waits, func.now())),
            state=case((waits, "cancelled"), else_=Job.state),
        )
    )


def files_of(db: Session, cycle_id: int, image_id: int | None = None) -> list[ScoreFiles]:
    """What the cycle's score stage has left, shard by shard, or the one that scored an image;
    surveys leave no files."""
    found = _of(cycle_id)
    if image_id is not None:
        first, last = (Job.request[name].as_integer() for name in ("first", "last"))
        found = found.where(func.coalesce(literal(image_id).between(first, last), True))
    left = [job.result or {} for job in db.scalars(found)]
    return [ScoreFiles(each["scores"], each.get("cells")) for each in left if "scores" in each]


def newest_image(db: Session, cycle_id: int) -> int | None:
    """The last image that was scored: what was imported meanwhile has no scores. None where the
    whole pool was scored by a release that knew no shards."""
    last = func.max(Job.request["last"].as_integer())
    return db.scalar(select(last).where(Job.cycle_id == cycle_id, Job.kind == "score"))


def blocks(positions: Sequence[int]) -> list[int]:
    """How many of the images at these places in the pool are in each block that has any."""
    counted: dict[int, int] = {}
    for position in positions:
        counted[position // BLOCK] = counted.get(position // BLOCK, 0) + 1
    return list(counted.values())

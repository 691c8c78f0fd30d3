"""The random control: the recipe of a cycle, trained on the regions drawn at random alone.

Its points have their own labelled share, hours and clicks, so they lie on the axes of the cycles'
own curve. Up to the first chosen region the two are the same. What nobody chose belongs to both
arms: the cold start's regions, and images that came with masks. Two things remain that favour the
control a little or a lot: its regions are drawn from what choosing has left, and people saw
suggestions of models that had learnt from all labels.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ARRAY, BigInteger, any_, cast, func, select, text
from sqlalchemy.orm import Session

from core import audit, disk, jobs, manifests, projects
from core.errors import ControlRefused
from core.jobs import Claim
from core.models import Cycle, Image, Job, Label, Metric, Region, User

State = Literal["shared", "none", "pending", "running", "succeeded", "failed", "cancelled"]
KIND = "control"
# What a run was asked for, and what it has left.
CYCLE, SPLITS, LEARNT = "cycle_id", "splits", "learnt_from"
STANDS = ("pending", "running", "succeeded")

# Said in words of its index, which alone is read.
COUNTED = text("""
    SELECT c.number, r.source, r.labelled FROM cycles c CROSS JOIN LATERAL (
        SELECT source, count(*) AS labelled FROM regions
        WHERE cycle_id = c.id AND state = 'labelled' AND purpose = 'label' GROUP BY source) r
    WHERE c.project_id = :project
""")


@dataclass(frozen=True)
class History:
    """How many labelled regions each cycle, by its number, drew at random and chose; and the
    cycles whose control has been run or waits, with its recipe."""

    drawn: dict[int, int]
    chosen: dict[int, int]
    controlled: dict[int, dict[str, Any]]

    def shares(self, number: int) -> bool:
        """Whether the model of the cycle learnt from nothing that was chosen."""
        return not any(count for at, count in self.chosen.items() if at < number)

    def regions(self, number: int) -> int:
        """Labelled regions drawn at random before the cycle."""
        return sum(count for at, count in self.drawn.items() if at < number)

    def obstacle(self, number: int, recipe: dict[str, Any]) -> str | None:
        """Why a control of the cycle would tell nothing; None where it would."""
        if self.shares(number):
            return "No label was chosen yet: the cycle's own model is its random control."
        if projects.checked_recipe(recipe).continues is not None:
            return (
                "The recipe continues a model that learnt from chosen regions too; a control has "
                "to begin as a stranger to them."
            )
        since = self._last_point(number, recipe)
        if not any(count for at, count in self.drawn.items() if since <= at < number):
            return (
                f"No region was drawn at random since cycle {since}, so this would train on the "
                "same labels again. Give cycles a random share."
            )
        return None

    def _last_point(self, number: int, recipe: dict[str, Any]) -> int:
        """The cycle up to which the control's curve is known."""
        shared = min((at for at, count in self.chosen.items() if count), default=0)
        known = [at for at, used in self.controlled.items() if at < number and used == recipe]
        return max([shared, *known])


def request(db: Session, cycle: Cycle, *, by: User | None) -> Job:
    """A job that trains and measures the control of the cycle. Raises ControlRefused, DiskFull."""
    disk.require_room()
    # Two who ask at once would both train.
    db.execute(select(Cycle.id).where(Cycle.id == cycle.id).with_for_update(key_share=True))
    if reason := _obstacle(db, cycle):
        raise ControlRefused(reason, cycle=cycle.id)
    asked = {CYCLE: cycle.id}
    job = jobs.add(db, kind=KIND, project_id=cycle.project_id, request=asked, queue="train")
    audit.record(
        db,
        "control.requested",
        project_id=cycle.project_id,
        cycle_id=cycle.id,
        user_id=by.id if by else None,
        job=job.id,
    )
    return job


def follow(db: Session, cycle: Cycle) -> None:
    """The control of a cycle that wants one each time, as far as it would tell anything."""
    if cycle.control and not disk.is_low() and _obstacle(db, cycle) is None:
        request(db, cycle, by=None)


def _obstacle(db: Session, cycle: Cycle) -> str | None:
    measured = select(Metric.id).where(Metric.cycle_id == cycle.id, Metric.split == "val")
    if db.scalar(measured.limit(1)) is None:
        return (
            f"Cycle {cycle.number} has no mIoU on val: there is nothing to hold a control against."
        )
    run = _newest(db, cycle.project_id).get(cycle.id)
    if run is not None and run.state in STANDS:
        return f"The control of cycle {cycle.number} is {run.state} already: job {run.id}."
    return history(db, cycle.project_id).obstacle(cycle.number, cycle.recipe)


def history(db: Session, project_id: int) -> History:
    """What cycles drew and chose so far, and which of them have a control."""
    rows = db.execute(COUNTED, {"project": project_id})
    found: dict[bool, dict[int, int]] = {True: {}, False: {}}
    for number, source, count in rows:
        found[source == "random"][number] = count
    return History(found[True], found[False], _controlled(db, project_id))


def _controlled(db: Session, project_id: int) -> dict[int, dict[str, Any]]:
    standing = [key for key, run in _newest(db, project_id).items() if run.state in STANDS]
    known = select(Cycle.number, Cycle.recipe).where(Cycle.id.in_(standing))
    return {number: recipe for number, recipe in db.execute(known)}


def _newest(db: Session, project_id: int) -> dict[int, Job]:
    """The newest run of each cycle that has any, by the cycle's id."""
    runs = select(Job).where(Job.project_id == project_id, Job.kind == KIND).order_by(Job.id)
    return {run.request[CYCLE]: run for run in db.scalars(runs)}


def curve(db: Session, project_id: int, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """A row for the control of each measured cycle of `rows` (`reports.cycle_rows`).

    `shared` are those whose own figures are the control's. Where nothing was run, `reason` says
    why it cannot be, if so.
    """
    past, runs = history(db, project_id), _newest(db, project_id)
    recipes = dict(_recipes(db, project_id))
    measured = [row for row in rows if row["val_miou"] is not None]
    return [_point(row, past, runs.get(row["cycle_id"]), recipes) for row in measured]


def _recipes(db: Session, project_id: int) -> Iterable[tuple[int, dict[str, Any]]]:
    found = select(Cycle.id, Cycle.recipe).where(Cycle.project_id == project_id)
    return ((row[0], row[1]) for row in db.execute(found))


FIGURES = ("labelled_share", "labelled_regions", "labelled_images", "cost", "val_miou", "test_miou")


def _point(
    row: dict[str, Any], past: History, run: Job | None, recipes: dict[int, dict[str, Any]]
) -> dict[str, Any]:
    number = row["number"]
    told = {"cycle_id": row["cycle_id"], "number": number, "regions": past.regions(number)}
    if past.shares(number):
        return told | _about("shared") | {name: row[name] for name in FIGURES}
    if run is None:
        obstacle = past.obstacle(number, recipes[row["cycle_id"]])
        return told | _about("none", reason=obstacle) | dict.fromkeys(FIGURES)
    return told | _about(run.state, run=run) | figures_of(run)


def _about(state: str, run: Job | None = None, reason: str | None = None) -> dict[str, Any]:
    failed = run.error_text if run is not None else None
    return {"state": state, "job_id": run.id if run else None, "reason": failed or reason}


def figures_of(run: Job) -> dict[str, Any]:
    """What a run learnt from and reached; None throughout while it has not ended."""
    if run.state != "succeeded" or run.result is None:
        return dict.fromkeys(FIGURES)
    splits = run.result[SPLITS]
    mious = {f"{split}_miou": splits.get(split, {}).get("miou") for split in ("val", "test")}
    learnt: dict[str, Any] = run.result[LEARNT]
    return learnt | mious


def cycle_of(db: Session, claim: Claim) -> Cycle:
    """The cycle whose control this is."""
    return db.get_one(Cycle, claim.request[CYCLE])


def learnable(db: Session, cycle: Cycle, manifest: dict[str, Any]) -> dict[str, Any]:
    """Of the cycle's manifest, what nobody chose."""
    random = select(Region.id).where(Region.project_id == cycle.project_id)
    drawn = set(db.scalars(random.where(Region.source == "random")))
    labels = [each for each in manifest["labels"] if each["region"] in drawn]
    return manifest | {"labels": labels}


def finish(db: Session, claim: Claim, splits: dict[str, Any], manifest: dict[str, Any]) -> None:
    """The control was measured: by split images, IoU by class and mIoU. Raises Fenced."""
    learnt = learnt_from(db, cycle_of(db, claim), manifest)
    jobs.finish(db, claim, {SPLITS: splits, LEARNT: learnt})


def learnt_from(db: Session, cycle: Cycle, manifest: dict[str, Any]) -> dict[str, Any]:
    """What the labels of the manifest cover, and what they took from people."""
    whole = [each["image"] for each in manifest["images"]]
    count, area, clicks = db.execute(
        select(
            func.count(),
            func.coalesce(func.sum(Image.width * Image.height), 0),
            func.coalesce(func.sum(Image.mask_clicks), 0),
        ).where(Image.id == _any(whole))
    ).one()
    cost = _cost(db, manifest["labels"])
    # A region of an image with a whole mask covers no more pixels.
    apart = [each for each in manifest["labels"] if each["image"] not in set(whole)]
    pixels = int(area) + _cost(db, apart)["pixels"]
    pool_px = cycle.manifest_summary["pool_px"]
    return {
        "labelled_share": pixels / pool_px if pool_px else 0.0,
        "labelled_regions": cost["regions"],
        "labelled_images": count,
        "cost": cost | {"clicks": int(clicks) + cost["clicks"], "pixels": pixels},
    }


def _cost(db: Session, labels: Sequence[dict[str, Any]]) -> dict[str, Any]:
    ids = [each["label"] for each in labels]
    return manifests.region_cost(db, select(Label.id).where(Label.id == _any(ids)))


def _any(ids: Sequence[int]) -> Any:
    return any_(cast(list(ids), ARRAY(BigInteger)))

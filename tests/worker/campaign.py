"""A small project on real scenes, driven through core: what the tests of the worker work on."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as Picture
from sqlalchemy import select

from core import cycles, imports, jobs, labels, layouts, plans, projects, regions, users
from core.db import transaction
from core.imports import Request
from core.models import Cycle, Job, Model, Project, User
from core.projects import ClassSpec
from core.settling import Effort
from core.store import open_store
from tessera import scenes
from tests.waiting import until
from worker import engine

WIDTH, HEIGHT, CELL_PX = 96, 64, 16
FINISHED_WITHIN_S = 240

# Small enough for seconds, and long enough to be killed in the middle.
TINY = {
    "threads": 1,
    "network": {"width": 0.2, "decoder_channels": 8, "low_level_channels": 8},
    "augmentation": {"crop": [64, 64]},
    "schedule": {"labelled_batch": 2, "unlabelled_batch": 2, "validations": 0},
}


def draw(folder: Path, *, pool: int = 6) -> Path:
    """Generated scenes: `pool` for labelling, two each to judge by."""
    scenes.generate(folder, pool=pool, val=2, test=2, width=WIDTH, height=HEIGHT, seed=3)
    return folder


@dataclass(frozen=True)
class Campaign:
    """A project and its owner; `folder` holds the truth that labels are cut from."""

    project: Project
    owner: User
    folder: Path

    def start_import(self, **asked: Any) -> Job:
        wanted = Request(**{"path": str(self.folder), "pool_masks": False, **asked})
        with transaction() as db:
            return imports.request(db, self.project, wanted, by=self.owner)

    def start(self, regions: int, **asked: Any) -> Cycle:
        plan = plans.Plan(regions=regions, seed=5, **asked)
        with transaction() as db:
            project = db.get_one(Project, self.project.id)
            return cycles.start(db, open_store(), project, plan, by=self.owner)

    def label_all(self) -> int:
        """Answer every region that the queue offers from the truth; how many there were."""
        done = 0
        while leased := self._lease():
            self._submit(leased)
            done += 1
        return done

    def _lease(self) -> regions.Leased | None:
        with transaction() as db:
            asked = {"project_id": self.project.id, "user": self.owner, "session": "oracle"}
            found, _ = regions.lease(db, count=1, **asked)
        return found[0] if found else None

    def _submit(self, leased: regions.Leased) -> None:
        region = leased.region
        truth = np.asarray(Picture.open(self.folder / f"pool/masks/{leased.image.name}.png"))
        rows, columns = slice(region.top, None), slice(region.left, None)
        mask = truth[rows, columns][: region.height, : region.width]
        with transaction() as db:
            held = regions.own_lease(db, leased.lease.id, self.owner)
            labels.submit(db, open_store(), held, region_id=region.id, mask=mask, effort=Effort())

    def train(self) -> str:
        """The weights of a cycle whose training nothing disturbs."""
        cycle = self.start(regions=0)
        finish(cycle.id)
        return weights(cycle.id)


def create(folder: Path, name: str, *, steps: int = 12) -> Campaign:
    """A project over the scenes in `folder`, nothing imported yet."""
    names = layouts.class_names(folder) or []
    overrides = {**TINY, "schedule": {**TINY["schedule"], "steps": steps}}
    with transaction() as db:
        owner = users.create(db, name=f"owner of {name}")
        project = projects.create(
            db,
            name=name,
            title="",
            cell_px=CELL_PX,
            classes=[ClassSpec(value, each, "#336699") for value, each in enumerate(names)],
            recipe={"name": "s4al-cpu", "overrides": overrides},
            by=owner,
        )
    return Campaign(project, owner, folder)


def labelled(folder: Path, name: str, *, steps: int) -> Campaign:
    """A project with labels: each cycle of it trains on the same ones. No worker is needed."""
    made = create(folder, name, steps=steps)
    engine.run(made.start_import().id)
    finish(made.start(regions=12).id)
    made.label_all()
    return made


def finish(cycle_id: int) -> None:
    """Do what is left of the cycle's machine work here, as a worker does it."""
    until(lambda: not _do_pending(cycle_id), FINISHED_WITHIN_S)


def _do_pending(cycle_id: int) -> list[int]:
    waiting = pending_stages(cycle_id)
    for job_id in waiting:
        engine.run(job_id)
    return waiting


def weights(cycle_id: int) -> str:
    """The key of what the cycle's training has made."""
    with transaction() as db:
        return db.scalars(select(Model.weights_key).where(Model.cycle_id == cycle_id)).one()


def cycle(cycle_id: int) -> Cycle:
    with transaction() as db:
        return cycles.get(db, cycle_id)


def job(job_id: int) -> Job:
    with transaction() as db:
        return jobs.get(db, job_id)


def stage(cycle_id: int, kind: str) -> Job | None:
    """The cycle's job of this kind, when it has come to that."""
    with transaction() as db:
        found = {each.kind: each for each in cycles.stage_jobs(db, cycle_id)}
    return found.get(kind)


def pending_stages(cycle_id: int) -> list[int]:
    """The cycle's jobs that wait for a worker."""
    with transaction() as db:
        return [each.id for each in cycles.stage_jobs(db, cycle_id) if each.state == "pending"]

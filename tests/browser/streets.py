"""A project on generated scenes, whose regions a model has chosen that a worker has trained."""

from pathlib import Path

from core.models import Cycle
from tests.worker import campaign
from tests.worker.campaign import Campaign
from worker import engine


def trained(folder: Path, name: str) -> Campaign:
    """A project with its images and one cold cycle that is labelled from the truth."""
    made = campaign.create(campaign.draw(folder), name)
    engine.run(made.start_import().id)
    open_cycle(made, regions=12)
    made.label_all()
    return made


def open_cycle(of: Campaign, regions: int) -> Cycle:
    """Let the worker do all stages of a new cycle, until its regions wait for people."""
    started = of.start(regions=regions)
    while waiting := campaign.pending_stages(started.id):
        for job_id in waiting:
            engine.run(job_id)
    return campaign.cycle(started.id)

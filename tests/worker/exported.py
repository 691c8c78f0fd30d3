"""What an export job leaves, done in this process."""

import io
import json
import zipfile
from typing import Any

import numpy as np

from core import exports, masks, pixels, predictions
from core.db import transaction
from core.decoding import Upright
from core.exports import Wanted
from core.models import Job, Project
from core.store import open_store
from tests.worker import campaign
from tests.worker.campaign import HEIGHT, WIDTH, Campaign
from worker import engine


def work(of: Campaign, **wanted: Any) -> Job:
    """The job when it has ended."""
    with transaction() as db:
        project = db.get_one(Project, of.project.id)
        job = exports.request(db, open_store(), project, Wanted(**wanted), by=of.owner)
    engine.run(job.id)
    return campaign.job(job.id)


def check_completed(of: Campaign) -> None:
    """The model fills the pool's images beside people's labels, and says where."""
    job = work(of, format="index", completed=True)
    assert job.state == "succeeded", job.error_text
    assert (job.queue, job.result and job.result["masks"]) == ("train", 10)
    archive = zipfile.ZipFile(io.BytesIO(open_store().read(exports.archive_of(job))))
    asked = 0
    for name in [each for each in archive.namelist() if each.startswith("pool/masks/")]:
        mask = masks.stored(archive.read(name))
        coverage = masks.stored(archive.read(name.replace("pool/masks", "coverage/pool")))
        assert mask.shape == (HEIGHT, WIDTH)
        assert set(np.unique(coverage)) <= {masks.ASKED, masks.COMPLETED}
        assert (mask[coverage == masks.COMPLETED] < masks.NOT_ASKED).all()
        asked += int((coverage == masks.ASKED).sum())
    about = json.loads(archive.read("export.json"))
    assert len(about["completed_by"]) == 64
    assert asked == sum(area(row) for row in archive.read("regions.csv").decode().splitlines()[1:])


def check_predicted(of: Campaign) -> None:
    """The newest model looks at a picture of somebody's, of another size than the pool's."""
    picture = np.random.default_rng(1).integers(0, 256, (50, 70, 3), np.uint8)
    with transaction() as db:
        sent = Upright(70, 50, pixels.to_png(picture))
        job = predictions.request(db, open_store(), of.project.id, sent, by=of.owner)
    engine.run(job.id)
    done = campaign.job(job.id)
    assert done.state == "succeeded", done.error_text
    mask = masks.stored(open_store().read(predictions.mask_of(done)))
    assert mask.shape == (50, 70)
    assert mask.max() < masks.NOT_ASKED


def area(row: str) -> int:
    cells = row.split(",")
    return int(cells[5]) * int(cells[6]) - int(cells[-1])

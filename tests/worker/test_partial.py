"""Masks that were imported for a part of each image, all the way round the loop."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Picture
from sqlalchemy import select

from core.db import transaction
from core.errors import BudgetExceedsPool
from core.models import Region
from tests.verified import verified
from tests.worker import campaign
from worker import engine

pytestmark = pytest.mark.slow
ASKED_PX = 48
"""Columns that people were asked for: half of an image, which is three of its six cells a row."""


@pytest.fixture
def covered(environment: dict[str, str], folder: Path) -> Path:  # noqa: ARG001
    """The scenes with a coverage of each pool image."""
    root = folder / "covered"
    for part in ("pool", "val", "classes.json"):
        whole = folder / part
        (shutil.copytree if whole.is_dir() else shutil.copy)(whole, root / part)
    cover = np.zeros((campaign.HEIGHT, campaign.WIDTH), np.uint8)
    cover[:, :ASKED_PX] = 255
    (root / "coverage/pool").mkdir(parents=True)
    for image in (root / "pool/images").iterdir():
        Picture.fromarray(cover).save(root / "coverage/pool" / image.name)
    return root


def test_what_the_masks_leave_is_asked(covered: Path):
    made = campaign.create(covered, "covered", steps=4)
    engine.run(made.start_import(pool_masks=True).id)
    cycle = made.start(regions=72)  # all that is left: six images of 3 x 4 cells
    assert cycle.manifest_summary["labelled_share"] == 0.5
    while waiting := campaign.pending_stages(cycle.id):
        engine.run(waiting[0])
    assert campaign.cycle(cycle.id).state == "labelling", campaign.cycle(cycle.id)
    with transaction() as db:
        lefts = set(db.scalars(select(Region.left).where(Region.cycle_id == cycle.id)))
    assert lefts == {48, 64, 80}
    assert made.label_all() == 72
    assert campaign.cycle(cycle.id).state == "closed"
    with pytest.raises(BudgetExceedsPool, match="the pool has 0 open cells"):
        made.start(regions=1)
    verified()

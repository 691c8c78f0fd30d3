"""What lies in the database: labels in the order in which they came, and their masks."""

from io import BytesIO
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from sqlalchemy import select

from core.db import transaction
from core.models import Label, Lease, Project, Region
from core.store import open_store


class Row(NamedTuple):
    """A label and its mask."""

    label: Label
    mask: NDArray[np.uint8]

    @property
    def region_id(self) -> int:
        return self.label.region_id


def labels(of: Project, status: str = "accepted") -> list[Row]:
    with transaction() as db:
        mine = select(Label).where(Label.project_id == of.id, Label.status == status)
        found = db.scalars(mine.order_by(Label.id)).all()
    return [Row(label, stored(label.mask_key)) for label in found]


def stored(key: str) -> NDArray[np.uint8]:
    """The values of a stored mask."""
    return np.asarray(Image.open(BytesIO(open_store().read(key))))


def regions(of: Project, **values: Any) -> list[Region]:
    """Regions by rank."""
    with transaction() as db:
        mine = select(Region).where(Region.project_id == of.id).filter_by(**values)
        return list(db.scalars(mine.order_by(Region.rank, Region.id)))


def leases(of: Project, **values: Any) -> list[Lease]:
    """Leases in the order in which they were granted."""
    with transaction() as db:
        mine = select(Lease).where(Lease.project_id == of.id).filter_by(**values)
        return list(db.scalars(mine.order_by(Lease.granted_at)))

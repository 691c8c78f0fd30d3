"""What is labelled already around a region: whole masks of the pool, and regions' labels."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from sqlalchemy import select, true
from sqlalchemy.orm import Session

from core import masks
from core.boxes import Box, box_of
from core.masks import NOT_ASKED, Mask
from core.models import Image, Label, Region
from core.store import Store


class Patch(NamedTuple):
    """A stored mask and its place in the image."""

    key: str
    box: Box


def patches(db: Session, region: Region | None, image: Image, window: Box) -> list[Patch]:
    """The masks that reach into the window, oldest first; a region's own label is left out."""
    found = (
        select(Region, Label.mask_key)
        .join(Label, Label.id == Region.label_id)
        .where(Region.image_id == image.id)
        .where(Region.id != region.id if region else true())
        .where(Region.purpose == "label", Region.state == "labelled")
        .where(Region.left < window.right, Region.left + Region.width > window.left)
        .where(Region.top < window.bottom, Region.top + Region.height > window.top)
        .order_by(Label.id)
    )
    # What is known around a check would tell that it is one.
    known = image.mask_key is not None and (region is None or region.purpose != "check")
    whole = [] if not known or image.mask_key is None else [Patch(image.mask_key, _whole(image))]
    return whole + [Patch(key, box_of(other)) for other, key in db.execute(found)]


def _whole(image: Image) -> Box:
    return Box(0, 0, image.width, image.height)


def paint(store: Store, found: Sequence[Patch], window: Box, own: Box) -> Mask:
    """(height, width) of the window: NOT_ASKED where nothing is labelled and in the region itself.

    A later label covers an earlier one, but only where it was asked.
    """
    painted = np.full((window.height, window.width), NOT_ASKED, np.uint8)
    for key, box in found:
        lay(painted, masks.stored(store.read(key)), box.within(window))
    painted[own.within(window).slices] = NOT_ASKED
    return painted


def lay(painted: Mask, mask: Mask, place: Box) -> None:
    """The part of `mask`, whose corner lies at `place`, that falls into the window."""
    left, top = max(0, place.left), max(0, place.top)
    target = painted[top : max(0, place.bottom), left : max(0, place.right)]
    part = mask[top - place.top :, left - place.left :][: target.shape[0], : target.shape[1]]
    asked = part != NOT_ASKED
    target[asked] = part[asked]

"""What an export reads: the images and labels of a manifest, a page at a time.

No transaction stays open between two pages, since files are read and written there.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import linked, masks, neighbours
from core.boxes import Box
from core.exports.contract import Item
from core.masks import NOT_ASKED, Mask
from core.models import Cycle, Image, Label, Region, User
from core.store import Store

PAGE = 500
# What archives may not hold in a name, ours and those of file systems.
FORBIDDEN = frozenset('/\\:*?"<>|')

Begin = Callable[[], AbstractContextManager[Session]]


class Frozen(NamedTuple):
    """A manifest's masks of whole images and its labels of regions, by image."""

    whole: dict[int, str]
    patches: dict[int, list[tuple[str, Box]]]
    labels: list[int]

    @classmethod
    def of(cls, manifest: dict[str, Any]) -> "Frozen":
        patches: dict[int, list[tuple[str, Box]]] = defaultdict(list)
        for each in manifest["labels"]:
            box = Box(each["left"], each["top"], each["width"], each["height"])
            patches[each["image"]].append((each["mask"], box))
        whole = {each["image"]: each["mask"] for each in manifest["images"]}
        return cls(whole, patches, [each["label"] for each in manifest["labels"]])


def items(
    begin: Begin, store: Store, project_id: int, frozen: Frozen, *, newest: int
) -> Iterator[Item]:
    """The images up to the id `newest`, in the order of their ids. Pool images have the manifest's
    labels, the others their truth."""
    for image in _images(begin, project_id, newest):
        yield Item(
            image.id,
            image.split,
            safe(image.name),
            image.width,
            image.height,
            partial(linked.png, store, image.key),
            _mask(store, image, frozen),
        )


def _images(begin: Begin, project_id: int, newest: int) -> Iterator[Image]:
    last = 0
    while True:
        found = select(Image).where(Image.project_id == project_id, Image.id <= newest)
        with begin() as db:
            page = db.scalars(found.where(Image.id > last).order_by(Image.id).limit(PAGE)).all()
        yield from page
        if len(page) < PAGE:
            return
        last = page[-1].id


def count(db: Session, project_id: int, *, newest: int) -> int:
    """How many images there are up to this id."""
    found = select(func.count()).where(Image.project_id == project_id, Image.id <= newest)
    return int(db.scalar(found) or 0)


def newest(db: Session, project_id: int, cycle: Cycle | None) -> int:
    """The id of the last image that there was, at the beginning of the cycle or now."""
    found = select(func.max(Image.id)).where(Image.project_id == project_id)
    if cycle is not None:
        found = found.where(Image.created_at <= cycle.created_at)
    return int(db.scalar(found) or 0)


def _mask(store: Store, image: Image, frozen: Frozen) -> Mask | None:
    key = frozen.whole.get(image.id) if image.split == "pool" else image.mask_key
    whole = None if key is None else masks.stored(store.read(key))
    patches = frozen.patches.get(image.id, ()) if image.split == "pool" else ()
    if not patches:
        return whole
    nothing = np.full((image.height, image.width), NOT_ASKED, np.uint8)
    painted = nothing if whole is None else whole.copy()
    for patch, box in patches:
        neighbours.lay(painted, masks.stored(store.read(patch)), box)
    return None if (painted == NOT_ASKED).all() else painted


def safe(name: str) -> str:
    """The name as a file in an archive may have it on every system; what cannot be is %XX."""
    bad = {each for each in name if each in FORBIDDEN or not each.isprintable()}
    return name if not bad else "".join(_escaped(each, bad) for each in name)


def _escaped(character: str, bad: set[str]) -> str:
    if character not in bad and character != "%":
        return character
    return "".join(f"%{byte:02X}" for byte in character.encode())


REGIONS = (
    *("region", "image", "split", "left", "top", "width", "height", "cycle", "annotator"),
    *("score", "rank", "source", "seconds", "revision", "labelled_px", "void_px", "not_asked_px"),
)


def regions(begin: Begin, labels: Sequence[int]) -> Iterator[tuple[Any, ...]]:
    """A row of REGIONS for each of the labels, in the order of the regions."""
    for first in range(0, len(labels), PAGE):
        with begin() as db:
            rows = db.execute(_regions(labels[first : first + PAGE])).all()
        yield from (tuple(row) for row in rows)


def _regions(labels: Sequence[int]) -> Any:
    box = (Region.left, Region.top, Region.width, Region.height)
    counts = (Label.labelled_px, Label.void_px, Label.not_asked_px)
    columns = (
        *(Region.id, Image.name, Image.split, *box, Cycle.number, User.name),
        *(Region.score, Region.rank, Region.source, Label.active_ms / 1000.0),
        *(Label.revision, *counts),
    )
    found = select(*columns).select_from(Label).join(Region, Region.id == Label.region_id)
    found = found.join(Image, Image.id == Region.image_id).join(User, User.id == Label.user_id)
    found = found.join(Cycle, Cycle.id == Region.cycle_id)
    return found.where(Label.id.in_(labels)).order_by(Region.id)

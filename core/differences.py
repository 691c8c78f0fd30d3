"""Two models image by image: where one is better than the other, as their evaluations counted."""

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import cycles, exploring, stages
from core.errors import NotFound
from core.models import Image, Model
from core.store import Store


class Difference(NamedTuple):
    """An image, and the mIoU of both models over the classes that occur in it."""

    image: Image
    miou: float
    other_miou: float


def by_image(
    db: Session, store: Store, models: tuple[Model, Model], *, split: str, limit: int
) -> list[Difference]:
    """The images in which two models differ most, those first.

    Raises NotFound for models of two projects, or where one was not judged image by image.
    """
    if models[0].project_id != models[1].project_id:
        raise NotFound(f"There is no model {models[1].id} in the project of model {models[0].id}.")
    first, second = (_mious(_counts_of(db, store, each)) for each in models)
    within = select(Image.id).where(Image.project_id == models[0].project_id, Image.split == split)
    both = [each for each in db.scalars(within) if each in first and each in second]
    most = sorted(both, key=lambda each: (-abs(first[each] - second[each]), each))[:limit]
    rows = {each.id: each for each in db.scalars(select(Image).where(Image.id.in_(most)))}
    return [Difference(rows[each], first[each], second[each]) for each in most]


def _counts_of(db: Session, store: Store, model: Model) -> str:
    """Where the counts of each image lie. Raises NotFound."""
    left = stages.result_of(db, model.cycle_id, "evaluate") or {}
    if "confusions" not in left:
        number = cycles.get(db, model.cycle_id).number
        raise NotFound(f"The model of cycle {number} was not judged image by image.")
    return str(store.path(left["confusions"]))


@lru_cache(maxsize=32)
def _mious(path: str) -> dict[int, float]:
    """Files under their hash never change."""
    found = {image: miou(told) for image, told in exploring.read_confusions(path).items()}
    return {image: value for image, value in found.items() if value is not None}


def miou(told: Sequence[Sequence[int]]) -> float | None:
    """Mean IoU of the classes that truth or prediction has, from [truth, predicted, pixels]."""
    right, either = Counter[int](), Counter[int]()
    for truth, given, pixels in told:
        for value in {truth, given}:
            either[value] += pixels
        if truth == given:
            right[truth] += pixels
    return sum(right[value] / either[value] for value in either) / len(either) if either else None

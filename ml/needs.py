"""What a method needs against what a training has: refused before the first step."""

from ml.data import Batches
from ml.errors import Failure
from ml.group import Group
from ml.methods import Needs, Situation
from ml.pool import Pool
from ml.resize import target_size
from ml.sampling import frequency
from ml.spec import TrainSpec
from ml.types import NOT_ASKED


def situation_of(spec: TrainSpec, batches: Batches) -> Situation:
    """Raises Failure `bad_spec` for tags and background that are no classes."""
    tags = {i: item.tags for i, item in enumerate(spec.pool) if item.tags is not None}
    _check_classes(spec, {value for each in tags.values() for value in each})
    scale = spec.recipe.scale
    sizes = [target_size(item.height, item.width, scale) for item in spec.pool]
    share = frequency(batches.counts)
    return Situation(spec.recipe, share, spec.seed, sizes, tuple(spec.background), tags)


def _check_classes(spec: TrainSpec, tagged: set[int]) -> None:
    for what, values in (("tags", tagged), ("background", set(spec.background))):
        strange = [value for value in sorted(values) if value >= len(spec.classes)]
        if strange:
            raise Failure(
                "bad_spec",
                f"{what} {strange} are no classes; expected 0 to {len(spec.classes) - 1}",
            )


def check(needs: Needs, situation: Situation, pool: Pool, group: Group) -> None:
    """Raises Failure `bad_spec` with what is missing and what to do."""
    method = situation.recipe.method
    if needs.alone and group.count > 1:
        _refuse(f"{method} keeps what it has seen in one process", "start it without torchrun")
    if needs.unlabelled and not _has_unlabelled(pool):
        _refuse(
            f"{method} learns from unlabelled images, and all {len(pool)} are labelled whole",
            "take supervised, add images, or set the weights of its unlabelled terms to 0",
        )
    if needs.tags and not any(situation.tags.values()):
        _refuse(
            "weak.weight asks for images with tags, and none has any",
            "tag images with the classes in them, or set weak.weight to 0",
        )
    classes = int((situation.frequency > 0).sum())
    if classes < needs.classes:
        _refuse(
            f"{method} compares label maps, which takes labels of {needs.classes} classes; there "
            f"are labels of {classes}",
            "label another class, or take supervised",
        )
    if min(pool.crop()) < needs.crop:
        _refuse(
            f"the discriminator of {method} needs crops of {needs.crop} x {needs.crop} pixels; "
            f"given {pool.crop()[1]} x {pool.crop()[0]}",
            "raise augmentation.crop or scale",
        )


def _has_unlabelled(pool: Pool) -> bool:
    """Whether any pixel of any image has no label."""
    bare = (item.mask_path is None for item in pool.items)
    return any(bare) or any((pool.canvas(i) == NOT_ASKED).any() for i in range(len(pool)))


def _refuse(why: str, what_to_do: str) -> None:
    raise Failure("bad_spec", f"{why}; {what_to_do}")

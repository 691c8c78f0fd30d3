"""Rows to spec folders: what a stage of a cycle needs, as paths and numbers.

Images and masks are named by the places that they will have here: `worker.fetching` brings them
once the transaction is over.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from core import (
    continuing,
    control_runs,
    cycles,
    manifests,
    plans,
    projects,
    shards,
    stages,
    suggestions,
)
from core.exports import Order
from core.jobs import Claim
from core.models import Cycle, Image, Model, Project
from core.reviews import Contradicted
from core.settings import settings
from core.store import Store
from ml.recipe import Recipe
from ml.spec import (
    Budget,
    EvaluateSpec,
    ImageItem,
    ModelFiles,
    Patch,
    PredictSpec,
    ScoreSpec,
    SelectSpec,
    SurveySpec,
    TrainSpec,
)
from ml.strategy import Strategy

# Validation during training is for the progress display; the evaluate stage does it honestly.
PROGRESS_IMAGES = 8

Ends = tuple[int | None, int | None]
"""The first and the last id of a part of a pool; None where it has no end."""


def train(db: Session, store: Store, claim: Claim) -> TrainSpec:
    """Train on the manifest's labels and the whole pool."""
    cycle = stages.cycle_of(db, claim)
    manifest = manifests.read(store, cycle.manifest_digest)
    return _training(db, store, cycle, claim=claim, manifest=manifest)


def control(db: Session, store: Store, claim: Claim, manifest: dict[str, Any]) -> TrainSpec:
    """Train as the cycle did, on the labels of this manifest."""
    cycle = control_runs.cycle_of(db, claim)
    return _training(db, store, cycle, claim=claim, manifest=manifest)


def _training(
    db: Session, store: Store, cycle: Cycle, *, claim: Claim, manifest: dict[str, Any]
) -> TrainSpec:
    val, classes = _items(db, store, cycle, "val"), projects.classes(db, cycle.project_id)
    recipe = _recipe(cycle, halvings=claim.request.get("halvings", 0))
    return TrainSpec(
        recipe=recipe.model_copy(update={"continues": None}),
        classes=[each.name for each in classes],
        background=[each.value for each in classes if each.background],
        start=_start(db, store, cycle, recipe.continues),
        seed=cycle.seed,
        pool=_pool(db, store, cycle, manifest),
        val=val[:: max(1, len(val) // PROGRESS_IMAGES)][:PROGRESS_IMAGES],
        checkpoint_every_s=settings().checkpoint_s,
    )


def _start(db: Session, store: Store, cycle: Cycle, continues: str | None) -> ModelFiles | None:
    """The model that the recipe continues. `ml.run` is never handed the recipe's own word."""
    model = continuing.model_for(db, cycle.project_id, continues, apart_from=cycle.id)
    return None if model is None else files_of(store, model)


def _recipe(cycle: Cycle, *, halvings: int) -> Recipe:
    """After running out of memory: the same batches in parts, or smaller ones if they are too
    small for that."""
    full = projects.checked_recipe(cycle.recipe)
    schedule = full.schedule
    parts = schedule.accumulate << halvings
    # Mixing needs two images to mix.
    if parts <= min(schedule.labelled_batch, schedule.unlabelled_batch // 2):
        changes = {"accumulate": parts}
    else:
        changes = {
            "labelled_batch": max(1, schedule.labelled_batch >> halvings),
            "unlabelled_batch": max(2, schedule.unlabelled_batch >> halvings),
            "accumulate": 1,
        }
    return full.model_copy(update={"schedule": schedule.model_copy(update=changes)})


def evaluate(db: Session, store: Store, claim: Claim) -> EvaluateSpec:
    """Judge the cycle's model on the splits that have truth."""
    cycle = stages.cycle_of(db, claim)
    model = _model(db, store, cycle)
    assert model is not None
    return EvaluateSpec(model=model, splits=judged(db, store, cycle))


def judged(db: Session, store: Store, cycle: Cycle) -> dict[str, list[ImageItem]]:
    """The images with truth that the cycle measures on, by split."""
    splits = cycles.splits_to_evaluate(db, cycle)
    return {split: _items(db, store, cycle, split, with_mask=True) for split in splits}


def score(db: Session, store: Store, claim: Claim) -> ScoreSpec | SurveySpec:
    """Score, or survey, the pool images of the shard that are not labelled as a whole: open
    pixels alone count."""
    cycle = stages.cycle_of(db, claim)
    model = _model(db, store, cycle)
    strategy = Strategy.model_validate(cycle.strategy)
    asked = claim.request
    items = _items(db, store, cycle, "pool", ids=(asked.get("first"), asked.get("last")))
    partly = _partly(db, cycle)
    opened = [place for place, item in enumerate(items) if _is_open(item, partly)]
    common = {
        "model": model,
        "images": [items[place] for place in opened],
        "blocks": shards.blocks(opened),
        "network": strategy.network,
    }
    if asked.get("survey"):
        return SurveySpec.model_validate(common)
    wanted = {"acquisition": strategy.acquisition, "shares": asked.get("shares")}
    return ScoreSpec.model_validate(common | wanted | {"cell_px": _project(db, cycle).cell_px})


def choose(db: Session, store: Store, claim: Claim) -> SelectSpec:
    """Choose the budget's regions; without a model, at random."""
    cycle = stages.cycle_of(db, claim)
    model = _model(db, store, cycle)
    strategy = Strategy.model_validate(cycle.strategy)
    if model is None:
        strategy = strategy.model_copy(update={"acquisition": "random"})
    scored = shards.files_of(db, cycle.id)
    return SelectSpec(
        images=_open_items(db, store, cycle, last=shards.newest_image(db, cycle.id)),
        cell_px=_project(db, cycle).cell_px,
        budget=Budget(regions=cycle.budget_regions),
        strategy=strategy,
        closed=_closed(db, cycle),
        scores=[store.path(each.scores) for each in scored],
        cells=[store.path(each.cells) for each in scored if each.cells],
        model=_suggesting(db, store, claim) or model,
        turn=cycle.number,
        seed=cycle.seed,
    )


def complete(db: Session, store: Store, project_id: int, order: Order) -> PredictSpec:
    """Look at every pool image that the export will hold."""
    model = db.get_one(Model, order.model_id)
    found = select(Image).where(Image.project_id == project_id, Image.split == "pool")
    rows = db.scalars(found.where(Image.id <= order.newest).order_by(Image.id))
    images = [_item(store, row, None) for row in rows]
    return PredictSpec(model=files_of(store, model), images=images)


def _project(db: Session, cycle: Cycle) -> Project:
    return db.get_one(Project, cycle.project_id)


def _model(db: Session, store: Store, cycle: Cycle) -> ModelFiles | None:
    model = stages.model_of(db, cycle.id)
    return None if model is None else files_of(store, model)


def _suggesting(db: Session, store: Store, claim: Claim) -> ModelFiles | None:
    wanted = claim.request.get(suggestions.MODEL)
    return files_of(store, db.get_one(Model, wanted)) if wanted is not None else None


def files_of(store: Store, model: Model) -> ModelFiles:
    """Where the model's files lie on this machine."""
    return ModelFiles(weights=store.path(model.weights_key), card=store.path(model.card_key))


def _closed(db: Session, cycle: Cycle) -> dict[str, list[tuple[int, int]]]:
    closed: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for image_id, row, column in db.execute(plans.settled_cells(cycle.project_id)):
        closed[str(image_id)].append((row, column))
    return dict(closed)


def _open_items(db: Session, store: Store, cycle: Cycle, *, last: int | None) -> list[ImageItem]:
    items, partly = _items(db, store, cycle, "pool", ids=(None, last)), _partly(db, cycle)
    return [item for item in items if _is_open(item, partly)]


def _partly(db: Session, cycle: Cycle) -> set[str]:
    """The pool's images whose mask leaves pixels that nobody was asked for."""
    found = select(Image.id).where(Image.project_id == cycle.project_id, Image.split == "pool")
    return {str(each) for each in db.scalars(found.where(Image.mask_px.is_not(None)))}


def _is_open(item: ImageItem, partly: set[str]) -> bool:
    """Whether the manifest leaves something of the image to ask for."""
    return item.mask_path is None or item.id in partly


def _items(
    db: Session,
    store: Store,
    cycle: Cycle,
    split: str,
    *,
    with_mask: bool = False,
    ids: Ends = (None, None),
) -> list[ImageItem]:
    """The split's images in the order of their ids, with what the cycle's manifest says of each."""
    if split == "pool":
        return _pool(db, store, cycle, manifests.read(store, cycle.manifest_digest), ids=ids)
    found = _images(cycle, split)
    if with_mask:
        found = found.where(Image.mask_key.is_not(None))
    return [_item(store, image, mask=image.mask_key) for image in db.scalars(found)]


def _pool(
    db: Session, store: Store, cycle: Cycle, manifest: dict[str, Any], *, ids: Ends = (None, None)
) -> list[ImageItem]:
    frozen = {entry["image"]: entry["mask"] for entry in manifest["images"]}
    patches = _patches(store, manifest["labels"])
    tags = {entry["tagged"]: entry["tags"] for entry in manifest.get("tags", [])}
    return [
        _item(store, each, frozen.get(each.id), patches=patches[each.id], tags=tags.get(each.id))
        for each in db.scalars(_images(cycle, "pool", ids))
    ]


def _images(cycle: Cycle, split: str, ids: Ends = (None, None)) -> Select[Image]:
    found = select(Image).where(Image.project_id == cycle.project_id, Image.split == split)
    first, last = ids
    if first is not None:
        found = found.where(Image.id >= first)
    if last is not None:
        found = found.where(Image.id <= last)
    return found.order_by(Image.id)


def _item(store: Store, image: Image, mask: str | None, **known: Any) -> ImageItem:
    return ImageItem(
        id=str(image.id),
        path=str(store.place(image.key)),
        width=image.width,
        height=image.height,
        mask_path=_path(store, mask),
        **known,
    )


def labels_at(
    db: Session, store: Store, claim: Claim, told: dict[str, list[dict[str, Any]]]
) -> list[Contradicted]:
    """The labels of the cycle's manifest at these boxes, by image, with their shares."""
    manifest = manifests.read(store, stages.cycle_of(db, claim).manifest_digest)
    places = {_place(label["image"], label): label["label"] for label in manifest["labels"]}
    found = [(_place(int(image), each), each["share"]) for image in told for each in told[image]]
    return [Contradicted(places[place], share) for place, share in found if place in places]


def _place(image_id: int, box: dict[str, Any]) -> tuple[int, ...]:
    return image_id, *(box[side] for side in ("left", "top", "width", "height"))


def _path(store: Store, key: str | None) -> str | None:
    return str(store.place(key)) if key else None


def _patches(store: Store, labels: Sequence[dict[str, Any]]) -> dict[int, list[Patch]]:
    by_image: dict[int, list[Patch]] = defaultdict(list)
    for label in labels:
        box = {side: label[side] for side in ("left", "top", "width", "height")}
        by_image[label["image"]].append(Patch(path=str(store.place(label["mask"])), **box))
    return by_image

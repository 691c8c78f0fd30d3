"""The spec folder: what `python -m ml.run SPEC_DIR` reads from `SPEC_DIR/spec.json`, and what
`python -m ml.spec` writes for a training.

Paths are absolute or relative to the spec folder. Results are written to `SPEC_DIR/out/`.
Pydantic alone, so that the worker writes specs without loading torch.
"""

import sys
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, PositiveInt, TypeAdapter

from ml.recipe import Prediction, Recipe
from ml.strategy import Acquisition, Strategy, Which


class Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Patch(Strict):
    """An index PNG (mode L) of one labelled region, in native pixels of its image."""

    path: str
    left: NonNegativeInt
    top: NonNegativeInt
    width: PositiveInt
    height: PositiveInt


class ImageItem(Strict):
    """`path` is an upright encoded RGB image; `mask_path` an index PNG of the whole image.

    The label map is NOT_ASKED everywhere, then the mask, then the patches in their order. `tags`
    are the classes somewhere in the image, None where nobody said.
    """

    id: str
    path: str
    width: PositiveInt
    height: PositiveInt
    patches: list[Patch] = []
    mask_path: str | None = None
    tags: list[NonNegativeInt] | None = None


class ModelFiles(Strict):
    weights: Path
    card: Path


Model = Path | ModelFiles
"""A folder with `model.safetensors` and `model.json`, or the two files by name."""

Classes = Annotated[list[str], Field(min_length=2, max_length=254)]


class TrainSpec(Strict):
    """Writes `model.safetensors` and `model.json`. `val` is for progress only and may be empty.
    `background` are the classes that are no objects; `start` is the model that the recipe
    continues, if its own `continues` is not the folder of one."""

    kind: Literal["train"] = "train"
    recipe: Recipe
    classes: Classes
    seed: NonNegativeInt = 0
    pool: list[ImageItem]
    val: list[ImageItem] = []
    background: list[NonNegativeInt] = []
    start: Model | None = None
    checkpoint_every_s: Annotated[float, Field(ge=0)] = 60.0


class EvaluateSpec(Strict):
    """Writes `evaluation.json`: per split the confusion matrix and the number of images."""

    kind: Literal["evaluate"] = "evaluate"
    model: Model
    splits: dict[str, list[ImageItem]]


class ScoreSpec(Strict):
    """Writes `scores.safetensors`: float32 (gh, gw) for each image id, -1 marks a closed cell; and
    `cells.safetensors`: what is expected of each cell. `prediction` None is the recipe's.

    Where `images` are a part of a pool, `blocks` say how many of them, one after another, may
    share passes (the bits of a score may depend on whom its image shares them with), and `shares`
    are the sums that surveys of all parts have counted.
    """

    kind: Literal["score"] = "score"
    model: Model
    images: list[ImageItem]
    blocks: list[PositiveInt] = []
    shares: list[NonNegativeInt] | None = None
    cell_px: PositiveInt
    acquisition: Acquisition = "entropy"
    network: Which = "teacher"
    prediction: Prediction | None = None


class SurveySpec(Strict):
    """Writes `shares.json`: `counts` by class, the sum of its mean probability over each image, in
    2^-32."""

    kind: Literal["survey"] = "survey"
    model: Model
    images: list[ImageItem]
    blocks: list[PositiveInt] = []
    network: Which = "teacher"
    prediction: Prediction | None = None


class Budget(Strict):
    regions: PositiveInt


class SelectSpec(Strict):
    """Writes `selection.json` and, with a model, `suggestions/N.png` and `N.confidence.png`.

    `turn` is the number of the cycle: noise decays with it. `scores` and `cells` are the files of
    all parts of the pool; `cells` is needed by strategies that weigh classes or clicks.
    """

    kind: Literal["select"] = "select"
    images: list[ImageItem]
    cell_px: PositiveInt
    budget: Budget
    strategy: Strategy = Strategy()
    closed: dict[str, list[tuple[NonNegativeInt, NonNegativeInt]]] = {}
    scores: list[Path] = []
    cells: list[Path] = []
    model: Model | None = None
    turn: NonNegativeInt = 0
    seed: NonNegativeInt = 0


class PredictSpec(Strict):
    """Writes `masks/ID.png` for each image: an index PNG of the most probable classes."""

    kind: Literal["predict"] = "predict"
    model: Model
    images: list[ImageItem]
    network: Which = "teacher"


AnySpec = TrainSpec | EvaluateSpec | SurveySpec | ScoreSpec | SelectSpec | PredictSpec

_SPEC: TypeAdapter[AnySpec] = TypeAdapter(Annotated[AnySpec, Field(discriminator="kind")])


def read(folder: Path) -> AnySpec:
    """The spec of a folder. Raises OSError or pydantic.ValidationError (a ValueError)."""
    return _SPEC.validate_json((folder / "spec.json").read_bytes())


if __name__ == "__main__":
    from ml.commands.spec import main

    sys.exit(main())

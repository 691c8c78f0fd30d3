"""What may be asked of the learner: a recipe is a full training configuration, by name.

Pydantic alone, no arrays: `core` validates recipes without loading torch. All models are frozen
and refuse unknown fields; `recipe()` turns every refusal into one ValueError that names the
field, what was given and what was expected.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


Acquisition = Literal["entropy", "margin", "least_confidence"]


class Strategy(Frozen):
    """How a cycle chooses cells: what scores them, and how the picks are spread.

    `per_image_cap` None means max(1, ceil(2 * budget / images)). `suppress_radius` is the
    Chebyshev distance in cells that two picks of one image must exceed. `random_share` of the
    budget is drawn at random, as a control.
    """

    acquisition: Literal["random", "entropy", "margin", "least_confidence"] = "entropy"
    per_image_cap: Annotated[int, Field(ge=1)] | None = None
    suppress_radius: Annotated[int, Field(ge=0)] = 1
    random_share: Share = 0.0


class Network(Frozen):
    """MobileNetV2 + DeepLabv3+. `weights`: none, a local folder, or a name on the hub."""

    encoder: Literal["mobilenetv2"] = "mobilenetv2"
    width: Annotated[float, Field(ge=0.1, le=2.0)] = 1.0
    output_stride: Literal[8, 16, 32] = 16
    weights: Annotated[str, Field(min_length=1)] = "none"
    decoder_channels: Annotated[int, Field(ge=8, le=1024)] = 256
    low_level_channels: Annotated[int, Field(ge=4, le=256)] = 48
    rates: tuple[Annotated[int, Field(ge=1, le=64)], ...] = (6, 12, 18)
    separable: bool = False


class Schedule(Frozen):
    """lr(t) = lr * (1 - t/steps)^power, floored, after a linear warm-up (a share of the steps)."""

    steps: Annotated[int, Field(ge=1, le=1_000_000)] = 5000
    labelled_batch: Annotated[int, Field(ge=1, le=256)] = 4
    unlabelled_batch: Annotated[int, Field(ge=2, le=256)] = 4
    optimizer: Literal["sgd", "adamw"] = "sgd"
    lr: Annotated[float, Field(gt=0, le=10)] = 1e-2
    momentum: Annotated[float, Field(ge=0, lt=1)] = 0.9
    weight_decay: Share = 5e-4
    power: Annotated[float, Field(ge=0, le=10)] = 0.9
    floor: Annotated[float, Field(ge=0, le=10)] = 1e-6
    warmup: Annotated[float, Field(ge=0, lt=1)] = 0.0
    validations: Annotated[int, Field(ge=0, le=1000)] = 4


class Augmentation(Frozen):
    """`crop` is (height, width) after `scale`; None takes the first pool image's size."""

    crop: tuple[Annotated[int, Field(ge=64)], Annotated[int, Field(ge=64)]] | None = None
    scale_min: Annotated[float, Field(ge=0.1, le=10)] = 0.75
    scale_max: Annotated[float, Field(ge=0.1, le=10)] = 1.25
    flip: Share = 0.5
    jitter: Share = 0.5
    brightness: Annotated[float, Field(ge=0, lt=1)] = 0.25
    contrast: Annotated[float, Field(ge=0, lt=1)] = 0.25
    saturation: Annotated[float, Field(ge=0, lt=1)] = 0.0

    @model_validator(mode="after")
    def _ordered(self) -> "Augmentation":
        if self.scale_min > self.scale_max:
            raise ValueError(
                f"scale_min {self.scale_min} is above scale_max {self.scale_max}; swap them"
            )
        return self


class Teacher(Frozen):
    """The teacher averages weights and batch-norm statistics, and predicts in eval mode."""

    momentum: Annotated[float, Field(ge=0, lt=1)] = 0.99


class S4al(Frozen):
    """Starts are shares of the steps; `temperature` is T of P(c) = softmax((1 - f_c) / T)."""

    threshold: Share = 0.97
    weight: Annotated[float, Field(ge=0, le=100)] = 1.0
    cold_start: Share = 0.1
    replay_start: Share = 0.3
    replay_size: Annotated[int, Field(ge=1, le=100_000)] = 50
    temperature: Positive = 0.3


class Recipe(Frozen):
    """`scale` resizes images for training and prediction; predictions are resized back.

    `balance` b weighs the labels of class c by f_c^-b, f_c its share of the labelled pixels.
    """

    name: str
    method: Literal["supervised", "s4al"]
    network: Network = Network()
    schedule: Schedule = Schedule()
    augmentation: Augmentation = Augmentation()
    teacher: Teacher = Teacher()
    s4al: S4al = S4al()
    scale: Annotated[float, Field(gt=0, le=4)] = 1.0
    balance: Share = 0.0
    threads: Annotated[int, Field(ge=1, le=256)] | None = None
    cache_mb: Annotated[int, Field(ge=16, le=1_000_000)] = 1024


def recipe(name: str, overrides: Mapping[str, Any] | None = None) -> Recipe:
    """The named recipe with `overrides` merged in, nested fields one by one.

    Raises ValueError for an unknown name, an unknown field or a value out of bounds.
    """
    if name not in RECIPES:
        known = ", ".join(sorted(RECIPES))
        raise ValueError(f"unknown recipe {name!r}; expected one of: {known}")
    merged = _merge(RECIPES[name].model_dump(), overrides or {})
    try:
        return Recipe.model_validate(merged)
    except ValidationError as error:
        raise ValueError(f"recipe {name!r}: {_reasons(error)}") from None


def _merge(base: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in changes.items():
        inner = merged.get(key)
        nested = isinstance(inner, dict) and isinstance(value, Mapping)
        merged[key] = _merge(dict(inner or {}), value) if nested else value
    return merged


def _reasons(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(map(str, e['loc']))}: {e['msg']}, given {e['input']!r}" for e in error.errors()
    )


# Meant for about a minute from random weights on two idle cores, with images shrunk by `scale` to
# some 120 pixels across: a third of the channels, so that there are steps enough to learn in; a
# plain decoder, since depthwise convolutions save no time on so small a map. Most labels of a
# short training are of few classes, so the rest weigh more (balance); a network this young is
# seldom 97 % sure, so the bar for trust is lower, and it teaches only once it has learned
# something. A teacher that averages the last hundred of so few steps lags behind its student by
# four points of mIoU: it averages the last twenty.
_CPU_NETWORK = Network(width=0.35, decoder_channels=64, low_level_channels=32, rates=(3, 6, 9))
_CPU_SCHEDULE = Schedule(
    steps=240,
    labelled_batch=8,
    unlabelled_batch=2,
    optimizer="adamw",
    lr=1.2e-2,
    weight_decay=1e-2,
    warmup=0.05,
    validations=2,
)
_CPU_S4AL = S4al(threshold=0.9, weight=0.5, cold_start=0.5, replay_start=0.75)
_CPU_TEACHER = Teacher(momentum=0.95)

RECIPES: dict[str, Recipe] = {
    each.name: each
    for each in (
        Recipe(name="s4al", method="s4al"),
        Recipe(name="supervised", method="supervised", schedule=Schedule(steps=10_000)),
        Recipe(
            name="s4al-cpu",
            method="s4al",
            network=_CPU_NETWORK,
            schedule=_CPU_SCHEDULE,
            s4al=_CPU_S4AL,
            teacher=_CPU_TEACHER,
            balance=0.5,
        ),
        Recipe(
            name="supervised-cpu",
            method="supervised",
            network=_CPU_NETWORK,
            schedule=_CPU_SCHEDULE,
            balance=0.5,
        ),
    )
}
"""By name. The full-size ones follow the published settings, except that weights start at random
unless `network.weights` names pretrained ones."""

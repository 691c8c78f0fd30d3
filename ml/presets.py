"""The recipes that have a name, and how one of them becomes another by overriding fields.

`NAME-cpu` is meant for minutes on two cores, `NAME` for a GPU. Weights start at random unless
`network.weights` names pretrained ones. `s4al` has the settings of its paper, `s4al-official` those
of its released code where they differ; that code ranks regions by the student, which is asked of a
cycle's strategy. `mean_teacher` and `classmix` have their own losses under S4AL's network and
schedule, so that methods can be compared: the published ones start from weights we do not ship.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from ml.options import (
    AdvSemiSeg,
    Cct,
    ClassMix,
    CycleGan,
    Discriminator,
    MeanTeacher,
    Perturbations,
    S4al,
    TemporalEnsembling,
    Weak,
)
from ml.recipe import Augmentation, Colour, Network, Recipe, Schedule, Teacher

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

_CPU = Recipe(
    name="cpu",
    method="supervised",
    network=_CPU_NETWORK,
    schedule=_CPU_SCHEDULE,
    teacher=_CPU_TEACHER,
    balance=0.5,
)

# The public code of both methods never turns hues; what follows them does, and gains (AugSeg).
_STRONG = Colour(
    chance=0.8, brightness=0.4, contrast=0.4, saturation=0.4, hue=0.1, grey=0.2, blur=0.5
)
_CLASSMIX_COLOUR = Colour(
    chance=0.8, brightness=0.25, contrast=0.25, saturation=0.25, hue=0.25, blur=0.5
)
# A label of a pool image corrects the teacher and no more, in paper and code alike. The code's
# confidences pass through 8 bits, so that its 0.97 is met from 248/255 on.
_OFFICIAL = S4al(
    threshold=248 / 255, cold_weight=1.5, mean="positive", pasted="head_and_tail", head=5
)
# In both of the released codes that start from pretrained weights the encoder's rate is a tenth.
_CCT_SCHEDULE = Schedule(weight_decay=1e-4)
_WEAK = Weak(weight=0.4)
# Some epochs from where another model ended, with a discriminator from the first step on.
_TUNING = Schedule(steps=1000, lr=1e-3)
_SEGGAN = AdvSemiSeg(start=0.1)
_CYCLEGAN_SCHEDULE = Schedule(
    optimizer="adamw", lr=2e-4, momentum=0.5, weight_decay=0, power=1, hold=0.25
)
_CYCLEGAN_DISCRIMINATOR = Discriminator(lr=2e-4, momentum=0.5, second_moment=0.999)
# A small painter at a tenth of the rate that the student learns by in so few steps; what
# discriminators say counts little until they have seen something.
_CPU_CYCLEGAN = CycleGan(
    width=16,
    blocks=2,
    painter_rate=0.1,
    image_cycle=0.5,
    adversarial_labels=0.02,
    adversarial_images=0.1,
)
# A decoder for each perturbation: with thirty a step would take several times as long. Plain
# cross-entropy, as the annealed one drops most of what few steps could learn from.
_CPU_CCT = Cct(
    supervised="plain",
    ramp=0.5,
    perturbations=Perturbations(
        noise=1, drop=1, dropout=1, cutout=1, context=1, objects=1, adversarial=1
    ),
)
_FULL = Recipe(name="full", method="supervised")


def _named(name: str, base: Recipe, **changes: Any) -> Recipe:
    return base.model_copy(update={"name": name, **changes})


RECIPES: dict[str, Recipe] = {
    each.name: each
    for each in (
        _named("supervised", _FULL, schedule=Schedule(steps=10_000)),
        _named("mean_teacher", _FULL, method="mean_teacher"),
        _named(
            "classmix", _FULL, method="classmix", augmentation=Augmentation(strong=_CLASSMIX_COLOUR)
        ),
        _named(
            "classmix-official",
            _FULL,
            method="classmix",
            augmentation=Augmentation(strong=_CLASSMIX_COLOUR),
            classmix=ClassMix(weighting="batch"),
        ),
        _named("s4al", _FULL, method="s4al", supervision="whole"),
        _named(
            "s4al-official",
            _FULL,
            method="s4al",
            supervision="whole",
            schedule=Schedule(stairs=100),
            teacher=Teacher(statistics="own"),
            s4al=_OFFICIAL,
        ),
        _named(
            "s4al-tessera",
            _FULL,
            method="s4al",
            augmentation=Augmentation(strong=_STRONG),
            rare_temperature=0.3,
            balance=0.25,
        ),
        _named("cct", _FULL, method="cct", schedule=_CCT_SCHEDULE),
        _named(
            "cct-official",
            _FULL,
            method="cct",
            schedule=_CCT_SCHEDULE.model_copy(update={"encoder_rate": 0.1}),
            cct=Cct(supervised="plain", xi=1e-6),
        ),
        _named("cct-weak", _FULL, method="cct", schedule=_CCT_SCHEDULE, weak=_WEAK),
        _named("advsemiseg", _FULL, method="advsemiseg", schedule=Schedule(steps=20_000)),
        _named(
            "advsemiseg-official",
            _FULL,
            method="advsemiseg",
            schedule=Schedule(steps=20_000, encoder_rate=0.1),
            advsemiseg=AdvSemiSeg(labelled=0.1, judges_unlabelled=True),
        ),
        _named("seggan", _FULL, method="advsemiseg", schedule=_TUNING, advsemiseg=_SEGGAN),
        _named(
            "seggan-weak",
            _FULL,
            method="advsemiseg",
            schedule=_TUNING,
            advsemiseg=_SEGGAN,
            weak=_WEAK,
        ),
        _named("temporal_ensembling", _FULL, method="temporal_ensembling"),
        _named(
            "cyclegan",
            _FULL,
            method="cyclegan",
            schedule=_CYCLEGAN_SCHEDULE,
            discriminator=_CYCLEGAN_DISCRIMINATOR,
        ),
        _named(
            "cyclegan-official",
            _FULL,
            method="cyclegan",
            schedule=_CYCLEGAN_SCHEDULE,
            discriminator=_CYCLEGAN_DISCRIMINATOR,
            cyclegan=CycleGan(discriminator="pixel"),
        ),
        _named("supervised-cpu", _CPU),
        _named("mean_teacher-cpu", _CPU, method="mean_teacher", mean_teacher=MeanTeacher(weight=1)),
        _named(
            "classmix-cpu", _CPU, method="classmix", classmix=ClassMix(threshold=0.9, weight=0.5)
        ),
        _named("s4al-cpu", _CPU, method="s4al", s4al=_CPU_S4AL),
        _named("cct-cpu", _CPU, method="cct", cct=_CPU_CCT),
        _named(
            "advsemiseg-cpu",
            _CPU,
            method="advsemiseg",
            advsemiseg=AdvSemiSeg(start=0.5),
            discriminator=Discriminator(lr=1e-3, width=16),
        ),
        _named(
            "seggan-cpu",
            _CPU,
            method="advsemiseg",
            schedule=_CPU_SCHEDULE.model_copy(update={"steps": 80, "lr": 2e-3}),
            advsemiseg=_SEGGAN,
            discriminator=Discriminator(lr=1e-3, width=16),
        ),
        _named(
            "temporal_ensembling-cpu",
            _CPU,
            method="temporal_ensembling",
            temporal_ensembling=TemporalEnsembling(weight=1.0, ramp=0.5),
        ),
        _named(
            "cyclegan-cpu",
            _CPU,
            method="cyclegan",
            cyclegan=_CPU_CYCLEGAN,
            discriminator=_CYCLEGAN_DISCRIMINATOR.model_copy(update={"lr": 1e-3, "width": 16}),
        ),
    )
}
"""By name."""


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
        raise ValueError(f"recipe {name!r}: {reasons(error)}") from None


def _merge(base: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in changes.items():
        inner = merged.get(key)
        nested = isinstance(inner, dict) and isinstance(value, Mapping)
        merged[key] = _merge(dict(inner or {}), value) if nested else value
    return merged


def reasons(error: ValidationError) -> str:
    """Each field that was refused, why, and what was given."""
    return "; ".join(
        f"{'.'.join(map(str, e['loc']))}: {e['msg']}, given {e['input']!r}" for e in error.errors()
    )

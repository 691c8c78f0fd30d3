"""What may be asked of the learner: a recipe is a full training configuration.

Pydantic alone, no arrays: `core` validates recipes without loading torch. All models are frozen
and refuse unknown fields. `ml.presets` holds the recipes that have a name.
"""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from ml.fields import Frozen, Positive, Share
from ml.options import (
    AdvSemiSeg,
    Cct,
    ClassMix,
    CycleGan,
    Discriminator,
    MeanTeacher,
    S4al,
    TemporalEnsembling,
    Weak,
)

Encoder = Literal[
    "mobilenetv2",
    "resnet18",
    "resnet50",
    "resnet101",
    "convnext_tiny",
    "convnext_base",
    "poolformer_s12",
    "poolformer_m36",
    "mit_b0",
    "dinov2_small",
    "dinov2_base",
]
Precision = Literal["fp32", "bf16", "fp16"]
Statistics = Literal["averaged", "own"]
Supervision = Literal["labelled", "whole"]


MethodName = Literal[
    "supervised",
    "mean_teacher",
    "classmix",
    "s4al",
    "cct",
    "advsemiseg",
    "temporal_ensembling",
    "cyclegan",
]
TAUGHT: tuple[MethodName, ...] = ("mean_teacher", "classmix", "s4al")


class Network(Frozen):
    """`weights`: none, a local folder, or a name on the hub. `decoder` None is deeplabv3plus, or
    light for transformers without a fine level. `width`, `output_stride`: of mobilenetv2 alone."""

    encoder: Encoder = "mobilenetv2"
    decoder: Literal["deeplabv3plus", "light"] | None = None
    width: Annotated[float, Field(ge=0.1, le=2.0)] = 1.0
    output_stride: Literal[8, 16, 32] = 16
    weights: Annotated[str, Field(min_length=1)] = "none"
    decoder_channels: Annotated[int, Field(ge=8, le=1024)] = 256
    low_level_channels: Annotated[int, Field(ge=4, le=256)] = 48
    rates: tuple[Annotated[int, Field(ge=1, le=64)], ...] = (6, 12, 18)
    separable: bool = False

    @property
    def light(self) -> bool:
        """Whether the decoder is the light one."""
        return self.decoder == "light" or (self.decoder is None and self.has_no_fine_level)

    @property
    def has_no_fine_level(self) -> bool:
        return self.encoder.startswith("dinov2")

    @model_validator(mode="after")
    def _decodable(self) -> "Network":
        if self.decoder == "deeplabv3plus" and self.has_no_fine_level:
            raise ValueError(
                f"deeplabv3plus needs features at stride 4, and {self.encoder} has none; take the "
                "decoder light"
            )
        return self


class Schedule(Frozen):
    """lr(t) = lr * (1 - t/steps)^power, floored, after a linear warm-up (a share of the steps).

    `hold`: the decay begins after this share of the steps. `encoder_rate`: what the encoder gets of
    the rate. `stairs`: the rate goes down in so many steps of equal length (epochs), None at every
    update.
    `accumulate` cuts each batch into so many parts and adds up their gradients: the same batch in
    less memory, but for batch norm, which sees one part at a time.
    """

    steps: Annotated[int, Field(ge=1, le=1_000_000)] = 5000
    labelled_batch: Annotated[int, Field(ge=1, le=256)] = 4
    unlabelled_batch: Annotated[int, Field(ge=2, le=256)] = 4
    accumulate: Annotated[int, Field(ge=1, le=64)] = 1
    optimizer: Literal["sgd", "adamw"] = "sgd"
    lr: Annotated[float, Field(gt=0, le=10)] = 1e-2
    momentum: Annotated[float, Field(ge=0, lt=1)] = 0.9
    weight_decay: Share = 5e-4
    power: Annotated[float, Field(ge=0, le=10)] = 0.9
    stairs: Annotated[int, Field(ge=1, le=100_000)] | None = None
    floor: Annotated[float, Field(ge=0, le=10)] = 1e-6
    warmup: Annotated[float, Field(ge=0, lt=1)] = 0.0
    hold: Annotated[float, Field(ge=0, lt=1)] = 0.0
    encoder_rate: Share = 1.0
    validations: Annotated[int, Field(ge=0, le=1000)] = 4

    @property
    def most_parts(self) -> int:
        """Into how many parts a batch may be cut: each needs a labelled image, and two unlabelled
        ones to mix."""
        return min(self.labelled_batch, self.unlabelled_batch // 2)

    @model_validator(mode="after")
    def _divisible(self) -> "Schedule":
        if self.accumulate > self.most_parts:
            raise ValueError(
                f"accumulate {self.accumulate} leaves a part without a labelled image, or without "
                f"two unlabelled ones to mix; expected at most {self.most_parts} for batches of "
                f"{self.labelled_batch} and {self.unlabelled_batch}"
            )
        return self


class Colour(Frozen):
    """Each image draws a coin (`chance`) and then factors of 1 +- brightness, contrast and
    saturation and a turn of the colour wheel of +- `hue` (0.5 is half of it); `grey` and `blur`
    have coins of their own. The blur is Gaussian, sigma 0.15 to 1.15 px (Olsson et al. 2021)."""

    chance: Share = 0.5
    brightness: Annotated[float, Field(ge=0, lt=1)] = 0.25
    contrast: Annotated[float, Field(ge=0, lt=1)] = 0.25
    saturation: Annotated[float, Field(ge=0, lt=1)] = 0.0
    hue: Annotated[float, Field(ge=0, le=0.5)] = 0.0
    grey: Share = 0.0
    blur: Share = 0.0


class Augmentation(Frozen):
    """`crop` is (height, width) after `scale`; None takes the first pool image's size. `colour`
    is for labelled images, `strong` for those that a teacher labelled."""

    crop: tuple[Annotated[int, Field(ge=64)], Annotated[int, Field(ge=64)]] | None = None
    scale_min: Annotated[float, Field(ge=0.1, le=10)] = 0.75
    scale_max: Annotated[float, Field(ge=0.1, le=10)] = 1.25
    flip: Share = 0.5
    colour: Colour = Colour()
    strong: Colour = Colour()

    @model_validator(mode="after")
    def _ordered(self) -> "Augmentation":
        if self.scale_min > self.scale_max:
            raise ValueError(
                f"scale_min {self.scale_min} is above scale_max {self.scale_max}; swap them"
            )
        return self


class Teacher(Frozen):
    """`statistics` averaged: the teacher averages weights and batch-norm statistics, and predicts
    in eval mode; own: weights alone, and while it teaches it normalises by its batch."""

    momentum: Annotated[float, Field(ge=0, lt=1)] = 0.99
    statistics: Statistics = "averaged"


class Prediction(Frozen):
    """How images go through a trained network: whole as long as they fit, else in tiles whose
    logits are averaged where they overlap. Sizes in pixels at the recipe's scale."""

    tile: Annotated[int, Field(ge=64, le=16_384)] | None = Field(
        None, description="Side of a tile; null takes images whole up to 4 megapixels, then 1024"
    )
    overlap: Annotated[int, Field(ge=0, le=4096)] = Field(
        128, description="Pixels that neighbouring tiles share, at most half a tile"
    )

    @model_validator(mode="after")
    def _halves(self) -> "Prediction":
        if self.overlap > (self.tile or 1024) // 2:
            raise ValueError(
                f"tiles of {self.tile or 1024} pixels cannot overlap by {self.overlap}; expected "
                "at most half a tile"
            )
        return self


class HardPixels(Frozen):
    """The supervised loss keeps the labelled pixels whose class has a probability under
    `threshold`, and the hardest `least` of all in any case (OHEM: Shrivastava et al. 2016)."""

    threshold: Share = 0.7
    least: Share = 0.1


class Recipe(Frozen):
    """`scale` resizes images for training and prediction; predictions are resized back.

    `precision` is that of the network's passes; weights and losses are fp32. `supervision`: which
    images the supervised loss reads, all with a label, or while there are any those labelled
    whole. With f_c the share of class c in the labelled pixels, `balance` b weighs its labels by
    f_c^-b, and `rare_temperature` T draws labelled crops around a class drawn by
    P(c) = softmax((1 - f_c) / T) (Hoyer et al. 2022), None evenly. `hard_pixels` None keeps all.
    `continues` names the model to start from, of the same network and classes: by hand its folder,
    in the service its number.
    """

    name: str
    method: MethodName
    network: Network = Network()
    schedule: Schedule = Schedule()
    augmentation: Augmentation = Augmentation()
    teacher: Teacher = Teacher()
    mean_teacher: MeanTeacher = MeanTeacher()
    classmix: ClassMix = ClassMix()
    s4al: S4al = S4al()
    cct: Cct = Cct()
    advsemiseg: AdvSemiSeg = AdvSemiSeg()
    temporal_ensembling: TemporalEnsembling = TemporalEnsembling()
    cyclegan: CycleGan = CycleGan()
    discriminator: Discriminator = Discriminator()
    weak: Weak = Weak()
    continues: Annotated[str, Field(min_length=1)] | None = None
    prediction: Prediction = Prediction()
    scale: Annotated[float, Field(gt=0, le=4)] = 1.0
    precision: Precision = "fp32"
    supervision: Supervision = "labelled"
    balance: Share = 0.0
    rare_temperature: Positive | None = None
    hard_pixels: HardPixels | None = None
    threads: Annotated[int, Field(ge=1, le=256)] | None = None
    cache_mb: Annotated[int, Field(ge=16, le=1_000_000)] = 1024

    @property
    def has_teacher(self) -> bool:
        """Whether its models have two networks."""
        return self.method in TAUGHT

"""What may be asked of each learning method; `ml.recipe` puts them together. Pydantic alone.

Defaults are those of the papers, put into our terms: a consistency that is a mean over the classes
there is a sum here, so that its gradient does not shrink with their number, and its weight is that
of the paper divided by some 20 (cct) or 10 (temporal_ensembling) classes.
"""

from typing import Annotated, Literal

from pydantic import Field

from ml.fields import Frozen, Positive, Share

Consistency = Literal["squared_difference", "divergence", "jensen_shannon"]
Weighting = Literal["image", "batch", "pixel"]
Mean = Literal["valid", "positive"]
Pasted = Literal["rare", "head_and_tail"]
Weight = Annotated[float, Field(ge=0, le=1000)]
Count = Annotated[int, Field(ge=0, le=64)]
Rate = Annotated[float, Field(gt=0, le=1)]


class MeanTeacher(Frozen):
    """`ramp` is the share of the steps over which the weight grows."""

    weight: Annotated[float, Field(ge=0, le=1000)] = 10.0
    ramp: Share = 0.4
    consistency: Consistency = "squared_difference"


class ClassMix(Frozen):
    """What a pseudo-label counts: the share of sure pixels of its image or of the batch, or, for
    `pixel`, 1 where it is sure itself."""

    threshold: Share = 0.968
    weight: Annotated[float, Field(ge=0, le=100)] = 1.0
    weighting: Weighting = "image"


class S4al(Frozen):
    """Starts are shares of the steps; until `cold_start` the supervised loss alone counts, times
    `cold_weight`. `mean` is over the valid pixels, or over those whose loss is positive.

    What of a replayed image is pasted: `rare`, half of the classes present, drawn by
    P(c) = softmax((1 - f_c) / temperature); `head_and_tail`, 3 of the `head` most frequent classes
    and 2 of the others, present or not.
    """

    threshold: Share = 0.97
    weight: Annotated[float, Field(ge=0, le=100)] = 1.0
    cold_start: Share = 0.1
    cold_weight: Annotated[float, Field(gt=0, le=100)] = 1.0
    replay_start: Share = 0.3
    replay_size: Annotated[int, Field(ge=1, le=100_000)] = 50
    mean: Mean = "valid"
    pasted: Pasted = "rare"
    temperature: Positive = 0.3
    head: Annotated[int, Field(ge=1, le=250)] = 5


class Perturbations(Frozen):
    """How many auxiliary decoders see the features under each: noise, without their most active
    places, without half of the channels, with holes in the objects, without what surrounds objects
    (`context`), without the objects, and turned where it hurts most. Those that need objects fall
    away where the data names no background."""

    noise: Count = 6
    drop: Count = 6
    dropout: Count = 6
    cutout: Count = 6
    context: Count = 2
    objects: Count = 2
    adversarial: Count = 2


class Cct(Frozen):
    """`ramp` is a share of the steps; `confidence`: only pixels of which the main decoder is that
    sure are agreed on. `supervised` annealed keeps the labelled pixels whose class is less probable
    than a bar that grows (ab-CE). `xi` and `norm` are the step by which the adversarial direction
    is looked for and the length of what is added."""

    weight: Weight = 1.5
    ramp: Share = 0.1
    consistency: Consistency = "squared_difference"
    confidence: Share = 0.0
    supervised: Literal["annealed", "plain"] = "annealed"
    perturbations: Perturbations = Perturbations()
    xi: Annotated[float, Field(gt=0, le=100)] = 1e-2
    norm: Annotated[float, Field(ge=0, le=1000)] = 2.0


class Weak(Frozen):
    """Pseudo-labels from tags of images, for cct and advsemiseg; nothing for weight 0. `tags`
    weighs the loss that teaches which places show a tag, `ramp` is the share of the steps over
    which what they show is trusted; a place is taken for the tag that is there to `foreground` of
    its most, and for background where all are under `background` of theirs."""

    weight: Weight = 0.0
    tags: Weight = 1.0
    ramp: Share = 0.3
    foreground: Share = 0.3
    background: Share = 0.05


class Discriminator(Frozen):
    """Its optimiser is Adam; its rate follows the course of the schedule's. `width`: channels of
    the first layer."""

    lr: Rate = 1e-4
    momentum: Annotated[float, Field(ge=0, lt=1)] = 0.9
    second_moment: Annotated[float, Field(ge=0, lt=1)] = 0.99
    width: Annotated[int, Field(ge=4, le=512)] = 64


class AdvSemiSeg(Frozen):
    """Weights of the adversarial loss of labelled and of unlabelled images, and of self-training,
    which starts after a share of the steps, where the discriminator says `threshold` or more.
    `judges_unlabelled`: predictions of unlabelled images are fakes to the discriminator too."""

    labelled: Weight = 0.01
    unlabelled: Weight = 0.001
    self_training: Weight = 0.1
    start: Share = 0.25
    threshold: Share = 0.2
    judges_unlabelled: bool = False


class TemporalEnsembling(Frozen):
    """`momentum` is what the memory keeps at each visit of an image; its grid has one place in
    `stride` x `stride` pixels at the recipe's scale. `ramp` is a share of the steps."""

    weight: Weight = 3.0
    momentum: Annotated[float, Field(ge=0, lt=1)] = 0.6
    ramp: Share = 0.27
    stride: Annotated[int, Field(ge=1, le=64)] = 8
    consistency: Consistency = "squared_difference"


class CycleGan(Frozen):
    """Weights of the terms beside the supervised one, each of which may be 0: images painted from
    labels (squared error), labels of painted images, images painted from predictions (absolute
    error), and what the discriminators of label maps and of images say. `width` and `blocks` are
    those of the painter, `painter_rate` its share of the schedule's rate; of `history` fakes each
    discriminator may see some again."""

    image: Weight = 1.0
    label_cycle: Weight = 0.05
    image_cycle: Weight = 1.0
    adversarial_labels: Weight = 0.5
    adversarial_images: Weight = 0.5
    discriminator: Literal["patch", "pixel"] = "patch"
    width: Annotated[int, Field(ge=4, le=256)] = 64
    blocks: Annotated[int, Field(ge=1, le=32)] = 9
    painter_rate: Share = 1.0
    history: Annotated[int, Field(ge=1, le=1000)] = 50

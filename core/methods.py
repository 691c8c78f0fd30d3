"""What each learning method is for, in plain words, and where it comes from: shown by the API and
by `tessera methods`, and told at length in docs/methods.md."""

from typing import NamedTuple

from ml.presets import RECIPES
from ml.recipe import MethodName


class Entry(NamedTuple):
    """`step` is the processor time of a training step over one of `supervised`, of the recipe
    NAME-cpu on one thread (`python -m benchmarks.methods`)."""

    name: MethodName
    title: str
    when: str
    needs: str
    step: float
    source: str


CATALOGUE: tuple[Entry, ...] = (
    Entry(
        "supervised",
        "Labels alone",
        "The baseline that others must beat, and the choice once nearly everything is labelled.",
        "labels",
        1.0,
        "Long et al. 2015, DeepLabv3+ (Chen et al. 2018)",
    ),
    Entry(
        "s4al",
        "A teacher's labels, mixed, rare classes replayed",
        "The default of the loop: regions are labelled cycle by cycle, and rare classes matter.",
        "labels, an unlabelled pool",
        1.7,
        "Rangnekar, Kanan, Hoffman 2022",
    ),
    Entry(
        "classmix",
        "A teacher's labels, mixed",
        "Some images are labelled whole and many are not; objects can stand in other places.",
        "labels, an unlabelled pool",
        1.3,
        "Olsson et al. 2021",
    ),
    Entry(
        "mean_teacher",
        "Agreement with an average of oneself",
        "A gentle gain that seldom harms: where mixing would make nonsense of the images.",
        "labels, an unlabelled pool",
        1.3,
        "Tarvainen, Valpola 2017; French et al. 2020",
    ),
    Entry(
        "cct",
        "Agreement under perturbed features",
        "Whole images are labelled, there are tags for others, or a large encoder is at hand.",
        "labels, an unlabelled pool; tags of images if wanted; a background for half of it",
        1.6,
        "Ouali, Hudelot, Tami 2020",
    ),
    Entry(
        "advsemiseg",
        "A discriminator of label maps",
        "Shapes and layout are alike from image to image; or a trained model is to be tuned.",
        "whole label maps of two classes or more, an unlabelled pool; tags if wanted",
        1.8,
        "Hung et al. 2018",
    ),
    Entry(
        "temporal_ensembling",
        "Agreement with one's own past",
        "The pool is seen many times over, and memory for a second network is short.",
        "labels, an unlabelled pool, disk for what was predicted",
        1.3,
        "Laine, Aila 2017",
    ),
    Entry(
        "cyclegan",
        "Images from labels and back",
        "Very few labels, no pretrained weights, images of one kind (scans, one camera).",
        "whole label maps of two classes or more, an unlabelled pool, time",
        5.6,
        "Mondal et al. 2019",
    ),
)


def recipes_of(method: MethodName) -> list[str]:
    """The named recipes that train it."""
    return [name for name, recipe in RECIPES.items() if recipe.method == method]

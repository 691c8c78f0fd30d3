"""The methods by name: a new one is one file and one line here."""

from ml.methods.base import Method, Situation, Step
from ml.methods.classmix import ClassMix
from ml.methods.mean_teacher import MeanTeacher
from ml.methods.s4al import S4al
from ml.methods.supervised import Supervised

METHODS: dict[str, type[Method]] = {
    "supervised": Supervised,
    "mean_teacher": MeanTeacher,
    "classmix": ClassMix,
    "s4al": S4al,
}

__all__ = ["METHODS", "Method", "Situation", "Step"]

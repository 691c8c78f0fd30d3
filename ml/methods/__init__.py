"""The methods by name: a new one is one file and one line here."""

from ml.methods.advsemiseg import AdvSemiSeg
from ml.methods.base import Method, Needs, Situation, Step
from ml.methods.cct import Cct
from ml.methods.classmix import ClassMix
from ml.methods.cyclegan import CycleGan
from ml.methods.mean_teacher import MeanTeacher
from ml.methods.s4al import S4al
from ml.methods.supervised import Supervised
from ml.methods.temporal_ensembling import TemporalEnsembling

METHODS: dict[str, type[Method]] = {
    "supervised": Supervised,
    "mean_teacher": MeanTeacher,
    "classmix": ClassMix,
    "s4al": S4al,
    "cct": Cct,
    "advsemiseg": AdvSemiSeg,
    "temporal_ensembling": TemporalEnsembling,
    "cyclegan": CycleGan,
}

__all__ = ["METHODS", "Method", "Needs", "Situation", "Step"]

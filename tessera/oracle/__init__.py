"""The oracle: a simulated annotator that knows the truth, for demos, tests and benchmarks."""

from tessera.oracle.annotator import Habits, Oracle, Tally, run_annotators
from tessera.oracle.truth import Truth, masks_folder

__all__ = ["Habits", "Oracle", "Tally", "Truth", "masks_folder", "run_annotators"]

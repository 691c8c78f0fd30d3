"""The one failure of the learner that callers can act on: a class to match, a sentence to read."""

from typing import Literal

ErrorClass = Literal[
    "no_labels",
    "out_of_memory",
    "non_finite_loss",
    "bad_spec",
    "unreadable_image",
    "bucket_unreachable",
    "budget_exceeds_pool",
    "disk_full",
    "internal",
]


class Failure(Exception):
    """What was expected, what was given, what to do; `error_class` is what programs match on."""

    def __init__(self, error_class: ErrorClass, message: str) -> None:
        super().__init__(message)
        self.error_class: ErrorClass = error_class


class Abandoned(Exception):
    """This process could go on, but not without the one that has ended."""

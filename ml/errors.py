"""The one failure of the learner that callers can act on: a class to match, a sentence to read."""

from ml.spec import ErrorClass


class Failure(Exception):
    """What was expected, what was given, what to do; `error_class` is what programs match on."""

    def __init__(self, error_class: ErrorClass, message: str) -> None:
        super().__init__(message)
        self.error_class: ErrorClass = error_class

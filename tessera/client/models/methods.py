"""Learning methods."""

from tessera.client.models.base import Answer


class LearningMethod(Answer):
    """`step` is the time of a training step over one of `supervised`, small recipes on a CPU."""

    name: str
    title: str
    when: str
    needs: str
    step: float
    source: str
    recipes: list[str]


class LearningMethods(Answer):
    items: list[LearningMethod]

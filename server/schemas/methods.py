"""Learning methods as the API tells of them."""

from typing import Annotated

from pydantic import Field

from server.schemas.common import Given


class LearningMethod(Given):
    """`step` is the time of a training step over one of `supervised`, small recipes on a CPU."""

    name: str
    title: str
    when: str
    needs: str
    step: Annotated[float, Field(gt=0)]
    source: str
    recipes: list[str]


class LearningMethods(Given):
    items: list[LearningMethod]

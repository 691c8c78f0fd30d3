"""Learning methods: what each is for, what it costs, and the recipes that train it."""

from core import methods
from server import nouns
from server.deps import Caller
from server.schemas.methods import LearningMethod, LearningMethods

router = nouns.router("methods")


@router.get("/methods")
def list_methods(caller: Caller) -> LearningMethods:  # noqa: ARG001
    """The learning methods that a project's recipe may have."""
    return LearningMethods(
        items=[
            LearningMethod(**each._asdict(), recipes=methods.recipes_of(each.name))
            for each in methods.CATALOGUE
        ]
    )

"""Each error has one code, one status and a sentence."""

from collections.abc import Iterator

import pytest

from core import errors
from core.errors import TesseraError


def tree(kind: type[TesseraError] = TesseraError) -> Iterator[type[TesseraError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from tree(child)


# Other packages add children of their own.
ALL = [kind for kind in tree() if kind.__module__ == errors.__name__]


def test_the_code_is_the_name_of_the_class():
    assert errors.MaskSizeMismatch.code() == "mask_size_mismatch"
    assert errors.NoToken.code() == "no_token"


def test_no_two_errors_share_a_code():
    assert len({kind.code() for kind in ALL}) == len(ALL)


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_every_error_has_a_title_of_its_own(kind: type[TesseraError]):
    assert kind.title().endswith(".")
    assert kind.title() not in {parent.title() for parent in kind.__bases__ if parent in ALL}


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_a_child_answers_with_its_parents_status(kind: type[TesseraError]):
    parents = [parent for parent in kind.__bases__ if parent in ALL and parent is not TesseraError]
    assert all(kind.status == parent.status for parent in parents)
    assert 400 <= kind.status < 600


def test_without_a_detail_the_title_is_said():
    assert str(errors.NotFound()) == errors.NotFound.title()


def test_extras_are_kept_for_the_answer():
    error = errors.CycleOpen("Cycle 3 is open.", cycle=3)
    assert (error.detail, error.extras) == ("Cycle 3 is open.", {"cycle": 3})


def test_being_fenced_off_is_nothing_that_a_user_meets():
    assert not issubclass(errors.Fenced, TesseraError)

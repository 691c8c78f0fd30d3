"""A repeated request gets the first one's answer, and does its work once."""

import time
from contextlib import suppress

import pytest

from core import idempotency
from core.db import transaction
from core.errors import IdempotencyKeyReused, Invalid
from core.idempotency import Answer
from core.models import User
from core.settings import Settings
from tests import factories
from tests.core.threads import at_once
from tests.factories import act, sql

ANSWER = Answer(201, {"id": 5})


@pytest.fixture
def ada(service: Settings) -> User:  # noqa: ARG001
    return factories.user()


@pytest.fixture
def bob(service: Settings) -> User:  # noqa: ARG001
    return factories.user()


def once(user: User, key: str = "k", request: str = "r", *, wait: float = 0) -> Answer | None:
    """Do the work of a request; the stored answer if it was done before."""
    with transaction() as db:
        earlier = idempotency.earlier(db, user, key, request)
        if earlier is None:
            time.sleep(wait)
            idempotency.remember(db, user, key, ANSWER)
        return earlier


def test_the_first_request_does_its_work(ada: User):
    assert once(ada) is None


def test_a_repeat_gets_the_stored_answer(ada: User):
    once(ada)
    assert once(ada) == ANSWER


def test_another_request_under_the_key_is_refused(ada: User):
    once(ada)
    with pytest.raises(IdempotencyKeyReused):
        once(ada, request="other")


def test_keys_are_ones_own(ada: User, bob: User):
    once(ada)
    assert once(bob, request="other") is None


def test_work_that_failed_frees_the_key(ada: User):
    with suppress(RuntimeError), transaction() as db:
        idempotency.earlier(db, ada, "k", "r")
        raise RuntimeError
    assert once(ada, request="other") is None


def test_of_requests_at_once_one_works_and_the_others_wait(ada: User):
    found = at_once(*[lambda: once(ada, wait=0.1)] * 4)
    assert sorted(found, key=lambda each: each is not None) == [None, ANSWER, ANSWER, ANSWER]


@pytest.mark.parametrize("key", ["", "k" * 201])
def test_an_absurd_key_is_refused(ada: User, key: str):
    with pytest.raises(Invalid, match="1 to 200"):
        once(ada, key=key)


def test_old_keys_are_forgotten_and_young_ones_kept(ada: User, bob: User):
    once(ada)
    once(bob)
    sql(
        "UPDATE idempotency_keys SET created_at = now() - interval '8 days' WHERE user_id = :id",
        id=ada.id,
    )
    act(idempotency.forget_old)
    assert once(ada, request="other") is None
    assert once(bob) == ANSWER


def test_parts_of_a_request_do_not_run_together():
    assert idempotency.digest("ab", "c") != idempotency.digest("a", "bc")
    assert idempotency.digest("a", b"") != idempotency.digest("a")
    assert idempotency.digest("a", "b") == idempotency.digest(b"a", b"b")

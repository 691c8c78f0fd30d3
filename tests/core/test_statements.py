"""Statements that go past SQLAlchemy share its transaction and tell its errors."""

from collections.abc import Callable

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from core.db import transaction
from core.models import User
from core.settings import settings
from core.statements import Statement
from tests import factories

pytestmark = pytest.mark.usefixtures("service")

NAME = Statement("SELECT name FROM users WHERE id = :user OR id = :user::bigint")
COPY = Statement("INSERT INTO users (name, is_admin) VALUES (:name, false)")
SELF = Statement("SELECT pg_backend_pid() AS pid")


def test_a_name_may_stand_twice_and_beside_a_cast():
    ada = factories.user()
    assert NAME.names == ["user"]
    assert NAME.row_alone(user=ada.id).name == ada.name


def test_it_shares_its_transaction():
    with transaction() as db, db.begin_nested() as part:
        COPY.rows(db, name="gone again")
        assert db.query(User).filter_by(name="gone again").count() == 1
        part.rollback()
    with transaction() as db:
        assert db.query(User).filter_by(name="gone again").count() == 0


def test_what_the_database_refuses_is_told_as_sqlalchemy_tells_it():
    ada = factories.user()
    with pytest.raises(IntegrityError), transaction() as db:
        COPY.rows(db, name=ada.name)


def test_what_is_prepared_goes_on_as_it_began():
    """The first one by a cursor, the others without: no rows, a name, an error, all undone."""
    with transaction() as db:
        assert [COPY.rows(db, name=name) for name in ("first", "second")] == [[], []]
    with pytest.raises(IntegrityError) as refused, transaction() as db:
        [COPY.rows(db, name=name) for name in ("third", "second")]
    assert isinstance(refused.value.orig, psycopg.errors.UniqueViolation)
    with transaction() as db:
        assert db.query(User).filter_by(name="third").count() == 0
        second = db.query(User).filter_by(name="second").one()
        named = [NAME.row(db, user=each) for each in (second.id, -1, second.id)]
        assert named == [("second",), None, ("second",)]


def test_a_text_that_cannot_be_is_refused_every_time():
    for _ in range(2):
        with pytest.raises(DBAPIError), transaction() as db:
            COPY.rows(db, name="\0")


def alone() -> int:
    return int(SELF.row_alone().pid)


def together(wait: Callable[[int], None] = lambda _: None) -> int:
    with transaction() as db:
        wait(SELF.row(db).pid)
        return int(SELF.row(db).pid)


def end(pid: int) -> None:
    url = settings().database_url
    assert url is not None
    with psycopg.connect(url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


@pytest.mark.parametrize("ask", [alone, together])
def test_a_connection_that_ended_meanwhile_is_replaced(ask: Callable[[], int]):
    before = ask()
    end(before)
    assert ask() != before


def test_a_connection_that_ends_within_a_transaction_is_told_and_replaced():
    with pytest.raises(OperationalError):
        together(end)
    assert together()

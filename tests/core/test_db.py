"""One place commits, and bells ring only after that."""

from contextlib import suppress

import pytest
from sqlalchemy import text

from core import doorbell
from core.db import engine, sqlalchemy_url, transaction
from core.doorbell import Bell
from core.errors import Unavailable
from core.models import User
from core.settings import Settings
from tests import factories
from tests.core.queues import drain, waiting

pytestmark = pytest.mark.usefixtures("service")


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_every_spelling_of_the_url_names_the_driver(scheme: str):
    assert sqlalchemy_url(f"{scheme}://u@/db?host=/tmp") == "postgresql+psycopg://u@/db?host=/tmp"


def test_without_a_database_the_error_says_what_to_set(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("core.db.settings", lambda: Settings(database_url=None))
    with pytest.raises(Unavailable, match="TESSERA_DATABASE_URL"):
        engine.__wrapped__()


def test_what_a_transaction_wrote_is_there_afterwards():
    ada = factories.user()
    assert factories.fresh(ada).name == ada.name


def test_an_error_takes_everything_back():
    with suppress(RuntimeError), transaction() as db:
        db.add(User(name="never"))
        db.flush()
        raise RuntimeError
    with transaction() as db:
        assert db.query(User).filter_by(name="never").count() == 0


def test_bells_ring_after_the_commit():
    drain()
    with transaction() as db:
        doorbell.ask(db, Bell(41, "light"))
        assert waiting("light") == []
    assert waiting("light") == [41]


def test_a_transaction_that_failed_rings_nothing():
    drain()
    with suppress(RuntimeError), transaction() as db:
        doorbell.ask(db, Bell(42, "light"))
        raise RuntimeError
    assert waiting("light") == []


def test_the_database_speaks_utc():
    with transaction() as db:
        assert db.scalar(text("SHOW timezone")) == "UTC"


def test_a_transaction_left_open_does_not_hold_its_rows_for_ever():
    with transaction() as db:
        assert db.scalar(text("SHOW idle_in_transaction_session_timeout")) == "1min"

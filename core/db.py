"""The engine, the declarative base, and the one place that commits.

`transaction()` commits and only then rings the doorbells that the work asked for: a worker that
hears a bell always finds the row.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, DateTime, Engine, Identity, MetaData, create_engine, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from core import doorbell, liveness
from core.errors import Unavailable
from core.settings import settings

# The database is away, has cut the connection, or takes no writes for now: a repeat may succeed.
ABSENT = (OperationalError, InterfaceError, InternalError, PoolTimeout)

# Compiling a statement (JIT) takes longer than running ours. PostgreSQL would do so, since it
# overestimates what a LIMIT by a parameter gives.
OPTIONS = "-c timezone=UTC -c idle_in_transaction_session_timeout=60s -c jit=off"

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Tables with named constraints, so that a migration can speak of each."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it from the class
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
        datetime: DateTime(timezone=True),
        int: BigInteger,
    }


class Identified(Base):
    """A row with a number of its own and the time at which it was made."""

    __abstract__ = True

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


def sqlalchemy_url(url: str) -> str:
    """The URL with the psycopg driver named; `postgresql://` and `postgres://` are accepted."""
    scheme, _, rest = url.partition("://")
    return f"postgresql+psycopg://{rest}" if scheme in ("postgresql", "postgres") else url


@lru_cache
def engine(url: str | None = None) -> Engine:
    """The engine for `url`, by default the process's database. One per URL and process."""
    url = url or settings().database_url
    if url is None:
        raise Unavailable(
            "No database: set TESSERA_DATABASE_URL, or start the local stack with `tessera up`."
        )
    # Few connections answer 100 annotators faster than a hundred do. All are kept: one that is made
    # for a moment costs more than what it is asked. A full pool says so within seconds.
    made = create_engine(
        sqlalchemy_url(url),
        pool_size=20,
        max_overflow=0,
        pool_timeout=4,
        connect_args={"options": OPTIONS},
    )
    liveness.watch(made)
    return made


@contextmanager
def transaction() -> Iterator[Session]:
    """A session that commits at the end, or rolls back; doorbells ring after the commit."""
    with Session(engine(), expire_on_commit=False) as db:
        with db.begin():
            yield db
        doorbell.ring(*doorbell.asked(db))

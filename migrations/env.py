"""Alembic's entry: one transaction for the whole upgrade, serialised by an advisory lock."""

from alembic import context
from sqlalchemy import create_engine, pool, text

from core.models import Base

# Two processes that start at once must not both migrate; any constant will do.
LOCK = 7_355_608


def run() -> None:
    """Migrate while holding the lock, so that a second starter waits and finds nothing to do."""
    url = context.config.get_main_option("sqlalchemy.url")
    assert url is not None
    engine = create_engine(url, poolclass=pool.NullPool)
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        context.configure(
            connection=connection, target_metadata=Base.metadata, compare_server_default=True
        )
        with context.begin_transaction():
            context.run_migrations()


run()

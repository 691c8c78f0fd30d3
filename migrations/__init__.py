"""The schema's history (alembic). `python -m migrations` brings the database to the newest."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import NullPool, create_engine, inspect, text

from core.db import sqlalchemy_url


def config(url: str) -> Config:
    """Alembic's configuration for the database at `url`, without an ini file."""
    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent))
    settings.set_main_option(
        "file_template", "%%(year)d-%%(month).2d-%%(day).2d-%%(hour).2d%%(minute).2d_%%(slug)s"
    )
    settings.set_main_option("sqlalchemy.url", sqlalchemy_url(url).replace("%", "%%"))
    return settings


def upgrade(url: str) -> None:
    """Bring the database at `url` to the newest schema; doing it again changes nothing."""
    command.upgrade(config(url), "head")


def prepare(url: str, revision: str) -> None:
    """Bring an empty database to the schema of `revision`, be it older or newer than it is.

    Raises ValueError for a revision that is not known here, or a database that is not empty.
    """
    known = ScriptDirectory.from_config(config(url))
    if revision not in {each.revision for each in known.walk_revisions()}:
        raise ValueError(f"There is no schema {revision} here: it is of a newer Tessera. Update.")
    if full := _tables_with_rows(url):
        raise ValueError(f"The database is not empty ({full[0]}): its schema stays as it is.")
    command.upgrade(config(url), revision)
    command.downgrade(config(url), revision)


def _tables_with_rows(url: str) -> list[str]:
    engine = create_engine(sqlalchemy_url(url), poolclass=NullPool)
    with engine.connect() as connection:
        names = set(inspect(connection).get_table_names()) - {"alembic_version"}
        return [
            name
            for name in sorted(names)
            if connection.scalar(text(f'SELECT EXISTS (SELECT FROM "{name}")'))
        ]


def revise(url: str, message: str) -> None:
    """Write the next migration from the difference between the tables and the database."""
    command.revision(config(url), message, autogenerate=True)

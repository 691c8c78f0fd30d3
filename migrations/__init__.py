"""The schema's history (alembic). `python -m migrations` brings the database to the newest."""

from pathlib import Path

from alembic import command
from alembic.config import Config

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


def revise(url: str, message: str) -> None:
    """Write the next migration from the difference between the tables and the database."""
    command.revision(config(url), message, autogenerate=True)

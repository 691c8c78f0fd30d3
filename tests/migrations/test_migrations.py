"""The schema's history leads from nothing to the tables that the code means, and back."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text

import migrations
from core.db import sqlalchemy_url
from core.models import Base
from tests import services

pytestmark = pytest.mark.slow

ROOT = Path(migrations.__file__).parents[1]


@pytest.fixture
def empty(postgres_url: str) -> Iterator[str]:
    with services.empty_database(postgres_url) as url:
        yield url


def tables(url: str) -> set[str]:
    engine = create_engine(sqlalchemy_url(url))
    names = set(inspect(engine).get_table_names())
    engine.dispose()
    return names - {"alembic_version"}


def scalars(url: str, statement: str) -> list[object]:
    engine = create_engine(sqlalchemy_url(url))
    with engine.connect() as connection:
        found = list(connection.scalars(text(statement)))
    engine.dispose()
    return found


def test_an_empty_database_gets_every_table(empty: str):
    migrations.upgrade(empty)
    assert tables(empty) == set(Base.metadata.tables)


def test_the_code_means_what_the_history_made(empty: str):
    migrations.upgrade(empty)
    command.check(migrations.config(empty))


def test_upgrading_again_changes_nothing(empty: str):
    migrations.upgrade(empty)
    before = scalars(empty, "SELECT version_num FROM alembic_version")
    migrations.upgrade(empty)
    assert scalars(empty, "SELECT version_num FROM alembic_version") == before


def test_the_way_back_leads_to_nothing_and_up_again(empty: str):
    migrations.upgrade(empty)
    command.downgrade(migrations.config(empty), "base")
    assert tables(empty) == set()
    assert scalars(empty, OWN_FUNCTIONS) == []
    migrations.upgrade(empty)
    assert tables(empty) == set(Base.metadata.tables)


OWN_FUNCTIONS = "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
OWN_TRIGGERS = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1"


def test_what_code_may_not_break_is_held_by_triggers(empty: str):
    migrations.upgrade(empty)
    assert scalars(empty, OWN_TRIGGERS) == [
        "events_append_only",
        "events_never_emptied",
        "events_told",
        "jobs_epoch_rises",
        "regions_epoch_rises",
    ]


def test_processes_that_start_at_once_migrate_once(empty: str):
    """Beside them, one waits until they have."""
    with ThreadPoolExecutor(4) as pool:
        words = [["wait"], [], [], []]
        ended = list(pool.map(lambda each: upgrade_in_a_process(empty, *each), words))
    assert [each.returncode for each in ended] == [0, 0, 0, 0], ended[0].stderr
    assert len(scalars(empty, "SELECT version_num FROM alembic_version")) == 1


def upgrade_in_a_process(url: str, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "migrations", *words],
        cwd=ROOT,
        env={"TESSERA_DATABASE_URL": url, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_a_database_it_says_what_to_set():
    ended = upgrade_in_a_process("")
    assert ended.returncode == 1
    assert "TESSERA_DATABASE_URL" in ended.stderr


def test_a_password_may_hold_a_percent_sign():
    url = migrations.config("postgresql://u:a%25b@h/d").get_main_option("sqlalchemy.url")
    assert url == "postgresql+psycopg://u:a%25b@h/d"


def test_the_history_has_one_head():
    script = ScriptDirectory.from_config(migrations.config("postgresql://h/d"))
    assert len(script.get_heads()) == 1


def test_foreign_keys_that_are_searched_have_an_index(empty: str):
    migrations.upgrade(empty)
    assert scalars(empty, UNINDEXED) == sorted(RARELY_SEARCHED)


# Foreign keys whose column leads no index. Rows that they refer to are never deleted.
UNINDEXED = """
SELECT c.conrelid::regclass || '.' || a.attname FROM pg_constraint c
JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
WHERE c.contype = 'f' AND NOT EXISTS (
    SELECT 1 FROM pg_index i WHERE i.indrelid = c.conrelid AND i.indkey[0] = c.conkey[1]
    AND (i.indpred IS NULL OR c.conrelid = 'regions'::regclass))
ORDER BY 1
"""
RARELY_SEARCHED = [
    "cycles.started_by",
    "deliveries.event_id",
    "deliveries.project_id",
    "events.cycle_id",
    "events.user_id",
    "labels.lease_id",
    "leases.project_id",
    "leases.user_id",
    "regions.return_to",
    "reviews.cycle_id",
    "reviews.fix_id",
    "reviews.region_id",
    "reviews.user_id",
    "uploads.user_id",
    "webhooks.user_id",
]

"""The databases that tests get."""

import psycopg

from tests import services


def test_a_database_of_a_module_is_at_the_newest_schema(database_url: str):
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT count(*) FROM projects").fetchone() == (0,)


def test_a_dropped_database_is_gone_even_while_someone_is_connected(postgres_url: str):
    with services.empty_database(postgres_url) as url:
        forgotten = psycopg.connect(url)
    forgotten.close()
    with psycopg.connect(postgres_url) as connection:
        names = connection.execute("SELECT datname FROM pg_database").fetchall()
    assert (services.database_name(url),) not in names


def test_two_databases_share_nothing(postgres_url: str):
    with (
        services.empty_database(postgres_url) as one,
        services.empty_database(postgres_url) as other,
    ):
        with psycopg.connect(one) as connection:
            connection.execute("CREATE TABLE mine ()")
        with psycopg.connect(other) as connection:
            assert connection.execute("SELECT to_regclass('mine')").fetchone() == (None,)

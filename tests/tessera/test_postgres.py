"""The embedded PostgreSQL, as it runs for people and for tests."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from tessera import postgres
from tessera.family import Family
from tessera.processes import StartFailed
from tests.services import private_folder

pytestmark = pytest.mark.slow


@pytest.fixture
def sockets() -> Iterator[Path]:
    with private_folder() as folder:
        yield folder


def ask(url: str, question: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(question).fetchone()
    return row and row[0]


def descendants() -> set[int]:
    return {process.pid for process in psutil.Process().children(recursive=True)}


def test_it_is_a_postgresql_of_the_pinned_major(postgres_url: str):
    assert ask(postgres_url, "SHOW server_version").startswith(f"{postgres.NEW_DATA_MAJOR}.")


def test_its_clock_is_utc(postgres_url: str):
    assert ask(postgres_url, "SHOW timezone") == "UTC"


def test_it_listens_on_no_network(postgres_url: str):
    assert ask(postgres_url, "SHOW listen_addresses") == ""


def test_the_socket_folder_is_closed_to_others(sockets: Path, tmp_path: Path):
    with postgres.running(tmp_path / "pg", sockets, tmp_path / "log", fsync=False):
        assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
        assert stat.S_IMODE((tmp_path / "pg").stat().st_mode) == 0o700


def test_data_survives_a_restart(sockets: Path, tmp_path: Path):
    for statement in ("CREATE TABLE kept (word text)", "INSERT INTO kept VALUES ('here')"):
        with (
            postgres.running(tmp_path / "pg", sockets, tmp_path / "log", fsync=False) as url,
            psycopg.connect(url) as connection,
        ):
            connection.execute(statement)
    with postgres.running(tmp_path / "pg", sockets, tmp_path / "log", fsync=False) as url:
        assert ask(url, "SELECT word FROM kept") == "here"


def test_writes_are_durable_unless_asked_otherwise(sockets: Path, tmp_path: Path):
    with postgres.running(tmp_path / "pg", sockets, tmp_path / "log") as url:
        assert ask(url, "SHOW fsync") == "on"


def test_none_of_its_processes_is_left(sockets: Path, tmp_path: Path):
    before = descendants()
    with postgres.running(tmp_path / "pg", sockets, tmp_path / "log", fsync=False):
        family = descendants() - before
    assert len(family) > 2
    assert not any(map(psutil.pid_exists, family))


def test_it_starts_again_after_a_kill_that_left_its_pid_file(sockets: Path, tmp_path: Path):
    with Family() as family:
        options = postgres.Options(tmp_path / "log", fsync=False)
        postgres.start(family, tmp_path / "pg", sockets, options)
        family.children[0].process.kill()
        family.children[0].process.wait()
    assert (tmp_path / "pg" / "postmaster.pid").exists()
    with postgres.running(tmp_path / "pg", sockets, tmp_path / "log", fsync=False) as url:
        assert ask(url, "SELECT 1") == 1


def test_a_number_in_the_pid_file_that_is_another_process_does_not_matter(
    sockets: Path, tmp_path: Path
):
    with postgres.running(tmp_path / "pg", sockets, tmp_path / "log", fsync=False):
        pass
    (tmp_path / "pg" / "postmaster.pid").write_text(f"{os.getpid()}\n{tmp_path}\n0\n5432\n\n\n\n")
    with postgres.running(tmp_path / "pg", sockets, tmp_path / "log", fsync=False) as url:
        assert ask(url, "SELECT 1") == 1


def test_a_half_made_cluster_is_made_anew(sockets: Path, tmp_path: Path):
    (tmp_path / "pg.new").mkdir()
    (tmp_path / "pg.new" / "PG_VERSION").write_text("16")
    with postgres.running(tmp_path / "pg", sockets, tmp_path / "log", fsync=False) as url:
        assert ask(url, "SELECT 1") == 1


def test_data_of_an_unknown_major_is_refused_with_the_way_out(sockets: Path, tmp_path: Path):
    (tmp_path / "pg").mkdir()
    (tmp_path / "pg" / "PG_VERSION").write_text("9\n")
    with (
        pytest.raises(StartFailed, match=r"PostgreSQL 9.*TESSERA_DATA_DIR"),
        postgres.running(tmp_path / "pg", sockets, tmp_path / "log", fsync=False),
    ):
        pass


def test_a_start_that_fails_shows_the_last_lines(sockets: Path, tmp_path: Path):
    with postgres.running(tmp_path / "pg", sockets, tmp_path / "log", fsync=False):
        pass
    (tmp_path / "pg" / "postgresql.conf").write_text("no_such_setting = 1\n")
    with (
        pytest.raises(StartFailed, match="no_such_setting"),
        postgres.running(tmp_path / "pg", sockets, tmp_path / "log", fsync=False),
    ):
        pass

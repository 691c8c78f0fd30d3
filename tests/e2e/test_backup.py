"""The commands that look after rows and files: beside a running stack, and on another machine."""

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import Result
from typer.testing import CliRunner

import migrations
from core.integrity.archive import Header, Writer
from core.settings import settings
from tessera.cli import app
from tessera.client import Client
from tessera.dataset import read_classes
from tessera.stack import Stack
from tests import services

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

OLDEST = "15af26a42495"


def tessera(*words: object, **given: object) -> Result:
    """A command with these settings, in this process: what it starts takes seconds already."""
    env = {f"TESSERA_{name.upper()}": str(value) for name, value in given.items()}
    settings.cache_clear()
    try:
        return CliRunner(env=env).invoke(app, [*map(str, words)])
    finally:
        settings.cache_clear()


def well(done: Result) -> str:
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture(scope="module")
def saved(stack: Stack, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of the running stack with a label in it."""
    with Client(stack.url, stack.token) as client:
        made = client.create_project(
            "saved", cell_px=16, classes=read_classes(data), recipe="s4al-cpu"
        )
        client.wait_for_job(client.import_folder(made.id, data, pool_masks=False).id)
        client.wait_for_cycle(client.start_cycle(made.id, regions=4).id)
        client.put_label(client.lease(made.id).items[0], 1)
    path = tmp_path_factory.mktemp("backups") / "saved.tar"
    said = well(tessera("backup", path, data_dir=stack.settings.data_dir))
    assert " tables, " in said
    return path


def test_a_backup_comes_back_on_another_machine_and_what_is_lost_there_is_told(
    saved: Path, tmp_path: Path
):
    there = tmp_path / "there"
    assert "tokens and passwords of that time" in well(tessera("restore", saved, data_dir=there))
    assert json.loads(well(tessera("verify", "--json", data_dir=there))) == {
        "findings": [],
        "ok": True,
    }
    again = tmp_path / "again.tar"
    well(tessera("backup", again, data_dir=there))
    assert again.read_bytes() == saved.read_bytes()
    refused = tessera("restore", saved, data_dir=there)
    assert refused.exit_code == 1
    assert "holds data already" in refused.stderr
    lost = next((there / "store" / "sha256").glob("*/*"))
    lost.unlink()
    done = tessera("verify", data_dir=there)
    assert done.exit_code == 1
    assert f"{lost.parent.name}/{lost.name}; found missing" in done.stdout
    assert "backup" in done.stdout
    document = json.loads(tessera("verify", "--json", data_dir=there).stdout)
    assert {each["found"] for each in document["findings"]} == {"missing"}


def test_a_running_stack_is_verified_and_never_restored_into(stack: Stack, saved: Path):
    assert "as it has to be" in well(tessera("verify", data_dir=stack.settings.data_dir))
    refused = tessera("restore", saved, data_dir=stack.settings.data_dir)
    assert (refused.exit_code, "empty one only" in refused.stderr) == (1, True)
    well(tessera("gc", "--dry-run", data_dir=stack.settings.data_dir))


def test_a_damaged_archive_starts_nothing(saved: Path, tmp_path: Path):
    cut = tmp_path / "cut.tar"
    cut.write_bytes(saved.read_bytes()[:20_000])
    done = tessera("restore", cut, data_dir=tmp_path / "there")
    assert done.exit_code == 1
    assert done.stderr.startswith("error: ")
    assert not (tmp_path / "there").exists()


def test_where_there_is_nothing_it_says_so(tmp_path: Path):
    done = tessera("verify", data_dir=tmp_path / "nowhere")
    assert (done.exit_code, "There is no Tessera in" in done.stderr) == (1, True)


def archive_of(path: Path, revision: str, **rows: tuple[list[str], bytes]) -> Path:
    """A backup as that schema would have written it; the other tables are empty."""
    with path.open("wb") as file:
        writer = Writer(file, BytesIO())
        writer.add_header(Header(revision, {name: columns for name, (columns, _) in rows.items()}))
        for name, (_, data) in rows.items():
            writer.add(f"tables/{name}.copy", BytesIO(data), len(data))
        writer.close()
    return path


@pytest.fixture
def empty(postgres_url: str) -> Any:
    with services.empty_database(postgres_url) as url:
        yield url


def test_a_backup_of_an_older_schema_comes_back_at_the_newest(
    empty: str, tmp_path: Path, redis_url: str
):
    columns = ["id", "created_at", "name", "is_admin"]
    user = b"7\t2026-01-02 03:04:05+00\tada\tt\n"
    old = archive_of(tmp_path / "old.tar", OLDEST, users=(columns, user))
    place = {"database_url": empty, "redis_url": redis_url, "data_dir": tmp_path / "there"}
    well(tessera("restore", old, **place))
    with psycopg.connect(empty) as connection:
        [version] = connection.execute("SELECT version_num FROM alembic_version").fetchone() or []
        assert connection.execute("SELECT id, name FROM users").fetchall() == [(7, "ada")]
        assert version != OLDEST
    migrations.upgrade(empty)
    well(tessera("verify", **place))


def test_a_backup_of_a_newer_tessera_is_refused(empty: str, tmp_path: Path, redis_url: str):
    new = archive_of(tmp_path / "new.tar", "ffffffffffff", users=(["id"], b""))
    place = {"database_url": empty, "redis_url": redis_url, "data_dir": tmp_path / "there"}
    done = tessera("restore", new, **place)
    assert (done.exit_code, "newer Tessera" in done.stderr) == (1, True)

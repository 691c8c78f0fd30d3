"""What the doctor says about machines in several states."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from core.settings import Settings
from tessera import doctor

pytestmark = pytest.mark.slow


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data")


def run_doctor(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    code = "from tessera.cli import app; app()"
    return subprocess.run(
        [sys.executable, "-c", code, "doctor", *arguments],
        env={"PATH": "/usr/bin:/bin", **environment},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_this_machine_has_all_that_is_needed(settings: Settings):
    checks = {check.name: check for check in doctor.examine(settings)}
    needed = ("python", "platform", "data folder", "postgresql", "redis", "torch")
    assert {checks[name].level for name in needed} == {doctor.OK}


def test_whatever_is_wrong_comes_with_advice(settings: Settings):
    wrong = settings.model_copy(
        update={
            "database_url": "postgresql://nobody@127.0.0.1:1/none",
            "redis_url": "redis://127.0.0.1:1/0",
            "import_roots": (Path("/nowhere"),),
        }
    )
    failed = [check for check in doctor.examine(wrong) if check.level == doctor.FAIL]
    assert {check.name for check in failed} >= {"postgresql", "redis", "import roots"}
    assert all(check.advice for check in failed)


def test_an_open_data_folder_is_a_warning_with_the_command_that_closes_it(settings: Settings):
    settings.data_dir.mkdir(mode=0o755)
    check = doctor.data_folder(settings)
    assert (check.level, check.advice) == (doctor.WARN, f"chmod 700 {settings.data_dir}")


def test_a_data_folder_below_a_file_can_not_be_used(settings: Settings):
    settings.data_dir.write_text("a file")
    assert doctor.data_folder(settings).level == doctor.FAIL


def test_a_temporary_folder_with_a_long_path_is_noticed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("tempfile.tempdir", "/tmp/" + "long" * 20)
    assert doctor.socket_path(settings).level == doctor.WARN


def test_a_real_database_and_redis_are_found_at_their_urls(
    settings: Settings, postgres_url: str, redis_url: str
):
    given = settings.model_copy(update={"database_url": postgres_url, "redis_url": redis_url})
    assert doctor.database(given).level == doctor.OK
    assert doctor.broker(given).level == doctor.OK


def test_an_address_where_nobody_answers_is_a_failure(settings: Settings):
    settings.data_dir.mkdir()
    (settings.data_dir / "server.url").write_text("http://127.0.0.1:1\n")
    assert doctor.server(settings).level == doctor.FAIL


@pytest.mark.slow
def test_json_names_every_check_and_the_table_shows_a_failure_with_exit_code_1(tmp_path: Path):
    good = run_doctor("--json", TESSERA_DATA_DIR=str(tmp_path / "data"))
    assert good.returncode == 0, good.stderr
    assert {"name", "level", "found", "advice"} == set(json.loads(good.stdout)[0])
    bad = run_doctor(TESSERA_REDIS_URL="redis://127.0.0.1:1/0", COLUMNS="200")
    assert bad.returncode == 1
    assert "postgresql" in bad.stdout
    assert "what to do" in bad.stdout


def test_less_room_than_the_reserve_is_a_failure(tmp_path):
    full = doctor.disk(Settings(data_dir=tmp_path, disk_floor_mb=2**40))
    assert (full.level, "TESSERA_DISK_FLOOR_MB" in full.advice) == (doctor.FAIL, True)

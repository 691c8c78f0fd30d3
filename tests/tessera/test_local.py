"""The data folder: one owner at a time, secrets closed to others."""

import socket
import stat
from pathlib import Path

import pytest
from pydantic import SecretStr

from core.settings import Settings
from tessera import local


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path)


def test_a_new_data_folder_is_closed_to_others(tmp_path: Path):
    local.prepare(tmp_path / "deep" / "data")
    assert stat.S_IMODE((tmp_path / "deep" / "data").stat().st_mode) == 0o700


def test_a_second_owner_is_told_who_the_first_is(tmp_path: Path):
    with local.locked(tmp_path), pytest.raises(local.FolderInUse, match=r"process \d+"):
        local.locked(tmp_path).__enter__()


def test_the_folder_is_free_after_its_owner_has_left(tmp_path: Path):
    for _ in range(2):
        with local.locked(tmp_path):
            assert (tmp_path / local.LOCK_FILE).exists()


def test_the_admin_token_is_kept_and_closed_to_others(settings: Settings):
    token = local.admin_token(settings)
    assert token.startswith("tes_")
    assert local.admin_token(settings) == token
    mode = (settings.data_dir / local.TOKEN_FILE).stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_a_given_token_takes_the_place_of_the_kept_one(settings: Settings):
    local.admin_token(settings)
    given = settings.model_copy(update={"bootstrap_token": SecretStr("tes_given")})
    assert local.admin_token(given) == "tes_given"
    assert local.admin_token(settings) == "tes_given"


def test_the_address_is_there_while_the_server_runs(tmp_path: Path):
    with local.announced(tmp_path, "http://127.0.0.1:1"):
        assert (tmp_path / local.ADDRESS_FILE).read_text() == "http://127.0.0.1:1\n"
    assert not (tmp_path / local.ADDRESS_FILE).exists()


def test_another_port_is_chosen_when_the_wished_one_is_taken():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert local.free_port("127.0.0.1", port) not in (0, port)
    assert local.free_port("127.0.0.1", port) == port

"""Settings come from the environment, once, and hold still."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from core.settings import Settings, settings


def test_variables_are_prefixed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TESSERA_LEASE_TTL_S", "77")
    monkeypatch.setenv("LEASE_TTL_S", "88")
    assert Settings().lease_ttl_s == 77


def test_variables_that_are_no_settings_are_left_alone(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TESSERA_UNKNOWN", "1")
    assert not hasattr(Settings(), "unknown")


def test_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TESSERA_DATABASE_URL", "")
    monkeypatch.setenv("TESSERA_PORT", "")
    assert (Settings().database_url, Settings().port) == (None, 8642)


def test_import_roots_are_separated_by_colons(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TESSERA_IMPORT_ROOTS", "/a:/b/c:")
    assert Settings().import_roots == (Path("/a"), Path("/b/c"))


def test_no_import_roots_allow_nothing(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TESSERA_IMPORT_ROOTS", "")
    assert Settings().import_roots == ()


def test_settings_hold_still():
    with pytest.raises(ValidationError, match="frozen"):
        Settings().port = 1


@pytest.mark.parametrize(
    ("name", "value"), [("port", 70_000), ("lease_ttl_s", 0), ("job_lease_s", 0)]
)
def test_absurd_values_are_refused(name: str, value: int):
    with pytest.raises(ValidationError, match=name):
        Settings.model_validate({name: value})


def test_the_store_is_a_folder_in_the_data_folder_unless_told_otherwise():
    assert Settings(data_dir=Path("/d")).store == "/d/store"
    assert Settings(store_url="s3://bucket/x").store == "s3://bucket/x"


def test_a_secret_does_not_show_in_logs():
    assert "tes_abc" not in repr(Settings.model_validate({"bootstrap_token": "tes_abc"}))


def test_the_environment_is_read_once(monkeypatch: pytest.MonkeyPatch):
    before = settings()
    monkeypatch.setenv("TESSERA_PORT", "1")
    assert settings() is before

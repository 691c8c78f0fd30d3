"""A server with a secret that anybody can guess does not start."""

import os
import subprocess
from pathlib import Path

import pytest

from core.settings import Settings
from server import starting
from tests.serving import COMMAND, free_port

RANDOM = "tes_8Hq2nV0cZr5tYw1xKb7mLd3f"


def weakness(**values: object) -> str | None:
    return starting.weakness(Settings.model_validate(values))


@pytest.mark.parametrize("token", ["tes_...", "admin", "tes_secret", "x" * 40, "tes_" + "ab" * 20])
def test_a_guessable_token_is_refused(token: str):
    assert "TESSERA_BOOTSTRAP_TOKEN" in (weakness(bootstrap_token=token) or "")


@pytest.mark.parametrize("password", ["postgres", "tessera", "changeme"])
def test_a_password_that_all_try_first_is_refused(password: str):
    url = f"postgresql://tessera:{password}@db.internal/tessera"
    assert "TESSERA_DATABASE_URL" in (weakness(database_url=url) or "")
    assert "TESSERA_REDIS_URL" in (weakness(redis_url=f"redis://:{password}@cache:6379/0") or "")


def test_random_ones_and_those_of_this_machine_are_taken():
    assert weakness(bootstrap_token=RANDOM) is None
    assert weakness(database_url=f"postgresql://tessera:{RANDOM}@db.internal/tessera") is None
    assert weakness(database_url="postgresql://postgres:postgres@localhost/tessera") is None
    assert weakness(database_url="postgresql:///t?host=/tmp/socket") is None


@pytest.mark.slow
@pytest.mark.parametrize(("name", "value"), [("BOOTSTRAP_TOKEN", "tes_..."), ("PORT", "none")])
def test_the_process_ends_with_a_sentence_and_a_status(tmp_path: Path, name: str, value: str):
    values = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "DATA_DIR": str(tmp_path)}
    environment = {f"TESSERA_{key}": each for key, each in (values | {name: value}).items()}
    ended = subprocess.run(
        [*COMMAND, "--port", str(free_port())],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode != 0
    assert "Tessera does not start" in ended.stderr
    assert "Traceback" not in ended.stderr

"""The learner's studies by the command line: what is said goes to them as it was said."""

import pytest
from typer.testing import CliRunner

from tessera.cli import app

pytestmark = pytest.mark.slow


def test_help_is_that_of_the_study_itself(capfd):
    assert CliRunner().invoke(app, ["simulate", "--help"]).exit_code == 0
    assert "usage: python -m ml.simulate" in capfd.readouterr().out


def test_a_study_that_fails_ends_the_command_likewise(tmp_path, capfd):
    wrong = ["simulate", str(tmp_path), str(tmp_path / "out"), "--name", "x", "--cell", "16"]
    assert CliRunner().invoke(app, [*wrong, "--images", "0.5"]).exit_code == 3
    assert "expected images in" in capfd.readouterr().err

"""The pages' scripts are tested by Node's own runner; here is how they take part in pytest."""

import shutil
import subprocess
from pathlib import Path

import pytest

from server.static_files import FOLDER

ROOT = Path(__file__).parents[2]
NODE = shutil.which("node")
LINES = 300


@pytest.mark.skipif(
    NODE is None, reason="Tests of the scripts need node 20; `make browser` installs it."
)
def test_the_scripts_own_tests_pass():
    files = sorted(map(str, (ROOT / "tests/js").glob("*.test.js")))
    assert NODE
    assert files
    ended = subprocess.run(
        [NODE, "--test", *files], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout


def test_scripts_are_short():
    lines = {
        str(path.relative_to(FOLDER)): sum(
            bool(each.strip()) for each in path.read_text().splitlines()
        )
        for path in sorted(FOLDER.rglob("*.js"))
    }
    assert lines
    assert {name: count for name, count in lines.items() if count > LINES} == {}


@pytest.mark.parametrize("hazard", ["innerHTML", "outerHTML", "insertAdjacentHTML", "eval("])
def test_no_script_parses_text_as_code_or_markup(hazard: str):
    assert [path.name for path in FOLDER.rglob("*.js") if hazard in path.read_text()] == []

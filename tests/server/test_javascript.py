"""The pages' scripts are tested by Node's own runner; here is how they take part in pytest."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NODE = shutil.which("node")


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

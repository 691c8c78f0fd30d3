"""Where the real road scenes are, for tests that need them; they are never part of the project."""

import os
from pathlib import Path

import pytest

BESIDE = Path(__file__).resolve().parents[2] / "shared" / "data" / "camvid"


def camvid() -> Path:
    """The folder with classes.json, train/, val/ and test/; skips the test where it is absent."""
    folder = Path(os.environ.get("TESSERA_CAMVID") or BESIDE)
    if not (folder / "classes.json").is_file():
        pytest.skip(f"CamVid is not at {folder}; set TESSERA_CAMVID to its folder")
    return folder

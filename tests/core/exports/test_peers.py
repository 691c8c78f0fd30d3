"""Label Studio's and CVAT's own packages read what we write, and we read what they write."""

import json
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from core import masks
from core.masks import ASKED, VOID
from core.models import Project, User
from tests.core.exports.there_and_back import CLASSES, imported, rows, taken, unpacked, written

PACKAGES = Path(sys.prefix) / "peers"
SCRIPTS = {"label-studio": "studio.py", "cvat": "cvat.py"}
NAMES = {each.value: each.name for each in CLASSES} | {VOID: "void"}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (PACKAGES / ".installed").exists(),
        reason="The packages of Label Studio and CVAT are not there; `make peers` brings them.",
    ),
]


class Peer(NamedTuple):
    """A format, and the folder that its own packages have left."""

    form: str
    left: Path


@pytest.fixture(scope="module", params=SCRIPTS)
def peer(
    request: pytest.FixtureRequest,
    made: Project,
    ada: User,
    tmp_path_factory: pytest.TempPathFactory,
) -> Peer:
    folder = tmp_path_factory.mktemp("peer")
    ours = unpacked(written(made, ada, folder, format=request.param), folder / "ours")
    script = Path(__file__).parent / "peers" / SCRIPTS[request.param]
    done = subprocess.run(
        [sys.executable, script, ours, folder],
        env={"PYTHONPATH": str(PACKAGES), "PATH": "/usr/bin:/bin", "HOME": str(folder)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return Peer(request.param, folder)


@pytest.fixture(scope="module")
def plain(made: Project, ada: User, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The same labels as single-channel PNGs."""
    return written(made, ada, tmp_path_factory.mktemp("plain"), format="index")


def test_they_read_every_pixel_that_we_write(peer: Peer, plain: bytes):
    expected = shapes(plain)
    with np.load(peer.left / "read.npz") as read:
        assert set(read) == set(expected)
        assert all(np.array_equal(read[each] > 0, expected[each]) for each in expected)


def shapes(plain: bytes) -> dict[str, masks.Mask]:
    """Where people said what: (height, width) to `IMAGE/LABEL`."""
    found = {}
    with zipfile.ZipFile(BytesIO(plain)) as archive:
        for name in [each for each in archive.namelist() if "/masks/" in each]:
            mask, coverage = masks.stored(archive.read(name)), coverage_of(name)
            asked = masks.stored(archive.read(coverage)) if coverage in archive.namelist() else None
            for value in np.unique(mask):
                shape = (mask == value) & (True if asked is None else asked == ASKED)
                if shape.any():
                    found[f"{Path(name).stem}/{NAMES[value]}"] = shape
    return found


def coverage_of(mask: str) -> str:
    return "coverage/" + mask.replace("/masks/", "/")


def test_we_read_every_pixel_that_they_write(peer: Peer, plain: bytes, ada: User, tmp_path: Path):
    assert rows(taken(ada, peer.left / "back")) == rows(imported(ada, plain, tmp_path / "plain"))


def test_cvats_own_encoder_writes_the_same_numbers(peer: Peer):
    if peer.form == "cvat":
        pairs = json.loads((peer.left / "sdk.json").read_text())
        assert len(pairs) > 10
        assert all(ours == theirs for ours, theirs in pairs)

"""A whole local stack, shared by the tests that don't end it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.settings import Settings
from tessera import scenes
from tessera.offline import events
from tessera.stack import Stack, local_stack


@pytest.fixture(scope="package")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six small scenes: 4 pool, 1 val, 1 test; 96x64 pixels."""
    folder = tmp_path_factory.mktemp("scenes")
    scenes.generate(folder, pool=4, val=1, test=1, width=96, height=64, seed=0)
    return folder


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory, data: Path) -> Iterator[Stack]:
    settings = Settings(data_dir=tmp_path_factory.mktemp("stack"), import_roots=(data,), port=0)
    with local_stack(settings, fsync=False) as stack:
        yield stack
        assert [
            each for each in events(stack.settings, "verify") if each["event"] == "finding"
        ] == []

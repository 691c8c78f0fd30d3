"""Parts of the store read as one file, from any place."""

import io
import os
from pathlib import Path

import pytest

from core.store import FolderStore
from core.store.joined import Joined

PARTS = [b"abc", b"d", b"efghij"]
WHOLE = b"".join(PARTS)


@pytest.fixture
def joined(tmp_path: Path) -> Joined:
    store = FolderStore(tmp_path)
    return Joined(store, [(store.put(part), len(part)) for part in PARTS])


def test_all_of_it_is_the_parts_one_behind_the_other(joined: Joined):
    assert joined.read() == WHOLE
    assert joined.read() == b""


@pytest.mark.parametrize("start", range(len(WHOLE) + 2))
def test_reading_starts_anywhere(joined: Joined, start: int):
    joined.seek(start)
    assert io.BufferedReader(joined).read(4) == WHOLE[start : start + 4]


def test_places_are_counted_from_the_start_the_end_and_here(joined: Joined):
    assert joined.seek(-2, os.SEEK_END) == len(WHOLE) - 2
    assert joined.seek(1, os.SEEK_CUR) == len(WHOLE) - 1
    assert joined.read() == WHOLE[-1:]
    with pytest.raises(ValueError, match="-1"):
        joined.seek(-1)


def test_a_lost_part_is_told(tmp_path: Path):
    store = FolderStore(tmp_path)
    key = store.put(b"abc")
    store.delete(key)
    with pytest.raises(Exception, match="no file"):
        Joined(store, [(key, 3)]).read()

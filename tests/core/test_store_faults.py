"""Each step of writing a file fails once, in turn: the file is there whole, or not at all."""

import errno
import os
from contextlib import suppress
from pathlib import Path

import pytest

from core.errors import DiskFull, TesseraError, Unavailable
from core.store import FolderStore, content_key
from tests.breaking import faults

DATA = bytes(range(256)) * 40
LONGEST = 40


def steps(folder: Path) -> int:
    with faults(0) as found:
        FolderStore(folder).put(DATA)
    return found.seen


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_every_step_may_fail_and_leaves_the_file_whole_or_absent(tmp_path: Path, code: int):
    key = content_key(DATA)
    total = steps(tmp_path / "counted")
    assert 8 < total < LONGEST
    for n in range(1, total + 1):
        root = tmp_path / str(n)
        with faults(n, code), pytest.raises((OSError, TesseraError)) as caught:
            FolderStore(root).put(DATA)
        if isinstance(caught.value, TesseraError):
            assert type(caught.value) is (DiskFull if code == errno.ENOSPC else Unavailable)
        else:
            assert n == 1, "only making the store itself may fail untyped"
        assert files(root) in ([], [root / key])
        store = FolderStore(root)
        assert store.read(store.put(DATA)) == DATA
        assert files(root) == [root / key]


def test_what_is_there_is_not_taken_for_durable_unseen(tmp_path: Path):
    store = FolderStore(tmp_path)
    store.put(DATA)
    with faults(0) as counted:
        store.put(DATA)
    for n in range(1, counted.seen + 1):
        with faults(n), pytest.raises(Unavailable):
            store.put(DATA)
    assert store.read(store.put(DATA)) == DATA


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_a_checkpoint_that_cannot_be_written_leaves_the_one_before(tmp_path: Path, code: int):
    store, source = FolderStore(tmp_path / "store"), tmp_path / "state"
    source.write_bytes(b"before")
    store.put_as("checkpoints/1/newest", source)
    source.write_bytes(b"after")
    with faults(0) as counted:
        store.put_as("checkpoints/2/newest", source)
    # What comes after the rename is about durability; the file is the new one by then.
    renamed = False
    for n in range(1, counted.seen + 1):
        with faults(n, code), suppress(TesseraError):
            store.put_as("checkpoints/1/newest", source)
        kept = store.read("checkpoints/1/newest")
        assert kept in (b"before", b"after")
        assert renamed <= (kept == b"after")
        renamed = kept == b"after"
    assert renamed


def test_a_file_that_cannot_be_read_is_told_from_one_that_is_gone(tmp_path: Path):
    store = FolderStore(tmp_path)
    key = store.put(DATA)
    store.path(key).unlink()
    store.path(key).mkdir()
    with pytest.raises(Unavailable, match="could not read"):
        store.read(key)


def test_a_file_that_was_cut_is_written_anew(tmp_path: Path):
    store = FolderStore(tmp_path)
    key = store.put(DATA)
    os.truncate(store.path(key), 10)
    assert store.read(store.put(DATA)) == DATA

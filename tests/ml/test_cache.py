import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from ml import cache
from ml.cache import Cache
from ml.errors import Failure
from ml.sweeping import STALE_S

KIB = 1024


def never() -> np.ndarray:
    raise AssertionError("the entry was there")


def full(value: int) -> np.ndarray:
    return np.full(KIB, value, dtype=np.uint8)


def names(count: int) -> list[str]:
    return [cache.name(number) for number in range(count)]


def test_what_one_process_made_another_one_finds(tmp_path):
    [name] = names(1)
    Cache(tmp_path, KIB**2).array(name, lambda: full(7))
    found = Cache(tmp_path, KIB**2).array(name, never)
    assert isinstance(found, np.memmap)
    assert (found == 7).all()


def test_the_name_is_that_of_the_content(tmp_path):
    store, file = Cache(tmp_path, KIB), tmp_path / "file"
    file.write_bytes(b"one")
    first = store.digest(str(file))
    assert store.digest(str(file)) == first
    file.write_bytes(b"another")
    assert store.digest(str(file)) != first


def test_the_folder_never_holds_more_than_its_room(tmp_path):
    store = Cache(tmp_path, 4 * KIB)
    for value, name in enumerate(names(9)):
        assert (store.array(name, lambda value=value: full(value)) == value).all()
    assert held(tmp_path) <= 4 * KIB


def held(folder) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_what_was_not_used_for_longest_goes_first(tmp_path):
    old, used, new = names(3)
    before = Cache(tmp_path, 10 * KIB)
    for name in (old, used):
        before.array(name, lambda: full(1))
        os.utime(before._path(name), (1, 1))
    later = Cache(tmp_path, 3 * KIB)
    later.array(used, never)
    later.array(new, lambda: full(2))
    assert not later._path(old).exists()
    assert later._path(used).exists()
    assert later._path(new).exists()


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY\x01", b"no array at all"])
def test_a_broken_entry_is_made_again(tmp_path, content):
    store, [name] = Cache(tmp_path, KIB**2), names(1)
    store._path(name).parent.mkdir()
    store._path(name).write_bytes(content)
    assert (store.array(name, lambda: full(5)) == 5).all()
    assert (Cache(tmp_path, KIB**2).array(name, never) == 5).all()


@pytest.mark.slow
def test_a_process_killed_while_it_writes_leaves_no_entry(tmp_path):
    [name] = names(1)
    writer = subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path), name])
    writer.wait()
    assert writer.returncode == -signal.SIGKILL
    assert [path.suffix for path in tmp_path.rglob("*") if path.is_file()] == [".partial"]
    assert (Cache(tmp_path, KIB**2).array(name, lambda: full(5)) == 5).all()


KILLED = """
import os, signal, sys
from pathlib import Path
from ml import cache
def half(file, header):
    file.write(b"half")
    file.flush()
    os.kill(os.getpid(), signal.SIGKILL)
cache.npy.write_array_header_1_0 = half
cache.Cache(Path(sys.argv[1]), 2**20).array(sys.argv[2], lambda: cache.np.zeros(9))
"""


def test_what_a_killed_process_left_is_cleared_in_time(tmp_path):
    for age_s in (10, 2 * STALE_S):
        half = tmp_path / "ab" / f".{age_s}.partial"
        half.parent.mkdir(exist_ok=True)
        half.touch()
        os.utime(half, (time.time() - age_s,) * 2)
    Cache(tmp_path, KIB)
    assert [path.name for path in (tmp_path / "ab").iterdir()] == [".10.partial"]


@pytest.mark.slow
def test_a_full_disk_is_a_typed_failure_and_leaves_nothing(tmp_path):
    """A limit on the size of files stands for the disk: the system refuses the write alike."""
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.stdout.startswith("disk_full no room to write"), done.stderr
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


FULL = """
import resource, sys
from pathlib import Path
import numpy as np
from ml.cache import Cache
from ml.errors import Failure
from ml.sweeping import STALE_S
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    Cache(Path(sys.argv[1]), 2**20).array("abcdef", lambda: np.zeros(2**16, np.uint8))
except Failure as failure:
    print(failure.error_class, failure)
"""


def test_a_folder_that_cannot_be_made_is_refused_by_name(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(Failure, match="TESSERA_CACHE_DIR"):
        Cache(tmp_path / "file" / "cache", KIB)

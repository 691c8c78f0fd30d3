"""Files under the hash of their content: written once, whole or not at all."""

import hashlib
import resource
import subprocess
import sys
from pathlib import Path

import fsspec
import pytest

from core.errors import NotFound, Unavailable
from core.store import FolderStore, ObjectStore, Store, content_key, file_key
from tests import buckets

# An S3 of one's own takes seconds to load.
KINDS = ["folder", "objects", pytest.param("s3", marks=pytest.mark.slow)]


@pytest.fixture(params=KINDS)
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "folder":
        return FolderStore(tmp_path / "store")
    if request.param == "s3":
        request.getfixturevalue("s3")
        buckets.files().makedirs("a-store", exist_ok=True)
        return ObjectStore(f"s3://a-store/{tmp_path.name}", tmp_path / "cache")
    fsspec.filesystem("memory").store.clear()
    return ObjectStore("memory://bucket/prefix", tmp_path / "cache")


def test_the_key_is_the_hash_of_the_content():
    digest = hashlib.sha256(b"abc").hexdigest()
    assert content_key(b"abc") == f"sha256/{digest[:2]}/{digest[2:]}"


def test_a_file_has_the_key_of_its_bytes(tmp_path: Path):
    (tmp_path / "a").write_bytes(b"abc" * 100_000)
    assert file_key(tmp_path / "a") == content_key(b"abc" * 100_000)


@pytest.mark.parametrize("data", [b"", b"abc", bytes(1_000_000)])
def test_what_is_put_is_read(files: Store, data: bytes):
    assert files.read(files.put(data)) == data


def test_a_file_is_put_under_its_content_too(files: Store, tmp_path: Path):
    (tmp_path / "a").write_bytes(b"abc")
    assert files.put_file(tmp_path / "a") == content_key(b"abc")
    assert files.path(content_key(b"abc")).read_bytes() == b"abc"


def test_only_names_of_ones_own_are_overwritten(files: Store, tmp_path: Path):
    for content in (b"first", b"second"):
        (tmp_path / "a").write_bytes(content)
        files.put_as("checkpoints/1/newest", tmp_path / "a")
    assert files.read("checkpoints/1/newest") == b"second"
    assert files.path("checkpoints/1/newest").read_bytes() == b"second"


def test_a_missing_file_is_named(files: Store):
    key = content_key(b"never written")
    assert not files.exists(key)
    with pytest.raises(NotFound, match=key):
        files.read(key)


def test_deleting_is_harmless_twice(files: Store):
    key = files.put(b"abc")
    files.delete(key)
    files.delete(key)
    assert not files.exists(key)


def test_a_folder_of_names_is_deleted_as_one(files: Store, tmp_path: Path):
    (tmp_path / "a").write_bytes(b"abc")
    for name in ("x", "y"):
        files.put_as(f"checkpoints/7/{name}", tmp_path / "a")
    files.delete("checkpoints/7")
    assert not files.exists("checkpoints/7/x")
    assert not files.exists("checkpoints/7/y")


def test_all_files_are_told_and_the_old_ones_deleted(files: Store):
    keys = sorted(files.put(bytes([each])) for each in range(3))
    entries = sorted(files.entries())
    assert [(each.key, each.size) for each in entries] == [(key, 1) for key in keys]
    [*young, _] = entries
    assert not any(files.delete_older(each.key, each.modified) for each in young)
    assert files.delete_older(keys[2], entries[2].modified + 10)
    assert [files.exists(key) for key in keys] == [True, True, False]


def test_a_bucket_that_does_not_answer_is_told_from_a_missing_file(tmp_path: Path):
    store = ObjectStore("s3://a-store", tmp_path / "cache")
    store._files = buckets.unreachable()
    for ask in (store.exists, store.read, store.open):
        with pytest.raises(Unavailable, match="does not answer"):
            ask(content_key(b"abc"))
    with pytest.raises(Unavailable, match="does not answer"):
        store.put(b"abc")


def test_the_same_content_is_written_once(tmp_path: Path):
    store = FolderStore(tmp_path)
    key = store.put(b"abc")
    before = store.path(key).stat()
    assert store.put(b"abc") == key
    assert store.path(key).stat().st_ino == before.st_ino


def test_nothing_temporary_stays(tmp_path: Path):
    store = FolderStore(tmp_path)
    store.put(b"abc")
    assert [path.name for path in tmp_path.rglob(".put-*")] == []


def test_the_folder_is_closed_to_others(tmp_path: Path):
    FolderStore(tmp_path / "store")
    assert (tmp_path / "store").stat().st_mode & 0o077 == 0


# A limit on a file's size is met by write() just as a full disk is, and needs no root.
FULL = """
import resource, signal, sys
from pathlib import Path
from core.errors import Unavailable
from core.store import FolderStore

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store = FolderStore(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    store.put(bytes(10_000))
except Unavailable as error:
    sys.exit(error.detail)
"""


def test_a_write_that_fails_leaves_no_file(tmp_path: Path):
    ended = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert "could not write" in ended.stderr
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_later_write_finds_nothing_in_its_way(tmp_path: Path):
    subprocess.run([sys.executable, "-c", FULL, str(tmp_path)], capture_output=True, check=False)
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 4096
    store = FolderStore(tmp_path)
    assert store.read(store.put(bytes(10_000))) == bytes(10_000)


def test_a_store_that_cannot_be_written_says_so(tmp_path: Path):
    store = FolderStore(tmp_path)
    (tmp_path / "sha256").write_text("a file where a folder should be")
    with pytest.raises(Unavailable, match="could not write"):
        store.put(b"abc")


def test_objects_are_fetched_once(tmp_path: Path):
    store = ObjectStore("memory://bucket/once", tmp_path / "cache")
    key = store.put(b"abc")
    store.path(key)
    store.delete(key)
    assert store.path(key).read_bytes() == b"abc"

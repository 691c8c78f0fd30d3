"""Buckets by reference: which may be read, how they are listed, what a place of them gives."""

from pathlib import Path

import fsspec
import pytest

from core import buckets, linked
from core.errors import ImageUndecodable, Invalid, ObjectLost, PathNotAllowed, Unavailable
from core.pixels import read_image
from core.places import Bucket
from core.settings import Settings
from core.store import Store
from tests.buckets import SECRET, files, fill
from tests.core import folders
from tests.core.folders import picture, write
from tests.environment import settings_of

ROOTS = "s3://streets memory://open,nowhere://open/"


@pytest.fixture
def roots(service: Settings, tmp_path: Path):  # noqa: ARG001
    with settings_of(tmp_path, import_buckets=ROOTS):
        yield


def stubs(url: str, folder: Path, most: int = 5000) -> list[str]:
    """List the bucket; the names of what it has."""
    folder.mkdir()
    buckets.stubs(url, folder, lambda _: None, most=most)
    return [path.relative_to(folder).as_posix() for path in Bucket(folder).files()]


def in_memory(*names: str) -> str:
    """A bucket with empty objects of these names."""
    memory = fsspec.filesystem("memory")
    memory.store.clear()
    for name in names:
        memory.pipe_file(f"open/{name}", b"")
    return "memory://open"


@pytest.mark.parametrize("url", ["s3://streets", "s3://streets/", "s3://streets/2026/june"])
def test_what_lies_under_an_allowed_url_may_be_read(roots: None, url: str):  # noqa: ARG001
    assert buckets.allowed(url) == url.rstrip("/")


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("s3://street", "TESSERA_IMPORT_BUCKETS"),
        ("s3://streets2/a", "TESSERA_IMPORT_BUCKETS"),
        ("s3://streets/../other", "steps upwards"),
        ("s3://key:secret@streets/a", "Credentials are the server's own"),
        ("s3://streets/a?versionId=1", "without a key, a query"),
        ("zip://a.zip::s3://streets/a.zip", "expected one as s3://"),
        ("S3://streets", "expected one as s3://"),
        ("://streets", "expected one as s3://"),
        ("nowhere://open/a", "fsspec knows no such scheme"),
    ],
)
def test_other_urls_are_refused_with_the_reason(roots: None, url: str, reason: str):  # noqa: ARG001
    with pytest.raises(PathNotAllowed, match=reason) as refused:
        buckets.allowed(url)
    assert "secret" not in refused.value.detail


def test_without_the_setting_no_bucket_may_be_read(service: Settings):  # noqa: ARG001
    with pytest.raises(PathNotAllowed, match=r"\(none are set\); set TESSERA_IMPORT_BUCKETS"):
        buckets.allowed("s3://streets")


@pytest.mark.parametrize(("scheme", "extra"), [("gs", "gs"), ("az", "az"), ("abfs", "az")])
def test_a_library_that_is_missing_is_named(
    service: Settings,  # noqa: ARG001
    tmp_path: Path,
    scheme: str,
    extra: str,
):
    """Those of Google and Azure are not installed for the tests."""
    with (
        settings_of(tmp_path, import_buckets=f"{scheme}://streets"),
        pytest.raises(PathNotAllowed, match=rf"pip install 'tessera\[{extra}\]'"),
    ):
        buckets.allowed(f"{scheme}://streets/a")


def test_a_bucket_is_listed_to_its_end(
    s3: str,  # noqa: ARG001
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    """S3 gives a page at a time."""
    monkeypatch.setattr(buckets, "PAGE", 3)
    names = [f"images/{number:04}.png" for number in range(8)]
    files().mkdir("many")
    files().pipe({f"many/set/{name}": b"x" for name in names} | {"many/other": b""})
    files().pipe_file("many/set/empty/", b"")
    assert stubs("s3://many/set", tmp_path / "a") == names


@pytest.mark.parametrize("url", ["s3://nothing-here", "s3://listed/none", "memory://none"])
def test_a_bucket_of_nothing_is_refused(s3: str, tmp_path: Path, url: str):  # noqa: ARG001
    files().makedirs("listed", exist_ok=True)
    with pytest.raises((Invalid, ObjectLost), match=r"no objects|is gone"):
        stubs(url, tmp_path / "a")


@pytest.mark.parametrize(
    "name", ["a/../../b.png", "a\\b.png", "a\x07.png", f"{'n' * 256}.png", "a/./b.png"]
)
def test_names_that_no_file_can_have_are_refused(s3: str, tmp_path: Path, name: str):  # noqa: ARG001
    bucket = f"odd-{abs(hash(name))}"
    files().mkdir(bucket)
    files().call_s3("put_object", Bucket=bucket, Key=name, Body=b"")
    with pytest.raises(Invalid, match=f"Object of s3://{bucket}"):
        stubs(f"s3://{bucket}", tmp_path / "a")
    assert list((tmp_path / "a").iterdir()) == []


def test_an_object_that_is_a_folder_too_is_refused(s3: str, tmp_path: Path):  # noqa: ARG001
    files().mkdir("twofold")
    files().pipe({"twofold/a": b"", "twofold/a/b": b""})
    with pytest.raises(Invalid, match="also a folder"):
        stubs("s3://twofold", tmp_path / "a")


def test_more_objects_than_the_ceiling_are_refused(tmp_path: Path):
    with pytest.raises(Invalid, match="TESSERA_ARCHIVE_CEILING_FILES"):
        stubs(in_memory("a", "b", "c"), tmp_path / "a", most=2)


def test_a_place_reads_its_objects_and_gives_links(s3: str, store: Store, tmp_path: Path):  # noqa: ARG001
    shown = picture(tmp_path / "data/images/a.png")
    fill("s3://placed", tmp_path / "data")
    stubs("s3://placed", tmp_path / "listing")
    place, path = Bucket(tmp_path / "listing"), tmp_path / "listing/images/a.png"
    assert place.read(path) == shown.read_bytes()
    pixels = read_image(shown.read_bytes(), 10**6)
    key = store.put(place.stored(path, None, pixels))
    assert not linked.stands_alone(store, key)
    assert (linked.picture(store, key) == pixels).all()
    assert linked.png(store, key) == shown.read_bytes()
    assert linked.problem(store, key) is None
    files().pipe_file("placed/images/a.png", b"another")
    assert "has changed" in (linked.problem(store, key) or "")
    files().rm_file("placed/images/a.png")
    assert "is gone" in (linked.problem(store, key) or "")


def test_a_slice_of_a_volume_is_stored_itself(tmp_path: Path):
    """It is a part of an object, which nothing could refer to."""
    cut = folders.factories.picture(4, 4)
    stored = Bucket(tmp_path).stored(tmp_path / "a", 3, cut)
    assert (read_image(stored, 100) == cut).all()


def test_what_is_no_stub_is_not_there(tmp_path: Path):
    write(tmp_path / "a.png", b"{")
    for name in ("a.png", "b.png"):
        with pytest.raises(ImageUndecodable, match="no such object"):
            Bucket(tmp_path).read(tmp_path / name)


@pytest.mark.slow
def test_refusals_do_not_tell_what_the_server_signs_in_with(
    s3: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):  # fmt: skip
    files().clear_instance_cache()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://tester:{SECRET}@127.0.0.1:9")
    with pytest.raises(Unavailable, match="credentials in the environment") as refused:
        stubs("s3://placed", tmp_path / "a")
    assert SECRET not in refused.value.detail
    files().clear_instance_cache()
    assert s3

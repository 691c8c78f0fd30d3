"""Images in buckets: read when needed, compared with their link, kept within bounds."""

import hashlib
import os
from pathlib import Path

import fsspec
import numpy as np
import pytest

from ml import linked
from ml.errors import Failure
from ml.images import read_rgb
from ml.linked import Kept, Link, Lost, Unreachable
from ml.spec import ImageItem
from tests.ml.scenes import COLOURS, blocks, image

URL = "memory://streets/a.png"


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kept:
    monkeypatch.setenv("TESSERA_LINKED_CACHE_DIR", str(tmp_path / "kept"))
    return linked.shared()


def put(data: bytes, url: str = URL) -> Link:
    """An object, and the link to it."""
    files, path = linked.opened(url)
    files.pipe_file(path, data)
    tag = linked.tag_of(linked.information(url))
    return Link(url, len(data), tag, hashlib.sha256(data).hexdigest())


def test_a_link_is_read_as_it_was_written():
    link = put(b"abc")
    assert linked.parse(link.dump()) == link
    assert linked.parse(b"\x89PNG") is None


def test_an_object_is_fetched_once(kept: Kept):
    link = put(b"abc")
    assert linked.content(link, kept) == b"abc"
    fsspec.filesystem("memory").store.clear()
    assert linked.content(link, kept) == b"abc"


def test_what_was_kept_and_damaged_is_fetched_again(kept: Kept, tmp_path: Path):
    link = put(b"abc")
    linked.content(link, kept)
    [file] = (path for path in (tmp_path / "kept").rglob("*") if path.is_file())
    file.write_bytes(b"xyz")
    assert linked.content(link, kept) == b"abc"


@pytest.mark.parametrize("now", [b"abd", b"abcd", b""])
def test_a_changed_object_is_told_from_the_one_that_was_linked(kept: Kept, now: bytes):
    link = put(b"abc")
    put(now)
    with pytest.raises(Lost, match=r"streets/a.png has changed .*put the object back"):
        linked.content(link, kept)
    assert "has changed" in (linked.problem(link) or "")


def test_the_same_bytes_written_again_are_no_change(kept: Kept):
    link = put(b"abc")
    put(b"abc")
    assert linked.problem(link._replace(tag="another")) is None
    assert linked.content(link, kept) == b"abc"


def test_an_object_that_is_gone_is_said_to_be(kept: Kept):
    link = put(b"abc")._replace(url="memory://streets/gone.png")
    with pytest.raises(Lost, match=r"memory://streets/gone.png is gone"):
        linked.content(link, kept)
    assert "is gone" in (linked.problem(link) or "")


def test_least_used_objects_make_room(tmp_path: Path):
    kept = Kept(tmp_path, 3200)
    data = {name: os.urandom(1000) for name in "abcd"}
    digests = {name: hashlib.sha256(each).hexdigest() for name, each in data.items()}
    for order, name in enumerate("abc"):
        kept.put(digests[name], data[name])
        path = tmp_path / digests[name][:2] / digests[name][2:]
        os.utime(path, (order, order))
    assert kept.get(digests["a"]) == data["a"]
    kept.put(digests["d"], data["d"])
    assert [name for name in "abcd" if kept.get(digests[name])] == ["a", "c", "d"]
    kept.put("0" * 64, bytes(4000))
    assert kept.get("0" * 64) is None


def test_an_image_is_read_through_its_link(kept: Kept, tmp_path: Path):  # noqa: ARG001
    mask = blocks(32, 48)
    item = image(tmp_path, "a", mask)
    link = put(Path(item.path).read_bytes())
    Path(item.path).write_bytes(link.dump())
    assert np.array_equal(read_rgb(item), COLOURS[mask])
    Path(item.path).write_bytes(link._replace(url="memory://streets/gone.png", sha256="0").dump())
    assert refused(item) == "unreadable_image"


def test_a_bucket_that_does_not_answer_is_worth_another_attempt(
    kept: Kept,  # noqa: ARG001
    tmp_path: Path,
):
    link = put(b"abc")._replace(url="nowhere://streets/a.png", sha256="0")
    (tmp_path / "a").write_bytes(link.dump())
    item = ImageItem(id="a", path=str(tmp_path / "a"), width=1, height=1)
    assert refused(item) == "bucket_unreachable"
    with pytest.raises(Unreachable):
        linked.problem(link)


def refused(item: ImageItem) -> str:
    with pytest.raises(Failure) as failure:
        read_rgb(item)
    return failure.value.error_class

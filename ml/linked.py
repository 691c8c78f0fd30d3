"""Images that stay in a bucket: a link lies in the place of their file, and says which object it
is and what it held.

An object is read when it is needed, compared with its link, and kept in a folder of bounded size.
Credentials are those that the bucket's library finds in the environment.
"""

import functools
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from ml.files import written_aside
from ml.sweeping import sweep

MAGIC = b'{"tessera_link":'
LONGEST = 8192
"""Bytes of a link at most: an object's name has up to 1024."""

DEFAULT_MB = 4096
TAGS = ("ETag", "etag", "generation", "mtime", "created")
"""What buckets call that which changes with an object's content, in the order of their worth."""


class Lost(Exception):
    """The object is gone, or is not what it was."""


class Unreachable(Exception):
    """The bucket does not answer, or not to us; a repeat may succeed."""


class Link(NamedTuple):
    """`tag` is what the bucket changes with the content (an ETag); `sha256` is of the bytes."""

    url: str
    size: int
    tag: str
    sha256: str

    def dump(self) -> bytes:
        return json.dumps({"tessera_link": 1, **self._asdict()}, separators=(",", ":")).encode()


def parse(data: bytes) -> Link | None:
    """The link that a file's bytes are; None for a file that stands for itself."""
    if not data.startswith(MAGIC):
        return None
    told = json.loads(data)
    return Link(*(told[name] for name in Link._fields))


def file_of(path: str) -> bytes:
    """The bytes of a file, or of the object that it links to.

    Raises OSError, Lost, Unreachable.
    """
    data = Path(path).read_bytes()
    link = parse(data)
    return data if link is None else content(link, shared())


def content(link: Link, kept: "Kept") -> bytes:
    """The object's bytes, which are those of the link. Raises Lost, Unreachable."""
    found = kept.get(link.sha256)
    if found is None:
        found = download(link.url, link.size)
        if hashlib.sha256(found).hexdigest() != link.sha256:
            raise Lost(_changed(link, "other bytes"))
        kept.put(link.sha256, found)
    return found


def problem(link: Link) -> str | None:
    """What has become of the object: None while its tag and size are those of the link, or its
    bytes are. Raises Unreachable."""
    try:
        about = information(link.url)
        if (tag_of(about), about["size"]) == (link.tag, link.size):
            return None
        found = hashlib.sha256(download(link.url, link.size)).hexdigest()
    except Lost as error:
        return str(error)
    # The same bytes, written again, have another tag in some buckets.
    return None if found == link.sha256 else _changed(link, f"tag {tag_of(about)}")


def download(url: str, size: int) -> bytes:
    """The object, of which `size` bytes are expected; of a longer one a byte more, and no end.

    Raises Lost, Unreachable.
    """
    files, path = opened(url)
    with asking(url):
        return bytes(files.cat_file(path, start=0, end=size + 1))


def information(url: str) -> Mapping[str, Any]:
    """What the bucket says about an object. Raises Lost, Unreachable."""
    files, path = opened(url)
    with asking(url):
        about: Mapping[str, Any] = files.info(path)
    return about


def tag_of(about: Mapping[str, Any]) -> str:
    """Of what a bucket says about an object."""
    return str(next((about[name] for name in TAGS if name in about), "")).strip('"')


def opened(url: str) -> tuple[Any, str]:
    """The file system of a URL and the path in it. Raises Unreachable where the scheme's library is
    missing."""
    import fsspec

    scheme, _, path = url.partition("://")
    with asking(url):
        return fsspec.filesystem(scheme, use_listings_cache=False), path


@contextmanager
def asking(url: str) -> Iterator[None]:
    """What a bucket refuses while inside, as Lost or Unreachable."""
    try:
        yield
    except FileNotFoundError:
        raise Lost(f"{url} is gone; put it back as it was.") from None
    except Exception as error:  # each library has errors of its own, some with secrets in the text
        raise Unreachable(
            f"{url} cannot be read ({type(error).__name__}); look at the bucket's address, the "
            "network, and the credentials in the environment of this process."
        ) from None


def _changed(link: Link, found: str) -> str:
    return (
        f"{link.url} has changed since it was imported (expected {link.size} bytes, tag "
        f"{link.tag}; found {found}); put the object back as it was."
    )


class Kept:
    """A folder of objects by their SHA-256, shared by processes; what was not used for longest
    goes first. Nothing is synced: what a power cut left is compared, and read anew."""

    def __init__(self, folder: Path, room: int) -> None:
        """`room` in bytes."""
        self._folder, self._room, self._bytes = folder, room, 0

    def get(self, sha256: str) -> bytes | None:
        path = self._path(sha256)
        try:
            data = path.read_bytes()
            os.utime(path)
        except FileNotFoundError:
            return None
        return data if hashlib.sha256(data).hexdigest() == sha256 else None

    def put(self, sha256: str, data: bytes) -> None:
        """Larger objects than there is room for are not kept."""
        if len(data) > self._room:
            return
        path = self._path(sha256)
        path.parent.mkdir(parents=True, exist_ok=True)
        with written_aside(path) as file:
            file.write(data)
        self._bytes += len(data)
        # Others write here too, so now and then is looked at all of it.
        if self._bytes > self._room // 16:
            sweep(self._folder, self._room - self._room // 16)
            self._bytes = 0

    def _path(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256[2:]


@functools.cache
def kept_in(folder: Path, room: int) -> Kept:
    """This process's view of a folder that holds at most `room` bytes."""
    return Kept(folder, room)


def shared() -> Kept:
    """In `TESSERA_LINKED_CACHE_DIR`, at most `TESSERA_LINKED_CACHE_MB`."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = Path(os.environ.get("TESSERA_LINKED_CACHE_DIR") or home / "tessera-linked")
    room = int(os.environ.get("TESSERA_LINKED_CACHE_MB") or DEFAULT_MB)
    return kept_in(folder, room * 2**20)

"""Buckets that may be imported by reference, and their listings as folders of stubs."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from core.archives import member
from core.errors import ArchiveRejected, Invalid, PathNotAllowed
from core.linked import refusals
from core.settings import settings
from ml import linked
from ml.linked import Link

URL = re.compile(r"[a-z][a-z0-9]*://[^\s?#@:]+")
NEEDS = {"s3": "s3", "gs": "gs", "gcs": "gs", "az": "az", "abfs": "az", "abfss": "az"}
"""Extras of ours that bring the library for a scheme."""

PAGE = 1000


class Object(NamedTuple):
    """`name` is its path below the URL that was listed."""

    name: str
    size: int
    tag: str


def is_url(path: str) -> bool:
    """Whether an import's path is a bucket's URL, and not a folder."""
    return "://" in path


def allowed(url: str) -> str:
    """The URL, if it lies under one of those of TESSERA_IMPORT_BUCKETS and can be read here.

    Raises PathNotAllowed.
    """
    shown = url[:200]
    url = url.rstrip("/")
    if not URL.fullmatch(url) or ".." in url.split("/"):
        raise PathNotAllowed(
            f"{_without_secrets(shown)!r} is no bucket's URL: expected one as s3://bucket/folder, "
            "without a key, a query or steps upwards. Credentials are the server's own."
        )
    roots = settings().import_buckets
    if not any(url == root or url.startswith(f"{root}/") for root in roots):
        listed = ", ".join(roots) or "none are set"
        raise PathNotAllowed(
            f"{url} is outside the import buckets ({listed}); set TESSERA_IMPORT_BUCKETS."
        )
    _require_library(url)
    return url


def _without_secrets(url: str) -> str:
    """What may be repeated: a key before @, or a signature behind ?, is nobody else's business."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{re.split('[?#]', rest)[0].rpartition('@')[2]}"


def _require_library(url: str) -> None:
    scheme = url.partition("://")[0]
    try:
        import fsspec

        fsspec.get_filesystem_class(scheme)
    except (ImportError, ValueError):
        extra = NEEDS.get(scheme)
        what = f"pip install 'tessera[{extra}]'" if extra else "fsspec knows no such scheme"
        raise PathNotAllowed(
            f"{scheme}:// cannot be read here: {what}, on the server and on its workers."
        ) from None


def stubs(url: str, folder: Path, on_count: Callable[[int], None], *, most: int) -> None:
    """Write a stub for each object below the URL, into an empty folder, as they are listed.

    Raises Invalid (nothing there, more than `most`, a name that no file can have), Unavailable.
    """
    count = 0
    with refusals():
        for count, each in enumerate(listed(url), start=1):
            if count > most:
                raise Invalid(
                    f"{url} has more than {most} objects; import a folder of it, or set "
                    "TESSERA_ARCHIVE_CEILING_FILES."
                )
            _stub(url, folder, each)
            on_count(count)
    if not count:
        raise Invalid(f"{url} has no objects, or there is no such bucket.")


def _stub(url: str, folder: Path, each: Object) -> None:
    try:
        member.check_name(each.name)
        path = folder / each.name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.write(Link(f"{url}/{each.name}", each.size, each.tag, "").dump())
    except ArchiveRejected as error:
        raise Invalid(f"Object of {url}: {error.detail}") from None
    except (FileExistsError, NotADirectoryError, IsADirectoryError):
        raise Invalid(
            f"{url}/{each.name} is an object and also a folder of others, or differs from another "
            "in capitals alone; rename one."
        ) from None


def listed(url: str) -> Iterator[Object]:
    """Every object below the URL. An S3 bucket tells a thousand at a time; of others, one folder
    is held in memory. Raises Lost, Unreachable."""
    files, path = linked.opened(url)
    with linked.asking(url):
        for name, about in _pages(files, path):
            yield Object(name, int(about["size"]), linked.tag_of(about))


def _pages(files: Any, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if hasattr(files, "call_s3"):
        yield from _of_s3(files, path)
        return
    for folder, _, found in files.walk(path, detail=True):
        within = folder.strip("/").removeprefix(path.strip("/")).strip("/")
        for name, about in sorted(found.items()):
            yield f"{within}/{name}".lstrip("/"), about


def _of_s3(files: Any, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    bucket, _, folder = path.partition("/")
    prefix = f"{folder}/" if folder else ""
    asked = {"Bucket": bucket, "Prefix": prefix, "MaxKeys": PAGE}
    while True:
        page = files.call_s3("list_objects_v2", **asked)
        for each in page.get("Contents", ()):
            if not each["Key"].endswith("/"):  # what consoles make for an empty folder
                yield each["Key"].removeprefix(prefix), {**each, "size": each["Size"]}
        if not page.get("IsTruncated"):
            return
        asked["ContinuationToken"] = page["NextContinuationToken"]

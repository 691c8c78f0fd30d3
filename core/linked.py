"""Images of which the store holds a link alone: their pixels, from the bucket when needed."""

from collections.abc import Iterator
from contextlib import contextmanager

from core import pixels
from core.errors import ObjectLost, Unavailable
from core.pixels import Pixels
from core.settings import settings
from core.store import Store
from ml import linked
from ml.linked import Kept


def picture(store: Store, key: str) -> Pixels:
    """(height, width, 3) upright pixels of an image by its key.

    Raises ObjectLost for an object that is gone or not what it was, Unavailable for a bucket that
    does not answer, and what the store raises.
    """
    return _decoded(store.read(key))


def png(store: Store, key: str) -> bytes:
    """The same as PNG."""
    data = store.read(key)
    return data if linked.parse(data) is None else pixels.to_png(_decoded(data))


def stands_alone(store: Store, key: str) -> bool:
    """Whether the store has the image itself, and no link."""
    with store.path(key).open("rb") as file:
        return linked.parse(file.read(linked.LONGEST)) is None


def _decoded(data: bytes) -> Pixels:
    link = linked.parse(data)
    if link is not None:
        with refusals():
            data = linked.content(link, kept())
    return pixels.read_image(data, settings().image_ceiling_px)


def problem(store: Store, key: str) -> str | None:
    """What is wrong with the object that an image's file links to, if it does."""
    with store.open(key) as file:
        link = linked.parse(file.read(linked.LONGEST))
    try:
        return None if link is None else linked.problem(link)
    except linked.Unreachable as error:
        return str(error)


def kept() -> Kept:
    """The objects that lie on this machine, within TESSERA_LINKED_CACHE_MB."""
    known = settings()
    return linked.kept_in(known.linked_cache, known.linked_cache_mb * 2**20)


@contextmanager
def refusals() -> Iterator[None]:
    """What a bucket refuses, as errors of ours."""
    try:
        yield
    except linked.Lost as error:
        raise ObjectLost(str(error)) from None
    except linked.Unreachable as error:
        raise Unavailable(str(error)) from None

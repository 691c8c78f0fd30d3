"""Small pictures of images, for grids: made when first asked for, then kept in the store.

Nothing refers to them: garbage collection takes those away that are older than its age, and they
are made anew.
"""

import io
from contextlib import suppress

import PIL.Image

from core import linked
from core.errors import DiskFull, NotFound, Unavailable
from core.models import Image
from core.store import Store
from server.pictures import sha256_of

# The longest side in pixels: sharp in a grid of small pictures, some ten kilobytes of JPEG.
SIDE, QUALITY = 320, 82


def jpeg(store: Store, image: Image) -> bytes:
    """The image at most SIDE pixels wide and high, never larger than it is."""
    key = _key(image)
    with suppress(NotFound):
        return store.read(key)
    made = _made(store, image)
    # A picture that cannot be kept can be shown all the same.
    with suppress(DiskFull, Unavailable):
        store.put_bytes_as(key, made)
    return made


def tag(image: Image) -> str:
    """Its entity tag: the same pixels give the same picture."""
    return f"{sha256_of(image.key)[:32]}-{SIDE}"


def _key(image: Image) -> str:
    digest = sha256_of(image.key)
    return f"thumbnails/{digest[:2]}/{digest[2:]}-{SIDE}.jpg"


def _made(store: Store, image: Image) -> bytes:
    whole = PIL.Image.fromarray(linked.picture(store, image.key))
    whole.thumbnail((SIDE, SIDE), PIL.Image.Resampling.BILINEAR, reducing_gap=3)
    out = io.BytesIO()
    whole.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()

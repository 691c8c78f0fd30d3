"""Pictures that people send, decoded within limits in a process each.

Each has a process of its own, so that what a hostile one makes of its decoder sees nobody else's.
"""

from threading import BoundedSemaphore, Timer

from anyio import from_thread
from fastapi import Request

from core import decoding
from core.decoding import Upright
from core.errors import Crowded
from core.settings import settings
from server.edge import LEAVE

# Each has up to a gigabyte, and a core, for itself.
AT_ONCE = 2
# Of processor time: the largest pictures, as noisy as can be, take eight.
SECONDS = 20
# By the clock on the wall, on a machine that has little time for it.
PATIENCE_S = 60.0


class Decoding:
    """What is decoded at the moment: AT_ONCE pictures at most, since others have to be served."""

    def __init__(self) -> None:
        self._places = BoundedSemaphore(AT_ONCE)

    def upright(self, request: Request, data: bytes) -> Upright:
        """The picture that was sent, as it is kept; who waits for it waits in no other's way.

        Raises ImageTooLarge, ImageUndecodable, UnsupportedMediaType, Crowded, and Unavailable where
        the machine has no time for it.
        """
        if not self._places.acquire(blocking=False):
            raise Crowded(f"{AT_ONCE} pictures are being decoded already; try again in a moment.")
        try:
            from_thread.run_sync(request.scope[LEAVE])
            return _decoded(data)
        finally:
            self._places.release()


def _decoded(data: bytes) -> Upright:
    within = decoding.limits(settings().mask_ceiling_bytes, SECONDS)
    with decoding.decoder(within) as made:
        end = Timer(PATIENCE_S, made.stop)
        end.start()
        try:
            return made.read_png(data)
        finally:
            end.cancel()

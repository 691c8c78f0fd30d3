"""Who watches event streams at the moment: each looks into the database once a second."""

from collections import Counter
from collections.abc import AsyncIterator

from core.errors import TooManyRequests

# A tab of a page is one.
MOST = 20


class Watchers:
    """Open streams by user. Asked by the event loop's thread alone."""

    def __init__(self) -> None:
        self._open: Counter[int] = Counter()

    def check(self, user_id: int) -> None:
        """Raises TooManyRequests for somebody who has as many as there may be."""
        if self._open[user_id] >= MOST:
            raise TooManyRequests(
                f"You watch {MOST} streams already; close one first.", retry_after_s=5
            )

    async def counted(self, user_id: int, texts: AsyncIterator[str]) -> AsyncIterator[str]:
        """The stream, which counts for as long as somebody reads it."""
        self._open[user_id] += 1
        try:
            async for text in texts:
                yield text
        finally:
            self._open[user_id] -= 1
            if not self._open[user_id]:
                del self._open[user_id]

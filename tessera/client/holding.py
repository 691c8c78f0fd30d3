"""A region for the length of a `with` block: leased, kept while one works, given back if unused."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tessera.client.models import Label, Lease
from tessera.client.problems import ClientError
from tessera.client.queue import Queue

if TYPE_CHECKING:
    from tessera.client.queue import Mask

SOONEST_S, SHARE = 1.0, 1 / 3
"""Renewed when a third of the lease has passed: two renewals may fail before it runs out."""


class Held:
    """One leased region. `label` or `skip` settles it; unsettled it goes back to the queue."""

    def __init__(self, client: Queue, lease: Lease) -> None:
        self._client = client
        self.lease = lease
        self.settled = False

    def label(self, mask: "Mask", **effort: Any) -> Label:
        """As `Client.put_label`: one class value, an index PNG, or a uint8 array."""
        label = self._client.put_label(self.lease, mask, **effort)
        self.settled = True
        return label

    def skip(self, reason: str) -> None:
        self._client.skip(self.lease, reason)
        self.settled = True

    def image(self) -> bytes:
        """PNG of the region's own pixels."""
        return self._client.region_image(self.lease.region_id)


class Holding(Queue):
    @contextmanager
    def leased(self, project_id: int, *, session: str | None = None) -> Iterator[Held | None]:
        """The next region for the length of the block; None when the queue has none.

        The lease is renewed meanwhile, and given back at the end of a block that neither labelled
        nor skipped the region, also when an exception ends it.
        """
        found = self.lease(project_id, session=session).items
        if not found:
            yield None
            return
        held, over = Held(self, found[0]), threading.Event()
        renewing = threading.Thread(target=self._renew_until, args=(held, over), daemon=True)
        renewing.start()
        try:
            yield held
        finally:
            over.set()
            renewing.join()
            if not held.settled:
                with suppress(ClientError):  # it runs out by itself
                    self.release(held.lease)

    def _renew_until(self, held: Held, over: threading.Event) -> None:
        while not over.wait(_pause_s(held.lease)):
            try:
                held.lease = self.renew(held.lease)
            except ClientError:  # whoever labels is told; a network that is away comes back
                continue


def _pause_s(lease: Lease) -> float:
    left_s = (lease.expires_at - datetime.now(UTC)).total_seconds()
    return max(SOONEST_S, SHARE * left_s)

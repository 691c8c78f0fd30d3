"""Messages that may be lost: what they stand for is in rows, which ring again.

Where Redis goes away with a message in hand, kombu 5.7 would use the connection that is gone, and
end the worker by it.
"""

from kombu.transport.redis import Channel, Transport


class Bells(Channel):
    """A channel that lets go of what it cannot give back or acknowledge any more."""

    do_restore = False

    def basic_ack(self, delivery_tag: str, multiple: bool = False) -> None:
        """Tell Redis that the message has arrived, unless the channel is closed."""
        if self.connection is not None:
            super().basic_ack(delivery_tag, multiple)


def use() -> None:
    """From now on all connections of this process to Redis."""
    Transport.Channel = Bells

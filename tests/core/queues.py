"""What lies in the broker's queues."""

import base64
import json

from core.doorbell import QUEUES, broker


def waiting(queue: str) -> list[int]:
    """The job ids that wait in a queue, oldest first."""
    with broker().connection_for_read() as connection:
        messages = connection.default_channel.client.lrange(queue, 0, -1)
    bodies = [base64.b64decode(json.loads(message)["body"]) for message in messages]
    return [json.loads(body)[0][0] for body in reversed(bodies)]


def drain() -> None:
    """Empty the queues."""
    with broker().connection_for_read() as connection:
        connection.default_channel.client.delete(*QUEUES)

"""What a worker does with messages whose Redis is gone."""

import logging

import pytest
from kombu import Connection

from core.doorbell import broker_url
from worker import app  # noqa: F401  # a worker, and so its way with messages


def test_a_message_whose_connection_was_lost_is_let_go(
    redis_url: str, caplog: pytest.LogCaptureFixture
):
    connection = Connection(broker_url(redis_url))
    with connection.SimpleQueue("in hand") as queue:
        queue.put({})
        message = queue.get(timeout=30)
        connection.close()
        message.ack_log_error(logging.getLogger(__name__), connection.connection_errors)
    assert not caplog.messages

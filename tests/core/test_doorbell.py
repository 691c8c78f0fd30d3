"""Doorbells carry an id and no authority; nobody waits long for a broker that is away."""

import logging
import socket
import time

import pytest

from core import doorbell
from core.doorbell import Bell, broker
from core.settings import Settings
from tests.core.queues import drain, waiting

pytestmark = pytest.mark.usefixtures("service")


@pytest.fixture(autouse=True)
def _quiet() -> None:
    drain()


def test_a_bell_lies_in_the_queue_of_its_kind():
    doorbell.ring(Bell(1, "train"), Bell(2, "light"), Bell(3, "light"))
    assert waiting("train") == [1]
    assert waiting("light") == [2, 3]


def test_a_socket_is_spelt_as_celery_wants_it():
    assert doorbell.broker_url("unix:///run/r.sock") == "redis+socket:///run/r.sock"
    assert doorbell.broker_url("redis://host:1/0") == "redis://host:1/0"


def test_only_json_is_spoken_and_no_results_are_kept():
    conf = broker().conf
    assert (conf.task_serializer, conf.accept_content) == ("json", ["json"])
    assert conf.task_ignore_result


def test_a_connection_that_broke_does_not_cost_the_next_bell():
    doorbell.ring(Bell(4, "light"))
    with broker().connection_for_read() as connection:
        connection.default_channel.client.client_kill_filter(_type="normal", skipme=True)
    doorbell.ring(Bell(5, "light"))
    assert waiting("light") == [4, 5]


@pytest.mark.parametrize("url", ["unix:///nowhere/redis.sock", "redis://127.0.0.1:1/0"])
def test_a_broker_that_is_away_costs_neither_an_error_nor_time(
    url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr("core.doorbell.settings", lambda: Settings(redis_url=url))
    away = broker.__wrapped__()
    monkeypatch.setattr("core.doorbell.broker", lambda: away)
    began = time.monotonic()
    with caplog.at_level(logging.WARNING):
        doorbell.ring(Bell(7, "light"), Bell(8, "light"))
    assert time.monotonic() - began < 1
    assert "job 7 not sent" in caplog.text


def test_a_broker_that_does_not_answer_is_given_up_soon(monkeypatch: pytest.MonkeyPatch):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        monkeypatch.setattr("core.doorbell.settings", lambda: Settings(redis_url=url))
        mute = broker.__wrapped__()
        monkeypatch.setattr("core.doorbell.broker", lambda: mute)
        began = time.monotonic()
        doorbell.ring(Bell(7, "light"), Bell(8, "light"))
        assert time.monotonic() - began < 5

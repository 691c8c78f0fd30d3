import subprocess
import sys

import numpy as np
import pytest

import tessera
from tessera.client import Client
from tessera.client.events import parse_events
from tessera.client.queue import _body


def test_the_package_offers_the_client():
    assert tessera.Client is Client


def test_the_client_needs_neither_tensors_nor_tables():
    check = (
        "import sys; from tessera import Client; print({'torch', 'sqlalchemy'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_the_environment_says_where_to_sign_in(monkeypatch):
    monkeypatch.setenv("TESSERA_URL", "http://127.0.0.1:1/")
    monkeypatch.setenv("TESSERA_TOKEN", "tes_x")
    with Client.from_env() as client:
        assert client.url == "http://127.0.0.1:1"


def test_a_missing_token_is_named(monkeypatch):
    monkeypatch.setenv("TESSERA_URL", "http://127.0.0.1:1")
    monkeypatch.delenv("TESSERA_TOKEN", raising=False)
    with pytest.raises(ValueError, match="TESSERA_TOKEN is not set"):
        Client.from_env()


def test_a_cycle_needs_one_kind_of_budget():
    with (
        Client("http://127.0.0.1:1") as client,
        pytest.raises(ValueError, match="one of regions"),
    ):
        client.start_cycle(1, regions=3, share=0.1)


def test_an_array_travels_row_by_row():
    mask = np.array([[0, 1, 2], [3, 4, 255]], np.uint8)
    assert _body(mask)["content"] == bytes([0, 1, 2, 3, 4, 255])


def test_an_array_of_another_type_is_refused():
    with pytest.raises(ValueError, match="int64"):
        _body(np.zeros((2, 2), np.int64))


def test_origins_travel_behind_their_mask():
    mask, origins = np.zeros((2, 2), np.uint8), np.full((2, 2), 3, np.uint8)
    assert _body(mask, origins)["content"] == bytes([0, 0, 0, 0, 3, 3, 3, 3])


def test_origins_need_an_array():
    with pytest.raises(ValueError, match="give the mask as one"):
        _body(4, np.zeros((2, 2), np.uint8))


def test_events_are_read_from_the_stream():
    lines = [": hello", "event: cycle", 'data: {"id": 1}', "", "event: job", "", "data: {}", ""]
    assert [(event.name, event.data) for event in parse_events(lines)] == [
        ("cycle", {"id": 1}),
        ("message", {}),
    ]

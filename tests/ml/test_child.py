import json
import os

import pytest

from ml.child import Child


@pytest.fixture
def spoken():
    """A child and a function that gives back what it has said."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)

    def lines() -> list[dict]:
        return [json.loads(line) for line in os.read(reading, 65536).splitlines()]

    yield Child(writing), lines
    os.close(reading)
    os.close(writing)


def test_progress_speaks_at_most_twice_a_second_and_always_at_the_end(spoken):
    child, lines = spoken
    for step in range(1, 101):
        child.progress(step, 100)
    assert [line["step"] for line in lines()] == [1, 100]


def test_events_other_than_progress_are_never_held_back(spoken):
    child, lines = spoken
    for step in range(5):
        child.emit("checkpoint", step=step)
    assert lines() == [{"event": "checkpoint", "step": step} for step in range(5)]


def test_a_number_that_json_does_not_know_is_refused(spoken):
    child, _ = spoken
    with pytest.raises(ValueError, match="not JSON compliant"):
        child.emit("progress", loss=float("nan"))


def test_images_done_estimates_the_rest(spoken):
    child, lines = spoken
    child.started -= 10
    child.images_done(5, 10)
    assert lines()[0]["eta_s"] == pytest.approx(10, abs=0.5)

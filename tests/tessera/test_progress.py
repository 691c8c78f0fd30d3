import io

import pytest
from rich.console import Console

from tessera.client.models import Cycle
from tessera.progress import Progress, describe, duration, share_done

TRAINING = {
    "id": 5,
    "project_id": 1,
    "number": 2,
    "state": "training",
    "budget": {"regions": 300},
    "strategy": {"acquisition": "entropy", "suppress_radius": 1, "random_share": 0.0},
    "auto": False,
    "evaluate_test": True,
    "regions": {"total": 0},
    "cost": {},
    "stages": [
        {
            "job_id": 9,
            "kind": "train",
            "state": "running",
            "progress": {
                "step": 140,
                "steps": 300,
                "losses": {"supervised": 0.8312},
                "eta_s": 34.2,
            },
        }
    ],
    "created_at": "2026-01-01T00:00:00Z",
}


def cycle(**changes) -> Cycle:
    return Cycle.model_validate(TRAINING | changes)


def labelling(done: int) -> Cycle:
    return cycle(state="labelling", regions={"total": 300, "labelled": done})


def test_training_shows_step_losses_and_time_left():
    assert describe(cycle()) == "cycle 2 training  step 140/300  supervised 0.831  34 s left"


def test_labelling_shows_what_is_done():
    assert describe(labelling(75)) == "cycle 2 labelling  75/300 regions"
    assert share_done(labelling(75)) == 0.25


def test_a_stage_without_a_worker_says_so():
    stages = [{"job_id": 9, "kind": "train", "state": "pending", "progress": None}]
    assert "waiting for a worker" in describe(cycle(stages=stages))


def test_pipes_get_a_line_per_phase():
    out = io.StringIO()
    with Progress(Console(file=out, width=40)) as progress:
        for each in (cycle(), cycle(), labelling(1), labelling(2)):
            progress.show(each)
    assert len(out.getvalue().splitlines()) == 2


def test_pipes_hear_nothing_twice(monkeypatch):
    monkeypatch.setattr("tessera.progress.LINE_EVERY_S", 0)
    out = io.StringIO()
    with Progress(Console(file=out, width=40)) as progress:
        for each in (cycle(), cycle(), labelling(1), labelling(2), labelling(2)):
            progress.show(each)
    assert len(out.getvalue().splitlines()) == 3


def test_a_terminal_gets_a_bar():
    out = io.StringIO()
    with Progress(Console(file=out, force_terminal=True, width=100)) as progress:
        progress.show(cycle())
        progress._live.refresh()
    assert "step 140/300" in out.getvalue()


def test_what_is_said_stays():
    out = io.StringIO()
    with Progress(Console(file=out, force_terminal=True, width=100), "full: ") as progress:
        progress.say("cycle 2 done")
        progress.show(cycle())
    assert "full: cycle 2 done" in out.getvalue()


@pytest.mark.parametrize(
    ("seconds", "said"), [(45.4, "45 s"), (125, "2 min 05 s"), (4200, "1 h 10 min")]
)
def test_durations_are_read_by_people(seconds, said):
    assert duration(seconds) == said

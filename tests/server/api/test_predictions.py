"""Pictures for the model: asked for and fetched over HTTP."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import psutil
import pytest
from starlette.testclient import TestClient

from core import jobs, masks, pixels
from core.plans import Plan
from core.predictions import MASK
from core.settings import Settings
from core.store import Store
from server import decoding, edge
from server.app import create_app
from tests import factories, hostile
from tests.factories import act
from tests.server.people import Team, assemble, problem
from tests.waiting import until

BYTES = {"Content-Type": "application/octet-stream"}


def trained(team: Team) -> None:
    cycle = team.labelling(number=1)
    factories.submit(factories.lease(team.project, team.admin.user)[0])
    warm = factories.cycle(team.project, team.admin.user, Plan(regions=0))
    factories.train(warm)
    assert cycle.id != warm.id


def test_without_a_model_nothing_is_predicted(team: Team):
    picture = pixels.to_png(factories.picture())
    answer = team.reviewer.post(f"{team.path}/predictions", content=picture, headers=BYTES)
    problem(answer, 409, "no_model")


def test_a_picture_is_taken_and_its_mask_fetched(team: Team, store: Store):
    trained(team)
    picture = pixels.to_png(factories.picture())
    place = f"{team.path}/predictions"
    problem(team.admin.post(place, content=b"no picture", headers=BYTES), 422, "image_undecodable")
    answer = team.reviewer.post(place, content=picture, headers=BYTES)
    job = answer.json()
    assert (answer.status_code, job["kind"]) == (202, "predict"), answer.text
    assert answer.headers["location"] == f"/api/v1/jobs/{job['id']}"
    problem(team.reviewer.get(f"/jobs/{job['id']}/mask"), 404, "not_found")
    claim = act(jobs.claim, job["id"], worker="tests:1")
    assert claim is not None
    assert (claim.request["width"], claim.request["height"]) == (40, 30)
    mask = masks.to_png(factories.whole_mask(value=2))
    act(jobs.finish, claim, {MASK: store.put(mask)})
    answer = team.reviewer.get(f"/jobs/{job['id']}/mask")
    assert (answer.content, answer.headers["content-type"]) == (mask, "image/png")


def test_a_models_card_says_what_goes_in_and_what_comes_out(team: Team):
    trained(team)
    [model] = team.reviewer.get(f"{team.path}/models").json()["items"]
    card = team.reviewer.get(f"/models/{model['id']}/card").json()
    assert (card["digest"], card["card"]) == (model["digest"], {"classes": ["sky", "road", "car"]})
    assert card["input"] == {"scale": 1.0, "divisor": 127.5, "offset": 1.0}
    assert [each["name"] for each in card["classes"]] == ["sky", "road", "car"]
    assert card["metrics"] == {}


def test_a_picture_above_the_ceiling_is_not_taken(team: Team):
    answer = team.admin.post(f"{team.path}/predictions", content=b"x" * 50_001, headers=BYTES)
    problem(answer, 413, "too_large")


def helpers() -> list[psutil.Process]:
    """Processes of ours that decode pictures."""
    return [each for each in psutil.Process().children() if "core.decoder" in each.cmdline()]


@pytest.fixture
def narrow(service: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Team]:  # noqa: ARG001
    """A team whose server has no more places than pictures are decoded at once."""
    monkeypatch.setattr(edge, "PLACES", decoding.AT_ONCE)
    with TestClient(create_app()) as started:
        yield assemble(started)


@pytest.mark.slow  # processes that are put to sleep
def test_pictures_in_work_are_few_and_keep_nobody_waiting(narrow: Team):
    trained(narrow)
    place = f"{narrow.path}/predictions"
    send = partial(narrow.reviewer.post, place, content=hostile.scans(2000), headers=BYTES)
    with ThreadPoolExecutor(decoding.AT_ONCE) as others:
        answers = [others.submit(send) for _ in range(decoding.AT_ONCE)]
        until(lambda: len(helpers()) == decoding.AT_ONCE)
        for each in helpers():
            each.suspend()
        assert narrow.annotator.get(narrow.path).status_code == 200
        answer = narrow.admin.post(place, content=b"one more", headers=BYTES)
        problem(answer, 503, "crowded")
        assert answer.headers["retry-after"]
        for each in helpers():
            each.kill()
        for each in answers:
            problem(each.result(), 503, "unavailable")
    answer = narrow.reviewer.post(place, content=b"not one", headers=BYTES)
    problem(answer, 422, "image_undecodable")


@pytest.mark.slow
def test_a_machine_without_time_for_a_picture_says_so(team: Team, monkeypatch: pytest.MonkeyPatch):
    trained(team)
    monkeypatch.setattr(decoding, "PATIENCE_S", 0.1)
    picture = hostile.scans(2000)
    answer = team.reviewer.post(f"{team.path}/predictions", content=picture, headers=BYTES)
    problem(answer, 503, "unavailable")
    assert helpers() == []

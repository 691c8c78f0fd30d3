"""Models: how large they are, which of them makes suggestions, where two of them differ."""

import json

import pytest

from core import stages
from core.plans import Plan
from core.stages import SplitResult
from core.store import open_store
from tests import factories
from tests.factories import act
from tests.server import people
from tests.server.people import Team, problem

pytestmark = pytest.mark.slow


def trained(team: Team) -> int:
    """A model of the team's project, whose cycle labels."""
    factories.image(team.project, mask=factories.whole_mask(value=1))
    team.labelling(number=1)
    number: int = team.reviewer.get(f"{team.path}/models").json()["items"][0]["id"]
    return number


def test_an_admin_chooses_the_model_that_suggests_and_takes_it_back(team: Team):
    model = trained(team)
    path = f"{team.path}/suggesting-model"
    told = team.reviewer.get(f"{team.path}/models").json()
    assert (told["suggesting_model_id"], told["newest_maker_id"]) == (None, model)
    assert told["items"][0]["weights_bytes"] > 0
    for _ in range(2):
        assert team.admin.put(path, {"model_id": model}).json() == {"model_id": model}
    assert team.reviewer.get(f"{team.path}/models").json()["suggesting_model_id"] == model
    answer = team.admin.delete(path)
    # Said to be JSON, nothing would be broken JSON to a browser.
    assert (answer.status_code, answer.headers.get("content-type")) == (204, None)
    assert team.reviewer.get(f"{team.path}/models").json()["suggesting_model_id"] is None
    kind = "project.suggesting_model_set"
    events = team.admin.get(f"{team.path}/audit?kind={kind}").json()["items"]
    assert [each["data"]["model_id"] for each in events] == [None, model]


def test_only_a_model_of_the_project_can_suggest(team: Team):
    other = people.assemble(team.client)
    answer = team.admin.put(f"{team.path}/suggesting-model", {"model_id": trained(other)})
    problem(answer, 404, "not_found")


def judged(team: Team, told: dict[int, list[list[int]]]) -> int:
    """The model of a new cycle that only measures, with these counts of each image."""
    cycle = factories.cycle(team.project, team.admin.user, Plan(regions=0))
    factories.train(cycle)
    seen = {"confusions": open_store().put(json.dumps(told).encode())}
    result = SplitResult("val", len(told), [[4, 0, 0], [0, 4, 0], [0, 0, 0]], [1, 1, None], 1)
    act(stages.evaluated, factories.claim(factories.pending(cycle)), [result], seen)
    model = act(stages.model_of, cycle.id)
    assert model is not None
    return model.id


def test_two_models_differ_most_where_one_fails(team: Team):
    factories.image(team.project, mask=factories.whole_mask(value=1))
    alike, apart = (
        factories.image(team.project, split="val", mask=factories.whole_mask(value=1)).id
        for _ in range(2)
    )
    good = judged(team, {alike: [[0, 0, 4], [1, 1, 4]], apart: [[1, 1, 8]]})
    poor = judged(team, {alike: [[0, 0, 4], [1, 1, 3], [1, 0, 1]], apart: [[1, 0, 6], [1, 1, 2]]})
    path = f"/models/{good}/differences?other={poor}"
    items = team.reviewer.get(path).json()["items"]
    assert [each["image_id"] for each in items] == [apart, alike]
    assert [each["miou"] for each in items] == [1, 1]
    # Sky is nowhere but predicted: 0 of 6; then 4 of 5 and 3 of 4.
    assert [each["other_miou"] for each in items] == [(0 + 2 / 8) / 2, (4 / 5 + 3 / 4) / 2]
    assert team.reviewer.get(f"{path}&split=test").json()["items"] == []


def test_models_of_two_projects_or_not_judged_are_not_compared(team: Team):
    model, other = trained(team), trained(people.assemble(team.client))
    for each in (model, other):
        answer = team.reviewer.get(f"/models/{model}/differences?other={each}")
        problem(answer, 404, "not_found")

"""Models: how large they are, and which of them makes suggestions."""

from tests import factories
from tests.server import people
from tests.server.people import Team, problem


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
    assert team.admin.delete(path).status_code == 204
    assert team.reviewer.get(f"{team.path}/models").json()["suggesting_model_id"] is None
    kind = "project.suggesting_model_set"
    events = team.admin.get(f"{team.path}/audit?kind={kind}").json()["items"]
    assert [each["data"]["model_id"] for each in events] == [None, model]


def test_only_a_model_of_the_project_can_suggest(team: Team):
    other = people.assemble(team.client)
    answer = team.admin.put(f"{team.path}/suggesting-model", {"model_id": trained(other)})
    problem(answer, 404, "not_found")

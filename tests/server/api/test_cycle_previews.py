from typing import Any

from core.plans import Plan
from tests import factories, scored
from tests.server.people import Team, problem


def ask(team: Team, **wanted: Any) -> Any:
    return team.admin.post(f"{team.path}/cycle-previews", {"budget": {"regions": 2}} | wanted)


def test_a_cold_start_is_previewed_and_not_started(team: Team):
    factories.image(team.project)
    answer = ask(team)
    body = answer.json()
    assert answer.status_code == 200
    assert (body["cold_start"], body["basis"], body["classes"]) == (True, None, None)
    assert body["regions"] == {
        "total": 2, "random": 2, "images": 1, "per_image": {"2": 1}, "pixels": 200,
        "share": 1 / 6, "relaxed": [],
    }  # fmt: skip
    assert body["cost"] == {"clicks": None, "clicks_from": None, "seconds": None}
    assert team.admin.get(f"{team.path}/cycles").json()["items"] == []


def test_a_preview_names_its_classes_and_its_basis(team: Team):
    image = factories.image(team.project)
    factories.image(team.project, mask=factories.whole_mask(value=1))
    cycle = factories.cycle(team.project, team.admin.user, Plan(regions=1))
    factories.train(cycle)
    scored.score(cycle, scored.grids([image]))
    body = ask(team, budget={"regions": 12}, strategy={"class_share": 0.5}, seed=3).json()
    assert body["classes"] == {"sky": 0.3333, "road": 0.3333, "car": 0.3333}
    assert (body["basis"]["cycle_id"], body["basis"]["labels_since"]) == (cycle.id, 0)
    assert (body["seed"], body["cost"]["clicks"]) == (3, 36.0)


def test_an_open_cycle_does_not_hinder(team: Team):
    team.labelling(number=4)
    factories.image(team.project)
    assert ask(team, budget={"regions": 12}).json()["regions"]["total"] == 12
    problem(ask(team, budget={"regions": 13}), 422, "budget_exceeds_pool")


def test_the_body_is_that_of_a_cycle(team: Team):
    problem(ask(team), 409, "project_empty")
    factories.image(team.project)
    problem(ask(team, budget={}), 422, "validation_failed")
    problem(ask(team, strategy={"noise": -1}), 422, "validation_failed")
    problem(ask(team, strategy={"acquisition": "disagreement"}), 422, "strategy_refused")

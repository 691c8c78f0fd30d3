from hashlib import sha256
from typing import Any

import pytest

from core import stages
from core.plans import Plan
from tests import factories
from tests.factories import act
from tests.server.people import Team, problem

pytestmark = pytest.mark.slow


def start(team: Team, **wanted: Any) -> Any:
    return team.admin.post(f"{team.path}/cycles", {"budget": {"regions": 2}} | wanted)


def measured(team: Team) -> Any:
    """A cycle that has trained on a whole mask and was measured, and has no budget."""
    factories.image(team.project, split="val", mask=factories.whole_mask(value=0))
    factories.image(team.project, mask=factories.whole_mask(value=1))
    cycle = factories.cycle(team.project, team.admin.user, Plan(regions=0))
    factories.train(cycle)
    factories.evaluate(cycle)
    return cycle


def test_without_labels_a_cycle_starts_cold(team: Team):
    factories.image(team.project)
    made = start(team, seed=5, evaluate_test=True)
    body = made.json()
    assert (made.status_code, made.headers["location"]) == (201, f"/api/v1/cycles/{body['id']}")
    assert (body["number"], body["state"], body["seed"]) == (0, "selecting", 5)
    assert body["budget"] == {"regions": 2}
    assert [(stage["kind"], stage["state"]) for stage in body["stages"]] == [("select", "pending")]
    assert team.annotator.get(f"/cycles/{body['id']}").json() == body


def test_a_budget_may_be_a_share_of_the_pool(team: Team):
    factories.image(team.project, size=(40, 30))
    assert start(team, budget={"share": 0.25}).json()["budget"] == {"regions": 3}


@pytest.mark.parametrize(
    "budget", [{}, {"regions": 1, "share": 0.1}, {"regions": -1}, {"share": 1.5}, {"regions": "x"}]
)
def test_a_budget_is_one_of_two_kinds(team: Team, budget: dict[str, Any]):
    factories.image(team.project)
    problem(start(team, budget=budget), 422, "validation_failed")


def test_a_budget_is_no_number_that_json_lacks(team: Team):
    body = '{"budget": {"share": NaN}}'
    headers = {"Content-Type": "application/json"}
    answer = team.admin.post(f"{team.path}/cycles", content=body, headers=headers)
    assert answer.status_code == 422


def test_an_unknown_strategy_is_refused(team: Team):
    body = problem(start(team, strategy={"acquisition": "magic"}), 422, "validation_failed")
    assert body["errors"][0]["where"] == "body.strategy.acquisition"


def test_a_strategy_that_the_recipe_cannot_serve_is_refused_at_the_start(team: Team):
    factories.image(team.project)
    body = problem(start(team, strategy={"acquisition": "disagreement"}), 422, "strategy_refused")
    assert "supervised (recipe supervised-cpu) trains one network" in body["detail"]
    team.admin.patch(team.path, {"recipe": {"name": "s4al-cpu"}})
    assert start(team, strategy={"acquisition": "disagreement"}).status_code == 201


def test_every_knob_of_a_strategy_is_described(team: Team):
    document = team.client.get("/api/v1/openapi.json").json()
    knobs = document["components"]["schemas"]["Strategy"]["properties"]
    assert [name for name, each in knobs.items() if not each.get("description")] == []


def test_a_project_without_images_has_nothing_to_start(team: Team):
    problem(start(team), 409, "project_empty")


def test_a_budget_larger_than_the_pool_is_refused(team: Team):
    factories.image(team.project, size=(40, 30))
    body = problem(start(team, budget={"regions": 13}), 422, "budget_exceeds_pool")
    assert (body["budget"], body["open_cells"]) == (13, 12)


def test_a_second_cycle_waits_for_the_first(team: Team):
    factories.image(team.project)
    first = start(team).json()
    body = problem(start(team), 409, "cycle_open")
    assert body["cycle"] == first["id"]


def test_measuring_needs_labels(team: Team):
    factories.image(team.project)
    problem(start(team, budget={"regions": 0}), 409, "nothing_labelled")


def test_a_repeated_start_is_one_cycle(team: Team):
    factories.image(team.project)
    asked, key = {"budget": {"regions": 1}}, {"Idempotency-Key": f"start {team.project.id}"}
    first = team.admin.post(f"{team.path}/cycles", asked, headers=key)
    again = team.admin.post(f"{team.path}/cycles", asked, headers=key)
    assert (again.status_code, again.content) == (201, first.content)
    assert len(team.admin.get(f"{team.path}/cycles").json()["items"]) == 1


def test_a_refused_start_may_be_tried_again_with_its_key(team: Team):
    asked, key = {"budget": {"regions": 1}}, {"Idempotency-Key": f"again {team.project.id}"}
    problem(team.admin.post(f"{team.path}/cycles", asked, headers=key), 409, "project_empty")
    factories.image(team.project)
    assert team.admin.post(f"{team.path}/cycles", asked, headers=key).status_code == 201


def test_a_labelling_cycle_counts_its_regions_and_their_cost(team: Team):
    cycle = team.labelling(number=4)
    team.annotator.put_label(team.annotator.lease(team.project), 1)
    team.annotator.lease(team.project)
    body = team.annotator.get(f"/cycles/{cycle.id}").json()
    assert body["regions"] == {
        "total": 4, "open": 3, "leased": 1, "labelled": 1, "skipped": 0, "withdrawn": 0,
    }  # fmt: skip
    assert (body["cost"]["regions"], body["cost"]["clicks"], body["cost"]["pixels"]) == (1, 1, 100)


def test_a_cycle_is_closed_early(team: Team):
    cycle = team.labelling(number=4)
    team.annotator.put_label(team.annotator.lease(team.project), 1)
    closed = team.admin.post(f"/cycles/{cycle.id}/closing")
    assert (closed.status_code, closed.json()["state"]) == (200, "closed")
    assert closed.json()["regions"]["withdrawn"] == 3
    problem(team.admin.post(f"/cycles/{cycle.id}/closing"), 409, "cycle_state")


def test_a_cycle_is_cancelled_with_its_stage(team: Team):
    factories.image(team.project)
    cycle = start(team).json()
    cancelled = team.admin.post(f"/cycles/{cycle['id']}/cancellation")
    assert (cancelled.status_code, cancelled.json()["state"]) == (202, "cancelled")
    assert cancelled.json()["stages"][0]["state"] == "cancelled"


def test_a_failed_cycle_says_why_and_is_retried(team: Team):
    factories.image(team.project)
    cycle = factories.cycle(team.project, team.admin.user, Plan(regions=1))
    claim = factories.claim(factories.pending(cycle))
    act(stages.failed, claim, error_class="out_of_memory", text="No room.")
    failed = team.annotator.get(f"/cycles/{cycle.id}").json()
    assert (failed["state"], failed["error"]["class"]) == ("failed", "out_of_memory")
    assert failed["stages"][0]["error"] == {"class": "out_of_memory", "text": "No room."}
    retried = team.admin.post(f"/cycles/{cycle.id}/retry")
    assert (retried.status_code, retried.json()["state"]) == (202, "selecting")
    assert retried.json()["error"] is None


def test_only_a_failed_cycle_is_retried(team: Team):
    cycle = team.labelling()
    problem(team.admin.post(f"/cycles/{cycle.id}/retry"), 409, "cycle_state")


def test_regions_are_listed_by_state(team: Team):
    cycle = team.labelling(number=3)
    lease = team.annotator.lease(team.project)
    team.annotator.put_label(lease, 1)
    found = team.annotator.get(f"/cycles/{cycle.id}/regions?state=labelled").json()["items"]
    assert [each["id"] for each in found] == [lease["region_id"]]
    everything = team.annotator.get(f"/cycles/{cycle.id}/regions").json()["items"]
    assert [each["rank"] for each in everything] == [0, 1, 2]


def test_metrics_name_each_class_and_the_model(team: Team):
    cycle = measured(team)
    found = team.annotator.get(f"/cycles/{cycle.id}/metrics").json()
    val = found["splits"]["val"]
    assert val["iou"] == {"sky": pytest.approx(2 / 3), "road": 0.75, "car": None}
    assert (val["confusion"][0], val["pixels"], val["images"]) == ([2, 1, 0], 6, 1)
    assert found["model"]["digest"] == sha256(f"weights of cycle {cycle.id}".encode()).hexdigest()


def test_a_cold_cycle_has_no_model(team: Team):
    cycle = team.labelling()
    found = team.annotator.get(f"/cycles/{cycle.id}/metrics").json()
    assert (found["model"], found["splits"]) == (None, {})


def test_a_project_shows_what_its_labels_bought(team: Team):
    measured(team)
    found = team.annotator.get(f"{team.path}/metrics").json()
    row = found["cycles"][0]
    assert found["classes"] == ["sky", "road", "car"]
    assert (row["labelled_share"], row["val_miou"], row["test_miou"]) == (
        1.0,
        factories.MIOU,
        None,
    )
    assert (row["best"]["name"], row["worst"]["name"]) == ("road", "sky")
    assert set(row["stage_seconds"]) == {"train", "evaluate"}


def test_cycles_come_in_pages(team: Team):
    first = measured(team)
    second = factories.cycle(team.project, team.admin.user, Plan(regions=0))
    page = team.admin.get(f"{team.path}/cycles?limit=1").json()
    rest = team.admin.get(f"{team.path}/cycles?limit=1&cursor={page['next_cursor']}").json()
    assert [each["id"] for each in page["items"] + rest["items"]] == [first.id, second.id]

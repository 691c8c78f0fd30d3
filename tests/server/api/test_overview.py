"""What an admin sees first, and what it is judged beside."""

from typing import Any

import numpy as np
import pytest
from sqlalchemy.orm import Session

from core import projects
from core.models import Cycle, Project, User
from core.origins import ACCEPTED, EDITED
from core.plans import Plan
from core.settling import Effort
from ml.strategy import Strategy
from tests import factories
from tests.factories import lease, sql, submit
from tests.server.people import Team, problem

pytestmark = pytest.mark.slow


def overview(team: Team) -> dict[str, Any]:
    found: dict[str, Any] = team.reviewer.get(f"{team.path}/overview").json()
    return found


def measured(of: Project, by: User, *, acquisition: Any = "entropy", number: int = 4) -> Cycle:
    """A labelled cycle and one that measured what its labels bought."""
    if not factories.act(val_images, of.id):
        factories.image(of, split="val", mask=factories.whole_mask())
    factories.image(of)
    strategy = Strategy(acquisition=acquisition)
    cold = factories.cycle(of, by, Plan(regions=number, strategy=strategy))
    on = factories.image(of, size=(40, 10))
    factories.select(cold, factories.cells(cold, on, number))
    for held in lease(of, by, number=number):
        submit(held, effort=Effort(active_ms=900_000, clicks=2))
    after = factories.cycle(of, by, Plan(regions=0, strategy=strategy))
    factories.train(after)
    factories.evaluate(after)
    return after


def val_images(db: Session, project_id: int) -> int:
    return projects.image_counts(db, project_id)["val"]


def test_an_empty_project_has_nothing_to_show(team: Team):
    found = overview(team)
    assert (found["cycle"], found["people"], found["queue"]["rank_regret"]) == (None, [], 0)
    assert (found["spent"]["labelled_share"], found["spent"]["clicks"]) == (0, 0)


def test_the_queue_tells_who_holds_what(team: Team):
    team.labelling(number=4)
    first = team.annotator.post(f"{team.path}/leases", {"count": 3}).json()["items"][0]
    found = overview(team)
    assert found["queue"] == {"waiting": 1, "leased": 3, "rank_regret": 0}
    assert [(each["name"], each["leases"]) for each in found["people"]] == [
        (team.annotator.user.name, 3)
    ]
    team.annotator.delete(f"/leases/{first['id']}")
    assert overview(team)["queue"] == {"waiting": 2, "leased": 2, "rank_regret": 1}


def test_labels_count_as_spent_at_once_and_only_once(team: Team):
    measured(team.project, team.annotator.user)
    found = overview(team)
    assert (found["spent"]["regions"], found["spent"]["active_s"]) == (4, 3600)
    assert found["spent"]["actions"] == 8
    (person,) = found["people"]
    assert (person["labelled_in_hour"], person["active_s_in_hour"]) == (4, 3600)


def test_projects_on_the_same_validation_images_are_compared(team: Team):
    measured(team.project, team.admin.user)
    twin = factories.project(team.admin.user)
    of_twin = measured(twin, team.admin.user, acquisition="random")
    assert comparisons(team) == []
    sql(
        "UPDATE images SET sha256 = (SELECT sha256 FROM images WHERE project_id = :ours "
        "AND split = 'val') WHERE project_id = :twin AND split = 'val'",
        ours=team.project.id,
        twin=twin.id,
    )
    (found,) = comparisons(team)
    assert (found["project_id"], found["kind"]) == (twin.id, "random")
    assert [each["cycle_id"] for each in found["cycles"]] == [of_twin.id]
    assert team.reviewer.get(f"{team.path}/comparisons").json()["items"] == []


def comparisons(team: Team) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = team.admin.get(f"{team.path}/comparisons").json()["items"]
    return found


def test_the_forecast_says_when_it_is_too_early(team: Team):
    measured(team.project, team.admin.user)
    found = team.reviewer.get(f"{team.path}/forecast?against=hours").json()
    assert (found["state"], found["cycles"], found["target"]) == ("too_early", 1, 0.75)
    problem(team.reviewer.get(f"{team.path}/forecast?target=0"), 422, "validation_failed")


def test_a_running_cycle_can_be_told_to_go_on_by_itself(team: Team):
    cycle = team.labelling()
    path = f"/cycles/{cycle.id}"
    assert team.admin.patch(path, {"auto": True}).json()["auto"] is True
    assert team.admin.get(path).json()["auto"] is True


def test_models_are_rows_whose_weights_can_be_had(team: Team):
    cycle = measured(team.project, team.admin.user)
    (row,) = team.reviewer.get(f"{team.path}/models").json()["items"]
    assert (row["cycle_id"], row["recipe"]) == (cycle.id, "supervised-cpu")
    assert row["iou"]["val"]["road"] == 0.75
    weights = team.reviewer.get(f"/models/{row['id']}/weights")
    assert weights.content == f"weights of cycle {cycle.id}".encode()
    assert weights.headers["content-disposition"].startswith("attachment")


def test_a_budget_in_hours_goes_by_the_pace_so_far(team: Team):
    measured(team.project, team.admin.user)
    path, body = f"{team.path}/cycle-previews", {"budget": {"hours": 0.5}}
    # A quarter of an hour each.
    found = team.admin.post(path, body).json()
    assert found["regions"]["total"] == 2
    assert team.admin.post(path, {"budget": {"pixels": 250}}).json()["regions"]["total"] == 3
    assert len(found["first"]) == 2
    crop = {key: value for key, value in found["first"][0].items() if key not in SKIPPED}
    answer = team.annotator.get(f"/images/{found['first'][0]['image_id']}/crop", params=crop)
    assert answer.headers["content-type"] == "image/png"
    beyond = team.annotator.get(
        f"/images/{found['first'][0]['image_id']}/crop", params=crop | {"left": 35}
    )
    problem(beyond, 422, "invalid")


SKIPPED = ("image_id", "random")


def test_hours_without_any_pace_are_refused(team: Team):
    factories.image(team.project)
    answer = team.admin.post(f"{team.path}/cycle-previews", {"budget": {"hours": 1}})
    assert "pace" in problem(answer, 422, "invalid")["detail"]


def test_ended_leases_are_free_for_others_at_once(team: Team):
    team.labelling(number=2)
    held = team.annotator.lease(team.project, count=2)
    path = f"{team.path}/members/{team.annotator.user.id}/leases"
    assert team.admin.delete(path).status_code == 204
    assert team.reviewer.lease(team.project)["region_id"] == held["region_id"]
    problem(team.annotator.put_label(held, 0), 409, "lease_superseded")
    assert team.admin.delete(path).status_code == 204


def test_the_trail_is_filtered_by_what_happened_and_who_did_it(team: Team):
    team.labelling()

    def kinds(query: str) -> list[str]:
        items = team.admin.get(f"{team.path}/audit?{query}").json()["items"]
        return [each["kind"] for each in items]

    assert kinds("kind=cycle.started") == ["cycle.started"]
    assert kinds("kind=cycle")[-1] == "cycle.started"
    assert set(kinds(f"user_id={team.site_admin.user.id}")) == {"project.created", "member.set"}
    problem(team.admin.get(f"{team.path}/audit?kind=%25"), 422, "validation_failed")


def test_chosen_regions_stand_beside_those_drawn_at_random(team: Team):
    factories.image(team.project, mask=factories.whole_mask(value=1))
    on = factories.image(team.project)
    plan = Plan(regions=4, strategy=Strategy(random_share=0.25))
    cycle = factories.cycle(team.project, team.admin.user, plan)
    factories.train(cycle)
    factories.score(cycle)
    rows = factories.suggested(cycle, on, 4, value=2)
    rows[3]["source"] = "random"
    factories.select(cycle, rows)
    held = lease(team.project, team.annotator.user, number=4)
    for each, (changed, clicks) in zip(held, [(50, 4), (100, 6), (0, 2), (10, 1)], strict=True):
        origins = np.full((10, 10), ACCEPTED, np.uint8)
        origins.flat[:changed] = EDITED
        mask = np.full((10, 10), 2, np.uint8)
        effort = Effort(active_ms=1000, clicks=clicks)
        factories.submit_mask(each, mask, effort=effort, origins=origins)
    found = team.reviewer.get(f"{team.path}/controls").json()["items"]
    assert [(each["source"], each["regions"]) for each in found] == [("random", 1), ("strategy", 3)]
    assert [each["changed_share"] for each in found] == [0.1, 0.5]
    assert [each["active_s"] for each in found] == [1, 1]


def test_without_a_random_share_there_is_nothing_to_compare(team: Team):
    measured(team.project, team.admin.user)
    assert team.reviewer.get(f"{team.path}/controls").json() == {"items": []}

"""What an admin sees first, and what it is judged beside."""

from typing import Any

from core.labels import Effort
from core.models import Cycle, Project, User
from core.plans import Plan
from ml.strategy import Strategy
from tests import factories
from tests.factories import lease, sql, submit
from tests.server.people import Team, problem


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


def val_images(db: Any, project_id: int) -> int:
    from core.projects import image_counts

    return image_counts(db, project_id)["val"]


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

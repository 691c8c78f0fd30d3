from typing import Any

import pytest

from tests.factories import sql
from tests.server.people import Person, Team

pytestmark = pytest.mark.slow


def progress(person: Person, team: Team) -> dict[str, Any]:
    answer = person.get(f"{team.path}/progress")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def label(person: Person, team: Team, active_ms: int = 0) -> dict[str, Any]:
    lease = person.lease(team.project)
    query = f"lease_id={lease['id']}&epoch={lease['epoch']}&active_ms={active_ms}"
    assert (
        person.put(f"/regions/{lease['region_id']}/label?{query}", {"fill": 1}).status_code == 201
    )
    return lease


def test_before_the_first_cycle_there_is_nothing(team: Team):
    found = progress(team.annotator, team)
    assert (found["cycle"], found["reason"]) == (None, "no_open_cycle")
    assert found["mine"] == {
        "labelled_in_cycle": 0,
        "labelled_in_hour": 0,
        "active_s_in_hour": 0.0,
        "seconds_per_region": None,
    }


def test_the_regions_of_the_cycle_are_counted(team: Team):
    cycle = team.labelling(number=4)
    label(team.annotator, team)
    team.reviewer.lease(team.project)
    found = progress(team.annotator, team)
    assert (found["cycle"]["id"], found["cycle"]["state"]) == (cycle.id, "labelling")
    assert found["cycle"]["regions"] == {
        "total": 4,
        "open": 3,
        "leased": 1,
        "labelled": 1,
        "skipped": 0,
        "withdrawn": 0,
    }


def test_ones_own_work_is_told_and_nobody_elses(team: Team):
    team.labelling(number=4)
    label(team.annotator, team, 3000)
    label(team.annotator, team, 5000)
    label(team.reviewer, team, 60_000)
    mine = progress(team.annotator, team)["mine"]
    assert mine == {
        "labelled_in_cycle": 2,
        "labelled_in_hour": 2,
        "active_s_in_hour": 8.0,
        "seconds_per_region": 4.0,
    }


def test_a_changed_label_is_one_region_and_more_time(team: Team):
    team.labelling(number=2)
    lease = label(team.annotator, team, 3000)
    again = team.annotator.post(f"/regions/{lease['region_id']}/leases").json()
    query = f"lease_id={again['id']}&epoch={again['epoch']}&active_ms=1000"
    team.annotator.put(f"/regions/{again['region_id']}/label?{query}", {"fill": 2})
    mine = progress(team.annotator, team)["mine"]
    assert (mine["labelled_in_cycle"], mine["seconds_per_region"]) == (1, 4.0)


def test_the_hour_and_the_cycle_are_told_apart(team: Team):
    """An hour holds labels of two cycles; a cycle may be older than an hour."""
    team.labelling(number=2)
    label(team.annotator, team, 2000)
    label(team.annotator, team, 2000)
    team.labelling(number=2)
    label(team.annotator, team, 7000)
    mine = progress(team.annotator, team)["mine"]
    assert (mine["labelled_in_cycle"], mine["labelled_in_hour"]) == (1, 3)
    sql(
        "UPDATE cycles SET opened_at = now() - interval '3 h' WHERE project_id = :p",
        p=team.project.id,
    )
    sql("UPDATE labels SET created_at = now() - interval '2 h' WHERE active_ms = 7000")
    mine = progress(team.annotator, team)["mine"]
    assert (mine["labelled_in_cycle"], mine["labelled_in_hour"]) == (3, 2)
    assert mine["active_s_in_hour"] == 4.0


def test_the_reason_is_that_of_an_empty_queue(team: Team):
    team.labelling(number=1)
    assert progress(team.annotator, team)["reason"] is None
    lease = team.annotator.lease(team.project)
    assert progress(team.reviewer, team)["reason"] == "all_leased"
    sql("UPDATE regions SET state = 'skipped' WHERE id = :r", r=lease["region_id"])
    assert progress(team.reviewer, team)["reason"] == "queue_empty"


@pytest.mark.parametrize("person", ["annotator", "reviewer"])
def test_what_one_has_skipped_is_not_more_to_do(team: Team, person: str):
    team.labelling(number=1)
    lease = team.annotator.lease(team.project)
    team.annotator.post(f"/leases/{lease['id']}/skip", {"reason": "dark"})
    expected = {"annotator": "all_leased", "reviewer": None}
    assert progress(getattr(team, person), team)["reason"] == expected[person]


def test_a_closed_cycle_is_still_shown(team: Team):
    team.labelling(number=1)
    label(team.annotator, team)
    found = progress(team.annotator, team)
    assert (found["cycle"]["state"], found["reason"]) == ("closed", "no_open_cycle")
    assert found["mine"]["labelled_in_cycle"] == 1

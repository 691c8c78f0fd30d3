"""The labels in force, in pages, newest first."""

from typing import Any

from tests.server.people import Person, Team


def listed(person: Person, team: Team, **asked: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = person.get(f"{team.path}/labels", params=asked).json()["items"]
    return found


def test_ones_own_labels_are_listed_newest_first(team: Team):
    cycle = team.labelling(number=4)
    mine = [label_next(team, team.annotator) for _ in range(2)]
    label_next(team, team.reviewer)
    found = listed(team.annotator, team, mine=True)
    assert [each["region_id"] for each in found] == mine[::-1]
    assert {each["cycle_number"] for each in found} == {cycle.number}
    assert {each["changeable"] for each in found} == {True}
    assert len(listed(team.annotator, team)) == 3
    assert [each["changeable"] for each in listed(team.annotator, team)] == [False, True, True]


def label_next(team: Team, person: Person) -> int:
    lease = person.lease(team.project)
    assert person.put_label(lease, 1).status_code == 201
    region: int = lease["region_id"]
    return region


def test_labels_come_in_pages(team: Team):
    team.labelling(number=4)
    mine = [label_next(team, team.annotator) for _ in range(3)]
    first = team.annotator.get(f"{team.path}/labels?mine=true&limit=2").json()
    rest = listed(team.annotator, team, mine=True, cursor=first["next_cursor"])
    assert [each["region_id"] for each in first["items"] + rest] == mine[::-1]


def test_a_changed_label_is_listed_once(team: Team):
    team.labelling(number=2)
    region = label_next(team, team.annotator)
    again = team.annotator.post(f"/regions/{region}/leases").json()
    team.annotator.put_label(again, 2)
    [row] = listed(team.annotator, team, mine=True)
    assert (row["region_id"], row["revision"]) == (region, 2)


def test_labels_of_a_closed_cycle_are_not_changed(team: Team):
    team.labelling(number=1)
    label_next(team, team.annotator)
    assert [row["changeable"] for row in listed(team.annotator, team, mine=True)] == [False]

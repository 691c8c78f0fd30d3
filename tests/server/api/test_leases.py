from typing import Any
from uuid import uuid4

import pytest

from tests import factories
from tests.factories import sql
from tests.server.people import Person, Team, problem


def regions(person: Person, team: Team, **wanted: object) -> list[int]:
    found = person.post(f"{team.path}/leases", wanted).json()
    return [lease["region_id"] for lease in found["items"]]


def test_the_best_regions_come_first(team: Team):
    cycle = team.labelling(number=4)
    found = team.annotator.post(f"{team.path}/leases", {"count": 2}).json()
    assert [lease["rank"] for lease in found["items"]] == [0, 1]
    assert (found["reason"], found["items"][0]["cycle_id"]) == (None, cycle.id)
    assert found["items"][1]["box"] == {"left": 10, "top": 0, "width": 10, "height": 10}


def test_the_urls_of_a_lease_lead_to_its_pictures(team: Team):
    team.labelling()
    lease = team.annotator.lease(team.project)
    for noun in ("image", "context", "superpixels", "neighbours"):
        url = lease[f"{noun}_url"]
        assert team.annotator.get(url.removeprefix("/api/v1")).status_code == 200
    assert (lease["suggestion_url"], lease["confidence_url"], lease["label_url"]) == (None,) * 3
    assert (lease["of"], lease["source"], lease["top_classes"]) == (4, "score", [])


def test_asking_again_gives_what_the_session_holds(team: Team):
    team.labelling(number=4)
    first = regions(team.annotator, team, count=2, session="tab")
    assert regions(team.annotator, team, count=3, session="tab")[:2] == first
    assert set(regions(team.annotator, team, count=1, session="other")).isdisjoint(first)


def test_leasing_ahead_fills_up_in_the_order_of_rank(team: Team):
    team.labelling(number=8)
    [first] = regions(team.annotator, team, count=1, session="tab")
    other = regions(team.annotator, team, count=2, session="other")
    ahead = regions(team.annotator, team, count=3, session="tab")
    assert ahead == [first, first + 3, first + 4]
    assert set(ahead).isdisjoint(other)


def renew(person: Person, team: Team, leases: list[dict[str, Any]], session: str) -> Any:
    held = [{"id": lease["id"], "epoch": lease["epoch"]} for lease in leases]
    return person.put(f"{team.path}/leases", {"session": session, "leases": held})


def ahead(team: Team) -> list[dict[str, Any]]:
    """Three leases of the annotator's tab, which last a minute."""
    team.labelling(number=4)
    wanted = {"count": 3, "session": "tab"}
    found: list[dict[str, Any]] = team.annotator.post(f"{team.path}/leases", wanted).json()["items"]
    sql("UPDATE regions SET lease_until = now() + interval '1 min' WHERE lease_id IS NOT NULL")
    return found


def test_several_leases_are_renewed_at_once(team: Team):
    leases = ahead(team)
    renewed = renew(team.annotator, team, leases, "tab").json()["items"]
    assert [each["id"] for each in renewed] == [each["id"] for each in leases]
    assert {each["state"] for each in renewed} == {"renewed"}
    again = team.annotator.post(f"{team.path}/leases", {"count": 3, "session": "tab"}).json()
    assert [each["expires_at"] for each in again["items"]] == [e["expires_at"] for e in renewed]
    assert min(each["expires_at"] for each in renewed) > leases[0]["granted_at"]


def test_of_several_leases_those_that_are_over_say_so(team: Team):
    first, second, third = ahead(team)
    team.annotator.put_label(first, 1)
    team.annotator.delete(f"/leases/{second['id']}")
    unknown = third | {"id": str(uuid4())}
    answer = renew(team.annotator, team, [first, second, third, unknown], "tab").json()["items"]
    assert [each["state"] for each in answer] == ["superseded"] * 2 + ["renewed", "superseded"]
    assert [each["expires_at"] is None for each in answer] == [True, True, False, True]


def test_only_ones_own_leases_of_this_session_and_epoch_are_renewed(team: Team):
    leases = ahead(team)
    others = [
        renew(team.annotator, team, leases, "other"),
        renew(team.reviewer, team, leases, "tab"),
        renew(team.annotator, team, [each | {"epoch": 9} for each in leases], "tab"),
    ]
    for answer in others:
        assert {each["state"] for each in answer.json()["items"]} == {"superseded"}


def test_a_renewal_of_nothing_is_refused(team: Team):
    problem(renew(team.annotator, team, [], "tab"), 422, "validation_failed")


def test_nobody_gets_what_somebody_holds(team: Team):
    team.labelling(number=4)
    mine = regions(team.annotator, team, count=2)
    assert set(mine).isdisjoint(regions(team.reviewer, team, count=4))


def test_an_empty_queue_says_why(team: Team):
    def reason(person: Person) -> str:
        found = person.post(f"{team.path}/leases", {}).json()
        assert found["items"] == []
        return str(found["reason"])

    assert reason(team.annotator) == "no_open_cycle"
    team.labelling(number=1)
    team.annotator.lease(team.project)
    assert reason(team.reviewer) == "all_leased"
    sql("UPDATE regions SET state = 'skipped' WHERE project_id = :p", p=team.project.id)
    assert reason(team.reviewer) == "queue_empty"


@pytest.mark.parametrize("wanted", [{"count": 0}, {"count": 21}, {"session": "a b"}, {"many": 1}])
def test_a_wish_has_bounds(team: Team, wanted: dict[str, object]):
    problem(team.annotator.post(f"{team.path}/leases", wanted), 422, "validation_failed")


def test_a_repeated_wish_takes_nothing_more(team: Team):
    team.labelling(number=4)
    key = {"Idempotency-Key": "wish"}
    first = team.annotator.post(f"{team.path}/leases", {"count": 1}, headers=key)
    again = team.annotator.post(f"{team.path}/leases", {"count": 1}, headers=key)
    assert again.content == first.content


def test_a_renewed_lease_lasts_longer(team: Team):
    team.labelling()
    lease = team.annotator.lease(team.project)
    renewed = team.annotator.put(f"/leases/{lease['id']}", {"epoch": lease["epoch"]}).json()
    assert renewed["expires_at"] > lease["expires_at"]
    assert renewed | {"expires_at": lease["expires_at"]} == lease


def test_a_lease_that_somebody_followed_is_over(team: Team):
    team.labelling(number=1)
    lease = team.annotator.lease(team.project)
    sql("UPDATE regions SET lease_until = now() - interval '1 s'")
    team.reviewer.lease(team.project)
    answer = team.annotator.put(f"/leases/{lease['id']}", {"epoch": lease["epoch"]})
    assert problem(answer, 409, "lease_superseded")["region"] == lease["region_id"]


def test_another_epoch_is_another_lease(team: Team):
    team.labelling()
    lease = team.annotator.lease(team.project)
    answer = team.annotator.put(f"/leases/{lease['id']}", {"epoch": lease["epoch"] + 1})
    problem(answer, 409, "lease_superseded")


def test_a_released_region_is_the_next_again(team: Team):
    team.labelling()
    lease = team.annotator.lease(team.project)
    assert team.annotator.delete(f"/leases/{lease['id']}").status_code == 204
    assert team.annotator.delete(f"/leases/{lease['id']}").status_code == 204
    assert team.reviewer.lease(team.project)["region_id"] == lease["region_id"]


def test_a_skipped_region_goes_to_others_at_the_end(team: Team):
    team.labelling(number=2)
    lease = team.annotator.lease(team.project)
    skipped = team.annotator.post(f"/leases/{lease['id']}/skip", {"reason": "too dark"})
    assert skipped.status_code == 204
    assert lease["region_id"] not in regions(team.annotator, team, count=20)
    assert regions(team.reviewer, team, count=20) == [lease["region_id"]]


def test_a_skip_needs_a_reason(team: Team):
    team.labelling()
    lease = team.annotator.lease(team.project)
    answer = team.annotator.post(f"/leases/{lease['id']}/skip", {"reason": " "})
    problem(answer, 422, "validation_failed")


def test_the_leases_of_others_do_not_exist(team: Team):
    team.labelling()
    lease = team.annotator.lease(team.project)
    problem(team.admin.put(f"/leases/{lease['id']}", {"epoch": 1}), 404, "not_found")
    problem(team.admin.delete(f"/leases/{lease['id']}"), 404, "not_found")
    problem(team.admin.post(f"/leases/{lease['id']}/skip", {"reason": "x"}), 404, "not_found")


def test_a_forged_lease_does_not_exist(team: Team):
    problem(team.annotator.delete(f"/leases/{uuid4()}"), 404, "not_found")
    problem(team.annotator.delete("/leases/mine"), 422, "validation_failed")


def test_ones_own_label_is_reopened_and_replaced(team: Team):
    team.labelling()
    first = team.annotator.lease(team.project)
    team.annotator.put_label(first, 1)
    again = team.annotator.post(f"/regions/{first['region_id']}/leases")
    assert (again.status_code, again.json()["epoch"]) == (201, first["epoch"] + 1)
    shown = team.annotator.get(again.json()["label_url"].removeprefix("/api/v1") + "?format=raw")
    assert shown.content == b"\1" * 100
    assert team.annotator.put_label(again.json(), 2).json()["revision"] == 2


def test_the_labels_of_others_are_not_reopened(team: Team):
    team.labelling()
    lease = team.reviewer.lease(team.project)
    team.reviewer.put_label(lease, 1)
    problem(team.annotator.post(f"/regions/{lease['region_id']}/leases"), 404, "not_found")


def test_a_closed_cycle_reopens_nothing(team: Team):
    cycle = team.labelling()
    lease = team.annotator.lease(team.project)
    team.annotator.put_label(lease, 1)
    team.admin.post(f"/cycles/{cycle.id}/closing")
    problem(team.annotator.post(f"/regions/{lease['region_id']}/leases"), 409, "conflict")
    assert factories.fresh(cycle).state == "closed"

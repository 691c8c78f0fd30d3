"""Reviews over HTTP: what waits, verdicts, a reviewer's own drawing, and the quality of people."""

from typing import Any

import pytest

from tests import factories
from tests.server.people import Team, problem

pytestmark = pytest.mark.slow


def labelled(team: Team, **shares: float) -> dict[str, Any]:
    """A region that the annotator has labelled, under these shares."""
    team.labelling(number=1)
    assert team.admin.put(f"{team.path}/quality/shares", shares).status_code == 200
    lease = team.annotator.lease(team.project)
    assert team.annotator.put_label(lease, 0).status_code == 201
    return lease


def waiting(team: Team) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = team.reviewer.get(f"{team.path}/reviews?state=pending").json()[
        "items"
    ]
    return found


def test_a_label_is_sent_back_and_comes_again(team: Team):
    labelled(team, review=1)
    (review,) = waiting(team)
    assert (review["author"], review["source"]) == (team.annotator.user.name, "sample")
    assert team.reviewer.get(review["mask_url"].removeprefix("/api/v1")).status_code == 200
    verdict = f"/reviews/{review['id']}/verdict"
    problem(team.reviewer.put(verdict, {"verdict": "rejected"}), 422, "invalid")
    wanted = {"verdict": "rejected", "reason": "that is a kerb"}
    for _ in range(2):
        assert team.reviewer.put(verdict, wanted).json()["state"] == "rejected"
    problem(team.reviewer.put(verdict, {"verdict": "accepted"}), 409, "conflict")
    again = team.annotator.lease(team.project)
    assert (again["rejection"], bool(again["label_url"])) == ("that is a kerb", True)
    team.annotator.put_label(again, 1)
    assert [each["source"] for each in waiting(team)] == ["again"]
    team.reviewer.put(f"/reviews/{waiting(team)[0]['id']}/verdict", {"verdict": "accepted"})
    found = team.reviewer.get(f"{team.path}/quality").json()
    (person,) = [each for each in found["people"] if each["user_id"] == team.annotator.user.id]
    assert (person["accepted"], person["rejected"], person["acceptance"]) == (1, 1, 0.5)


def test_a_reviewer_draws_it_anew(team: Team):
    lease = labelled(team)
    asked = f"/regions/{lease['region_id']}"
    assert team.reviewer.post(f"{asked}/reviews").json()["source"] == "asked"
    taken = team.reviewer.post(f"{asked}/leases").json()
    assert taken["label_url"]
    assert team.reviewer.put_label(taken, 2).status_code == 201
    (review,) = team.reviewer.get(f"{team.path}/reviews?state=fixed").json()["items"]
    assert review["reviewer"] == team.reviewer.user.name
    (person,) = [
        each for each in team.reviewer.get(f"{team.path}/quality").json()["people"] if each["fixes"]
    ]
    assert (person["user_id"], person["fixes"]["pixels"]) == (team.annotator.user.id, 0)
    problem(team.annotator.post(f"{asked}/leases"), 404, "not_found")


def test_two_opinions_agree_or_not(team: Team):
    labelled(team, second=1)
    other = team.reviewer.lease(team.project)
    team.reviewer.put_label(other, 0)
    found = team.reviewer.get(f"{team.path}/quality").json()
    assert (found["second"]["regions"], found["second"]["pixels"]) == (1, 1)
    assert found["pairs"][0]["first"] == team.annotator.user.name


def test_nobody_can_tell_a_check_from_a_region(team: Team):
    factories.image(team.project, split="val", mask=factories.whole_mask(value=1))
    cycle = team.labelling(number=2)
    team.admin.put(f"{team.path}/quality/shares", {"check": 1})
    lease = team.annotator.lease(team.project)
    team.admin.put(f"{team.path}/quality/shares", {})
    plain = team.reviewer.lease(team.project)
    assert lease.keys() == plain.keys()
    assert {name for name, value in lease.items() if value != plain[name]} <= {
        *("id", "region_id", "granted_at", "expires_at", "box", "image"),
        *(name for name in lease if name.endswith("_url")),
    }
    listed = team.annotator.get(f"/cycles/{cycle.id}/regions").json()["items"]
    assert lease["region_id"] not in [each["id"] for each in listed]
    team.annotator.put_label(lease, 1)
    found = team.reviewer.get(f"{team.path}/quality").json()
    (checked,) = [each["checks"] for each in found["people"] if each["checks"]]
    assert (checked["regions"], checked["pixels"]) == (1, 1)


def test_shares_are_between_nothing_and_all(team: Team):
    answer = team.admin.put(f"{team.path}/quality/shares", {"review": 1.5})
    problem(answer, 422, "validation_failed")

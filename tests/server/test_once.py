import pytest

from core.models import IdempotencyKey
from tests.core.threads import at_once
from tests.factories import act
from tests.server.people import Person, Team, problem

pytestmark = pytest.mark.slow


def wish(person: Person, team: Team, key: str, **wanted: object) -> object:
    headers = {"Idempotency-Key": key}
    return person.post(f"{team.path}/leases", wanted, headers=headers)


def test_a_key_belongs_to_one_user(team: Team):
    team.labelling(number=2)
    first, other = (
        wish(each, team, "same").json()["items"][0]["region_id"]  # type: ignore[attr-defined]
        for each in (team.annotator, team.reviewer)
    )
    assert first != other


def test_a_key_belongs_to_one_request(team: Team):
    wish(team.annotator, team, "one", count=1)
    problem(wish(team.annotator, team, "one", count=2), 422, "idempotency_key_reused")


def test_a_key_belongs_to_one_path(team: Team):
    wish(team.admin, team, "path")
    answer = team.admin.post(
        f"{team.path}/imports", {"path": "/x"}, headers={"Idempotency-Key": "path"}
    )
    problem(answer, 422, "idempotency_key_reused")


@pytest.mark.parametrize("key", ["", "x" * 201])
def test_a_key_has_a_length(team: Team, key: str):
    assert problem(wish(team.annotator, team, key), 422, "invalid")["detail"].startswith("Expected")


def test_requests_at_once_with_one_key_are_one(team: Team):
    team.labelling(number=4)
    calls = [lambda: wish(team.annotator, team, "at once", count=2) for _ in range(4)]
    answers = at_once(*calls)
    assert len({answer.content for answer in answers}) == 1  # type: ignore[attr-defined]


def test_without_a_key_nothing_is_stored(team: Team):
    team.annotator.post(f"{team.path}/leases", {})
    mine = {"user_id": team.annotator.user.id}
    assert act(lambda db: db.query(IdempotencyKey).filter_by(**mine).count()) == 0

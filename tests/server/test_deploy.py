"""A server that is stopped and started again while people label: what they repeat is kept once."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from core.db import transaction
from core.models import Label
from tests.environment import settings_of
from tests.server.people import API, Person, Team, assemble
from tests.serving import Server, serving
from tests.verified import verified
from tests.waiting import until

pytestmark = pytest.mark.slow

PEOPLE, REGIONS = 12, 200
WITHIN_S = 120.0
AGAIN = (429, 502, 503, 504)


@pytest.fixture
def server(fresh_database_url: str, redis_url: str, tmp_path: Path) -> Iterator[Server]:
    values = {"database_url": fresh_database_url, "redis_url": redis_url, "token_rate": 0}
    with settings_of(tmp_path, **values) as environment:
        with serving(environment, tmp_path / "server.log") as started:
            yield started
        verified()


def persistent(ask: Any) -> httpx.Response:
    """The answer, however often it has to be asked for."""
    deadline = time.monotonic() + WITHIN_S
    while time.monotonic() < deadline:
        try:
            answer: httpx.Response = ask()
        except httpx.TransportError:
            answer = httpx.Response(503)
        if answer.status_code not in AGAIN:
            return answer
        time.sleep(0.05)
    raise AssertionError(f"no answer in {WITHIN_S:.0f} s")


def label_on(url: str, path: str, token: str, done: list[int]) -> list[str]:
    """Label until the queue is empty; what went wrong."""
    wrong = []
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=url + API, headers=headers, trust_env=False, timeout=60) as client:
        session = threading.current_thread().name
        while True:
            wanted = {"session": session}
            leases = persistent(lambda: client.post(f"{path}/leases", json=wanted))  # noqa: B023
            if leases.status_code != 200:
                return [*wrong, leases.text]
            if not (held := leases.json()["items"]):
                return wrong
            where = f"/regions/{held[0]['region_id']}/label?lease_id={held[0]['id']}"
            query = f"{where}&epoch={held[0]['epoch']}"
            answer = persistent(lambda: client.put(query, json={"fill": 1}))  # noqa: B023
            wrong += [] if answer.status_code in (200, 201) else [answer.text]
            done.append(answer.json().get("id", 0))


def test_no_label_is_lost_or_doubled_by_a_deploy(server: Server):
    with httpx.Client(base_url=server.url, trust_env=False, timeout=60) as client:
        team: Team = assemble(client)  # type: ignore[arg-type]
        team.labelling(number=REGIONS)
        person: Person = team.annotator
        done: list[int] = []
        with ThreadPoolExecutor(PEOPLE) as people:
            asked = [people.submit(label_on, server.url, team.path, person.token, done)
                     for _ in range(PEOPLE)]  # fmt: skip
            for part in (1, 2):
                until(lambda: len(done) > part * REGIONS // 4)  # noqa: B023
                server.stop()
                server.start()
            assert [each.result() for each in asked] == [[]] * PEOPLE
    with transaction() as db:
        kept = db.scalars(select(Label)).all()
    assert sorted(done) == sorted(each.id for each in kept)
    assert len({each.region_id for each in kept}) == len(kept) == REGIONS

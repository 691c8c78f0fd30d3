"""The load tool, small: that its audit is content with what happened, and that it would tell."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest

from benchmarks.queue_load.annotator import Act, Work
from benchmarks.queue_load.audit import complaints
from benchmarks.queue_load.crowd import annotate
from benchmarks.queue_load.site import tokens
from benchmarks.queues import Queue, opened
from tests.environment import settings_of
from tests.factories import sql
from tests.serving import Server, serving

ANNOTATORS, SIDE_PX = 12, 16


class Worked(NamedTuple):
    queue: Queue
    log: list[Act]


@pytest.fixture(scope="module")
def worked(
    database_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Worked]:
    """Annotators worked while the server was stopped and started again."""
    folder = tmp_path_factory.mktemp("load")
    values = {"database_url": database_url, "redis_url": redis_url}
    with (
        settings_of(folder, **values) as environment,
        serving(environment, folder / "server.log") as server,
    ):
        yield _work(server, opened("load", 3000, SIDE_PX))


def _work(server: Server, queue: Queue) -> Worked:
    place = urlsplit(server.url)
    people = list(enumerate(tokens(queue, ANNOTATORS)))
    until = time.time() + 4
    work = Work(str(place.hostname), place.port or 0, queue.project.id, SIDE_PX, 0.2, until)
    with ThreadPoolExecutor(1) as beside:
        shift = beside.submit(annotate, work, people)
        time.sleep(1.5)
        server.stop()
        server.start()
        return Worked(queue, shift.result().log)


@pytest.mark.slow
def test_no_submit_fails_for_good_when_the_server_restarts(worked: Worked):
    last = {act.lease: act.status for act in worked.log if act.kind == "submit"}
    assert len(last) >= ANNOTATORS
    assert set(last.values()) == {201}
    assert {act.status for act in worked.log} <= {0, 200, 201, 503}


@pytest.mark.slow
def test_everything_acknowledged_is_there_once_and_in_the_order_of_rank(worked: Worked):
    assert complaints(worked.queue.project.id, worked.log, ANNOTATORS) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (
            "UPDATE labels SET mask_key = (SELECT key FROM images LIMIT 1) WHERE id = :label",
            "is missing",
        ),
        ("UPDATE labels SET status = 'draft' WHERE id = :label", "has 0 accepted labels"),
        ("UPDATE leases SET epoch = 9 WHERE CAST(id AS text) = :lease", "is not there"),
        ("UPDATE regions SET rank = rank + 100000 WHERE id = :region", "were passed over"),
    ],
)
def test_what_is_not_as_it_was_acknowledged_is_told(worked: Worked, change: str, complaint: str):
    act = next(act for act in worked.log if act.kind == "submit" and act.status == 201)
    tables = {"labels": ("status", "mask_key"), "leases": ("epoch",), "regions": ("rank",)}
    for table in tables:
        sql(f"CREATE TABLE {table}_before AS TABLE {table}")
    sql(change, **_named(act, change))
    told = complaints(worked.queue.project.id, worked.log, ANNOTATORS)
    for table, columns in tables.items():
        values = ", ".join(f"{column} = b.{column}" for column in columns)
        sql(f"UPDATE {table} t SET {values} FROM {table}_before b WHERE t.id = b.id")
        sql(f"DROP TABLE {table}_before")
    assert any(complaint in each for each in told), told


def _named(act: Act, change: str) -> dict[str, object]:
    return {name: value for name, value in act._asdict().items() if f":{name}" in change}

"""How PostgreSQL goes about what annotators ask all day, behind everything that was ever labelled.

The statements are explained at the moment when they are sent, prepared, with the types that psycopg
gives their values. PostgreSQL plans the first of a connection for their values and may then plan
one for any values, which it keeps: both have to find their rows by an index.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from psycopg import sql as text
from psycopg.adapt import PyFormat, Transformer
from sqlalchemy import text as plain

from core import grants, settling
from core.db import engine
from core.models import Project, User
from core.prepared import Prepared
from core.statements import Statement
from tests import factories

pytestmark = pytest.mark.slow

MANY = 20_000
SETTLED = 19_000
HELD = 300
# Of 8 kB. The regions lie on more than six hundred, and so do their leases.
FEW_PAGES = 150

REGIONS = """
INSERT INTO regions (project_id, cycle_id, image_id, cell_row, cell_col, "left", top, width, height,
    rank, source, top_classes, priority, state, epoch, purpose)
SELECT :project, :cycle, :image, n, n, 0, 0, 10, 10, n, 'score', '[]', 0, 'open', 0, 'label'
FROM generate_series(100, 99 + :many) n
"""
# The first of them are labelled, the next ones held by sessions of others.
LEASES = """
WITH taken AS (
    UPDATE regions SET epoch = 1, lease_id = gen_random_uuid(),
        lease_until = now() + interval '1 hour'
    WHERE cycle_id = :cycle AND rank BETWEEN 100 AND 99 + :settled + :held RETURNING *
)
INSERT INTO leases (id, project_id, region_id, user_id, session, epoch, granted_at, expires_at)
SELECT lease_id, project_id, id, :user, 'session ' || rank / 3, 1, now(), lease_until FROM taken
"""
LABELS = """
WITH settled AS (
    UPDATE regions SET state = 'labelled', lease_id = NULL
    WHERE cycle_id = :cycle AND rank BETWEEN 100 AND 99 + :settled RETURNING *
), ended AS (
    UPDATE leases l SET outcome = 'submitted' FROM settled s WHERE l.region_id = s.id RETURNING l.*
)
INSERT INTO labels (project_id, region_id, user_id, lease_id, revision, status, mask_key,
    labelled_px, void_px, not_asked_px, estimated_clicks, active_ms, actions)
SELECT project_id, region_id, user_id, id, 1, 'accepted', '', 100, 0, 0, 1, 1, '{}' FROM ended
"""


@pytest.fixture(scope="module", params=["old", "new"])
def queue(request: pytest.FixtureRequest, ada: User) -> Project:
    """A queue of which most is labelled; by old statistics, all of it is open."""
    project = factories.project(ada)
    cycle = factories.labelling(project, ada, number=1)
    values = {"project": project.id, "cycle": cycle.id, "user": ada.id, "many": MANY,
              "image": factories.image(project).id, "settled": SETTLED, "held": HELD}  # fmt: skip
    for each in (REGIONS, LEASES, LABELS):
        with engine().begin() as db:
            db.execute(plain(each), values)
        alone("ANALYZE regions" if each == REGIONS else "VACUUM regions")
    if request.param == "new":
        alone("ANALYZE")
    return project


def alone(statement: str) -> None:
    """Outside of any transaction."""
    with engine().execution_options(isolation_level="AUTOCOMMIT").connect() as db:
        db.execute(plain(statement))


@contextmanager
def explained(statement: Statement, mode: str) -> Iterator[list[dict[str, Any]]]:
    """The plans of the statement, each carried out and taken back before it is sent."""
    plans: list[dict[str, Any]] = []
    send: Any = Prepared.rows

    def sent(prepared: Prepared, taken: Any, values: Any, **options: Any) -> Any:
        if prepared is statement._prepared:
            plans.append(plan(taken.driver_connection, prepared.sql, values, mode))
        return send(prepared, taken, values, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Prepared, "rows", sent)
        yield plans


def plan(driver: Any, asked: str, values: Any, mode: str) -> dict[str, Any]:
    adapting = Transformer(driver)
    adapting.dump_sequence(values, [PyFormat.TEXT] * len(values))
    types = [driver.adapters.types.get(oid) for oid in adapting.types or ()]
    named = text.SQL(",").join(text.SQL(each.name if each else "unknown") for each in types)
    given = text.SQL(",").join(map(text.Literal, values))
    with driver.transaction(force_rollback=True):
        driver.execute(f"SET LOCAL plan_cache_mode = force_{mode}_plan")
        driver.execute(text.SQL("PREPARE asked ({}) AS {}").format(named, text.SQL(asked)))
        try:
            asking = "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE asked ({})"
            found = driver.execute(text.SQL(asking).format(given)).fetchone()[0]
        finally:
            driver.execute("DEALLOCATE asked")
    top: dict[str, Any] = found[0]["Plan"]
    return top


def pages(top: dict[str, Any]) -> int:
    return int(top["Shared Hit Blocks"] + top["Shared Read Blocks"])


def read_to_the_end(top: dict[str, Any]) -> set[str]:
    """The tables that are read from their beginning."""
    found = {top["Relation Name"]} if top["Node Type"] == "Seq Scan" else set()
    return found.union(*map(read_to_the_end, top.get("Plans", ())))


MODES = pytest.mark.parametrize("mode", ["custom", "generic"])


@MODES
def test_a_lease_goes_by_the_queue(queue: Project, bob: User, mode: str):
    with explained(grants.TAKE, mode) as plans:
        factories.lease(queue, bob, session=mode)
    [found] = plans
    assert pages(found) < FEW_PAGES
    assert not read_to_the_end(found) & {"regions", "leases"}


@MODES
def test_a_label_looks_for_another_open_region_by_the_queue(queue: Project, bob: User, mode: str):
    [held] = factories.lease(queue, bob, session=mode)
    with explained(settling.SETTLE, mode) as plans:
        factories.submit(held)
    [found] = plans
    assert pages(found) < FEW_PAGES
    assert not read_to_the_end(found) & {"regions", "leases"}

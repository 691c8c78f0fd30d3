"""What annotators do all day asks the database as little as it can."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from core.prepared import Prepared
from tests.server.people import Team


@contextmanager
def statements() -> Iterator[list[str]]:
    """The statements sent while inside, by a cursor or without one."""
    sent: list[str] = []
    execute: Any = psycopg.Cursor.execute
    rows: Any = Prepared.rows

    def executed(cursor: Any, query: str, *values: Any, **options: Any) -> Any:
        if not isinstance(cursor, psycopg.RawCursor):  # which is how one is prepared
            sent.append(query)
        return execute(cursor, query, *values, **options)

    def prepared(statement: Prepared, *values: Any, **options: Any) -> Any:
        sent.append(statement.sql)
        return rows(statement, *values, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(psycopg.Cursor, "execute", executed)
        patch.setattr(Prepared, "rows", prepared)
        yield sent


def test_a_lease_and_a_label_take_few_statements(team: Team):
    team.labelling(number=4)
    team.annotator.put_label(team.annotator.lease(team.project), 0)  # the token's use is noted
    with statements() as leasing:
        lease = team.annotator.lease(team.project)
    with statements() as labelling:
        answer = team.annotator.put_label(lease, 1)
    assert answer.status_code == 201
    # Who asks; one session's requests one by one; the lease.
    assert len(leasing) == 3, leasing
    # Who asks; the region's lock; the label.
    assert len(labelling) == 3, labelling

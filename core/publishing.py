"""What a select stage chose becomes the cycle's regions, while annotators of other cycles go on."""

import time
from collections.abc import Sequence
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy.orm import Session

from core.statements import Statement

# A batch is one value on its way to the database: a value for each column of each row would cost
# this side as much as the database spends on the rows.
PUBLISH = Statement("""
INSERT INTO regions (project_id, cycle_id, image_id, cell_row, cell_col, "left", top, width, height,
    rank, score, source, suggestion_key, confidence_key, top_classes, suggestion_withheld,
    priority, state, epoch)
SELECT project_id, cycle_id, image_id, cell_row, cell_col, "left", top, width, height,
    rank, score, source, suggestion_key, confidence_key, coalesce(top_classes, '[]'),
    coalesce(suggestion_withheld, false), 0, 'open', 0
FROM jsonb_populate_recordset(CAST(NULL AS regions), :rows)
""")
BATCH = 500
# Between batches as long a rest as the batch took, so that clicks of annotators find the database
# free; but the cycle's own wait for their regions, and its transaction holds locks.
RESTS_S = 5.0


def publish(db: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Insert the regions that a cycle chose, a dict of columns each."""
    rests_s = RESTS_S
    for start in range(0, len(rows), BATCH):
        began = time.monotonic()
        PUBLISH.rows(db, rows=Jsonb(list(rows[start : start + BATCH])))
        more = start + BATCH < len(rows)
        rest_s = min(time.monotonic() - began, rests_s) if more else 0.0
        rests_s -= rest_s
        time.sleep(rest_s)

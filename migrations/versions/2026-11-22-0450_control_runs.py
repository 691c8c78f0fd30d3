"""Trainings on what was drawn at random alone, and cycles that want one each time."""

import sqlalchemy as sa
from alembic import op

revision = "8e41d6b09c27"
down_revision = "5b8e2f7ac913"
branch_labels = None
depends_on = None

BEFORE = "'import', 'train', 'evaluate', 'score', 'select', 'export', 'predict'"
NOW = f"{BEFORE}, 'control'"


def upgrade() -> None:
    wanted = sa.Column("control", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("cycles", wanted)
    _allow(NOW)


def downgrade() -> None:
    op.execute("DELETE FROM jobs WHERE kind = 'control'")
    _allow(BEFORE)
    op.drop_column("cycles", "control")


def _allow(kinds: str) -> None:
    op.drop_constraint(op.f("ck_jobs_kind"), "jobs")
    op.create_check_constraint(op.f("ck_jobs_kind"), "jobs", f"kind IN ({kinds})")

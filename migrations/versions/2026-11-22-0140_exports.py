"""Jobs that export, and jobs that predict."""

from alembic import op

revision = "e7b20c5d4a19"
down_revision = "c4d1a9e27f30"
branch_labels = None
depends_on = None

BEFORE = "'import', 'train', 'evaluate', 'score', 'select'"
NOW = f"{BEFORE}, 'export', 'predict'"


def upgrade() -> None:
    _allow(NOW)


def downgrade() -> None:
    op.execute("DELETE FROM jobs WHERE kind IN ('export', 'predict')")
    _allow(BEFORE)


def _allow(kinds: str) -> None:
    op.drop_constraint(op.f("ck_jobs_kind"), "jobs")
    op.create_check_constraint(op.f("ck_jobs_kind"), "jobs", f"kind IN ({kinds})")

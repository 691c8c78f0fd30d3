"""The score stage in shards: jobs of one kind and cycle, told apart by a number."""

import sqlalchemy as sa
from alembic import op

revision = "c41d7e90ab35"
down_revision = "c93a7e10f58b"
branch_labels = None
depends_on = None

RUNNING = sa.text("state = 'running' AND cycle_id IS NOT NULL")


def upgrade() -> None:
    op.add_column("jobs", sa.Column("shard", sa.BigInteger(), server_default="0", nullable=False))
    op.create_check_constraint(
        op.f("ck_jobs_shard"), "jobs", "shard = 0 OR (shard > 0 AND kind = 'score')"
    )
    op.drop_constraint("uq_jobs_cycle_id_kind", "jobs")
    op.create_unique_constraint(
        "uq_jobs_cycle_id_kind_shard", "jobs", ["cycle_id", "kind", "shard"]
    )
    _replace_index("project_id", "shard")


def downgrade() -> None:
    """Scores of pools in shards cannot be read by what came before: they are forgotten."""
    op.execute(
        "UPDATE jobs SET result = NULL WHERE kind = 'score' AND cycle_id IN "
        "(SELECT cycle_id FROM jobs WHERE shard > 0)"
    )
    op.execute("DELETE FROM jobs WHERE shard > 0")
    _replace_index("project_id")
    op.drop_constraint("uq_jobs_cycle_id_kind_shard", "jobs")
    op.create_unique_constraint("uq_jobs_cycle_id_kind", "jobs", ["cycle_id", "kind"])
    op.drop_constraint(op.f("ck_jobs_shard"), "jobs")
    op.drop_column("jobs", "shard")


def _replace_index(*columns: str) -> None:
    op.drop_index("uq_jobs_running_stage", "jobs")
    op.create_index(
        "uq_jobs_running_stage", "jobs", list(columns), unique=True, postgresql_where=RUNNING
    )

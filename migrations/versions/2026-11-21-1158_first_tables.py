"""The first tables, and two triggers that keep what code may not break."""

from pathlib import Path

from alembic import op

revision = "15af26a42495"
down_revision = None
branch_labels = None
depends_on = None

FOLDER = Path(__file__).parents[1] / "first_tables"
TABLES = (
    *("labels", "leases", "regions", "events", "metrics", "models", "jobs", "cycles", "images"),
    *("idempotency_keys", "tokens", "members", "classes", "users", "projects"),
)


def upgrade() -> None:
    for path in sorted(FOLDER.glob("*.sql")):
        op.execute(path.read_text())


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    op.execute("DROP FUNCTION refuse_change")
    op.execute("DROP FUNCTION refuse_lower_epoch")

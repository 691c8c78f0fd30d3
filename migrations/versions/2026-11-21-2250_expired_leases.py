"""Leases that ran out can be counted without reading all that ever were."""

import sqlalchemy as sa
from alembic import op

revision = "d41e6a9c2f85"
down_revision = "4a7e21c90d3b"
branch_labels = None
depends_on = None


def upgrade() -> None:
    expired = sa.text("outcome = 'expired'")
    op.create_index("ix_leases_expired", "leases", ["project_id"], postgresql_where=expired)


def downgrade() -> None:
    op.drop_index("ix_leases_expired", "leases")

"""Labelled regions of a cycle by their source, for the random control."""

import sqlalchemy as sa
from alembic import op

revision = "d05b8c6172fe"
down_revision = "c41d7e90ab35"
branch_labels = None
depends_on = None


def upgrade() -> None:
    labelled = sa.text("state = 'labelled' AND purpose = 'label'")
    columns = ["cycle_id", "source"]
    op.create_index("ix_regions_labelled", "regions", columns, postgresql_where=labelled)


def downgrade() -> None:
    op.drop_index("ix_regions_labelled", "regions")

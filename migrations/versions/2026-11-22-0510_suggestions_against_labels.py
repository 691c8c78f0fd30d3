"""What was suggested against what was labelled, by pair of classes, with each label."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "c93a7e10f58b"
down_revision = "8e41d6b09c27"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("labels", sa.Column("confused", JSONB(), nullable=True))


def downgrade() -> None:
    op.drop_column("labels", "confused")

"""Whose suggestions a project shows, and how large the weights of a model are."""

import sqlalchemy as sa
from alembic import op

revision = "5b8e2f7ac913"
down_revision = "7c1f0b6d92ea"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("projects", sa.Column("suggesting_model_id", sa.BigInteger(), nullable=True))
    op.add_column("models", sa.Column("weights_bytes", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("models", "weights_bytes")
    op.drop_column("projects", "suggesting_model_id")

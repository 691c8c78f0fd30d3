"""How often a label of a cycle was replaced or sent back: what is summed over labels holds while
that and their number are the same.
"""

import sqlalchemy as sa
from alembic import op

revision = "4c81e07d93fa"
down_revision = "9d4e7a1c52b8"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "cycles", sa.Column("corrections", sa.BigInteger(), nullable=False, server_default="0")
    )


def downgrade() -> None:
    op.drop_column("cycles", "corrections")

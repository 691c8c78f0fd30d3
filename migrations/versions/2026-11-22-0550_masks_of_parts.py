"""How many pixels the mask of an image labels, and what it leaves of each cell.

Masks that came before count as whole, as they did.
"""

import sqlalchemy as sa
from alembic import op

revision = "9d4e7a1c52b8"
down_revision = "d05b8c6172fe"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("images", sa.Column("mask_px", sa.BigInteger(), nullable=True))
    op.add_column("images", sa.Column("cells_left", sa.ARRAY(sa.Integer()), nullable=True))


def downgrade() -> None:
    op.drop_column("images", "cells_left")
    op.drop_column("images", "mask_px")

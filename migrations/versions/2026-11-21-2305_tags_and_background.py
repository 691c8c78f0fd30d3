"""Which classes are somewhere in an image, and which classes are background."""

import sqlalchemy as sa
from alembic import op

revision = "c4d1a9e27f30"
down_revision = "d41e6a9c2f85"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("images", sa.Column("tags", sa.ARRAY(sa.SmallInteger()), nullable=True))
    background = sa.Column("background", sa.Boolean(), server_default=sa.false(), nullable=False)
    op.add_column("classes", background)
    op.alter_column("classes", "background", server_default=None)


def downgrade() -> None:
    op.drop_column("classes", "background")
    op.drop_column("images", "tags")

"""What the annotator's page shows and sends: top classes, withheld suggestions, notes, origins."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "7c1f0b3a9d52"
down_revision = "15af26a42495"
branch_labels = None
depends_on = None


def upgrade() -> None:
    jsonb = postgresql.JSONB(astext_type=sa.Text())
    no = {"server_default": sa.false(), "nullable": False}
    op.add_column("regions", sa.Column("top_classes", jsonb, server_default="[]", nullable=False))
    op.add_column("regions", sa.Column("suggestion_withheld", sa.Boolean(), **no))
    op.add_column("regions", sa.Column("note", sa.String(), server_default="", nullable=False))
    op.add_column("regions", sa.Column("flagged", sa.Boolean(), **no))
    op.add_column("labels", sa.Column("origin_key", sa.String(), nullable=True))
    op.add_column("labels", sa.Column("origins", jsonb, nullable=True))
    op.add_column(
        "cycles", sa.Column("without_suggestion", sa.Float(), server_default="0", nullable=False)
    )
    op.create_check_constraint(
        op.f("ck_cycles_without_suggestion"), "cycles", "without_suggestion BETWEEN 0 AND 1"
    )
    op.drop_index(op.f("ix_labels_user_id"), table_name="labels")
    for newest in ("created_at", "id"):
        columns = ["user_id", "project_id", newest]
        op.create_index(op.f(f"ix_labels_user_id_project_id_{newest}"), "labels", columns)


def downgrade() -> None:
    for newest in ("created_at", "id"):
        op.drop_index(op.f(f"ix_labels_user_id_project_id_{newest}"), table_name="labels")
    op.create_index(op.f("ix_labels_user_id"), "labels", ["user_id"], unique=False)
    op.drop_constraint(op.f("ck_cycles_without_suggestion"), "cycles", type_="check")
    op.drop_column("cycles", "without_suggestion")
    for column in ("origins", "origin_key"):
        op.drop_column("labels", column)
    for column in ("flagged", "note", "suggestion_withheld", "top_classes"):
        op.drop_column("regions", column)

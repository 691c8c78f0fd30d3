"""Who labels how fast: the newest labels of a project, whoever gave them."""

from alembic import op

revision = "3b8d52c7e1f4"
down_revision = "b83d5f6e0c17"
branch_labels = None
depends_on = None


def upgrade() -> None:
    columns = ["project_id", "created_at"]
    op.create_index(op.f("ix_labels_project_id_created_at"), "labels", columns)


def downgrade() -> None:
    op.drop_index(op.f("ix_labels_project_id_created_at"), table_name="labels")

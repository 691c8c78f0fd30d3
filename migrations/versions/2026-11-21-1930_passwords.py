"""Passwords, and what kind of token one is and how far it reaches."""

import sqlalchemy as sa
from alembic import op

revision = "b83d5f6e0c17"
down_revision = "7c1f0b3a9d52"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("password", sa.String(), nullable=True))
    for name, value in (("kind", "token"), ("scope", "all")):
        column = sa.Column(name, sa.String(), server_default=value, nullable=False)
        op.add_column("tokens", column)
    op.add_column("tokens", sa.Column("parent_id", sa.BigInteger(), nullable=True))
    op.create_check_constraint(
        op.f("ck_tokens_kind"), "tokens", "kind IN ('token', 'session', 'invitation')"
    )
    op.create_check_constraint(
        op.f("ck_tokens_scope"), "tokens", "scope IN ('read', 'annotate', 'all')"
    )
    op.create_foreign_key(
        op.f("fk_tokens_parent_id_tokens"),
        "tokens",
        "tokens",
        ["parent_id"],
        ["id"],
        ondelete="RESTRICT",
    )
    op.create_index(op.f("ix_tokens_parent_id"), "tokens", ["parent_id"])
    # Sessions of the pages had no kind of their own.
    op.execute("UPDATE tokens SET kind = 'session' WHERE name = 'browser session'")


def downgrade() -> None:
    op.execute("DELETE FROM tokens WHERE kind <> 'token'")
    for column in ("parent_id", "scope", "kind"):
        op.drop_column("tokens", column)
    op.drop_column("users", "password")

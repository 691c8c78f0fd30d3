"""Reviews of labels, second opinions, and checks whose answer is known."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "e27b90c4d61a"
down_revision = "e7b20c5d4a19"
branch_labels = None
depends_on = None

SHARES = ("review_share", "second_share", "check_share")
CELL = ["cycle_id", "image_id", "cell_row", "cell_col"]
LABEL, SECOND = sa.text("purpose = 'label'"), sa.text("purpose = 'second'")


def upgrade() -> None:
    for share in SHARES:
        op.add_column("projects", sa.Column(share, sa.Float(), server_default="0", nullable=False))
        op.create_check_constraint(
            op.f(f"ck_projects_{share}"), "projects", f"{share} BETWEEN 0 AND 1"
        )
    review = sa.Column("for_review", sa.Boolean(), server_default=sa.false(), nullable=False)
    op.add_column("leases", review)
    _add_to_regions()
    _create_reviews()


def _add_to_regions() -> None:
    moment, jsonb = sa.DateTime(timezone=True), postgresql.JSONB(astext_type=sa.Text())
    purpose = sa.Column("purpose", sa.String(), server_default="label", nullable=False)
    op.add_column("regions", purpose)
    for name, kind in (
        ("twin_id", sa.BigInteger()),
        ("return_to", sa.BigInteger()),
        ("return_until", moment),
        ("rejection", sa.String()),
        ("confusion", jsonb),
    ):
        op.add_column("regions", sa.Column(name, kind, nullable=True))
    op.create_check_constraint(
        op.f("ck_regions_purpose"), "regions", "purpose IN ('label', 'second', 'check')"
    )
    for column, table in (("twin_id", "regions"), ("return_to", "users")):
        name = op.f(f"fk_regions_{column}_{table}")
        op.create_foreign_key(name, "regions", table, [column], ["id"], ondelete="RESTRICT")
    _index_regions()


def _index_regions() -> None:
    op.drop_constraint("uq_regions_cycle_id_image_id_cell_row_cell_col", "regions")
    op.create_index("uq_regions_cell", "regions", CELL, unique=True, postgresql_where=LABEL)
    op.create_index(
        "uq_regions_second", "regions", ["twin_id"], unique=True, postgresql_where=SECOND
    )
    op.create_index(
        "ix_regions_twin", "regions", ["twin_id"], postgresql_where=sa.text("twin_id IS NOT NULL")
    )
    op.create_index(
        "ix_regions_measuring",
        "regions",
        ["project_id", "id"],
        postgresql_where=sa.text("purpose <> 'label'"),
    )


def _told_of_reviews() -> tuple[sa.Column[Any], ...]:
    return (
        *(
            sa.Column(f"{of}_id", sa.BigInteger(), nullable=False)
            for of in ("project", "cycle", "region", "label")
        ),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("doubt", sa.Float(), nullable=True),
        sa.Column("state", sa.String(), server_default="pending", nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(), server_default="", nullable=False),
        sa.Column("fix_id", sa.BigInteger(), nullable=True),
        sa.Column("confusion", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
    )


def _references() -> list[sa.ForeignKeyConstraint]:
    tables = {of: f"{of}s" for of in ("project", "cycle", "region", "label", "user")}
    return [
        sa.ForeignKeyConstraint(
            [f"{of}_id"],
            [f"{table}.id"],
            name=op.f(f"fk_reviews_{of}_id_{table}"),
            ondelete="RESTRICT",
        )
        for of, table in (tables | {"fix": "labels"}).items()
    ]


def _create_reviews() -> None:
    op.create_table(
        "reviews",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        *_told_of_reviews(),
        sa.CheckConstraint(
            "source IN ('sample', 'flagged', 'contradiction', 'again', 'asked')",
            name=op.f("ck_reviews_source"),
        ),
        sa.CheckConstraint(
            "state IN ('pending', 'accepted', 'rejected', 'fixed', 'withdrawn')",
            name=op.f("ck_reviews_state"),
        ),
        *_references(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
    )
    op.create_index(
        "uq_reviews_pending",
        "reviews",
        ["region_id"],
        unique=True,
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index(
        op.f("ix_reviews_project_id_state_id"), "reviews", ["project_id", "state", "id"]
    )
    op.create_index(
        "ix_reviews_fix", "reviews", ["fix_id"], postgresql_where=sa.text("fix_id IS NOT NULL")
    )
    op.create_index(op.f("ix_reviews_label_id"), "reviews", ["label_id"])


def downgrade() -> None:
    op.drop_table("reviews")
    for name in ("ix_regions_measuring", "ix_regions_twin", "uq_regions_second", "uq_regions_cell"):
        op.drop_index(name, "regions")
    op.create_unique_constraint("uq_regions_cycle_id_image_id_cell_row_cell_col", "regions", CELL)
    for column in ("confusion", "rejection", "return_until", "return_to", "twin_id", "purpose"):
        op.drop_column("regions", column)
    op.drop_column("leases", "for_review")
    for share in SHARES:
        op.drop_column("projects", share)

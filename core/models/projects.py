"""Projects, their classes and their images."""

from typing import Any

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    ColumnElement,
    Index,
    Integer,
    SmallInteger,
    UniqueConstraint,
    and_,
)
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Identified
from core.models.columns import belongs_to, one_of

SPLITS = ("pool", "val", "test")
SHARES = ("review_share", "second_share", "check_share")
SMALLEST_CELL_PX, LARGEST_CELL_PX = 4, 4096


class Project(Identified):
    """What is labelled (classes, grid), how it is learnt (recipe) and how people are looked after.

    Shares of the labels that a reviewer sees and that a second person gives as well, and of the
    leases that are checks whose answer is known. `suggesting_model_id` is whose suggestions people
    see; None: those of each cycle's own model.
    """

    __tablename__ = "projects"
    __table_args__ = (
        CheckConstraint(
            f"cell_px BETWEEN {SMALLEST_CELL_PX} AND {LARGEST_CELL_PX}", name="cell_px"
        ),
        *(CheckConstraint(f"{share} BETWEEN 0 AND 1", name=share) for share in SHARES),
    )

    name: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str] = mapped_column(default="")
    cell_px: Mapped[int]
    recipe: Mapped[dict[str, Any]]
    review_share: Mapped[float] = mapped_column(default=0.0, server_default="0")
    second_share: Mapped[float] = mapped_column(default=0.0, server_default="0")
    check_share: Mapped[float] = mapped_column(default=0.0, server_default="0")
    # No foreign key: models refer to their project, and rows are restored table by table.
    suggesting_model_id: Mapped[int | None]


class LabelClass(Identified):
    """One class: the value it has in masks, its name, colour and key; background is no object."""

    __tablename__ = "classes"
    __table_args__ = (
        UniqueConstraint("project_id", "value"),
        UniqueConstraint("project_id", "name"),
        CheckConstraint("value BETWEEN 0 AND 253", name="value"),
    )

    project_id: Mapped[int] = belongs_to("projects")
    value: Mapped[int]
    name: Mapped[str]
    color: Mapped[str]
    key: Mapped[str | None]
    background: Mapped[bool] = mapped_column(default=False)


class Image(Identified):
    """Upright RGB pixels in the store; `sha256` is that of the pixels, `key` that of the file.

    `mask_key` is a mask that came with the image: the truth of a val or test image, or the label of
    one of the pool. Its cost in clicks counts as labelling. Where it leaves pixels that nobody was
    asked for, `mask_px` is how many it labels (None: all of them), and `cells_left` how many it
    leaves in each cell of the grid, row by row; 0 for cells that are not asked any more
    (`core/partial.py`; None until it was counted). `tags` are the values of
    the classes somewhere in the image, None where nobody said.
    """

    __tablename__ = "images"
    __table_args__ = (
        UniqueConstraint("project_id", "split", "name"),
        UniqueConstraint("project_id", "sha256"),
        Index(None, "project_id", "split", "id"),
        one_of("split", SPLITS),
    )

    project_id: Mapped[int] = belongs_to("projects")
    name: Mapped[str]
    split: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    sha256: Mapped[str]
    key: Mapped[str]
    mask_key: Mapped[str | None]
    mask_clicks: Mapped[int] = mapped_column(default=0)
    mask_px: Mapped[int | None]
    cells_left: Mapped[list[int] | None] = mapped_column(ARRAY(Integer))
    tags: Mapped[list[int] | None] = mapped_column(ARRAY(SmallInteger))

    @hybrid_property
    def is_whole(self) -> bool:
        """Whether its mask labels all of it."""
        return self.mask_key is not None and self.mask_px is None

    @is_whole.inplace.expression
    @classmethod
    def _is_whole(cls) -> ColumnElement[bool]:
        return and_(cls.mask_key.is_not(None), cls.mask_px.is_(None))

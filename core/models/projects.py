"""Projects, their classes and their images."""

from typing import Any

from sqlalchemy import ARRAY, CheckConstraint, Index, SmallInteger, UniqueConstraint
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

    `mask_key` is a mask of the whole image: the truth of a val or test image, or the label of a
    pool image that came with one. Its cost in clicks counts as labelling. `tags` are the values of
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
    tags: Mapped[list[int] | None] = mapped_column(ARRAY(SmallInteger))

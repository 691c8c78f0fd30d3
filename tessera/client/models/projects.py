"""People, projects and images."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from tessera.client.models.base import Answer

Split = Literal["pool", "val", "test"]
Role = Literal["annotator", "reviewer", "admin"]


class User(Answer):
    id: int
    name: str
    is_admin: bool
    created_at: datetime
    disabled_at: datetime | None = None


Scope = Literal["read", "annotate", "all"]
"""How far a token reaches: look only; also lease and label; whatever its user may."""


class Token(Answer):
    """`token` is the secret; only the answer that creates it has one."""

    id: int
    user_id: int
    name: str
    prefix: str
    scope: Scope
    token: str | None = None
    expires_at: datetime | None = None


class SegmentClass(Answer):
    """A class of a project: `value` is its number in masks, `key` its shortcut."""

    value: int
    name: str
    color: str
    key: str | None = None
    background: bool = False


class CellSize(Answer):
    """What a size of cells would mean; clicks are None without a mask to look at."""

    cell_px: int
    cells: int
    clicks_per_cell: float | None = None
    one_class_share: float | None = None


class CellSizes(Answer):
    items: list[CellSize]


class Classes(Answer):
    items: list[SegmentClass]


class Recipe(Answer):
    name: str
    overrides: dict[str, Any] = Field(default_factory=dict)


class ImageCounts(Answer):
    pool: int = 0
    val: int = 0
    test: int = 0


class Project(Answer):
    id: int
    name: str
    title: str
    cell_px: int
    recipe: Recipe
    classes: list[SegmentClass]
    images: ImageCounts
    created_at: datetime


class Member(Answer):
    user_id: int
    role: Role
    name: str | None = None


class Image(Answer):
    id: int
    name: str
    split: Split
    width: int
    height: int
    sha256: str
    has_mask: bool
    tags: list[int] | None = None
    created_at: datetime

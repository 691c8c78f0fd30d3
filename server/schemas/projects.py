"""Projects, their classes, members and images."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, JsonValue
from sqlalchemy.orm import Session

from core import cell_sizes, models, projects
from core.projects import ClassSpec
from server.schemas.common import Given, Line, Name, Taken

Role = Literal["annotator", "reviewer", "admin"]
Split = Literal["pool", "val", "test"]

# A recipe nests two levels deep; what is deeper only hurts whoever prints it.
DEEPEST = 5


def _shallow(value: dict[str, Any]) -> dict[str, Any]:
    layer: list[Any] = [value]
    for _ in range(DEEPEST):
        layer = [
            inner
            for outer in layer
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
    if layer:
        raise ValueError(f"expected at most {DEEPEST} levels of nesting")
    return value


class SegmentClass(Given):
    """A class: `value` is its number in masks (0, 1, 2, ... without gaps), `key` its shortcut."""

    value: Annotated[int, Field(ge=0, le=253)]
    name: Name
    color: Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$", examples=["#804080"])]
    key: Annotated[str, Field(pattern=r"^[^\x00-\x20\x7f]$")] | None = None
    background: Annotated[bool, Field(description="What surrounds objects and is none")] = False

    @classmethod
    def of(cls, row: models.LabelClass) -> Self:
        return cls(
            value=row.value,
            name=row.name,
            color=row.color,
            key=row.key,
            background=row.background,
        )

    def spec(self) -> ClassSpec:
        return ClassSpec(self.value, self.name, self.color, self.key, self.background)


class NewClass(SegmentClass):
    model_config = Taken.model_config


CLASSES: list[JsonValue] = [
    {"value": 0, "name": "road", "color": "#804080", "key": "r"},
    {"value": 1, "name": "other", "color": "#464646", "key": "o"},
]


class NewClasses(Taken):
    items: Annotated[list[NewClass], Field(min_length=2, max_length=254, examples=[CLASSES])]


class Classes(Given):
    items: list[SegmentClass]


class Recipe(Taken):
    """A recipe's name and the nested fields that differ from it."""

    name: Annotated[Name, Field(examples=["s4al-cpu"])]
    overrides: Annotated[
        dict[str, JsonValue],
        AfterValidator(_shallow),
        Field(examples=[{"schedule": {"steps": 300}}]),
    ] = {}  # noqa: RUF012 - pydantic copies it


EXAMPLE: dict[str, JsonValue] = {
    "name": "streets",
    "title": "Streets by day",
    "cell_px": 30,
    "classes": CLASSES,
    "recipe": {"name": "s4al-cpu", "overrides": {"schedule": {"steps": 300}}},
}


class NewProject(Taken):
    model_config = ConfigDict(json_schema_extra={"example": EXAMPLE})

    name: Name
    title: Line = ""
    cell_px: Annotated[int, Field(ge=4, le=4096, description="Side of a grid cell in pixels")]
    classes: Annotated[list[NewClass], Field(min_length=2, max_length=254)]
    recipe: Recipe


class ProjectChange(Taken):
    """Fields left out stay as they are."""

    title: Annotated[Line, Field(examples=["Streets by night"])] | None = None
    recipe: Recipe | None = None
    cell_px: Annotated[
        int | None, Field(ge=4, le=4096, description="Only before the first cycle", examples=[30])
    ] = None


class CellSize(Given):
    """Means over some cells of images that came with a mask; null without one."""

    cell_px: int
    cells: Annotated[int, Field(description="Of this size in the pool")]
    clicks_per_cell: float | None
    one_class_share: Annotated[
        float | None, Field(description="Share of cells that one click fills")
    ]

    @classmethod
    def of(cls, found: cell_sizes.CellSize) -> Self:
        return cls.model_validate(found, from_attributes=True)


class CellSizes(Given):
    items: list[CellSize]


class StoredRecipe(Given):
    name: str
    overrides: dict[str, Any] = {}  # noqa: RUF012 - pydantic copies it


class ImageCounts(Given):
    pool: int
    val: int
    test: int


class Project(Given):
    id: int
    name: str
    title: str
    cell_px: int
    recipe: StoredRecipe
    classes: list[SegmentClass]
    images: ImageCounts
    created_at: datetime

    @classmethod
    def of(cls, db: Session, project: models.Project) -> Self:
        return cls(
            id=project.id,
            name=project.name,
            title=project.title,
            cell_px=project.cell_px,
            recipe=StoredRecipe.model_validate(project.recipe),
            classes=[SegmentClass.of(each) for each in projects.classes(db, project.id)],
            images=ImageCounts(**projects.image_counts(db, project.id)),
            created_at=project.created_at,
        )


class NewMember(Taken):
    role: Annotated[Role, Field(examples=["annotator"])]


class Member(Given):
    user_id: int
    name: str
    role: Role


class Tags(Taken):
    """The values of the classes somewhere in an image; null takes back that anybody said."""

    tags: Annotated[
        list[Annotated[int, Field(ge=0, le=253)]] | None, Field(max_length=254, examples=[[0, 1]])
    ]


class Image(Given):
    """`sha256` is that of the upright pixels, not of a file; `tags` are the values of the classes
    somewhere in the image, null where nobody said."""

    id: int
    name: str
    split: Split
    width: int
    height: int
    sha256: str
    has_mask: bool
    tags: list[int] | None
    created_at: datetime

    @classmethod
    def of(cls, image: models.Image) -> Self:
        return cls(
            id=image.id,
            name=image.name,
            split=image.split,
            width=image.width,
            height=image.height,
            sha256=image.sha256,
            has_mask=image.mask_key is not None,
            tags=image.tags,
            created_at=image.created_at,
        )

"""Shapes that several nouns share: base models, pages, problems."""

from collections.abc import Callable
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from core import paging

Item = TypeVar("Item")

# A line of text that people read: no control characters, no blanks around it.
Line = Annotated[
    str, StringConstraints(strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f]*$", max_length=200)
]
Name = Annotated[Line, StringConstraints(min_length=1, max_length=100)]


class Taken(BaseModel):
    """What a request holds; a field that nobody knows is a mistake, and is said to be one."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Given(BaseModel):
    """What an answer holds."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)


class PageOf(Given, Generic[Item]):
    """One page; `next_cursor` is null on the last one."""

    items: list[Item]
    next_cursor: str | None = None


def page_of(page: paging.Page, shape: Callable[[Any], Item]) -> PageOf[Item]:
    """The page with each row in the shape of the interface."""
    return PageOf(items=[shape(row) for row in page.items], next_cursor=page.next_cursor)


class Problem(BaseModel):
    """Why a request failed (RFC 9457). Further fields depend on the type."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "example": {
                "type": "/problems/cycle_open",
                "title": "The project has an open cycle already.",
                "status": 409,
                "detail": "Cycle 3 of this project is labelling; let it end, close it or cancel "
                "it first.",
                "instance": "/api/v1/projects/1/cycles",
                "request_id": "5f0c1c5e0c9c4d7c8b8a6a5f4e3d2c1b",
                "cycle": 17,
            }
        },
    )

    type: Annotated[str, Field(description="`/problems/` and a code that stays the same")]
    title: str
    status: int
    detail: Annotated[str, Field(description="What was expected, what was given, what to do")]
    instance: str
    request_id: str

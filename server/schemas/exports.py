"""Exports as they are asked for."""

from typing import Annotated, Literal

from pydantic import Field

from core.exports import Wanted
from server.schemas.common import Taken

ExportFormat = Literal[
    "index",
    "voc",
    "cityscapes",
    "camvid-lists",
    "camvid-color",
    "coco",
    "label-studio",
    "cvat",
]


class NewExport(Taken):
    """Labels as they are now, or as the cycle of a number was trained on."""

    format: ExportFormat
    cycle: Annotated[
        int | None, Field(ge=0, le=2**63 - 1, description="Its number; left out: the labels of now")
    ] = None
    completed: Annotated[
        bool, Field(description="Let the model fill what people were not asked, marked as such")
    ] = False
    pictures: Annotated[bool, Field(description="False leaves the images out")] = True

    def wanted(self) -> Wanted:
        return Wanted(**self.model_dump())

"""Archives on their way to an import."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import Field, StringConstraints

from core import models
from core.settings import settings
from server.schemas.common import Given, Name, Taken


class NewUpload(Taken):
    name: Annotated[Name, Field(description="The file's name", examples=["streets.zip"])]
    size_bytes: Annotated[int, Field(ge=1, le=2**63 - 1)]
    sha256: Annotated[
        str,
        StringConstraints(pattern=r"^[0-9a-f]{64}$"),
        Field(
            description="Of all bytes: by it an upload is found again and checked",
            examples=["e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
        ),
    ]


class Upload(Given):
    id: int
    project_id: int
    name: str
    size_bytes: int
    received_bytes: Annotated[int, Field(description="Where the next part starts")]
    part_bytes: Annotated[int, Field(description="The most bytes that a part may have")]
    sha256: str
    created_at: datetime

    @classmethod
    def of(cls, upload: models.Upload) -> Self:
        return cls(
            id=upload.id,
            project_id=upload.project_id,
            name=upload.name,
            size_bytes=upload.size_bytes,
            received_bytes=upload.received_bytes,
            part_bytes=settings().upload_part_bytes,
            sha256=upload.sha256,
            created_at=upload.created_at,
        )

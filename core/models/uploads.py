"""Archives on their way to an import."""

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Identified
from core.models.columns import belongs_to


class Upload(Identified):
    """An archive that arrives in parts, one behind the other; whole when all bytes are received.

    `sha256` is what its sender says of the whole: by it an upload is found again and checked.
    """

    __tablename__ = "uploads"
    __table_args__ = (
        Index(None, "project_id", "user_id", "sha256"),
        CheckConstraint("received_bytes BETWEEN 0 AND size_bytes", name="received_bytes"),
        CheckConstraint("size_bytes > 0", name="size_bytes"),
    )

    project_id: Mapped[int] = belongs_to("projects")
    user_id: Mapped[int] = belongs_to("users")
    name: Mapped[str]
    size_bytes: Mapped[int]
    received_bytes: Mapped[int] = mapped_column(default=0)
    sha256: Mapped[str]

    @property
    def is_whole(self) -> bool:
        return self.received_bytes == self.size_bytes


class UploadPart(Identified):
    """Bytes of an upload from `start` on; they lie in the store under `key`."""

    __tablename__ = "upload_parts"
    __table_args__ = (UniqueConstraint("upload_id", "start"),)

    upload_id: Mapped[int] = belongs_to("uploads")
    start: Mapped[int]
    size_bytes: Mapped[int]
    key: Mapped[str]

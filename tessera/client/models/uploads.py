"""Archives on their way to an import."""

from datetime import datetime

from tessera.client.models.base import Answer


class Upload(Answer):
    id: int
    project_id: int
    name: str
    size_bytes: int
    received_bytes: int
    part_bytes: int
    sha256: str
    created_at: datetime

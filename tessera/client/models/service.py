"""The server about itself."""

from typing import Any

from pydantic import Field

from tessera.client.models.base import Answer


class Health(Answer):
    status: str
    checks: dict[str, Any] = Field(default_factory=dict)

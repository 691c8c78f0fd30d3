"""The server about itself."""

from typing import Any

from tessera.client.models.base import Answer


class Health(Answer):
    status: str
    checks: dict[str, Any] = {}

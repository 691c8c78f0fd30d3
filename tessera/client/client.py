"""The whole HTTP interface as one object: a method per route, models in, models out."""

import os
from typing import Any, Self

from tessera.client.accounts import Accounts
from tessera.client.cycles import Cycles
from tessera.client.events import Events
from tessera.client.exploring import Exploring
from tessera.client.exports import Exports
from tessera.client.holding import Holding
from tessera.client.models import Health
from tessera.client.oversight import Oversight
from tessera.client.predictions import Predictions
from tessera.client.projects import Projects
from tessera.client.reviewing import Reviewing
from tessera.client.transport import API
from tessera.client.uploads import Uploads
from tessera.client.webhooks import Webhooks


class Client(
    Accounts,
    Projects,
    Uploads,
    Predictions,
    Exports,
    Cycles,
    Events,
    Oversight,
    Exploring,
    Reviewing,
    Webhooks,
    Holding,
):
    """`Client(url, token)`; use it in a `with` block or `close()` it. Threads may share one."""

    @classmethod
    def from_env(cls) -> Self:
        """From TESSERA_URL and TESSERA_TOKEN."""
        url, token = os.environ.get("TESSERA_URL"), os.environ.get("TESSERA_TOKEN")
        if not url or not token:
            missing = "TESSERA_TOKEN" if url else "TESSERA_URL"
            raise ValueError(f"{missing} is not set; expected the server's address and a token")
        return cls(url, token)

    def live(self) -> bool:
        return self.send("GET", "/health/live").is_success

    def ready(self) -> Health:
        """The server's own checks; an unready server is an answer here, not an error."""
        response = self.send("GET", "/health/ready", accept=(503,))
        return Health.model_validate_json(response.content)

    def metrics_text(self) -> str:
        """Prometheus text."""
        return self.send("GET", "/metrics").text

    def openapi(self) -> dict[str, Any]:
        schema: dict[str, Any] = self.send("GET", f"{API}/openapi.json").json()
        return schema

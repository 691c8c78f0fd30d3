"""Webhooks: named by an admin, verified by whoever receives."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tessera.client.models.webhooks import Delivery, Webhook
from tessera.client.transport import API, Transport, given

PREFIX = "whsec_"


class Webhooks(Transport):
    def create_webhook(
        self, project_id: int, url: str, *, kinds: Sequence[str] = ("cycle",)
    ) -> Webhook:
        """The only answer with the secret, but for `renew_webhook_secret`."""
        body = {"url": url, "kinds": list(kinds)}
        return self.post(f"/projects/{project_id}/webhooks", Webhook, body)

    def webhooks(self, project_id: int) -> Iterator[Webhook]:
        return self.pages(f"/projects/{project_id}/webhooks", Webhook)

    def webhook(self, webhook_id: int) -> Webhook:
        return self.get(f"/webhooks/{webhook_id}", Webhook)

    def change_webhook(
        self,
        webhook_id: int,
        *,
        url: str | None = None,
        kinds: Sequence[str] | None = None,
        active: bool | None = None,
    ) -> Webhook:
        body = given({"url": url, "kinds": list(kinds) if kinds else None, "active": active})
        answer = self.send("PATCH", f"{API}/webhooks/{webhook_id}", json=body)
        return Webhook.model_validate_json(answer.content)

    def remove_webhook(self, webhook_id: int) -> None:
        self.delete(f"/webhooks/{webhook_id}")

    def renew_webhook_secret(self, webhook_id: int) -> Webhook:
        """The secret before is no longer used from here on."""
        return self.post(f"/webhooks/{webhook_id}/secrets", Webhook)

    def ping_webhook(self, webhook_id: int) -> Delivery:
        return self.post(f"/webhooks/{webhook_id}/pings", Delivery)

    def deliveries(self, webhook_id: int) -> Iterator[Delivery]:
        """Newest first."""
        return self.pages(f"/webhooks/{webhook_id}/deliveries", Delivery)

    def delivery(self, delivery_id: int) -> Delivery:
        return self.get(f"/deliveries/{delivery_id}", Delivery)

    def redeliver(self, delivery_id: int) -> Delivery:
        return self.post(f"/deliveries/{delivery_id}/redeliveries", Delivery)


def verified(
    secret: str, headers: Mapping[str, str], body: bytes, *, tolerance_s: float = 300
) -> dict[str, Any]:
    """The message, if whoever has the secret sent it lately; else ValueError.

    After the Standard Webhooks specification 1.0, by which its libraries verify too.
    """
    found = {name.lower(): value for name, value in headers.items()}
    names = ("webhook-id", "webhook-timestamp", "webhook-signature")
    message, timestamp, signatures = (found.get(name, "") for name in names)
    if not timestamp.isdigit() or abs(time.time() - int(timestamp)) > tolerance_s:
        raise ValueError(f"expected a webhook-timestamp of about now, given {timestamp!r}")
    signed = f"{message}.{timestamp}.".encode() + body
    key = base64.b64decode(secret.removeprefix(PREFIX))
    digest = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    if not any(hmac.compare_digest(f"v1,{digest}", each) for each in signatures.split()):
        raise ValueError("the signature is not one of this secret and this body")
    told: dict[str, Any] = json.loads(body)
    return told

"""Webhooks: addresses that are told what happens in a project, and the log of it."""

from fastapi import Response

from core import models, paging
from core.errors import NotFound, WebhookRefused
from core.webhooks import hooks
from server import nouns
from server.deps import Caller, Db, Pages
from server.problems import responses
from server.rights import DeliveryAsAdmin, ProjectAsAdmin, WebhookAsAdmin
from server.schemas.common import PageOf, page_of
from server.schemas.webhooks import Delivery, NewWebhook, Webhook, WebhookChange

router = nouns.router("webhooks", NotFound)


@router.post(
    "/projects/{project_id}/webhooks", status_code=201, responses=responses(WebhookRefused)
)
def create_webhook(
    project: ProjectAsAdmin, wanted: NewWebhook, caller: Caller, db: Db, response: Response
) -> Webhook:
    """Tell an address what happens. The answer shows the secret that signs, this once."""
    made = hooks.create(db, project, url=wanted.url, kinds=wanted.kinds, by=caller)
    response.headers["Location"] = f"/api/v1/webhooks/{made.id}"
    return Webhook.with_secret(made)


@router.get("/projects/{project_id}/webhooks")
def list_webhooks(project: ProjectAsAdmin, page: Pages, db: Db) -> PageOf[Webhook]:
    """The project's webhooks, without their secrets."""
    found = paging.page(db, hooks.of(project.id), models.Webhook.id, **page.asked())
    return page_of(found, Webhook.of)


@router.get("/webhooks/{webhook_id}")
def show_webhook(webhook: WebhookAsAdmin) -> Webhook:
    """One webhook, without its secret."""
    return Webhook.of(webhook)


@router.patch("/webhooks/{webhook_id}", responses=responses(WebhookRefused))
def change_webhook(
    webhook: WebhookAsAdmin, wanted: WebhookChange, caller: Caller, db: Db
) -> Webhook:
    """Another address, other events, or a pause: what waits is sent when it is over."""
    return Webhook.of(hooks.change(db, webhook, **wanted.model_dump(), by=caller))


@router.delete("/webhooks/{webhook_id}", status_code=204)
def remove_webhook(webhook: WebhookAsAdmin, caller: Caller, db: Db) -> Response:
    """Tell it nothing more; its log goes with it."""
    hooks.remove(db, webhook, by=caller)
    return Response(status_code=204)


@router.post("/webhooks/{webhook_id}/secrets", status_code=201)
def renew_secret(webhook: WebhookAsAdmin, caller: Caller, db: Db) -> Webhook:
    """Another secret, at once; the answer shows it, this once."""
    return Webhook.with_secret(hooks.renew_secret(db, webhook, by=caller))


@router.post("/webhooks/{webhook_id}/pings", status_code=202)
def ping_webhook(webhook: WebhookAsAdmin, db: Db) -> Delivery:
    """Send a message that tells of nothing, to see whether it arrives."""
    return Delivery.of(hooks.ping(db, webhook))


@router.get("/webhooks/{webhook_id}/deliveries")
def list_deliveries(webhook: WebhookAsAdmin, page: Pages, db: Db) -> PageOf[Delivery]:
    """What was sent or is to be, newest first; kept for 30 days."""
    asked = page.asked()
    found = paging.page(db, hooks.log(webhook), models.Delivery.id, newest_first=True, **asked)
    return page_of(found, Delivery.of)


@router.get("/deliveries/{delivery_id}")
def show_delivery(delivery: DeliveryAsAdmin) -> Delivery:
    """One message on its way."""
    return Delivery.of(delivery)


@router.post("/deliveries/{delivery_id}/redeliveries", status_code=202)
def redeliver(delivery: DeliveryAsAdmin, db: Db) -> Delivery:
    """Send the same message once more, with the id that it had."""
    return Delivery.of(hooks.redeliver(db, delivery))

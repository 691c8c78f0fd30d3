"""`tessera webhooks`: addresses that are told what happens in a project."""

from typing import Annotated

import typer

from tessera.client.models.webhooks import Delivery, Webhook
from tessera.commands.connection import AsJson, ProjectName, Token, Url, find_project, signed_in
from tessera.commands.output import say, show_data, show_json, show_list

app = typer.Typer(no_args_is_help=True, help="Webhooks: who is told what happens.")

Id = Annotated[int, typer.Argument(metavar="WEBHOOK", help="Id of the webhook.")]
DeliveryId = Annotated[int, typer.Argument(metavar="DELIVERY", help="Id of the delivery.")]
Kinds = Annotated[
    list[str] | None, typer.Option("--kind", help="cycle.closed, or its noun alone; repeatable.")
]


@app.command()
def add(
    address: Annotated[str, typer.Argument(help="https://...; messages are posted to it.")],
    project: ProjectName,
    kinds: Kinds = None,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Tell an address what happens; shows the secret that signs, once."""
    with signed_in(url, token) as client:
        where = find_project(client, project).id
        _show(client.create_webhook(where, address, kinds=kinds or ["cycle"]), as_json)


@app.command("list")
def list_webhooks(
    project: ProjectName, url: Url = None, token: Token = None, as_json: AsJson = False
) -> None:
    """A project's webhooks."""
    with signed_in(url, token) as client:
        found = client.webhooks(find_project(client, project).id)
        show_list(found, ["id", "url", "kinds", "active"], as_json)


@app.command()
def show(webhook: Id, url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """One webhook."""
    with signed_in(url, token) as client:
        _show(client.webhook(webhook), as_json)


@app.command()
def change(
    webhook: Id,
    address: Annotated[str | None, typer.Option(help="Another address.")] = None,
    kinds: Kinds = None,
    active: Annotated[bool | None, typer.Option("--active/--pause", help="A pause.")] = None,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Another address, other events, or a pause."""
    with signed_in(url, token) as client:
        changed = client.change_webhook(webhook, url=address, kinds=kinds, active=active)
        _show(changed, as_json)


@app.command()
def remove(webhook: Id, url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """Tell it nothing more; its log goes with it."""
    with signed_in(url, token) as client:
        client.remove_webhook(webhook)
        show_data({"removed": webhook}) if as_json else say(f"webhook {webhook} is removed")


@app.command("renew-secret")
def renew_secret(
    webhook: Id, url: Url = None, token: Token = None, as_json: AsJson = False
) -> None:
    """Another secret, at once; shown once."""
    with signed_in(url, token) as client:
        _show(client.renew_webhook_secret(webhook), as_json)


@app.command()
def ping(webhook: Id, url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """Send a message that tells of nothing."""
    with signed_in(url, token) as client:
        _show_delivery(client.ping_webhook(webhook), as_json)


@app.command()
def deliveries(webhook: Id, url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """What was sent to a webhook or is to be, newest first."""
    with signed_in(url, token) as client:
        columns = ["id", "kind", "state", "attempt", "status", "error", "created_at"]
        show_list(client.deliveries(webhook), columns, as_json)


@app.command()
def delivery(
    delivery: DeliveryId, url: Url = None, token: Token = None, as_json: AsJson = False
) -> None:
    """One message on its way."""
    with signed_in(url, token) as client:
        _show_delivery(client.delivery(delivery), as_json)


@app.command()
def redeliver(
    delivery: DeliveryId, url: Url = None, token: Token = None, as_json: AsJson = False
) -> None:
    """Send the same message once more."""
    with signed_in(url, token) as client:
        _show_delivery(client.redeliver(delivery), as_json)


def _show(webhook: Webhook, as_json: bool) -> None:
    if as_json:
        return show_json(webhook)
    state = "tells" if webhook.active else "would tell"
    say(f"webhook {webhook.id} {state} {webhook.url} of {', '.join(webhook.kinds)}")
    if webhook.secret:
        say(f"signed with {webhook.secret} (not shown again)")


def _show_delivery(delivery: Delivery, as_json: bool) -> None:
    if as_json:
        return show_json(delivery)
    why = f": {delivery.error}" if delivery.error else ""
    say(f"delivery {delivery.id} of {delivery.kind}: {delivery.state}{why}")

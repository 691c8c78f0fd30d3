"""`tessera users`: people and their tokens."""

from typing import Annotated, Any

import typer

from tessera.client import Client
from tessera.client.models import Role, Scope, User
from tessera.commands.connection import AsJson, Token, Url, find_project, find_user, signed_in
from tessera.commands.output import say, show_data, show_json, show_list, show_table

app = typer.Typer(no_args_is_help=True, help="People and their tokens.")

Name = Annotated[str, typer.Argument(help="The user's name.")]
Days = Annotated[int | None, typer.Option(help="The token ends after so many days.")]


@app.command()
def add(
    name: Name,
    admin: Annotated[bool, typer.Option(help="May create users and projects.")] = False,
    project: Annotated[str | None, typer.Option("--project", "-p", help="Project to join.")] = None,
    role: Annotated[Role, typer.Option(help="In that project.")] = "annotator",
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Create a user with a token, which is shown once."""
    with signed_in(url, token) as client:
        joined = find_project(client, project) if project else None
        user = client.create_user(name, is_admin=admin)
        if joined:
            client.put_member(joined.id, user.id, role)
        _show_token(client, user, as_json)


@app.command("list")
def list_users(url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """Everybody who can sign in."""
    with signed_in(url, token) as client:
        users = list(client.users())
        if as_json:
            return show_json(users)
        rows = [(u.id, u.name, "admin" if u.is_admin else "", f"{u.created_at:%F}") for u in users]
        show_table(["id", "name", "site role", "since"], rows)


@app.command("token")
def new_token(
    name: Name,
    days: Days = None,
    scope: Annotated[Scope, typer.Option(help="How far it reaches.")] = "all",
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Make another token for a user; it is shown once."""
    with signed_in(url, token) as client:
        _show_token(client, find_user(client, name), as_json, expires_in_days=days, scope=scope)


@app.command()
def tokens(name: Name, url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """A user's tokens, without their secrets."""
    with signed_in(url, token) as client:
        found = client.tokens(find_user(client, name).id)
        show_list(found, ["id", "name", "scope", "expires_at"], as_json)


@app.command()
def revoke(
    token_id: Annotated[int, typer.Argument(metavar="ID", help="Id of the token.")],
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """End a token at once."""
    with signed_in(url, token) as client:
        client.revoke_token(token_id)
        show_data({"revoked": token_id}) if as_json else say(f"token {token_id} is revoked")


@app.command()
def me(url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """Who you are to the server."""
    with signed_in(url, token) as client:
        found = client.me()
        show_json(found) if as_json else say(f"{found.name} (user {found.id})")


@app.command()
def password(
    name: Annotated[str | None, typer.Argument(help="Invite this user; without: your own.")] = None,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Choose your password, or make an invitation with which a user chooses one."""
    with signed_in(url, token) as client:
        if name is None:
            return _choose(client)
        user = find_user(client, name)
        made = client.invite(user.id)
        where = f"{client.url}/welcome"
        if as_json:
            return show_data({"id": user.id, "invitation": made.token, "url": where})
        say(f"{user.name} chooses a password at {where}, once and within two days, with")
        say(f"{made.token}")


def _choose(client: Client) -> None:
    current = typer.prompt("Current password (empty if none)", hide_input=True, default="")
    new = typer.prompt("New password", hide_input=True, confirmation_prompt=True)
    client.change_password(new, current=current)
    say("Your password is set. Browsers that were signed in are signed out.")


def _show_token(client: Client, user: User, as_json: bool, **wanted: Any) -> None:
    made = client.create_token(user.id, name="command line", **wanted)
    if as_json:
        return show_data({"id": user.id, "name": user.name, "token": made.token})
    say(f"{user.name} (user {user.id}) signs in with {made.token}")

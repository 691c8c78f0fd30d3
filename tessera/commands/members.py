"""`tessera members`: who may do what in a project, and what they hold."""

from typing import Annotated

import typer

from tessera.client.models import Role
from tessera.commands.connection import (
    AsJson,
    ProjectName,
    Token,
    Url,
    find_project,
    find_user,
    signed_in,
)
from tessera.commands.output import say, show_data, show_json, show_list

app = typer.Typer(no_args_is_help=True, help="Members of a project and their roles.")

Name = Annotated[str, typer.Argument(help="The user's name.")]


@app.command("list")
def list_members(
    project: ProjectName, url: Url = None, token: Token = None, as_json: AsJson = False
) -> None:
    """Everybody with a role in the project."""
    with signed_in(url, token) as client:
        found = client.members(find_project(client, project).id)
        show_list(found, ["user_id", "name", "role"], as_json)


@app.command("set")
def set_member(
    name: Name,
    role: Annotated[Role, typer.Argument(help="What they may do.")],
    project: ProjectName,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Let a user join the project, or change their role in it."""
    with signed_in(url, token) as client:
        user, where = find_user(client, name), find_project(client, project)
        member = client.put_member(where.id, user.id, role)
        show_json(member) if as_json else say(f"{name} is {role} in {where.name}")


@app.command()
def remove(
    name: Name, project: ProjectName, url: Url = None, token: Token = None, as_json: AsJson = False
) -> None:
    """Take a user's role away. Labels stay; what they hold goes back to the queue."""
    with signed_in(url, token) as client:
        user, where = find_user(client, name), find_project(client, project)
        client.remove_member(where.id, user.id)
        show_data({"removed": user.id}) if as_json else say(f"{name} has left {where.name}")


@app.command("end-leases")
def end_leases(
    name: Name, project: ProjectName, url: Url = None, token: Token = None, as_json: AsJson = False
) -> None:
    """Give what a user holds back to the queue."""
    with signed_in(url, token) as client:
        user, where = find_user(client, name), find_project(client, project)
        client.end_leases(where.id, user.id)
        show_data({"ended": user.id}) if as_json else say(f"{name} holds nothing in {where.name}")

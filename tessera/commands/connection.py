"""Where the commands find the server, and how they fail: one line on stderr, exit code 1.

The address and the token come from the options, else from the environment, else from the local
stack's data folder (server.url and admin.token).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from core.settings import settings
from tessera.client import Client, ClientError
from tessera.client.models import Project, User
from tessera.commands.output import console

Url = Annotated[
    str | None,
    typer.Option(envvar="TESSERA_URL", help="Address of the server; else the local stack's."),
]
Token = Annotated[
    str | None,
    typer.Option(envvar="TESSERA_TOKEN", help="Your token; else the local stack's admin."),
]
RETRIES = 3
"""Somebody waits at the terminal: give up within seconds."""

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
ProjectName = Annotated[str, typer.Option("--project", "-p", help="Name or id of the project.")]


@contextmanager
def signed_in(url: str | None, token: str | None) -> Iterator[Client]:
    """A client for one command; what goes wrong inside becomes one line and exit code 1."""
    with one_line_errors():
        local = settings().data_dir
        address = url or local_secret(local / "server.url", "--url")
        secret = token or local_secret(local / "admin.token", "--token")
        with Client(address, secret, retries=RETRIES) as client:
            yield client


@contextmanager
def one_line_errors() -> Iterator[None]:
    try:
        yield
    except ValidationError as error:
        fail(f"expected another form of answer: {error}")
    except (ClientError, ValueError, OSError) as error:
        fail(str(error))


def fail(reason: str) -> None:
    one_line = " ".join(reason.split())
    console(err=True).print(f"error: {one_line}", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(1)


def local_secret(path: Path, option: str) -> str:
    """What the running local stack has written about itself."""
    if not path.is_file():
        variable = f"TESSERA_{option.removeprefix('--').upper()}"
        raise FileNotFoundError(
            f"expected {option} or {variable}, or a local stack that has written {path}; "
            "start one with `tessera up`"
        )
    return path.read_text().strip()


def find_project(client: Client, wanted: str) -> Project:
    """By name first, then by id."""
    projects = list(client.projects())
    by_name = [project for project in projects if project.name == wanted]
    by_id = [project for project in projects if str(project.id) == wanted]
    if not by_name and not by_id:
        known = ", ".join(project.name for project in projects) or "none yet"
        raise ValueError(f"there is no project {wanted!r}; expected one of: {known}")
    return (by_name or by_id)[0]


def find_user(client: Client, name: str) -> User:
    found = [user for user in client.users() if user.name == name]
    if not found:
        raise ValueError(f"there is no user {name!r}; see `tessera users list`")
    return found[0]

"""`tessera up`: the whole service in the foreground, until Ctrl-C."""

from pathlib import Path
from typing import Annotated

import httpx
import typer
from rich.console import Console

from core.settings import Settings, settings
from tessera.commands.connection import AsJson
from tessera.commands.output import show_data
from tessera.processes import StackError
from tessera.stack import Stack, local_stack


def up(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="0 takes any.")] = None,
    import_root: Annotated[
        list[Path] | None, typer.Option(help="Folder that imports may read; may be repeated.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Start PostgreSQL, Redis, server and workers here, and serve until Ctrl-C."""
    console = Console(soft_wrap=True, highlight=False, stderr=as_json)
    try:
        with local_stack(_chosen(host, port, import_root), say=console.print) as stack:
            if as_json:
                show_data({"url": stack.url, "token_file": str(stack.token_file.absolute())})
            _serve(stack, console)
    except StackError as error:
        Console(stderr=True).print(f"error: {error}", markup=False, soft_wrap=True)
        raise typer.Exit(1) from None
    console.print("stopped")


def _chosen(host: str | None, port: int | None, import_root: list[Path] | None) -> Settings:
    given = settings()
    roots = given.import_roots + tuple(import_root or ())
    options = {"host": host, "port": port, "import_roots": roots}
    return given.model_copy(update={k: v for k, v in options.items() if v is not None})


def _serve(stack: Stack, console: Console) -> None:
    """Ctrl-C is the way to end it, so it isn't an error here."""
    try:
        _welcome(stack, console)
        stack.serve()
    except KeyboardInterrupt:
        console.print("\nstopping (a running stage gets a few seconds to write its checkpoint)")


def _welcome(stack: Stack, console: Console) -> None:
    console.print(f"\n[bold]Tessera is at {stack.url}[/bold]")
    if not _known(stack):
        console.print(
            f"The token in {stack.token_file} is not known to this database, which has had its "
            "users before. Sign in with a token that an admin of it gave you."
        )
    elif console.is_terminal:
        console.print(f"Sign in as [bold]admin[/bold] with the token {stack.token}")
        console.print(f"(it is kept in {stack.token_file})")
    else:  # a log is read by more people than a terminal
        console.print(f"Sign in as admin with the token in {stack.token_file}")
    known = stack.settings
    roots = ", ".join([*map(str, known.import_roots), *known.import_buckets])
    console.print(f"Imports may read: {roots or 'nothing yet; see --import-root'}")
    console.print(f"Logs: {stack.logs}   Stop: Ctrl-C")


def _known(stack: Stack) -> bool:
    answer = httpx.get(
        f"{stack.url}/api/v1/users/me",
        headers={"Authorization": f"Bearer {stack.token}"},
        trust_env=False,
    )
    return answer.status_code != httpx.codes.UNAUTHORIZED

"""`tessera models`: what was trained, and its weights."""

from pathlib import Path
from typing import Annotated

import typer

from tessera.commands.connection import AsJson, ProjectName, Token, Url, find_project, signed_in
from tessera.commands.output import say, show_data, show_list

app = typer.Typer(no_args_is_help=True, help="Models: figures and weights.")


@app.command("list")
def list_models(
    project: ProjectName, url: Url = None, token: Token = None, as_json: AsJson = False
) -> None:
    """A project's models, newest first."""
    with signed_in(url, token) as client:
        columns = ["id", "cycle_number", "recipe", "labelled_share", "val_miou", "test_miou"]
        show_list(client.models(find_project(client, project).id), columns, as_json)


@app.command()
def weights(
    model: Annotated[int, typer.Argument(metavar="MODEL", help="Id of the model.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="A safetensors file to write.")],
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Download a model's weights."""
    with signed_in(url, token) as client:
        size = out.write_bytes(client.model_weights(model))
        told = {"model": model, "file": str(out), "bytes": size}
        show_data(told) if as_json else say(f"{out}: {size} bytes")

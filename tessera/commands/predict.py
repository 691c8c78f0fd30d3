"""`tessera predict`: what the newest model sees in a picture of one's own."""

from pathlib import Path
from typing import Annotated

import typer

from tessera.commands.connection import AsJson, ProjectName, Token, Url, find_project, signed_in
from tessera.commands.output import say, show_data


def predict(
    image: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A picture.")],
    project: ProjectName,
    out: Annotated[Path, typer.Option("--out", "-o", help="A PNG of class values to write.")],
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Let a project's newest model label a picture; a worker does it."""
    with signed_in(url, token) as client:
        size = out.write_bytes(client.predict(find_project(client, project).id, image))
        told = {"image": str(image), "file": str(out), "bytes": size}
        show_data(told) if as_json else say(f"{out}: {size} bytes")

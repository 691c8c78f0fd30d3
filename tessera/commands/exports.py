"""`tessera export`: a project's images and labels in a format that others read."""

from pathlib import Path
from typing import Annotated

import typer

from tessera.client import Client, Job
from tessera.client.exports import ExportFormat
from tessera.commands.connection import AsJson, ProjectName, Token, Url, find_project, signed_in
from tessera.commands.output import console, say, show_data
from tessera.progress import Progress

MIB = 2**20


def export(
    project: ProjectName,
    out: Annotated[Path, typer.Option("--out", "-o", help="A zip to write.")],
    form: Annotated[ExportFormat, typer.Option("--format", "-f")] = "index",
    cycle: Annotated[
        int | None, typer.Option(help="What the cycle of this number was trained on; else now.")
    ] = None,
    completed: Annotated[
        bool, typer.Option("--completed", help="The model fills what people were not asked.")
    ] = False,
    no_pictures: Annotated[bool, typer.Option("--no-pictures", help="Masks alone.")] = False,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Write images, masks, and a table of the labelled regions to an archive."""
    asked = {"cycle": cycle, "completed": completed, "pictures": not no_pictures}
    with signed_in(url, token) as client:
        project_id = find_project(client, project).id
        job = client.start_export(project_id, format=form, **asked)  # type: ignore[arg-type]
        job = _ended(client, job, as_json)
        client.download_archive(job.id, out)
    done = {"file": str(out), "bytes": out.stat().st_size, **(job.result or {})}
    if as_json:
        show_data(done)
        return
    size = f"{done['bytes'] / MIB:.1f} MiB"
    say(f"{out}: {done['images']} images, {done['masks']} with labels, {size}")


def _ended(client: Client, job: Job, as_json: bool) -> Job:
    with Progress(console(err=as_json)) as progress:

        def tell(now: Job) -> None:
            step, steps = ((now.progress or {}).get(name) for name in ("step", "steps"))
            done = f"  {step}/{steps}" if steps else ""
            progress.line(f"export {now.state}{done}", now.state, step / steps if steps else None)

        return client.wait_for_job(job.id, on_progress=tell)

"""`tessera import`: a folder of the server, a bucket by reference, or an archive of one's own
becomes part of a project."""

from pathlib import Path
from typing import Annotated, Any

import typer

from tessera.client import Client, Job, JobUnsuccessful
from tessera.client.jobs import Layout
from tessera.client.models import Upload
from tessera.commands.connection import AsJson, ProjectName, Token, Url, find_project, signed_in
from tessera.commands.output import console, say, show_json, show_table
from tessera.progress import Progress

SHOWN = 20
"""Problems listed; the report of the job has them all."""


def import_folder(
    path: Annotated[
        str,
        typer.Argument(
            help="Folder on the server's machine, a bucket (s3://bucket/folder, gs://, az://; its "
            "images stay there), or a zip or tar on this machine."
        ),
    ],
    project: ProjectName,
    layout: Annotated[Layout | None, typer.Option(help="Detected when not given.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Look, import nothing.")] = False,
    no_pool_masks: Annotated[
        bool, typer.Option("--no-pool-masks", help="Leave the pool unlabelled.")
    ] = False,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Import images, and masks where they lie beside them.

    An archive is uploaded first; when that is interrupted, the same command goes on with it.
    """
    asked: dict[str, Any] = {"layout": layout, "pool_masks": not no_pool_masks, "dry_run": dry_run}
    with signed_in(url, token) as client:
        project_id = find_project(client, project).id
        if "://" not in path and Path(path).is_file():
            upload = _uploaded(client, project_id, Path(path), as_json)
            job = client.import_upload(project_id, upload.id, **asked)
        else:
            job = client.import_folder(project_id, _place(path), **asked)
        ended = _ended(client, job, as_json)
        show_json(ended) if as_json else _show(client, ended)
        if ended.state != "succeeded" or (ended.result or {}).get("problems"):
            raise typer.Exit(1)


def _place(path: str) -> str:
    """As the server is to find it: from its own folder a relative path would lead elsewhere."""
    return str(Path(path).resolve()) if "://" not in path and Path(path).exists() else path


def _uploaded(client: Client, project_id: int, path: Path, as_json: bool) -> Upload:
    with Progress(console(err=as_json)) as progress:

        def tell(now: Upload) -> None:
            done = now.received_bytes / now.size_bytes
            progress.line(f"upload {path.name}  {100 * done:.0f} %", "upload", done)

        return client.upload(project_id, path, on_progress=tell)


def _ended(client: Client, job: Job, as_json: bool) -> Job:
    """The job when it is over, in whatever way. With JSON on stdout, progress goes to stderr."""
    with Progress(console(err=as_json)) as progress:

        def tell(now: Job) -> None:
            step, steps = ((now.progress or {}).get(name) for name in ("step", "steps"))
            said = f"import {now.state}  {_done(now)}".rstrip()
            progress.line(said, now.state, step / steps if steps else None)

        try:
            return client.wait_for_job(job.id, on_progress=tell)
        except JobUnsuccessful:
            return client.job(job.id)


def _done(job: Job) -> str:
    """How far it is: of how many files, or how many it has listed, unpacked or compared."""
    known = job.progress or {}
    step, steps = known.get("step", ""), known.get("steps")
    return f"{step}/{steps}" if steps else f"{known.get('phase', '')} {step}".strip()


def _show(client: Client, job: Job) -> None:
    told = "problems" in (job.result or {})  # what could not be opened has no report
    report = client.report(job.id) if told else ()
    problems = [row for row in report if row.outcome == "problem"]
    if problems:
        rows = [(row.file, row.problem, row.detail) for row in problems[:SHOWN]]
        show_table(["file", "problem", "detail"], rows, f"{len(problems)} problems")
    if job.error:
        say(f"import {job.state}: {job.error.text}")
    elif job.result:
        say(_summary(job.result))


def _summary(result: dict[str, object]) -> str:
    images = result.get("images")
    counts = ", ".join(f"{n} {s}" for s, n in images.items()) if isinstance(images, dict) else ""
    verb = "would add" if result.get("dry_run") else "added"
    same = f" (the same data as job {result['same_as']})" if "same_as" in result else ""
    return (
        f"{verb} {result.get('added')} images, {result.get('unchanged')} unchanged, "
        f"{result.get('masks')} masks; in all ({result.get('layout')}) {counts}{same}"
    )

"""`tessera jobs`: machine work of a project, and archives that wait for an import."""

from typing import Annotated

import typer

from tessera.commands.connection import AsJson, ProjectName, Token, Url, find_project, signed_in
from tessera.commands.output import say, show_data, show_json, show_list

app = typer.Typer(no_args_is_help=True, help="Jobs: imports and the stages of cycles.")
uploads = typer.Typer(no_args_is_help=True, help="Archives that no import has consumed.")

JobId = Annotated[int, typer.Argument(metavar="JOB", help="Id of the job.")]


@app.command("list")
def list_jobs(
    project: ProjectName, url: Url = None, token: Token = None, as_json: AsJson = False
) -> None:
    """A project's jobs, newest first."""
    with signed_in(url, token) as client:
        found = client.jobs(find_project(client, project).id)
        show_list(found, ["id", "kind", "state", "created_at"], as_json)


@app.command()
def show(job: JobId, url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """One job: how far it is, or why it ended."""
    with signed_in(url, token) as client:
        found = client.job(job)
        if as_json:
            return show_json(found)
        why = f": {found.error.kind}, {found.error.text}" if found.error else ""
        say(f"{found.kind} job {found.id} of project {found.project_id}: {found.state}{why}")


@app.command()
def report(job: JobId, url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """What an import did with each file."""
    with signed_in(url, token) as client:
        show_list(client.report(job), ["file", "outcome", "problem", "detail"], as_json)


@app.command()
def cancel(job: JobId, url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """Stop an import. The stages of a cycle are stopped with it: `tessera cycles cancel`."""
    with signed_in(url, token) as client:
        found = client.cancel_job(job)
        if as_json:
            return show_json(found)
        say(f"{found.kind} job {found.id}: {found.state}, to be cancelled")


@uploads.command("list")
def list_uploads(
    project: ProjectName, url: Url = None, token: Token = None, as_json: AsJson = False
) -> None:
    """Archives that were sent, whole or in part."""
    with signed_in(url, token) as client:
        found = client.uploads(find_project(client, project).id)
        show_list(found, ["id", "name", "received_bytes", "size_bytes"], as_json)


@uploads.command()
def discard(
    upload: Annotated[int, typer.Argument(help="Id of the upload.")],
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Give an archive up."""
    with signed_in(url, token) as client:
        client.discard_upload(upload)
        show_data({"discarded": upload}) if as_json else say(f"upload {upload} is discarded")

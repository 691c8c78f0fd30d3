"""Words of `tessera projects` that tell how a project is doing; each is one call of the API."""

import sys
from typing import Annotated, Literal

import typer

from tessera.commands.connection import AsJson, Token, Url, find_project, signed_in
from tessera.commands.output import say, show_data, show_json, show_list

Project = Annotated[str, typer.Argument(help="Name or id of the project.")]
Against = Literal["share", "hours", "clicks"]


def overview(
    project: Project, url: Url = None, token: Token = None, as_json: AsJson = False
) -> None:
    """The newest cycle, the queue, who labels how fast, and what was spent."""
    with signed_in(url, token) as client:
        found = client.overview(find_project(client, project).id)
        if as_json:
            return show_json(found)
        queue, spent = found.queue, found.spent
        state = f"cycle {found.cycle.number} {found.cycle.state}" if found.cycle else "no cycle"
        say(f"{state}; {queue.waiting} regions wait, {queue.leased} are held")
        say(f"{100 * spent.labelled_share:.2f} % labelled in {spent.clicks} clicks")
        columns = ["name", "leases", "labelled_in_cycle", "labelled_in_hour", "seconds_per_region"]
        show_list(found.people, columns, as_json=False)


def forecast(
    project: Project,
    target: Annotated[float | None, typer.Option(help="mIoU to reach, 0 to 1.")] = None,
    split: Annotated[Literal["val", "test"], typer.Option(help="Measured on.")] = "val",
    against: Annotated[Against, typer.Option(help="Unit of the budget.")] = "share",
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Which budget reaches a mIoU, with an 80 % interval."""
    with signed_in(url, token) as client:
        asked = {"target": target, "split": split, "against": against}
        found = client.forecast(find_project(client, project).id, **asked)  # type: ignore[arg-type]
        if as_json:
            return show_json(found)
        say(f"mIoU {found.target:.3f}: {found.state} after {found.cycles} cycles")
        if found.budget:
            say(f"{against}: {found.budget.low} to {found.budget.high}, {found.budget.median}")


def comparisons(
    project: Project, url: Url = None, token: Token = None, as_json: AsJson = False
) -> None:
    """Other projects that are measured on the same validation images."""
    with signed_in(url, token) as client:
        found = client.comparisons(find_project(client, project).id)
        show_list(found, ["project_id", "title", "kind"], as_json)


def controls(
    project: Project, url: Url = None, token: Token = None, as_json: AsJson = False
) -> None:
    """Regions drawn at random beside chosen ones: what both took, and what was changed."""
    with signed_in(url, token) as client:
        found = client.controls(find_project(client, project).id)
        columns = ["number", "source", "regions", "clicks", "active_s", "changed_share"]
        show_list(found, columns, as_json)


def control_runs(
    project: Project, url: Url = None, token: Token = None, as_json: AsJson = False
) -> None:
    """The curve of random selection: each cycle's recipe on regions drawn at random alone."""
    with signed_in(url, token) as client:
        found = client.control_runs(find_project(client, project).id)
        columns = ["number", "state", "labelled_regions", "labelled_share", "val_miou", "test_miou"]
        show_list(found, [*columns, "reason"], as_json)


def audit(
    project: Annotated[
        str | None, typer.Argument(help="Name or id of the project; everything without.")
    ] = None,
    kind: Annotated[str | None, typer.Option(help="cycle.started, or its noun alone.")] = None,
    cycle: Annotated[int | None, typer.Option(help="Id of a cycle.")] = None,
    user: Annotated[int | None, typer.Option(help="Id of a user.")] = None,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """What happened and who did it, the newest first; site admins may leave out the project."""
    with signed_in(url, token) as client:
        if project is None:
            found = client.site_audit(kind=kind, cycle_id=cycle, user_id=user)
        else:
            where = find_project(client, project).id
            found = client.audit(where, kind=kind, cycle_id=cycle, user_id=user)
        show_list(found, ["id", "at", "kind", "user_name", "project_id", "cycle_id"], as_json)


def labels(project: Project, url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """The labels in force, newest first."""
    with signed_in(url, token) as client:
        found = client.labels(find_project(client, project).id)
        columns = ["id", "region_id", "user_id", "cycle_number", "revision", "submitted_at"]
        show_list(found, columns, as_json)


def events(
    project: Project,
    count: Annotated[int, typer.Option(min=0, help="End after so many; 0: at Ctrl-C.")] = 0,
    after: Annotated[int | None, typer.Option(help="Id of the last event that was seen.")] = None,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Follow what changes, a line per event (with --json a JSON object per line)."""
    with signed_in(url, token) as client:
        found = client.follow(find_project(client, project).id, after=after)
        for number, event in enumerate(found, start=1):
            about = event.data.get("kind", event.name)
            line = event.model_dump_json() if as_json else f"{event.id or ''}\t{about}"
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()
            if number == count:
                return


def status(url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """Whether the server, its database, Redis and store can be used; exit code 1 if not."""
    with signed_in(url, token) as client:
        found = client.ready()
        if as_json:
            show_data({"url": client.url, "live": client.live(), **found.model_dump(mode="json")})
        else:
            say(f"{client.url}: {found.status}")
            for name, state in found.checks.items():
                say(f"  {name}: {state}")
        if found.status != "ok":
            raise typer.Exit(1)

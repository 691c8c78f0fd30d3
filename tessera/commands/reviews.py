"""`tessera reviews`: labels that wait for a second look, verdicts, and how good people are."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from tessera.commands.connection import AsJson, ProjectName, Token, Url, find_project, signed_in
from tessera.commands.output import say, show_data, show_json, show_list

app = typer.Typer(no_args_is_help=True, help="Reviews of labels, and quality.")

Number = Annotated[int, typer.Argument(metavar="REVIEW", help="Id of the review.")]
Share = Annotated[float, typer.Option(min=0, max=1, help="0 to 1.")]
COLUMNS = ["id", "state", "source", "author", "region_id", "doubt", "reviewer", "reason"]


@app.command("list")
def list_reviews(
    project: ProjectName,
    state: Annotated[str | None, typer.Option(help="pending, accepted, rejected, fixed.")] = None,
    source: Annotated[str | None, typer.Option(help="sample, flagged, contradiction ...")] = None,
    author: Annotated[int | None, typer.Option(help="Id of the user who labelled.")] = None,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """What waits for a reviewer and what was decided."""
    with signed_in(url, token) as client:
        where = find_project(client, project).id
        found = client.reviews(where, state=state, source=source, author_id=author)
        show_list(found, COLUMNS, as_json)


@app.command()
def show(review: Number, url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """One review."""
    with signed_in(url, token) as client:
        show_list([client.review(review)], COLUMNS, as_json)


@app.command()
def mask(
    review: Number,
    out: Annotated[Path, typer.Option("--out", "-o", help="A PNG to write.")],
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """The label that is judged, as a PNG of class values."""
    with signed_in(url, token) as client:
        told = {"review": review, "file": str(out)}
        out.write_bytes(client.judged_mask(review))
        show_data(told) if as_json else say(f"{out}")


@app.command()
def judge(
    review: Number,
    verdict: Annotated[Literal["accepted", "rejected"], typer.Argument()],
    reason: Annotated[str, typer.Option(help="Told to the annotator; needed to reject.")] = "",
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Accept a label, or send it back to its author."""
    with signed_in(url, token) as client:
        show_list([client.judge(review, verdict, reason=reason)], COLUMNS, as_json)


@app.command()
def quality(
    project: ProjectName, url: Url = None, token: Token = None, as_json: AsJson = False
) -> None:
    """Agreement of second opinions, and each annotator's acceptance and pace."""
    with signed_in(url, token) as client:
        found = client.quality(find_project(client, project).id)
        if as_json:
            return show_json(found)
        second = found.second
        say(f"{second.regions} regions asked twice: pixels {second.pixels}, kappa {second.kappa}")
        columns = ["name", "accepted", "rejected", "fixed", "acceptance", "seconds_per_region"]
        show_list(found.people, columns, as_json=False)


@app.command()
def shares(
    project: ProjectName,
    review: Share = 0.0,
    second: Share = 0.0,
    check: Share = 0.0,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Set which shares of the labels are reviewed and asked twice, and of leases are checks."""
    with signed_in(url, token) as client:
        where = find_project(client, project).id
        found = client.set_quality_shares(where, review=review, second=second, check=check)
        show_list([found], ["review", "second", "check"], as_json)

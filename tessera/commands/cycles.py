"""`tessera cycles`: start, watch and steer the turns of the loop."""

from typing import Annotated, Any

import typer

from tessera.client import Client, Cycle
from tessera.commands.connection import (
    AsJson,
    ProjectName,
    Token,
    Url,
    find_project,
    signed_in,
)
from tessera.commands.output import console, say, show_json, show_table
from tessera.commands.previews import show_preview
from tessera.commands.projects import nested
from tessera.progress import Progress, describe

app = typer.Typer(no_args_is_help=True, help="Cycles: train, score, select, label.")

CycleId = Annotated[int, typer.Argument(metavar="CYCLE", help="Id of the cycle.")]


@app.command()
def start(
    project: ProjectName,
    budget: Annotated[str, typer.Option(help="Regions (200) or share of the pool's pixels (2%).")],
    acquisition: Annotated[str, typer.Option(help="entropy, margin, ... or random.")] = "entropy",
    network: Annotated[str, typer.Option(help="What scores: teacher or student.")] = "teacher",
    ranked_by: Annotated[
        str, typer.Option(help="pool: the best cells wherever they are; image: the best of each.")
    ] = "pool",
    per_image_cap: Annotated[int | None, typer.Option(help="Most regions of one image.")] = None,
    random_share: Annotated[float, typer.Option(help="Drawn at random, as a control.")] = 0.0,
    change: Annotated[
        list[str] | None,
        typer.Option("--set", help="Other knobs of the strategy: class_share=0.5, click_weight=1."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be asked, start nothing.")
    ] = False,
    without_suggestion: Annotated[
        float, typer.Option(help="Share of regions asked without the model's suggestion.")
    ] = 0.0,
    auto: Annotated[bool, typer.Option(help="Start the next cycle when this one closes.")] = False,
    test: Annotated[bool, typer.Option(help="Measure on the test split too.")] = False,
    seed: int | None = None,
    watch: Annotated[bool, typer.Option(help="Stay until people can label.")] = False,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Start a cycle with a budget."""
    strategy: dict[str, Any] = {
        "acquisition": acquisition,
        "network": network,
        "ranked_by": ranked_by,
        "random_share": random_share,
        **nested(change or []),
    }
    if per_image_cap is not None:
        strategy["per_image_cap"] = per_image_cap
    with signed_in(url, token) as client:
        asked = {**parse_budget(budget), "strategy": strategy, "seed": seed}
        project_id = find_project(client, project).id
        if dry_run:
            return show_preview(client.preview_cycle(project_id, **asked), as_json)
        cycle = client.start_cycle(
            project_id,
            **asked,
            auto=auto,
            evaluate_test=test,
            without_suggestion=without_suggestion,
        )
        _show(_watched(client, cycle.id, as_json) if watch else cycle, as_json)


@app.command()
def watch(cycle: CycleId, url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """Follow a cycle until it is over or waits for people."""
    with signed_in(url, token) as client:
        _show(_watched(client, cycle, as_json), as_json)


@app.command()
def cancel(cycle: CycleId, url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """Stop a cycle; labels that were given stay."""
    with signed_in(url, token) as client:
        _show(client.cancel_cycle(cycle), as_json)


@app.command()
def close(cycle: CycleId, url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """End the labelling early; open regions are withdrawn."""
    with signed_in(url, token) as client:
        _show(client.close_cycle(cycle), as_json)


@app.command()
def retry(cycle: CycleId, url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """Try the failed stage of a cycle again."""
    with signed_in(url, token) as client:
        _show(client.retry_cycle(cycle), as_json)


@app.command("list")
def list_cycles(
    project: ProjectName, url: Url = None, token: Token = None, as_json: AsJson = False
) -> None:
    """Every cycle of a project."""
    with signed_in(url, token) as client:
        cycles = list(client.cycles(find_project(client, project).id))
        if as_json:
            return show_json(cycles)
        show_table(["id", "number", "state", "regions", "labelled", "val mIoU"], map(_row, cycles))


def parse_budget(text: str) -> dict[str, Any]:
    """`200` is regions, `2%` a share of the pool's pixels."""
    try:
        if text.endswith("%"):
            return {"share": float(text.removesuffix("%")) / 100}
        return {"regions": int(text)}
    except ValueError:
        raise ValueError(
            f"expected a budget of regions (200) or a share of the pool (2%), given {text!r}"
        ) from None


def _watched(client: Client, cycle_id: int, as_json: bool) -> Cycle:
    """With JSON on stdout, progress goes to stderr."""
    with Progress(console(err=as_json)) as progress:
        return client.wait_for_cycle(cycle_id, on_progress=progress.show)


def _show(cycle: Cycle, as_json: bool) -> None:
    if as_json:
        return show_json(cycle)
    say(f"{describe(cycle)}  (id {cycle.id})")


def _row(cycle: Cycle) -> tuple[object, ...]:
    val = (cycle.metrics or {}).get("val")
    miou = f"{100 * val.miou:.1f}" if val and val.miou is not None else ""
    counts = cycle.regions
    return cycle.id, cycle.number, cycle.state, counts.total, counts.labelled, miou

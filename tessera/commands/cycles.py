"""`tessera cycles`: start, watch and steer the turns of the loop."""

from typing import Annotated, Any

import typer

from tessera.client import Client, Cycle
from tessera.commands import strategies
from tessera.commands.connection import (
    AsJson,
    ProjectName,
    Token,
    Url,
    find_project,
    signed_in,
)
from tessera.commands.output import console, say, show_json, show_list, show_table
from tessera.commands.previews import show_preview
from tessera.progress import Progress, describe

app = typer.Typer(no_args_is_help=True, help="Cycles: train, score, select, label.")

Budget = Annotated[str, typer.Option(help="Regions (200) or share of the pool's pixels (2%).")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be asked, start nothing.")]
WithoutSuggestion = Annotated[
    float, typer.Option(help="Share of regions asked without the model's suggestion.")
]
Control = Annotated[
    bool, typer.Option(help="Train once more, on the regions drawn at random alone.")
]
Auto = Annotated[bool, typer.Option(help="Start the next cycle when this one closes.")]
Test = Annotated[bool, typer.Option(help="Measure on the test split too.")]
Watch = Annotated[bool, typer.Option(help="Stay until people can label.")]
CycleId = Annotated[int, typer.Argument(metavar="CYCLE", help="Id of the cycle.")]


@app.command()
def start(
    project: ProjectName,
    budget: Budget,
    acquisition: strategies.Acquisition = "entropy",
    network: strategies.Network = "teacher",
    ranked_by: strategies.RankedBy = "pool",
    per_image_cap: strategies.PerImageCap = None,
    random_share: strategies.RandomShare = 0.0,
    knobs: strategies.Knobs = None,
    dry_run: DryRun = False,
    without_suggestion: WithoutSuggestion = 0.0,
    control: Control = False,
    auto: Auto = False,
    test: Test = False,
    seed: int | None = None,
    watch: Watch = False,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Start a cycle with a budget."""
    named = {"acquisition": acquisition, "network": network, "ranked_by": ranked_by}
    strategy = strategies.strategy(knobs, per_image_cap, random_share=random_share, **named)
    asked = {**parse_budget(budget), "strategy": strategy, "seed": seed}
    how: dict[str, Any] = {
        "auto": auto,
        "evaluate_test": test,
        "without_suggestion": without_suggestion,
        "control": control,
    }
    with signed_in(url, token) as client:
        project_id = find_project(client, project).id
        if dry_run:
            return show_preview(client.preview_cycle(project_id, **asked), as_json)
        cycle = client.start_cycle(project_id, **asked, **how)
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


@app.command()
def control(cycle: CycleId, url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """Train the cycle's recipe on the regions drawn at random alone, to compare."""
    with signed_in(url, token) as client:
        job = client.run_control(cycle)
        show_json(job) if as_json else say(f"job {job.id}: {job.state}")


@app.command()
def auto(
    cycle: CycleId,
    on: Annotated[bool, typer.Option("--on/--off", help="Whether the next one starts.")] = True,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Whether the next cycle starts when this one closes."""
    with signed_in(url, token) as client:
        _show(client.continue_by_itself(cycle, auto=on), as_json)


@app.command()
def show(cycle: CycleId, url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """One cycle: its stages and regions."""
    with signed_in(url, token) as client:
        _show(client.cycle(cycle), as_json)


@app.command()
def metrics(cycle: CycleId, url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """IoU of every class on every split that was measured."""
    with signed_in(url, token) as client:
        found = client.cycle_metrics(cycle)
        if as_json:
            return show_json(found)
        for split, measured in found.splits.items():
            rows = [(name, _percent(iou)) for name, iou in measured.iou.items()]
            show_table(["class", "IoU"], [*rows, ("mean", _percent(measured.miou))], split)


@app.command()
def regions(
    cycle: CycleId,
    state: Annotated[str | None, typer.Option(help="open, labelled, skipped, withdrawn")] = None,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """The regions that a cycle asks for, in their order."""
    with signed_in(url, token) as client:
        found = client.regions(cycle, state=state)
        show_list(found, ["id", "rank", "image_id", "score", "source", "state"], as_json)


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
    miou = _percent(val.miou if val else None)
    counts = cycle.regions
    return cycle.id, cycle.number, cycle.state, counts.total, counts.labelled, miou


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f}"

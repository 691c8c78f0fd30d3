"""Plain words: why a stage failed and what to do, and what the next step of a project is."""

from typing import Any

from server.schemas.overview import ControlRun, Overview

REASONS = {
    "out_of_memory": "The machine ran out of memory. Choose a smaller recipe, a smaller batch or "
    "a smaller scale, or give the worker more memory; then retry.",
    "no_labels": "There was nothing to learn from: label some regions, then start a new cycle.",
    "non_finite_loss": "The training diverged: its loss was no number any more. Lower the learning "
    "rate or turn mixed precision off in the recipe, then start a new cycle.",
    "bad_spec": "The recipe asks for something that cannot be done with this data. The text below "
    "names the field.",
    "unreadable_image": "A stored image or mask could not be read. `tessera verify` names it.",
    "budget_exceeds_pool": "Fewer regions are left than were asked for. Start a cycle with a "
    "smaller budget.",
    "disk_full": "The disk is full. Free some room, then retry: it goes on from its checkpoint.",
    "worker_lost": "The worker vanished several times in a row. Look at whether it is running and "
    "not killed for its memory; then retry: it goes on from its checkpoint.",
    "killed": "The stage's process was killed, most often for using too much memory.",
    "stalled": "The stage said nothing for too long and was ended. Retry goes on from its "
    "checkpoint.",
}
UNKNOWN = "Something happened that Tessera has no advice for; the log below ends with it."


def plain(error_class: str) -> str:
    """What went wrong and what to do about it."""
    return REASONS.get(error_class, UNKNOWN)


def next_step(found: Overview, images: dict[str, int], *, admin: bool) -> tuple[str, str] | None:
    """A sentence, and the name of what it leads to; None while things go on by themselves."""
    cycle = found.cycle
    if not images["pool"]:
        return "Import images first: the pool is empty.", "import"
    if cycle is None:
        return "Images are here. Start the first cycle: its regions are drawn at random.", "start"
    if cycle.state == "labelling":
        return "The queue is open: annotators receive the best regions first.", "annotate"
    if cycle.state in ("closed", "cancelled") and admin and not cycle.auto:
        return "The last cycle is over. Start the next one to learn from its labels.", "start"
    return None


def of_control(runs: list[ControlRun], rows: list[dict[str, Any]]) -> str | None:
    """Why the plot has no curve of random selection; None where it has one, or no curve at all."""
    if not any(row["val_miou"] is not None for row in rows):
        return None
    if not runs:
        return "No curve of random selection: no cycle has a random share."
    states = {run.state: run.number for run in runs}
    if "succeeded" in states:
        return None
    for state in ("running", "pending"):
        if state in states:
            return f"The random control of cycle {states[state]} is {state}."
    open_ = [run.number for run in runs if run.state == "none" and run.reason is None]
    if open_:
        return f"No curve of random selection yet: the control of cycle {open_[-1]} can be trained."
    return "No curve of random selection yet: nothing was drawn at random beside what was chosen."

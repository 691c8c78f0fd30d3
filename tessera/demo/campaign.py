"""The demo's story, told through the public HTTP interface and nothing else.

A cold start, learning cycles that oracles label, a closing measurement, and the same data with
all labels as the reference.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any

from tessera.client import Client, Cycle, Project
from tessera.client.models import CycleRow, User
from tessera.demo.data import Data
from tessera.demo.options import Options
from tessera.oracle import Habits, Tally, Truth, run_annotators
from tessera.progress import Progress

MAIN, REFERENCE = "demo", "demo-all-labels"
EXPIRY_POLL_S = 2.0


@dataclass(frozen=True)
class Outcome:
    """`rows` are the cycles that have a model; the cold start has none but its labels count."""

    project: Project
    rows: list[CycleRow]
    reference: CycleRow | None
    annotator_token: str


@dataclass(frozen=True)
class Cast:
    """Who takes part: the admin, and annotators with clients of their own."""

    admin: Client
    annotators: Sequence[Client]
    token: str


@dataclass(frozen=True)
class Means:
    """What the story is shown with; `check` raises when a process of the stack has ended."""

    progress: Progress
    check: Callable[[], None]

    def show(self, cycle: Cycle) -> None:
        """No stage ends any more when its worker has died, so that is looked at as well."""
        self.check()
        self.progress.show(cycle)


@dataclass(frozen=True)
class Scene:
    """What every act needs."""

    cast: Cast
    data: Data
    options: Options
    means: Means


def play(admin: Client, data: Data, options: Options, means: Means) -> Outcome:
    """The whole story. Raises CycleUnsuccessful or JobUnsuccessful when a part of it fails."""
    project = ensure_project(admin, MAIN, data, options)
    with hired(admin, project, options.annotators) as cast:
        scene = Scene(cast, data, options, means)
        import_data(scene, project, pool_masks=False)
        learn(scene, project)
        reference = measure_full(scene)
        return Outcome(
            project=admin.project(project.id),
            rows=admin.project_metrics(project.id).cycles,
            reference=reference,
            annotator_token=cast.token,
        )


def ensure_project(client: Client, name: str, data: Data, options: Options) -> Project:
    """The project of that name, made when it is not there yet."""
    for project in client.projects():
        if project.name == name:
            return project
    full = name == REFERENCE
    return client.create_project(
        name,
        title=f"Demo: {data.title}" + (" (all labels)" if full else ""),
        cell_px=data.cell_px,
        classes=data.classes,
        recipe=options.reference_recipe if full else options.recipe,
        overrides=recipe_overrides(data, options),
    )


def recipe_overrides(data: Data, options: Options) -> dict[str, Any]:
    overrides: dict[str, Any] = {} if data.scale == 1 else {"scale": data.scale}
    steps = options.steps or data.steps
    return overrides | ({"schedule": {"steps": steps}} if steps else {})


@contextmanager
def hired(admin: Client, project: Project, count: int) -> Iterator[Cast]:
    """Annotators of the project, each with a token and a client."""
    known = {user.name: user for user in admin.users()}
    with ExitStack() as stack:
        tokens = [_hire(admin, project, known, f"annotator-{n + 1}") for n in range(count)]
        clients = [stack.enter_context(Client(admin.url, token)) for token in tokens]
        yield Cast(admin, clients, tokens[0])


def _hire(admin: Client, project: Project, known: dict[str, User], name: str) -> str:
    user = known.get(name) or admin.create_user(name)
    admin.put_member(project.id, user.id, "annotator")
    token = admin.create_token(user.id, name="demo").token
    assert token is not None
    return token


def import_data(scene: Scene, project: Project, *, pool_masks: bool) -> None:
    """What is there already stays as it is."""
    client, progress = scene.cast.admin, scene.means.progress
    job = client.import_folder(project.id, scene.data.folder, pool_masks=pool_masks)
    label = "images and all their labels" if pool_masks else "images"
    client.wait_for_job(
        job.id, on_progress=lambda now: progress.line(f"importing {label}", f"import {now.id}")
    )


def learn(scene: Scene, project: Project) -> None:
    """Cold start, learning cycles, and a closing cycle that measures the last labels."""
    client, options = scene.cast.admin, scene.options
    past = list(client.cycles(project.id))
    if past and past[-1].state not in {"closed", "failed", "cancelled"}:
        finish(scene, past[-1])
    turns = options.turns + (0 if past else 1)
    for _ in range(turns):
        share = options.share(_next_budget(client, project))
        cycle = client.start_cycle(project.id, share=share, evaluate_test=True, seed=options.seed)
        finish(scene, cycle)
    if list(client.cycles(project.id))[-1].budget.regions:  # labels that no model has seen
        closing = client.start_cycle(project.id, regions=0, evaluate_test=True, seed=options.seed)
        finish(scene, closing)


def finish(scene: Scene, cycle: Cycle) -> None:
    """Bring an open cycle to its end, labels included."""
    client, show = scene.cast.admin, scene.means.show
    now = client.wait_for_cycle(cycle.id, until=("labelling", "closed"), on_progress=show)
    while now.state == "labelling":
        label(scene, now)
        now = client.cycle(cycle.id)
        if now.state == "labelling":  # leases of a run that was interrupted have to expire first
            show(now)
            time.sleep(EXPIRY_POLL_S)
    scene.means.progress.say(summary(now))


def summary(cycle: Cycle) -> str:
    """What a closed cycle leaves behind: what its model reached, what people labelled."""
    metrics = cycle.metrics or {}
    reached = [
        f"{split} mIoU {100 * found.miou:.1f}"
        for split, found in metrics.items()
        if found.miou is not None
    ]
    labels = [f"{cycle.cost.regions} regions labelled"] if cycle.cost.regions else []
    return f"cycle {cycle.number} done: {', '.join(reached + labels)}"


def label(scene: Scene, cycle: Cycle) -> Tally:
    """The oracles work through the queue of the cycle."""
    counter = Counter(scene.means.progress, cycle)
    habits = Habits(seed=scene.options.seed)
    truth = Truth(scene.data.folder)
    clients = scene.cast.annotators
    return run_annotators(clients, cycle.project_id, truth, habits, on_label=counter.count)


class Counter:
    """Counts labels from many threads and shows the count."""

    def __init__(self, progress: Progress, cycle: Cycle) -> None:
        self._progress = progress
        self._cycle = cycle
        self._labelled = cycle.regions.labelled
        self._lock = Lock()

    def count(self) -> None:
        with self._lock:
            self._labelled += 1
            counts = self._cycle.regions.model_copy(update={"labelled": self._labelled})
            self._progress.show(self._cycle.model_copy(update={"regions": counts}))


def measure_full(scene: Scene) -> CycleRow:
    """One training with every label; measured once, also over several runs with --keep."""
    client = scene.cast.admin
    project = ensure_project(client, REFERENCE, scene.data, scene.options)
    if found := _measured(client, project):
        return found
    import_data(scene, project, pool_masks=True)
    scene.means.progress.note = "all labels: "
    cycle = client.start_cycle(project.id, regions=0, evaluate_test=True, seed=scene.options.seed)
    finish(scene, cycle)
    row = _measured(client, project)
    assert row is not None
    return row


def _measured(client: Client, project: Project) -> CycleRow | None:
    rows = client.project_metrics(project.id).cycles
    closed = [row for row in rows if row.state == "closed" and row.val_miou is not None]
    return closed[-1] if closed else None


def _next_budget(client: Client, project: Project) -> int:
    """How many labelling cycles there were: closing measurements spend no budget."""
    return sum(cycle.budget.regions > 0 for cycle in client.cycles(project.id))

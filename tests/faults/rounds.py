"""One round: a project is imported, its regions chosen and labelled while everything breaks; then
nothing breaks any more, and what there is has to be what was promised."""

import threading
import time
from dataclasses import dataclass
from pathlib import Path

from tests import services
from tests.faults import checking
from tests.faults.admin import Admin
from tests.faults.annotators import Annotator, Log
from tests.faults.arena import Arena, Broker, Database, arena
from tests.faults.chaos import Chaos
from tests.faults.checking import Verdict

ANNOTATORS = 6
REST_WITHIN_S = 90
LABELLED_WITHIN_S = 5.0
"""A region, of all annotators together."""


@dataclass(frozen=True)
class Setting:
    """What rounds have in common."""

    machines: tuple[Database, Broker]
    template: str
    scenes: Path
    regions: int


@dataclass
class Outcome:
    """What a round did and what was wrong afterwards."""

    seed: int
    seconds: float
    acknowledged: int
    drafts: int
    repeated: int
    retried_stages: int
    faults: dict[str, int]
    points: dict[str, int]
    verdict: Verdict

    @property
    def kills(self) -> int:
        return sum(n for what, n in self.faults.items() if "killed" in what or "crashed" in what)


def play(setting: Setting, folder: Path, *, seed: int) -> Outcome:
    """Play the round of this seed in a database and a store of its own."""
    began = time.monotonic()
    database, broker = setting.machines
    with (
        services.empty_database(database.url, setting.template) as url,
        arena(url, broker.url, folder, setting.scenes) as made,
    ):
        log = Log(folder / "annotators.jsonl")
        chaos = Chaos(made, setting.machines, log, seed=seed)
        admin = Admin(made, setting.scenes, name=f"round {seed}")
        chaos.start()
        try:
            admin.open_queue(setting.regions)
            _label(made, admin, log, seed=seed, within_s=LABELLED_WITHIN_S * setting.regions)
        finally:
            chaos.stop()
        unrested = admin.wait_for_rest(REST_WITHIN_S)
        made.end()
        log.close()
        verdict = checking.judge(log.sent, admin.project_id)
    verdict.stuck += unrested
    verdict.wrong += [*log.surprises, *chaos.broken, *admin.failures]
    return Outcome(
        seed,
        round(time.monotonic() - began, 1),
        log.acknowledged,
        sum(each.status == 409 for each in log.sent),
        sum(each.tries > 1 for each in log.sent),
        admin.retries,
        dict(chaos.faults),
        dict(chaos.points),
        verdict,
    )


def _label(made: Arena, admin: Admin, log: Log, *, seed: int, within_s: float) -> None:
    """All annotators at once, until the queue is empty."""
    urls = [server.url for server in made.servers]
    people = [
        Annotator(
            lambda: urls, made.token, log, project_id=admin.project_id, seed=seed * 10 + number
        )
        for number in range(ANNOTATORS)
    ]
    threads = [threading.Thread(target=each.run, daemon=True) for each in people]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + within_s
    for thread in threads:
        thread.join(max(1, deadline - time.monotonic()))
    for each in people:
        each.stop.set()

"""The simulated annotator: knows the truth, works through the queue as a person would.

It is a client like any other. Effort is simulated: clicks by the polygon rule of `effort`, active
time as clicks times seconds a click; only `pace_s` makes it really wait.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from io import BytesIO
from pathlib import Path
from threading import Event
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tessera.client import Client, LeaseSuperseded
from tessera.client.models import Lease
from tessera.oracle.careless import VOID, relabelled
from tessera.oracle.effort import SECONDS_PER_CLICK, active_ms, clicks
from tessera.oracle.truth import NoTruth, Truth

AHEAD = 8
"""Leases held at a time: few enough to be done long before they expire."""


@dataclass(frozen=True)
class Tally:
    """What was done: `filled` regions had one value, `careless` ones got a wrong segment,
    `skipped` ones are of images without a truth."""

    labelled: int = 0
    filled: int = 0
    careless: int = 0
    superseded: int = 0
    skipped: int = 0
    clicks: int = 0
    active_s: float = 0.0

    def __add__(self, other: "Tally") -> "Tally":
        names = [field.name for field in fields(self)]
        return Tally(**{name: getattr(self, name) + getattr(other, name) for name in names})


@dataclass(frozen=True, kw_only=True)
class Habits:
    """`error_rate` is per region (0..1); `pace_s` is waited for each label.

    Mistakes depend on the seed and the region alone, not on who labels it or when.
    """

    error_rate: float = 0.0
    pace_s: float = 0.0
    seconds_per_click: float = SECONDS_PER_CLICK
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.error_rate <= 1 or self.pace_s < 0:
            raise ValueError(
                f"expected an error rate of 0..1 and a pace of 0 s or more, given "
                f"{self.error_rate} and {self.pace_s}"
            )


class Oracle:
    """One annotator of one project. `session` keeps its leases apart from those of others."""

    def __init__(
        self,
        client: Client,
        project_id: int,
        truth: Path | Truth,
        habits: Habits | None = None,
        *,
        session: str = "oracle",
        stop: Event | None = None,
        on_label: Callable[[], None] | None = None,
    ) -> None:
        self._client = client
        self._project_id = project_id
        self._truth = truth if isinstance(truth, Truth) else Truth(truth)
        self._habits = habits or Habits()
        self._session = session
        self._stop = stop or Event()
        self._on_label = on_label or (lambda: None)
        self._classes = [each.value for each in client.project(project_id).classes]

    def run(self) -> Tally:
        """Labels until the queue has nothing for it now, or until it is stopped."""
        tally = Tally()
        while not self._stop.is_set():
            held = self._client.lease(self._project_id, count=AHEAD, session=self._session).items
            if not held:
                break
            held.sort(key=lambda lease: lease.image.name not in self._truth)
            for done, lease in enumerate(held):
                if self._stop.is_set():
                    self._give_back(held[done:])
                    break
                tally += self.label(lease)
        return tally

    def label(self, lease: Lease) -> Tally:
        """Labels one region. A lease that was superseded meanwhile is counted and left; a region of
        an image without a truth, such as a check on one of val, is skipped, unless none was known
        so far: these are the wrong masks. Then it raises NoTruth."""
        try:
            truth = self._known(lease)
        except NoTruth:
            if not self._truth.used:
                raise
            self._client.skip(lease, "no true mask of this image is known")
            return Tally(skipped=1)
        dice = self._dice(lease)
        careless = dice.random() < self._habits.error_rate
        mask = relabelled(truth, self._classes, dice) if careless else truth
        effort = clicks(mask)
        time_ms = active_ms(effort, self._habits.seconds_per_click)
        if self._habits.pace_s:
            self._stop.wait(self._habits.pace_s)
        uniform = bool((mask == mask[0, 0]).all())
        body = int(mask[0, 0]) if uniform else to_png(mask)
        try:
            self._client.put_label(lease, body, active_ms=time_ms, clicks=effort)
        except LeaseSuperseded:
            return Tally(superseded=1)
        self._on_label()
        return Tally(
            labelled=1,
            filled=int(uniform),
            careless=int(mask is not truth),
            clicks=effort,
            active_s=time_ms / 1000,
        )

    def _known(self, lease: Lease) -> NDArray[np.uint8]:
        mask = self._truth.region(lease.image.name, lease.box)
        strange = set(np.unique(mask).tolist()) - {*self._classes, VOID}
        if strange:
            raise ValueError(
                f"the truth of {lease.image.name} holds {sorted(strange)}, which are no classes of "
                f"the project; expected {sorted(self._classes)} or {VOID} (void)"
            )
        return mask

    def _dice(self, lease: Lease) -> np.random.Generator:
        where = crc32(lease.image.name.encode()), lease.box.left, lease.box.top
        return np.random.default_rng([self._habits.seed, *where])

    def _give_back(self, leases: Sequence[Lease]) -> None:
        for lease in leases:
            self._client.release(lease)


def run_annotators(
    clients: Sequence[Client],
    project_id: int,
    truth: Path | Truth,
    habits: Habits | None = None,
    *,
    on_label: Callable[[], None] | None = None,
) -> Tally:
    """One oracle a client, each in a thread. Ctrl-C lets each finish its label, then ends."""
    stop = Event()
    known = truth if isinstance(truth, Truth) else Truth(truth)
    oracles = [
        Oracle(
            client, project_id, known, habits, session=f"oracle-{n}", stop=stop, on_label=on_label
        )
        for n, client in enumerate(clients, start=1)
    ]
    with ThreadPoolExecutor(len(oracles), thread_name_prefix="oracle") as threads:
        running = [threads.submit(oracle.run) for oracle in oracles]
        try:
            return sum((each.result() for each in running), Tally())
        except BaseException:
            stop.set()
            raise


def to_png(mask: NDArray[np.uint8]) -> bytes:
    """Index PNG, mode L."""
    out = BytesIO()
    Image.fromarray(np.ascontiguousarray(mask)).save(out, "PNG")
    return out.getvalue()

"""One annotator: lease, think, submit, and again; everything that happens goes into the log."""

import asyncio
import hashlib
import json
import random
import time
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import numpy as np

from benchmarks.queue_load.wire import LOST, Answer, Wire

BINARY, JSON = "application/octet-stream", "application/json"
# Answers after which the same request is sent again.
AGAIN = (LOST, 429, 503)
RECONNECT_S = 0.1


class Act(NamedTuple):
    """One request and its answer. `at` is when it was sent, in seconds of the epoch."""

    kind: str
    at: float
    ms: float
    status: int
    lease: str = ""
    region: int = 0
    epoch: int = 0
    rank: int = -1
    # SHA-256 of the pixels sent, and the label's id in the answer.
    sent: str = ""
    label: int = 0


class Work(NamedTuple):
    """What annotators do: `period_s` from one region to the next, 0 without a pause."""

    host: str
    port: int
    project: int
    side_px: int
    period_s: float
    until: float  # in seconds of the epoch


class Annotator:
    """A person with a token, a connection and a session of their own."""

    def __init__(self, work: Work, token: str, number: int) -> None:
        self._work = work
        self._wire = Wire(work.host, work.port, token)
        self._random = random.Random(number)
        self._session = json.dumps({"session": f"load-{number}"}).encode()
        self.log: list[Act] = []

    async def run(self) -> list[Act]:
        """Work until the time is over or the queue is empty; the log."""
        await asyncio.sleep(self._random.random() * self._work.period_s)
        while time.time() < self._work.until:
            started = time.time()
            lease = await self._lease()
            if lease is None:
                break
            await self._think(started)
            await self._submit(lease)
        self._wire.close()
        return self.log

    async def _think(self, started: float) -> None:
        pause_s = self._work.period_s * self._random.uniform(0.5, 1.5) - (time.time() - started)
        await asyncio.sleep(max(0.0, min(pause_s, self._work.until - time.time())))

    async def _lease(self) -> dict[str, Any] | None:
        path = f"/api/v1/projects/{self._work.project}/leases"
        answer = await self._insist(
            "lease", lambda: self._wire.ask("POST", path, JSON, self._session), _leased
        )
        items = (answer.body or {}).get("items") if answer.status == 200 else None
        return items[0] if items else None

    async def _submit(self, lease: dict[str, Any]) -> None:
        mask = self._mask()
        path = f"/api/v1/regions/{lease['region_id']}/label"
        path += f"?lease_id={lease['id']}&epoch={lease['epoch']}&active_ms=1000&clicks=2"
        sent = hashlib.sha256(mask).hexdigest()

        def told(answer: Answer) -> dict[str, Any]:
            label = answer.body["id"] if answer.status == 201 else 0
            return _of(lease) | {"sent": sent, "label": label}

        await self._insist("submit", lambda: self._wire.ask("PUT", path, BINARY, mask), told)

    def _mask(self) -> bytes:
        """A rectangle of one class on the other."""
        side = self._work.side_px
        mask = np.zeros((side, side), np.uint8)
        top, left, bottom, right = (self._random.randrange(side) for _ in range(4))
        mask[min(top, bottom) : max(top, bottom), min(left, right) : max(left, right)] = 1
        return mask.tobytes()

    async def _insist(
        self,
        kind: str,
        ask: Callable[[], Awaitable[Answer]],
        told: Callable[[Answer], dict[str, Any]],
    ) -> Answer:
        """Ask until there is an answer for good; each attempt is logged by itself."""
        while True:
            at, began = time.time(), time.perf_counter()
            answer = await ask()
            ms = (time.perf_counter() - began) * 1e3
            self.log.append(Act(kind, at, ms, answer.status, **told(answer)))
            if answer.status not in AGAIN:
                return answer
            await asyncio.sleep((answer.retry_after_s or RECONNECT_S) * self._random.uniform(1, 2))


def _leased(answer: Answer) -> dict[str, Any]:
    items = answer.body["items"] if answer.status == 200 else []
    return _of(items[0]) if items else {}


def _of(lease: dict[str, Any]) -> dict[str, Any]:
    return {
        "lease": lease["id"],
        "region": lease["region_id"],
        "epoch": lease["epoch"],
        "rank": lease["rank"],
    }

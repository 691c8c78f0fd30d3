"""Annotators over HTTP who never give up, and a log of what they were told, kept outside the
server: an answer that was heard is a promise."""

import json
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import numpy as np

from core import masks
from core.store import content_key

# Answers that say: come again. Everything else is for good.
AGAIN = (429, 500, 502, 503, 504)
PAUSE_S = 0.03


@dataclass(frozen=True)
class Sent:
    """One submit and its final answer; `status` None until there is one."""

    lease_id: str
    region_id: int
    mask_key: str
    status: int | None
    label_id: int | None
    tries: int


class Log:
    """What was sent and answered, in a file that is only ever added to."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a")
        self._lock = threading.Lock()
        self.sent: list[Sent] = []
        self.surprises: list[str] = []

    def write(self, entry: Sent) -> None:
        with self._lock:
            self._file.write(json.dumps(asdict(entry)) + "\n")
            self._file.flush()
            self.sent.append(entry)

    def close(self) -> None:
        self._file.close()

    def surprise(self, what: str) -> None:
        with self._lock:
            self.surprises.append(what)

    @property
    def acknowledged(self) -> int:
        return sum(each.status == 201 for each in tuple(self.sent))


class Annotator:
    """Leases and submits until the queue is empty or `stop` is set."""

    def __init__(
        self, urls: Callable[[], Sequence[str]], token: str, log: Log, *, project_id: int, seed: int
    ) -> None:
        self._urls = urls
        self._log = log
        self._path = f"/api/v1/projects/{project_id}/leases"
        self._session = f"annotator-{seed}"
        self._random = random.Random(seed)
        self._pixels = np.random.default_rng(seed)
        self._client = httpx.Client(
            headers={"Authorization": f"Bearer {token}"}, timeout=10, trust_env=False
        )
        self.stop = threading.Event()

    def run(self) -> None:
        with self._client:
            while not self.stop.is_set():
                wish = {"count": self._random.choice((1, 1, 2, 3)), "session": self._session}
                found = self._until_answered("POST", self._path, json=wish)[0]
                if found is None:
                    return
                if found.status_code != 200:
                    self._log.surprise(f"leasing was answered {found.status_code}: {found.text}")
                    return
                items = found.json()["items"]
                if not items and found.json()["reason"] != "all_leased":
                    return
                if not items:
                    time.sleep(0.3)
                for lease in items:
                    self._submit(lease)

    def _submit(self, lease: dict[str, Any]) -> None:
        box = lease["box"]
        mask = self._pixels.integers(0, 3, (box["height"], box["width"]), np.uint8)
        key = content_key(masks.to_png(mask))
        path = f"/api/v1/regions/{lease['region_id']}/label"
        answer, tries = self._until_answered(
            "PUT",
            path,
            params={"lease_id": lease["id"], "epoch": lease["epoch"]},
            content=mask.tobytes(),
            headers={"Content-Type": "application/octet-stream", "Idempotency-Key": str(uuid4())},
        )
        status = None if answer is None else answer.status_code
        label = answer.json().get("id") if answer is not None and status == 201 else None
        self._log.write(Sent(lease["id"], lease["region_id"], key, status, label, tries))
        if answer is not None and status not in (201, 409):
            self._log.surprise(f"a submit was answered {status}: {answer.text}")

    def _until_answered(self, *request: Any, **parts: Any) -> tuple[httpx.Response | None, int]:
        """The answer and how often it took asking; None when it is time to stop."""
        tries = 0
        while not self.stop.is_set():
            method, path = request
            tries += 1
            try:
                answer = self._client.request(
                    method, self._random.choice(self._urls()) + path, **parts
                )
            except httpx.TransportError:
                time.sleep(PAUSE_S)
                continue
            if answer.status_code not in AGAIN:
                return answer, tries
            if answer.status_code == 500:
                self._log.surprise(f"{method} {path} was answered 500: {answer.text}")
            time.sleep(PAUSE_S)
        return None, tries

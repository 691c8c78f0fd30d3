"""Cycles, their regions and figures, and the event stream of a project."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

import httpx

from tessera.client.models import (
    Cycle,
    CycleMetrics,
    CyclePreview,
    Event,
    LabellingProgress,
    ProjectMetrics,
    Region,
)
from tessera.client.problems import CycleUnsuccessful, Unreachable, problem
from tessera.client.transport import API, Transport, given
from tessera.client.waiting import watch

OVER = {"closed", "failed", "cancelled"}
EVENT_TIMEOUT = httpx.Timeout(30.0, read=60.0)
"""A project may be quiet for hours, but the server sends a sign of life every 15 s."""


class Cycles(Transport):
    def start_cycle(
        self,
        project_id: int,
        *,
        regions: int | None = None,
        share: float | None = None,
        pixels: int | None = None,
        hours: float | None = None,
        strategy: Mapping[str, Any] | None = None,
        auto: bool = False,
        evaluate_test: bool = False,
        without_suggestion: float = 0.0,
        seed: int | None = None,
    ) -> Cycle:
        """Give a budget as a number of `regions` (0: train and evaluate only), a `share` of the
        pool's pixels (0..1), `pixels`, or active `hours` at the pace so far. The share
        `without_suggestion` of the regions is asked without showing what the model thinks.
        CycleOpen when the last cycle has not ended.
        """
        body = {
            "budget": _budget(regions=regions, share=share, pixels=pixels, hours=hours),
            "strategy": dict(strategy or {}),
            "auto": auto,
            "evaluate_test": evaluate_test,
            "without_suggestion": without_suggestion,
            "seed": seed,
        }
        return self.post(f"/projects/{project_id}/cycles", Cycle, body, once=True)

    def preview_cycle(
        self,
        project_id: int,
        *,
        regions: int | None = None,
        share: float | None = None,
        pixels: int | None = None,
        hours: float | None = None,
        strategy: Mapping[str, Any] | None = None,
        seed: int | None = None,
    ) -> CyclePreview:
        """What `start_cycle` with these would ask for; nothing is started."""
        body = {
            "budget": _budget(regions=regions, share=share, pixels=pixels, hours=hours),
            "strategy": dict(strategy or {}),
            "seed": seed,
        }
        return self.post(f"/projects/{project_id}/cycle-previews", CyclePreview, body)

    def cycles(self, project_id: int) -> Iterator[Cycle]:
        return self.pages(f"/projects/{project_id}/cycles", Cycle)

    def cycle(self, cycle_id: int) -> Cycle:
        return self.get(f"/cycles/{cycle_id}", Cycle)

    def cancel_cycle(self, cycle_id: int) -> Cycle:
        return self.post(f"/cycles/{cycle_id}/cancellation", Cycle)

    def close_cycle(self, cycle_id: int) -> Cycle:
        """Open regions are withdrawn; labels that were given stay."""
        return self.post(f"/cycles/{cycle_id}/closing", Cycle)

    def retry_cycle(self, cycle_id: int) -> Cycle:
        """Only a failed cycle; it goes on with the stage that failed."""
        return self.post(f"/cycles/{cycle_id}/retry", Cycle)

    def regions(self, cycle_id: int, *, state: str | None = None) -> Iterator[Region]:
        return self.pages(f"/cycles/{cycle_id}/regions", Region, state=state)

    def progress(self, project_id: int) -> LabellingProgress:
        """What is left of the newest cycle, and what one has labelled oneself."""
        return self.get(f"/projects/{project_id}/progress", LabellingProgress)

    def cycle_metrics(self, cycle_id: int) -> CycleMetrics:
        return self.get(f"/cycles/{cycle_id}/metrics", CycleMetrics)

    def project_metrics(self, project_id: int) -> ProjectMetrics:
        return self.get(f"/projects/{project_id}/metrics", ProjectMetrics)

    def wait_for_cycle(
        self,
        cycle_id: int,
        *,
        until: Collection[str] = ("labelling", "closed"),
        timeout_s: float = 24 * 3600,
        poll_s: float = 1.0,
        on_progress: Callable[[Cycle], None] | None = None,
    ) -> Cycle:
        """The cycle once its state is in `until`; CycleUnsuccessful when it ends elsewhere."""
        cycle = watch(
            lambda: self.cycle(cycle_id),
            lambda cycle: cycle.state in until or cycle.state in OVER,
            timeout_s=timeout_s,
            poll_s=poll_s,
            on_progress=on_progress,
        )
        if cycle.state not in until:
            raise CycleUnsuccessful(f"cycle {cycle.number} is {cycle.state}{_reason(cycle)}")
        return cycle

    def events(self, project_id: int, *, after: int | None = None) -> Iterator[Event]:
        """Changes of a project as they happen, until the server or the caller ends the stream.

        `after` is the id of the last event that was seen, to go on from there.
        """
        path = f"{API}/projects/{project_id}/events"
        headers = {} if after is None else {"Last-Event-ID": str(after)}
        try:
            stream = self._http.stream("GET", path, headers=headers, timeout=EVENT_TIMEOUT)
            with stream as response:
                if response.is_error:
                    response.read()
                    raise problem(response)
                yield from parse_events(response.iter_lines())
        except httpx.TransportError as error:
            raise Unreachable(f"the event stream of {self.url} broke off: {error}") from error


def _budget(**units: float | None) -> dict[str, Any]:
    found = given(units)
    if len(found) != 1:
        raise ValueError(f"expected one of {', '.join(units)}; given {found}")
    return found


def parse_events(lines: Iterable[str]) -> Iterator[Event]:
    """Server-sent events (WHATWG HTML 9.2.6), as far as the server uses them."""
    name, data, last = "message", list[str](), None
    for line in lines:
        field, _, value = line.partition(":")
        if field == "event":
            name = value.strip()
        elif field == "id":
            last = int(value)
        elif field == "data":
            data.append(value.removeprefix(" "))
        elif not line and data:
            yield Event(id=last, name=name, data=json.loads("\n".join(data)))
        if not line:
            name, data = "message", []


def _reason(cycle: Cycle) -> str:
    failed = [stage for stage in cycle.stages if stage.error]
    stage = f" in its {failed[-1].kind} stage" if failed else ""
    error = cycle.error or (failed[-1].error if failed else None)
    return f"{stage}: {error.kind}, {error.text}" if error else stage

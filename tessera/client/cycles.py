"""Cycles, their regions and figures."""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from tessera.client.models import (
    Cycle,
    CycleMetrics,
    CyclePreview,
    LabellingProgress,
    ProjectMetrics,
    Region,
)
from tessera.client.problems import CycleUnsuccessful
from tessera.client.transport import Transport, given
from tessera.client.waiting import watch

OVER = {"closed", "failed", "cancelled"}


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
        control: bool = False,
        seed: int | None = None,
    ) -> Cycle:
        """Give a budget as a number of `regions` (0: train and evaluate only), a `share` of the
        pool's pixels (0..1), `pixels`, or active `hours` at the pace so far. The share
        `without_suggestion` of the regions is asked without showing what the model thinks.
        With `control` the recipe is also trained on the regions drawn at random alone.
        CycleOpen when the last cycle has not ended.
        """
        body = {
            "budget": _budget(regions=regions, share=share, pixels=pixels, hours=hours),
            "strategy": dict(strategy or {}),
            "auto": auto,
            "evaluate_test": evaluate_test,
            "without_suggestion": without_suggestion,
            "control": control,
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


def _budget(**units: float | None) -> dict[str, Any]:
    found = given(units)
    if len(found) != 1:
        raise ValueError(f"expected one of {', '.join(units)}; given {found}")
    return found


def _reason(cycle: Cycle) -> str:
    failed = [stage for stage in cycle.stages if stage.error]
    stage = f" in its {failed[-1].kind} stage" if failed else ""
    error = cycle.error or (failed[-1].error if failed else None)
    return f"{stage}: {error.kind}, {error.text}" if error else stage

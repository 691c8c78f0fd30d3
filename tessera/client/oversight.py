"""What admins and reviewers look at: the state of a project, comparisons, the forecast."""

from typing import Literal

from tessera.client.models import Comparison, Cycle, Forecast, Overview
from tessera.client.models.overview import Comparisons
from tessera.client.transport import API, Transport


class Oversight(Transport):
    def overview(self, project_id: int) -> Overview:
        """The newest cycle, the queue, who labels how fast, and what was spent."""
        return self.get(f"/projects/{project_id}/overview", Overview)

    def comparisons(self, project_id: int) -> list[Comparison]:
        """Other projects that are measured on the same validation images."""
        return self.get(f"/projects/{project_id}/comparisons", Comparisons).items

    def forecast(
        self,
        project_id: int,
        *,
        target: float | None = None,
        split: Literal["val", "test"] = "val",
        against: Literal["share", "hours", "clicks"] = "share",
    ) -> Forecast:
        """Which budget reaches the mIoU `target` (0..1), with an 80 % interval."""
        query = {"target": target, "split": split, "against": against}
        return self.get(f"/projects/{project_id}/forecast", Forecast, **query)

    def continue_by_itself(self, cycle_id: int, *, auto: bool) -> Cycle:
        """Whether the next cycle starts when this one closes."""
        answer = self.send("PATCH", f"{API}/cycles/{cycle_id}", json={"auto": auto})
        return Cycle.model_validate_json(answer.content)

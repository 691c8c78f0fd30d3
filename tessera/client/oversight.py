"""What admins and reviewers look at: the state of a project, comparisons, the forecast."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from tessera.client.models import AuditEvent, Comparison, Cycle, Forecast, Job, ModelRow, Overview
from tessera.client.models.overview import (
    Comparisons,
    Control,
    ControlRun,
    ControlRuns,
    Controls,
    Difference,
    Differences,
    ModelCard,
    ModelRows,
)
from tessera.client.transport import API, Transport


class Oversight(Transport):
    def overview(self, project_id: int) -> Overview:
        """The newest cycle, the queue, who labels how fast, and what was spent."""
        return self.get(f"/projects/{project_id}/overview", Overview)

    def comparisons(self, project_id: int) -> list[Comparison]:
        """Other projects that are measured on the same validation images."""
        return self.get(f"/projects/{project_id}/comparisons", Comparisons).items

    def controls(self, project_id: int) -> list[Control]:
        """Regions drawn at random beside chosen ones: what both took, and what was changed."""
        return self.get(f"/projects/{project_id}/controls", Controls).items

    def control_runs(self, project_id: int) -> list[ControlRun]:
        """The curve of random selection, a row for each measured cycle."""
        return self.get(f"/projects/{project_id}/control-runs", ControlRuns).items

    def run_control(self, cycle_id: int) -> Job:
        """Train the cycle's recipe on the regions drawn at random alone. A Conflict
        `control_refused` when that would tell nothing, or has been asked for."""
        return self.post(f"/cycles/{cycle_id}/control", Job)

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

    def models(self, project_id: int) -> list[ModelRow]:
        """Every model, the newest first, with what it learnt from and how good it is."""
        return self.model_rows(project_id).items

    def model_rows(self, project_id: int) -> ModelRows:
        """The same, and which of them makes suggestions."""
        return self.get(f"/projects/{project_id}/models", ModelRows)

    def suggest_with(self, project_id: int, model_id: int | None) -> None:
        """The model that suggests from the next selection on; None: each cycle's own."""
        if model_id is None:
            self.delete(f"/projects/{project_id}/suggesting-model")
        else:
            body = {"model_id": model_id}
            self.send("PUT", f"{API}/projects/{project_id}/suggesting-model", json=body)

    def model_weights(self, model_id: int) -> bytes:
        """A safetensors file."""
        return self.blob(f"/models/{model_id}/weights")

    def model_card(self, model_id: int) -> ModelCard:
        """What the weights are: recipe, classes, what goes in, how good it was found to be."""
        return self.get(f"/models/{model_id}/card", ModelCard)

    def model_differences(
        self, model_id: int, other: int, *, split: Literal["val", "test"] = "val"
    ) -> list[Difference]:
        """The images on which two models of a project differ most, those first."""
        path = f"/models/{model_id}/differences"
        return self.get(path, Differences, other=other, split=split).items

    def save_weights(self, model_id: int, path: str | Path) -> Path:
        """The safetensors file as a file of this machine."""
        return self.save(f"/models/{model_id}/weights", Path(path))

    def audit(
        self,
        project_id: int,
        *,
        kind: str | None = None,
        user_id: int | None = None,
        cycle_id: int | None = None,
    ) -> Iterator[AuditEvent]:
        """What happened, the newest first. `kind` such as cycle.started, or its noun alone."""
        query = {"kind": kind, "user_id": user_id, "cycle_id": cycle_id}
        return self.pages(f"/projects/{project_id}/audit", AuditEvent, **query)

    def site_audit(
        self, *, kind: str | None = None, user_id: int | None = None, cycle_id: int | None = None
    ) -> Iterator[AuditEvent]:
        """The same of all projects, and of users and tokens. Site admins only."""
        query = {"kind": kind, "user_id": user_id, "cycle_id": cycle_id}
        return self.pages("/audit", AuditEvent, **query)

    def end_leases(self, project_id: int, user_id: int) -> None:
        """Give what the user holds in the project back to the queue."""
        self.delete(f"/projects/{project_id}/members/{user_id}/leases")

    def continue_by_itself(self, cycle_id: int, *, auto: bool) -> Cycle:
        """Whether the next cycle starts when this one closes."""
        answer = self.send("PATCH", f"{API}/cycles/{cycle_id}", json={"auto": auto})
        return Cycle.model_validate_json(answer.content)

"""Predictions: a picture in, the newest model's mask of it out."""

from pathlib import Path

from tessera.client.jobs import Jobs
from tessera.client.models import Job
from tessera.client.transport import API


class Predictions(Jobs):
    def start_prediction(self, project_id: int, image: bytes) -> Job:
        """`image` is an encoded picture; Conflict `no_model` before a cycle has trained one."""
        kind = {"Content-Type": "application/octet-stream"}
        path = f"{API}/projects/{project_id}/predictions"
        answer = self.send("POST", path, content=image, headers=kind)
        return Job.model_validate_json(answer.content)

    def prediction(self, job_id: int) -> bytes:
        """The index PNG of a prediction that has succeeded."""
        return self.blob(f"/jobs/{job_id}/mask")

    def predict(self, project_id: int, image: bytes | Path, *, timeout_s: float = 600) -> bytes:
        """The mask of a picture, as an index PNG of class values; waits for a worker."""
        data = image.read_bytes() if isinstance(image, Path) else image
        job = self.start_prediction(project_id, data)
        return self.prediction(self.wait_for_job(job.id, timeout_s=timeout_s).id)

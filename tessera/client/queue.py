"""What annotators do: lease regions, look at them, put labels."""

from typing import TYPE_CHECKING, Any, Literal

from tessera.client.models import Label, Lease, Leases, Region
from tessera.client.transport import API, Transport

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Mask = bytes | int | NDArray[np.uint8]


class Queue(Transport):
    def lease(self, project_id: int, *, count: int = 1, session: str | None = None) -> Leases:
        """Up to `count` (1..20) regions in rank order, those that the session holds included."""
        body = {"count": count, "session": session}
        return self.post(f"/projects/{project_id}/leases", Leases, body, once=True)

    def renew(self, lease: Lease) -> Lease:
        return self.put(f"/leases/{lease.id}", Lease, {"epoch": lease.epoch})

    def release(self, lease: Lease) -> None:
        self.delete(f"/leases/{lease.id}")

    def skip(self, lease: Lease, reason: str) -> None:
        self.send("POST", f"{API}/leases/{lease.id}/skip", json={"reason": reason})

    def reopen(self, region_id: int) -> Lease:
        """A lease on the region that one labelled last."""
        return self.post(f"/regions/{region_id}/leases", Lease)

    def put_label(
        self,
        lease: Lease,
        mask: "Mask",
        *,
        active_ms: int = 0,
        clicks: int = 0,
        strokes: int = 0,
        keys: int = 0,
    ) -> Label:
        """`mask` is an index PNG, or an uint8 array (height, width), or one value for all pixels.

        Values are the project's class values, 255 for void, 254 for not asked.
        LeaseSuperseded when somebody else has gone on with the region.
        """
        effort = {"active_ms": active_ms, "clicks": clicks, "strokes": strokes, "keys": keys}
        answer = self.send(
            "PUT",
            f"{API}/regions/{lease.region_id}/label",
            once=True,
            params={"lease_id": lease.id, "epoch": lease.epoch, **effort},
            **_body(mask),
        )
        return Label.model_validate_json(answer.content)

    def region(self, region_id: int) -> Region:
        return self.get(f"/regions/{region_id}", Region)

    def region_image(self, region_id: int) -> bytes:
        """PNG of the region's own pixels."""
        return self.blob(f"/regions/{region_id}/image")

    def region_context(self, region_id: int, *, margin_px: int | None = None) -> bytes:
        """PNG of the region and what lies around it."""
        return self.blob(f"/regions/{region_id}/context", margin_px=margin_px)

    def region_suggestion(
        self, region_id: int, *, band: Literal["classes", "confidence"] = "classes"
    ) -> bytes:
        """What the model thinks, as a PNG; NotFound in a cold-start cycle."""
        return self.blob(f"/regions/{region_id}/suggestion", band=band)

    def region_label(self, region_id: int) -> bytes:
        """Index PNG of the label in force."""
        return self.blob(f"/regions/{region_id}/label")


def _body(mask: "Mask") -> dict[str, Any]:
    if isinstance(mask, int):
        return {"json": {"fill": mask}}
    if isinstance(mask, bytes):
        return {"content": mask, "headers": {"Content-Type": "image/png"}}
    if mask.dtype.name != "uint8" or mask.ndim != 2:
        raise ValueError(
            f"expected a mask of type uint8 and shape (height, width), "
            f"given {mask.dtype.name} {mask.shape}"
        )
    return {"content": mask.tobytes(), "headers": {"Content-Type": "application/octet-stream"}}

"""What annotators do: lease regions, look at them, put labels."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Literal

from tessera.client.models import (
    Label,
    LabelRow,
    Lease,
    Leases,
    Region,
    Renewed,
    RenewedLeases,
)
from tessera.client.transport import API, Transport

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Mask = bytes | int | NDArray[np.uint8]


Form = Literal["png", "raw"]
"""A PNG, or one byte per pixel, row by row."""


class Queue(Transport):
    def lease(self, project_id: int, *, count: int = 1, session: str | None = None) -> Leases:
        """Up to `count` (1..20) regions in rank order, those that the session holds included."""
        body = {"count": count, "session": session}
        return self.post(f"/projects/{project_id}/leases", Leases, body, once=True)

    def renew(self, lease: Lease) -> Lease:
        return self.put(f"/leases/{lease.id}", Lease, {"epoch": lease.epoch})

    def renew_all(
        self, project_id: int, leases: Iterable[Lease], *, session: str | None = None
    ) -> list[Renewed]:
        """Prolong a session's leases, each that is still in force."""
        held = [{"id": lease.id, "epoch": lease.epoch} for lease in leases]
        body = {"session": session, "leases": held}
        return self.put(f"/projects/{project_id}/leases", RenewedLeases, body).items

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
        origins: "NDArray[np.uint8] | None" = None,
    ) -> Label:
        """`mask` is an index PNG, or an uint8 array (height, width), or one value for all pixels.

        Values are the project's class values, 255 for void, 254 for not asked. With an array may
        go `origins` of its shape: 0 unknown, 1 accepted, 2 edited, 3 drawn without suggestion.
        LeaseSuperseded when somebody else has gone on with the region.
        """
        effort = {"active_ms": active_ms, "clicks": clicks, "strokes": strokes, "keys": keys}
        answer = self.send(
            "PUT",
            f"{API}/regions/{lease.region_id}/label",
            once=True,
            params={"lease_id": lease.id, "epoch": lease.epoch, **effort},
            **_body(mask, origins),
        )
        return Label.model_validate_json(answer.content)

    def labels(self, project_id: int, *, mine: bool = False) -> Iterator[LabelRow]:
        """The labels in force, newest first; `mine`: one's own alone."""
        return self.pages(f"/projects/{project_id}/labels", LabelRow, mine=mine)

    def put_note(self, lease: Lease, text: str = "", *, flagged: bool = False) -> Region:
        """A remark for the reviewer, or a flag, on a region that one has leased."""
        query = f"lease_id={lease.id}&epoch={lease.epoch}"
        body = {"text": text, "flagged": flagged}
        return self.put(f"/regions/{lease.region_id}/note?{query}", Region, body)

    def region(self, region_id: int) -> Region:
        return self.get(f"/regions/{region_id}", Region)

    def region_image(self, region_id: int) -> bytes:
        """PNG of the region's own pixels."""
        return self.blob(f"/regions/{region_id}/image")

    def region_context(self, region_id: int, *, margin_px: int | None = None) -> bytes:
        """PNG of the region and what lies around it."""
        return self.blob(f"/regions/{region_id}/context", margin_px=margin_px)

    def region_suggestion(
        self,
        region_id: int,
        *,
        band: Literal["classes", "confidence"] = "classes",
        form: Form = "png",
    ) -> bytes:
        """What the model thinks; NotFound in a cold start, and where it is withheld."""
        return self.blob(f"/regions/{region_id}/suggestion", band=band, format=form)

    def region_label(
        self,
        region_id: int,
        *,
        band: Literal["classes", "origins"] = "classes",
        form: Form = "png",
    ) -> bytes:
        """The label in force, or how its pixels came about."""
        return self.blob(f"/regions/{region_id}/label", band=band, format=form)

    def region_superpixels(
        self, region_id: int, *, size_px: int | None = None, with_suggestion: bool = False
    ) -> bytes:
        """Ids of the region's segments: uint16, little-endian, row by row."""
        return self.blob(
            f"/regions/{region_id}/superpixels", size_px=size_px, with_suggestion=with_suggestion
        )

    def region_neighbours(
        self, region_id: int, *, margin_px: int | None = None, form: Form = "png"
    ) -> bytes:
        """What is labelled around the region, in the window of its context; 254: nothing yet."""
        return self.blob(f"/regions/{region_id}/neighbours", margin_px=margin_px, format=form)


def _body(mask: "Mask", origins: "NDArray[np.uint8] | None" = None) -> dict[str, Any]:
    if not isinstance(mask, int | bytes):
        told = b"" if origins is None else _rows(origins)
        headers = {"Content-Type": "application/octet-stream"}
        return {"content": _rows(mask) + told, "headers": headers}
    if origins is not None:
        raise ValueError("origins go with an array of class values; give the mask as one")
    if isinstance(mask, int):
        return {"json": {"fill": mask}}
    return {"content": mask, "headers": {"Content-Type": "image/png"}}


def _rows(mask: "NDArray[np.uint8]") -> bytes:
    if mask.dtype.name != "uint8" or mask.ndim != 2:
        raise ValueError(
            f"expected a mask of type uint8 and shape (height, width), "
            f"given {mask.dtype.name} {mask.shape}"
        )
    return mask.tobytes()

"""Labels: masks that people submit."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import ValidationError
from sqlalchemy.orm import Session

from core import labels, masks, projects, regions
from core.errors import (
    AlreadyLabelled,
    Invalid,
    LeaseSuperseded,
    MaskNotIndexed,
    MaskSizeMismatch,
    NotFound,
    UnknownClass,
    UnsupportedMediaType,
)
from core.idempotency import Answer
from core.labels import Effort
from core.masks import Mask
from core.models import Lease, Region
from server import problems
from server.deps import Caller, Db, RawBody, RegionAsAnnotator, Store, held_by
from server.once import Idempotent
from server.problems import ValidationFailed, responses
from server.schemas.regions import Fill, Label

router = APIRouter(tags=["labels"])

# A day of activity on one region is a broken clock.
Ms = Annotated[int, Query(ge=0, le=86_400_000, description="Milliseconds of activity")]
Count = Annotated[int, Query(ge=0, le=1_000_000)]
BODIES = {
    "image/png": {"schema": {"type": "string", "format": "binary"}},
    "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
    "application/json": {
        "schema": {"$ref": "#/components/schemas/Fill"},
        "example": {"fill": 0},
    },
}


async def effort(
    active_ms: Ms = 0, clicks: Count = 0, strokes: Count = 0, keys: Count = 0
) -> Effort:
    """What the annotator spent, from the query."""
    return Effort(active_ms, clicks, strokes, keys)


def lease_of_label(
    region: RegionAsAnnotator,
    lease_id: UUID,
    epoch: Annotated[int, Query(ge=1, le=2**63 - 1)],
    caller: Caller,
    db: Db,
) -> Lease:
    """The caller's lease on the region. Raises NotFound, Invalid for an epoch of another one."""
    held = held_by(db, caller, lease_id)
    if held.region_id != region.id:
        raise NotFound(f"Your lease {lease_id} is not on region {region.id}.")
    if held.epoch != epoch:
        raise Invalid(f"Expected the epoch {held.epoch} of this lease; {epoch} was given.")
    return held


@router.put(
    "/regions/{region_id}/label",
    status_code=201,
    response_model=Label,
    openapi_extra={"requestBody": {"required": True, "content": BODIES}},
    responses=responses(
        NotFound,
        LeaseSuperseded,
        AlreadyLabelled,
        UnsupportedMediaType,
        MaskSizeMismatch,
        UnknownClass,
        MaskNotIndexed,
    ),
)
def put_label(
    region: RegionAsAnnotator,
    held: Annotated[Lease, Depends(lease_of_label)],
    spent: Annotated[Effort, Depends(effort)],
    request: Request,
    body: RawBody,
    db: Db,
    store: Store,
    once: Idempotent,
) -> Response:
    """Submit a mask of the region: an index PNG, its bytes row by row, or one value for all.

    Values are the project's classes, 255 for void, 254 for "not asked". A lease that ran out
    counts while nobody followed; a superseded one is answered 409, and the mask kept as a draft.
    """

    def work() -> Label | Answer:
        mask = read_mask(db, region, request.headers.get("content-type", ""), body)
        label = labels.submit(db, store, held, region_id=region.id, mask=mask, effort=spent)
        if label.status == "draft":
            return _kept_as_draft(request, held, label.id)
        return Label.of(db, label, region)

    return once.do(201, work)


def _kept_as_draft(request: Request, held: Lease, draft_id: int) -> Answer:
    """An answer and no exception: the draft has to be committed."""
    error = regions.superseded(held, draft_id=draft_id)
    body = problems.document(
        error, path=request.url.path, request_id=problems.request_id_of(request)
    )
    return Answer(error.status, body)


def read_mask(db: Session, region: Region, content_type: str, body: bytes) -> Mask:
    """The mask in a body of one of three types. Raises what core.masks raises, and 415."""
    size = labels.size_of(region)
    values = {each.value for each in projects.classes(db, region.project_id)}
    match content_type.partition(";")[0].strip().lower():
        case "image/png":
            return masks.from_png(body, size, values)
        case "application/octet-stream":
            return masks.from_bytes(body, size, values)
        case "application/json":
            return masks.filled(_fill(body), size, values)
    raise UnsupportedMediaType(
        "Expected image/png, application/octet-stream or application/json; "
        f"{content_type[:100] or 'no Content-Type'} was given."
    )


def _fill(body: bytes) -> int:
    try:
        return Fill.model_validate_json(body).fill
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, ("body", *first["loc"])))
        raise ValidationFailed(
            f'Expected {{"fill": class value}}; {where}: {first["msg"]}.',
            errors=[{"where": where, "message": first["msg"]}],
        ) from None

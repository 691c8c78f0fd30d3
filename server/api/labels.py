"""Labels: masks that people submit."""

from typing import Annotated

from fastapi import Depends, Query, Request, Response
from pydantic import ValidationError
from sqlalchemy.orm import Session

from core import cycles, labels, masks, models, origins, paging, regions
from core.access import Held
from core.db import transaction
from core.errors import (
    AlreadyLabelled,
    DiskFull,
    LeaseSuperseded,
    MaskNotIndexed,
    MaskSizeMismatch,
    NotFound,
    OriginsRefused,
    UnknownClass,
    UnsupportedMediaType,
)
from core.idempotency import Answer
from core.masks import Mask
from core.settling import Effort, Settled
from server import nouns, problems
from server.deps import Caller, Db, Pages, RawBody, Store
from server.entry import AnnotatorOnLease
from server.once import Idempotent
from server.problems import ValidationFailed, responses
from server.rights import ProjectAsAnnotator
from server.schemas.common import PageOf, page_of
from server.schemas.labels import Fill, Label, LabelRow
from server.straight import Straight

router = nouns.router("labels")
straight = nouns.router("labels", route_class=Straight)

# A day of activity on one region is a broken clock.
Ms = Annotated[int, Query(ge=0, le=86_400_000, description="Milliseconds of activity")]
Mine = Annotated[bool, Query(description="One's own alone")]
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


@straight.put(
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
        OriginsRefused,
        DiskFull,
    ),
)
def put_label(
    asking: AnnotatorOnLease,
    spent: Annotated[Effort, Depends(effort)],
    request: Request,
    body: RawBody,
    store: Store,
    once: Idempotent,
) -> Response:
    """Submit a mask of the region: an index PNG, its bytes row by row, or one value for all.

    Values are the project's classes, 255 for void, 254 for "not asked". Behind the mask's bytes
    may come as many again that say how each pixel came about: 0 nothing is known, 1 accepted from
    the suggestion, 2 edited (the suggestion was changed), 3 drawn without a suggestion.

    A lease that ran out counts while nobody followed; a superseded one is answered 409, and the
    mask kept as a draft.
    """

    held = asking.held

    def work(db: Session) -> Label | Answer:
        mask, origins = read_mask(held, request.headers.get("content-type", ""), body)
        label = labels.submit(
            db, store, held, region_id=held.region_id, mask=mask, effort=spent, origins=origins
        )
        if label.status == "draft":
            return _kept_as_draft(request, held, label.id)
        if isinstance(label, Settled):
            return Label.of(label, label.cycle_state)
        return Label.of(label, cycles.state_of(db, held.cycle_id))

    with transaction() as db:
        return once.do(db, asking.caller, 201, lambda: work(db))


@router.get("/projects/{project_id}/labels")
def list_labels(
    project: ProjectAsAnnotator, caller: Caller, page: Pages, db: Db, mine: Mine = False
) -> PageOf[LabelRow]:
    """The labels in force, newest first: of each region the newest that was accepted."""
    query = labels.listed(project.id, by=caller if mine else None)
    found = paging.page(db, query, models.Label.id, newest_first=True, **page.asked())
    cycles = labels.cycles_of(db, found.items)
    return page_of(found, lambda label: LabelRow.of(label, cycles[label.id], caller))


def _kept_as_draft(request: Request, held: Held, draft_id: int) -> Answer:
    """An answer and no exception: the draft has to be committed."""
    error = regions.superseded(held, draft_id=draft_id)
    body = problems.document(
        error, path=request.url.path, request_id=problems.request_id_of(request)
    )
    return Answer(error.status, body)


def read_mask(held: Held, content_type: str, body: bytes) -> tuple[Mask, Mask | None]:
    """The mask in a body of one of three types, and the origins of its pixels where they are told.

    Raises what core.masks raises, and 415.
    """
    size, values = held.size, held.classes
    match content_type.partition(";")[0].strip().lower():
        case "image/png":
            return masks.from_png(body, size, values), None
        case "application/octet-stream":
            mask, told = origins.from_bytes(body, size)
            return masks.from_bytes(mask, size, values), told
        case "application/json":
            return masks.filled(_fill(body), size, values), None
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

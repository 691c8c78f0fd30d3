"""Uploads: archives that arrive in parts and can be gone on with."""

from typing import Annotated

from fastapi import Path, Response
from sqlalchemy import select

from core import models, paging, uploads
from core.errors import DiskFull, NotFound, TooLarge, UploadInUse, UploadOutOfOrder
from server import nouns
from server.deps import Caller, Db, Pages, RawBody, Store
from server.problems import responses
from server.rights import ProjectAsAdmin, UploadAsAdmin
from server.schemas.common import PageOf, page_of
from server.schemas.uploads import NewUpload, Upload

router = nouns.router("uploads", NotFound)

Start = Annotated[int, Path(ge=0, le=2**63 - 1, description="Byte of the archive")]
BYTES = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}


@router.post(
    "/projects/{project_id}/uploads", status_code=201, responses=responses(TooLarge, DiskFull)
)
def begin_upload(
    project: ProjectAsAdmin, wanted: NewUpload, caller: Caller, db: Db, response: Response
) -> Upload:
    """Announce a zip or tar; your earlier upload of the same bytes is gone on with."""
    upload = uploads.begin(db, project, **wanted.model_dump(), by=caller)
    response.headers["Location"] = f"/api/v1/uploads/{upload.id}"
    return Upload.of(upload)


@router.get("/projects/{project_id}/uploads")
def list_uploads(project: ProjectAsAdmin, page: Pages, db: Db) -> PageOf[Upload]:
    """The project's uploads that no import has consumed, newest first."""
    query = select(models.Upload).where(models.Upload.project_id == project.id)
    found = paging.page(db, query, models.Upload.id, newest_first=True, **page.asked())
    return page_of(found, Upload.of)


@router.get("/uploads/{upload_id}")
def show_upload(upload: UploadAsAdmin) -> Upload:
    """One upload: `received_bytes` says where to go on."""
    return Upload.of(upload)


@router.put(
    "/uploads/{upload_id}/parts/{start}",
    openapi_extra={"requestBody": {"required": True, "content": BYTES}},
    responses=responses(UploadOutOfOrder, TooLarge, DiskFull),
)
def put_part(upload: UploadAsAdmin, start: Start, body: RawBody, db: Db, store: Store) -> Upload:
    """The bytes from `start` on. Parts come one behind the other; a repeat changes nothing."""
    return Upload.of(uploads.add(db, store, upload, start=start, data=body))


@router.delete("/uploads/{upload_id}", status_code=204, responses=responses(UploadInUse))
def discard_upload(upload: UploadAsAdmin, db: Db) -> Response:
    """Give the upload up."""
    uploads.discard(db, upload)
    return Response(status_code=204)

"""The event stream of a project: the one asynchronous route, so that a watcher holds no thread."""

import time
from collections.abc import AsyncIterator
from typing import Annotated, Any

import anyio
from fastapi import Header, Request
from fastapi.responses import StreamingResponse
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from core import projects, users
from core.db import transaction
from core.errors import NotFound, TesseraError
from server import nouns
from server.changes import Watch
from server.deps import Caller, Secret
from server.leaving import Leaving
from server.rights import ProjectAsAnnotator
from server.watchers import Watchers

router = nouns.router("events", NotFound)

LOOK_S = 1.0
HEARTBEAT_S = 15.0
AGAIN_MS = 2000
STREAM: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/event-stream": {}}, "description": "Server-sent events"}
}


@router.get("/projects/{project_id}/events", response_class=StreamingResponse, responses=STREAM)
async def watch_project(
    project: ProjectAsAnnotator,
    request: Request,
    caller: Caller,
    secret: Secret,
    last_event_id: Annotated[int | None, Header(ge=0, le=2**63 - 1)] = None,
) -> StreamingResponse:
    """Changes as they happen: `cycle`, `stage`, `job`, `region` and `review` events with JSON data.

    A stage that many jobs work at, each a shard of it, is told as one `stage`, not job by job.

    `Last-Event-ID` resumes after that event. The stream starts with the jobs that wait or run,
    and ends with the caller's right to see it. A user may watch twenty at once.
    """
    watchers: Watchers = request.app.state.watchers
    watchers.check(caller.id)
    leaving: Leaving = request.app.state.leaving
    texts = stream(Watch(project.id, last_event_id), project.id, secret, leaving)
    return StreamingResponse(
        watchers.counted(caller.id, texts),
        media_type="text/event-stream",
        headers={"X-Accel-Buffering": "no"},
    )


async def stream(
    watch: Watch, project_id: int, secret: str | None, leaving: Leaving
) -> AsyncIterator[str]:
    """The stream's text, until the reader leaves, loses the right to it, or we shut down."""
    yield f"retry: {AGAIN_MS}\n\n"
    checked_at = time.monotonic()
    while not leaving.asked:
        try:
            changes = await run_in_threadpool(_look, watch)
        except SQLAlchemyError:
            # The database is away for a moment: silence, and another look.
            changes = []
        for text in changes:
            yield text
        if time.monotonic() - checked_at >= HEARTBEAT_S:
            if not await run_in_threadpool(_may_watch, secret, project_id):
                return
            yield ": still here\n\n"
            checked_at = time.monotonic()
        await anyio.sleep(LOOK_S)


def _look(watch: Watch) -> list[str]:
    with transaction() as db:
        return [change.text() for change in watch.look(db)]


def _may_watch(secret: str | None, project_id: int) -> bool:
    try:
        with transaction() as db:
            user, _ = users.authenticate(db, secret)
            projects.authorised(db, user, project_id, least="annotator")
    except TesseraError:
        return False
    except SQLAlchemyError:
        return True
    return True

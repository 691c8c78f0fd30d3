"""The HTTP application, which `python -m server` serves."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from core import users
from core.db import transaction
from core.reconcile import Reconciler
from core.settings import settings
from core.webhooks import courier
from server import log, problems, starting
from server.api import (
    audit,
    cycle_previews,
    cycles,
    events,
    exploring,
    exports,
    health,
    images,
    jobs,
    labels,
    leases,
    members,
    methods,
    models,
    overview,
    predictions,
    progress,
    projects,
    regions,
    reviews,
    uploads,
    webhooks,
)
from server.api import users as people
from server.crops import Crops
from server.decoding import Decoding
from server.edge import PLACES, Bodies, Edge, Line
from server.figures import Figures
from server.leaving import Leaving
from server.openapi import document
from server.pace import Pace
from server.pages import admin, annotate, home, session
from server.segments import Segmented
from server.static_files import Static
from server.straight import Shortcut
from server.watchers import Watchers

# Routes are looked for in this order, so that what is asked all day comes first.
STRAIGHT = [route for noun in (labels, leases) for route in noun.straight.routes]
ROUTERS = (
    labels,
    leases,
    people,
    projects,
    methods,
    members,
    images,
    exploring,
    jobs,
    cycles,
    cycle_previews,
    exports,
    predictions,
    progress,
    overview,
    models,
    regions,
    reviews,
    audit,
    events,
    uploads,
    webhooks,
)


class Tessera(FastAPI):
    """FastAPI with our own OpenAPI document."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            self.openapi_schema = document(self)
        return self.openapi_schema


def create_app() -> FastAPI:
    """The application with its own caches and figures; several may live in one process."""
    known = starting.checked()
    app = Tessera(
        title="Tessera",
        version="1",
        summary="Active-learning annotation service for semantic segmentation.",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    app.state.crops = Crops()
    app.state.segmented = Segmented(app.state.crops)
    app.state.decoding = Decoding()
    app.state.figures = Figures()
    app.state.leaving = Leaving()
    app.state.pace = Pace(known.token_rate, known.token_burst)
    app.state.watchers = Watchers()
    app.router.routes.extend(STRAIGHT)
    for each in (*ROUTERS, health):
        app.router.routes.extend(each.router.routes)
    app.include_router(home.router)
    app.include_router(session.router)
    app.include_router(annotate.router)
    app.include_router(admin.router)
    app.mount("/static", Static(), name="static")
    problems.install(app)
    # The last one added is the outermost.
    app.add_middleware(Shortcut, routes=STRAIGHT, threads=PLACES)
    app.add_middleware(Line)
    app.add_middleware(Bodies)
    app.add_middleware(Edge, figures=app.state.figures)
    return app


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """The first admin, the reconciler, and an ear for the end."""
    log.begin(settings().log_level)
    await run_in_threadpool(_first_admin)
    _keep_loaded()
    # Webhooks have a thread of their own: a receiver that hangs holds nothing else up.
    rounds = Reconciler(), Reconciler(courier.deliver_due, "courier")
    for each in rounds:
        each.start()
    app.state.leaving.listen()
    yield
    app.state.leaving.stop()
    for each in rounds:
        await run_in_threadpool(each.stop)


def _first_admin() -> None:
    token = settings().bootstrap_token
    if token is not None:
        with transaction() as db:
            users.bootstrap(db, token.get_secret_value())


@cache
def _keep_loaded() -> None:
    """Whatever is loaded by now stays: a look through all of it for garbage, again and again, would
    hold every request up for a tenth of a second."""
    gc.collect()
    gc.freeze()

"""Whether the process lives, whether it can work, and figures; at the root, without a token."""

import logging
import uuid
from collections.abc import Callable

import redis
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST

from core import disk, schema
from core.settings import settings
from core.store import open_store

router = APIRouter(tags=["health"])
logger = logging.getLogger(__name__)


@router.get("/health/live")
def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/health/ready", responses={503: {"description": "Something is missing"}})
def ready() -> JSONResponse:
    """Database, Redis and file store can be used now.

    With too little room on the disk things can still be read, so that is no reason to be taken out
    of service: the status is then `low_on_disk`.
    """
    checks = {"database": _database, "redis": _redis, "store": _store}
    found = {name: _state(name, check) for name, check in checks.items()}
    well = all(state == "ok" for state in found.values())
    found["disk"] = _state("disk", _disk)
    status = _status(well=well, room=found["disk"])
    return JSONResponse({"status": status, "checks": found}, 200 if well else 503)


def _status(*, well: bool, room: str) -> str:
    if not well:
        return "unavailable"
    return "ok" if room == "ok" else "low_on_disk"


@router.get("/metrics", response_class=Response)
def metrics(request: Request) -> Response:
    """Figures in Prometheus' text format."""
    content: bytes = request.app.state.figures.text()
    return Response(content, headers={"Content-Type": CONTENT_TYPE_LATEST})


def _state(name: str, check: Callable[[], str]) -> str:
    try:
        return check()
    except Exception as error:  # each service's library has errors of its own
        # Addresses and paths are for the log, not for whoever asks.
        logger.warning("not ready: %s: %s", name, error)
        return "unavailable"


def _database() -> str:
    found = schema.difference()
    if found.lacking:
        return "not migrated"
    return "newer than this version" if found.unknown else "ok"


def _redis() -> str:
    url = settings().redis_url or "redis://localhost:6379/0"
    with redis.Redis.from_url(url, socket_connect_timeout=1, socket_timeout=1) as client:
        client.ping()
    return "ok"


def _disk() -> str:
    return "low" if disk.is_low() else "ok"


def _store() -> str:
    open_store().exists(f"health/{uuid.uuid4()}")
    return "ok"

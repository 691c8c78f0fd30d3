"""What a pair costs on this stack without Tessera: the same two requests, as short as is honest.

A token is looked up and a row updated; a body is written down for good and a row inserted. Each is
one statement that commits by itself. There are no rules, no checks, no history and no log.
"""

import hashlib
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from core.settings import settings

TABLES = """
DROP TABLE IF EXISTS bare_tokens, bare_regions, bare_labels;
DROP SEQUENCE IF EXISTS bare_next;
CREATE TABLE bare_tokens (digest text PRIMARY KEY);
CREATE TABLE bare_regions (id bigint PRIMARY KEY, lease uuid, until timestamptz);
CREATE TABLE bare_labels (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, region bigint,
                          key text);
CREATE SEQUENCE bare_next;
"""
TAKE = """
UPDATE bare_regions SET lease = gen_random_uuid(), until = now() + interval '1 hour'
WHERE id = (SELECT nextval('bare_next') FROM bare_tokens WHERE digest = %s) RETURNING id, lease
"""
KEEP = """
INSERT INTO bare_labels (region, key) SELECT %s, %s FROM bare_tokens WHERE digest = %s RETURNING id
"""
local = threading.local()


def prepare(tokens: Sequence[str], regions: int) -> None:
    """Tables with so many regions, and these callers."""
    with psycopg.connect(str(settings().database_url)) as connection:
        connection.execute(TABLES)
        row = "INSERT INTO bare_regions SELECT generate_series(1, %s)"
        connection.execute(row, [regions])
        with connection.cursor() as cursor:
            digests = [[_digest(token.encode())] for token in tokens]
            cursor.executemany("INSERT INTO bare_tokens VALUES (%s)", digests)


def create_app() -> Starlette:
    """Under the same paths as ours, for the same client."""
    return Starlette(
        routes=[
            Route("/health/ready", lambda _: Response()),
            Route("/api/v1/projects/{project:int}/leases", lease, methods=["POST"]),
            Route("/api/v1/regions/{region:int}/label", label, methods=["PUT"]),
        ]
    )


async def lease(request: Request) -> Response:
    await request.json()
    region, held = await run_in_threadpool(_row, TAKE, _caller(request))
    item = {"id": str(held), "region_id": region, "epoch": 1, "rank": region - 1}
    return JSONResponse({"items": [item]})


async def label(request: Request) -> Response:
    body = await request.body()
    number = await run_in_threadpool(_kept, body, request.path_params["region"], _caller(request))
    return JSONResponse({"id": number}, 201)


def _caller(request: Request) -> str:
    return _digest(request.headers["authorization"].removeprefix("Bearer ").encode())


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _kept(body: bytes, region: int, caller: str) -> int:
    key = _digest(body)
    folder = Path(settings().store)
    _write(folder / f"bare-{region}-{key}", body)
    _sync(folder)
    number: int = _row(KEEP, region, key, caller)[0]
    return number


def _write(path: Path, body: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    os.write(handle, body)
    os.fsync(handle)
    os.close(handle)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)


def _row(sql: str, *values: Any) -> Any:
    if not hasattr(local, "connection"):
        local.connection = psycopg.connect(str(settings().database_url), autocommit=True)
    return local.connection.execute(sql, values, prepare=True).fetchone()

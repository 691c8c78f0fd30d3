"""Routes that annotators call all day: what they ask for is read and done in one go, in one thread.

FastAPI resolves a dependency at a time, each `def` one in a thread of its own, which costs more
than the work, and so do its layers around a route. A straight route's signature says and documents
the same as any other's. What is out of the ordinary (a value that does not fit, a body of another
type) goes FastAPI's usual way, which knows what to answer; until then nothing has been called.
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from inspect import isasyncgenfunction, iscoroutine, isgeneratorfunction
from typing import Any, NamedTuple

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import ASGIApp, Receive, Scope, Send

from server.edge import replayed

JSON = "application/json"


class Unusual(Exception):
    """Something that FastAPI is to judge."""


class Call(NamedTuple):
    """A function of the route's signature, and where its arguments come from.

    `given` are other functions' results, by argument; `read` are fields by where they stand.
    """

    function: Callable[..., Any]
    request: str | None
    given: dict[str, Any]
    read: dict[str, list[Any]]


class Straight(APIRoute):
    """A route of plain functions, without `yield`, that answers with a Response."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.calls = _calls(self.dependant)


class Shortcut:
    """Takes requests for straight routes past the layers around all others; the innermost layer.

    `threads` do the work of as many requests at once.
    """

    def __init__(self, app: ASGIApp, routes: Sequence[Straight], threads: int) -> None:
        self._app = app
        self._routes = routes
        self._threads = ThreadPoolExecutor(threads, "straight")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = self._route(scope) if scope["type"] == "http" else None
        if route is None:
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        body = await request.body()
        try:
            arguments = [_arguments(call, request) for call in route.calls]
        except Unusual:
            await self._app(scope, replayed(body, receive), send)
            return
        loop, run = asyncio.get_running_loop(), copy_context().run
        answer = await loop.run_in_executor(self._threads, run, _done, route.calls, arguments)
        await answer(scope, receive, send)

    def _route(self, scope: Scope) -> Straight | None:
        for route in self._routes:
            match, found = route.matches(scope)
            if match == Match.FULL:
                scope.update(found)
                return route
        return None


def _calls(dependant: Dependant) -> list[Call]:
    """All functions, each behind those that it needs; the route's own is the last."""
    found: dict[Any, Call] = {}

    def add(each: Dependant) -> None:
        if each.call in found:
            return
        for needed in each.dependencies:
            add(needed)
        found[each.call] = _call(each)

    add(dependant)
    return list(found.values())


def _call(dependant: Dependant) -> Call:
    function = dependant.call
    assert function is not None
    if isgeneratorfunction(function) or isasyncgenfunction(function):
        raise TypeError(f"A straight route ends nothing: expected {function} without `yield`.")
    read = {
        "path_params": dependant.path_params,
        "query_params": dependant.query_params,
        "headers": dependant.header_params,
        "body": dependant.body_params,
    }
    given = {needed.name: needed.call for needed in dependant.dependencies if needed.name}
    request = dependant.request_param_name or dependant.http_connection_param_name
    return Call(function, request, given, {place: each for place, each in read.items() if each})


def _arguments(call: Call, request: Request) -> dict[str, Any]:
    """What is known without calling anything. Raises Unusual."""
    found: dict[str, Any] = {call.request: request} if call.request else {}
    for place, fields in call.read.items():
        for field in fields:
            found[field.name] = _value(field, place, request)
    return found


def _value(field: Any, place: str, request: Request) -> Any:
    if place == "body":
        sent = _json(request)
    else:
        source = getattr(request, place)
        if field.alias not in source:
            return _default(field)
        sent = source[field.alias]
    value, errors = field.validate(sent, {}, loc=(place,))
    if errors:
        raise Unusual
    return value


def _json(request: Request) -> Any:
    if request.headers.get("content-type") != JSON:
        raise Unusual
    try:
        return json.loads(request._body)
    except ValueError:
        raise Unusual from None


def _default(field: Any) -> Any:
    if field.field_info.is_required():
        raise Unusual
    return field.get_default()


def _done(calls: list[Call], arguments: list[dict[str, Any]]) -> Response:
    made: dict[Any, Any] = {}
    for call, known in zip(calls, arguments, strict=True):
        given = {name: made[function] for name, function in call.given.items()}
        made[call.function] = _result(call.function(**known, **given))
    answer = made[calls[-1].function]
    assert isinstance(answer, Response)
    return answer


def _result(made: Any) -> Any:
    """What was returned, also by an `async def` function, which may not wait for anything."""
    if not iscoroutine(made):
        return made
    try:
        made.send(None)
    except StopIteration as end:
        return end.value
    made.close()
    raise TypeError("A straight route's function waits for something; make it a plain one.")

"""Files of the store as answers, in whole or by ranges."""

from fastapi import Request
from fastapi.responses import FileResponse
from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send

from server.problems import BadRequest, RangeNotSatisfiable, answer, responses

# What routes of files answer besides.
RANGES = responses(RangeNotSatisfiable) | {
    206: {"description": "The bytes that a Range asked for"},
}


class File(FileResponse):
    """A file whose `Range`, where it makes no sense, is answered as everything else is."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal: Message | None = None

        async def passed(message: Message) -> None:
            nonlocal refusal
            if message["type"] == "http.response.start" and message["status"] in (400, 416):
                refusal = message
            if refusal is None:
                await send(message)

        await super().__call__(scope, receive, passed)
        if refusal is not None:
            asked = Headers(scope=scope).get("range", "")
            error = RangeNotSatisfiable if refusal["status"] == 416 else BadRequest
            told = error(f"Expected a Range like bytes=0-99 within the file; {asked!r} was given.")
            size = Headers(raw=refusal["headers"]).get("content-range")
            headers = {"Content-Range": size} if size else {}
            await answer(told, Request(scope), headers)(scope, receive, send)

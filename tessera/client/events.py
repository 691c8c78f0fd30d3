"""The event stream of a project: what changes, as it changes."""

import json
import time
from collections.abc import Iterable, Iterator

import httpx

from tessera.client.models import Event
from tessera.client.problems import ProblemError, Unreachable, problem
from tessera.client.transport import API, TRANSIENT, Transport, backoff_s

EVENT_TIMEOUT = httpx.Timeout(30.0, read=60.0)
"""A project may be quiet for hours, but the server sends a sign of life every 15 s."""


class Events(Transport):
    def events(self, project_id: int, *, after: int | None = None) -> Iterator[Event]:
        """Changes of a project as they happen, until the server or the caller ends the stream.

        `after` is the id of the last event that was seen, to go on from there.
        """
        path = f"{API}/projects/{project_id}/events"
        headers = {} if after is None else {"Last-Event-ID": str(after)}
        try:
            stream = self._http.stream("GET", path, headers=headers, timeout=EVENT_TIMEOUT)
            with stream as response:
                if response.is_error:
                    response.read()
                    raise problem(response)
                yield from parse_events(response.iter_lines())
        except httpx.TransportError as error:
            raise Unreachable(f"the event stream of {self.url} broke off: {error}") from error

    def follow(self, project_id: int, *, after: int | None = None) -> Iterator[Event]:
        """The same without an end: where the stream breaks off, it is opened again behind the
        last event that came, so that from there on none is missed and none comes twice.

        Unreachable when the server stays away longer than other calls would wait for it.
        """
        lost = 0
        while True:
            try:
                for event in self.events(project_id, after=after):
                    after, lost = event.id or after, 0
                    yield event
            except (Unreachable, ProblemError) as error:
                if lost >= self._retries or not _passing(error):
                    raise
            lost += 1
            time.sleep(backoff_s(lost))


def parse_events(lines: Iterable[str]) -> Iterator[Event]:
    """Server-sent events (WHATWG HTML 9.2.6), as far as the server uses them."""
    name, data, last = "message", list[str](), None
    for line in lines:
        field, _, value = line.partition(":")
        if field == "event":
            name = value.strip()
        elif field == "id":
            last = int(value)
        elif field == "data":
            data.append(value.removeprefix(" "))
        elif not line and data:
            yield Event(id=last, name=name, data=json.loads("\n".join(data)))
        if not line:
            name, data = "message", []


def _passing(error: Exception) -> bool:
    """Whether the server may be there again in a moment."""
    return isinstance(error, Unreachable) or getattr(error, "status", None) in TRANSIENT

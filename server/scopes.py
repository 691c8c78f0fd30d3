"""How far a token reaches: whatever its user may, only what labelling needs, or only looking."""

from fastapi import Request

from core.errors import Forbidden
from server import nouns

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# Routes whose paths start so change nothing but the queue and its labels.
LABELLING = tuple(
    nouns.PREFIX + path for path in ("/projects/{project_id}/leases", "/leases/", "/regions/")
)


def check(scope: str, request: Request) -> None:
    """Raises Forbidden when a token of this scope may not make the request.

    It goes by the route that was found and never by the URL, in which a client has a say.
    """
    if scope == "all" or request.method in SAFE:
        return
    if scope == "annotate" and request.scope["route"].path.startswith(LABELLING):
        return
    raise Forbidden(f"This token's scope is {scope!r}, which does not reach this. Use another.")

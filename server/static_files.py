"""Scripts, styles and pictures of the pages, served as they lie in `server/static`."""

from functools import lru_cache
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER = Path(__file__).parent / "static"
# Modules name each other without versions: a browser may mix old and new ones for as long only.
KEPT_S = 60


class Static(StaticFiles):
    """Files with an entity tag, kept for a minute and asked for again by their tag after that."""

    def __init__(self) -> None:
        super().__init__(directory=FOLDER)

    async def get_response(self, path: str, scope: Scope) -> Response:
        answer = await super().get_response(path, scope)
        answer.headers["Cache-Control"] = f"public, max-age={KEPT_S}, must-revalidate"
        return answer


@lru_cache
def modules(folder: str) -> tuple[str, ...]:
    """The scripts below a folder, by their paths in it: named at once, they are loaded at once."""
    return tuple(
        sorted(str(path.relative_to(FOLDER / folder)) for path in (FOLDER / folder).rglob("*.js"))
    )

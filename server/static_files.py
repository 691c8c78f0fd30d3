"""Scripts, styles and pictures of the pages, from `server/static`.

A page asks for seventy small modules at once, so each is kept in memory as it is sent: compressed,
under a tag of its content. A file that has changed is read anew.
"""

import gzip
import hashlib
import importlib.util
import mimetypes
import os
import stat
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER = Path(__file__).parent / "static"
# Modules name each other without versions: a browser may mix old and new ones for as long only.
KEPT_S = 60
# Not a file of the folder.
PLOTLY = "plotly.min.js"


class Kept(NamedTuple):
    """A file as it is sent."""

    tag: str
    plain: bytes
    zipped: bytes
    media_type: str

    def answer(self, asked: Headers) -> Response:
        """The file, compressed where the browser takes that; 304 where it has it already."""
        headers = {
            "ETag": self.tag,
            "Cache-Control": f"public, max-age={KEPT_S}, must-revalidate",
            "Vary": "Accept-Encoding",
        }
        if self.tag in asked.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if "gzip" not in asked.get("accept-encoding", ""):
            return Response(self.plain, headers=headers, media_type=self.media_type)
        headers["Content-Encoding"] = "gzip"
        return Response(self.zipped, headers=headers, media_type=self.media_type)


class Static(StaticFiles):
    """The files of the folder and nothing else."""

    def __init__(self) -> None:
        super().__init__(directory=FOLDER)

    async def get_response(self, path: str, scope: Scope) -> Response:
        try:
            found, state = self.lookup_path(path)
        except (ValueError, OSError):  # NUL, a name too long: no file can be called so
            raise HTTPException(404) from None
        if path == PLOTLY:
            found, state = plotly()
        if state is None or not stat.S_ISREG(state.st_mode):
            raise HTTPException(404)
        if scope["method"] not in ("GET", "HEAD"):
            raise HTTPException(405)
        return kept(found, state.st_mtime_ns).answer(Headers(scope=scope))


@lru_cache
def plotly() -> tuple[str, os.stat_result]:
    """The plots' script, out of the installed package, which brings it along."""
    spec = importlib.util.find_spec("plotly")
    assert spec is not None
    assert spec.origin is not None
    path = Path(spec.origin).parent / "package_data" / "plotly.min.js"
    return str(path), path.stat()


@lru_cache(maxsize=512)
def kept(path: str, mtime_ns: int) -> Kept:  # noqa: ARG001
    """The file as it was when it was last changed."""
    plain = Path(path).read_bytes()
    media_type = mimetypes.guess_type(path)[0] or "application/octet-stream"
    # Weak: the same file in two encodings.
    tag = f'W/"{hashlib.sha256(plain).hexdigest()[:32]}"'
    return Kept(tag, plain, gzip.compress(plain), media_type)


@lru_cache
def modules(folder: str) -> tuple[str, ...]:
    """The scripts below a folder, by their paths in it: named at once, they are loaded at once."""
    return tuple(
        sorted(str(path.relative_to(FOLDER / folder)) for path in (FOLDER / folder).rglob("*.js"))
    )

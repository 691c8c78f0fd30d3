"""Masks as annotators send them, and what is kept of them."""

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests import factories
from tests.server.people import Team, problem

PNG = {"Content-Type": "image/png"}
RAW = {"Content-Type": "application/octet-stream"}
SIDE = factories.CELL_PX


def stripes() -> NDArray[np.uint8]:
    """Columns of sky, road, car, void and not asked, two pixels each."""
    return np.repeat([[0, 1, 2, 255, 254]], 2, axis=1).repeat(SIDE, axis=0).astype(np.uint8)


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def png(mask: NDArray[Any]) -> bytes:
    return encoded(Image.fromarray(mask))


def shown(team: Team, lease: dict[str, Any]) -> NDArray[np.uint8]:
    sent = team.annotator.get(f"/regions/{lease['region_id']}/label")
    assert sent.status_code == 200, sent.text
    return np.asarray(Image.open(io.BytesIO(sent.content)))


def refused(team: Team, lease: dict[str, Any], status: int, code: str, **parts: Any) -> Any:
    return problem(team.annotator.put_label(lease, **parts), status, code)

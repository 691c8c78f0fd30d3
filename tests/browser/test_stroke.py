"""A reload in the middle of a stroke: what was drawn until then is there again, pixel by pixel."""

import numpy as np
import pytest

from core.models import User
from tests import factories
from tests.browser import rows
from tests.browser.annotator import Annotator
from tests.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

# Region and brush in pixels: the brush's default.
SIDE, BRUSH = 10, 8


def disc(column: float, row: float) -> np.ndarray:
    """Pixels whose centres lie in the brush around a point of the region."""
    y, x = np.mgrid[:SIDE, :SIDE] + 0.5
    found: np.ndarray = (x - column) ** 2 + (y - row) ** 2 <= (BRUSH / 2) ** 2
    return found


def test_a_stroke_that_a_reload_cuts_off_is_kept(annotator: Annotator, owner: User):
    project = factories.project(owner)
    factories.labelling(project, owner, number=2)
    annotator.join(project, owner)
    x, y = annotator.middle()
    annotator.press("Alt+Digit3", "Digit2")
    annotator.page.mouse.move(x, y)
    annotator.page.mouse.down()
    until(lambda: len(annotator.drafts()) == 1)
    annotator.page.reload()
    assert annotator.region
    annotator.press("Enter")
    annotator.wait_for_text("#unset-title", "pixels have no class")
    annotator.press("1")
    annotator.wait_until_saved()
    until(lambda: len(rows.labels(project)) == 1)
    drawn = rows.labels(project)[0].mask == 1
    assert (drawn == disc(SIDE / 2, SIDE / 2)).all()

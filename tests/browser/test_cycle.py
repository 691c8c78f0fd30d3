"""A whole cycle by keyboard, with suggestions that a worker has made."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from core.models import Region
from core.store import open_store
from tests.browser import rows, streets
from tests.browser.annotator import Annotator
from tests.browser.streets import Campaign
from tests.waiting import until
from tests.worker import campaign

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

REGIONS = 6
ACCEPTED, DRAWN = 1, 3


@pytest.fixture(scope="module")
def street(environment, tmp_path_factory) -> Campaign:  # noqa: ARG001
    return streets.trained(tmp_path_factory.mktemp("scenes"), "streets")


def suggestion(of: Region) -> np.ndarray:
    assert of.suggestion_key is not None
    return np.asarray(Image.open(BytesIO(open_store().read(of.suggestion_key))))


def test_a_whole_cycle_is_labelled_by_keyboard_alone(annotator: Annotator, street: Campaign):
    """Accepting and filling in turn; each mask is what the keys said, each pixel's origin too."""
    cycle = streets.open_cycle(street, REGIONS)
    annotator.join(street.project, street.owner)
    done: list[tuple[int, int | None]] = []
    for number in range(REGIONS):
        if number % 2:
            done.append((annotator.fill(number), number))
        else:
            done.append((annotator.region, None))
            annotator.press("a")
        annotator.submit(last=number == REGIONS - 1)
    annotator.wait_for_text("#empty-title", "All done")
    until(lambda: campaign.cycle(cycle.id).state == "closed")

    found = rows.labels(street.project)[-REGIONS:]
    asked = {region.id: region for region in rows.regions(street.project, cycle_id=cycle.id)}
    assert [each.region_id for each in found] == [region for region, _ in done]
    assert [region.rank for region in asked.values()] == [asked[id_].rank for id_, _ in done]
    for label, (region, value) in zip(found, done, strict=True):
        expected = suggestion(asked[region]) if value is None else np.full_like(label.mask, value)
        assert (label.mask == expected).all()
        origins = rows.stored(label.label.origin_key)
        assert set(np.unique(origins)) == ({ACCEPTED} if value is None else {DRAWN})


def test_the_effort_of_each_region_is_told(annotator: Annotator, street: Campaign):
    streets.open_cycle(street, 1)
    annotator.join(street.project, street.owner)
    annotator.fill(1)
    annotator.submit(last=True)
    until(lambda: rows.labels(street.project)[-1].label.actions["keys"] > 0)
    label = rows.labels(street.project)[-1].label
    assert label.actions == {"clicks": 0, "strokes": 0, "keys": 3}
    assert 0 < label.active_ms < 60_000


def test_a_region_says_why_it_was_asked(annotator: Annotator, street: Campaign):
    streets.open_cycle(street, 2)
    annotator.join(street.project, street.owner)
    why = annotator.wait_for_text("#why", "Region 1 of 2")
    assert "score" in why
    assert "wavers between" in why
    assert annotator.wait_for_text("#cycle-left", "of") == "2 of 2 left"

"""A whole cycle by keyboard, with suggestions that a worker has made."""

from dataclasses import dataclass
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser

from core.models import Region
from core.store import open_store
from tests.browser import rows, streets
from tests.browser.annotator import Annotator
from tests.browser.streets import Campaign
from tests.serving import Server
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


@dataclass(frozen=True)
class Labelled:
    """What was done in a cycle: each region with the class it was filled with, None as suggested.

    `why` and `left` are what the page said of the first region.
    """

    done: list[tuple[int, int | None]]
    why: str
    left: str
    regions: dict[int, Region]
    labels: list[rows.Row]


@pytest.fixture(scope="module")
def labelled(browser: Browser, server: Server, street: Campaign) -> Labelled:
    """A whole cycle by keyboard alone: suggestions accepted and regions filled in turn."""
    cycle = streets.open_cycle(street, REGIONS)
    somebody = Annotator(browser.new_context(), server.url)
    somebody.join(street.project, street.owner)
    why = somebody.wait_for_text("#why", f"Region 1 of {REGIONS}")
    left = somebody.wait_for_text("#cycle-left", "of")
    done = [_label(somebody, number) for number in range(REGIONS)]
    somebody.wait_for_text("#empty-title", "All done")
    until(lambda: campaign.cycle(cycle.id).state == "closed")
    assert somebody.complaints == []
    somebody.context.close()
    regions = {each.id: each for each in rows.regions(street.project, cycle_id=cycle.id)}
    return Labelled(done, why, left, regions, rows.labels(street.project)[-REGIONS:])


def _label(somebody: Annotator, number: int) -> tuple[int, int | None]:
    value = number if number % 2 else None
    region = somebody.region
    if value is None:
        somebody.press("a")
    else:
        somebody.fill(value)
    somebody.submit(last=number == REGIONS - 1)
    return region, value


def test_regions_come_in_the_order_of_their_ranks(labelled: Labelled):
    ranks = [labelled.regions[region].rank for region, _ in labelled.done]
    assert ranks == sorted(each.rank for each in labelled.regions.values())
    assert [each.region_id for each in labelled.labels] == [region for region, _ in labelled.done]


def test_each_mask_is_what_the_keys_said(labelled: Labelled):
    for label, (region, value) in zip(labelled.labels, labelled.done, strict=True):
        drawn = np.full_like(label.mask, value or 0)
        expected = suggestion(labelled.regions[region]) if value is None else drawn
        assert (label.mask == expected).all()
        origins = rows.stored(label.label.origin_key)
        assert set(np.unique(origins)) == ({ACCEPTED} if value is None else {DRAWN})


def test_the_effort_of_each_region_is_told(labelled: Labelled):
    efforts = [each.label for each in labelled.labels]
    assert [each.actions for each in efforts[:2]] == [
        {"clicks": 0, "strokes": 0, "keys": 2},
        {"clicks": 0, "strokes": 0, "keys": 3},
    ]
    assert all(0 < each.active_ms < 60_000 for each in efforts)


def test_a_region_says_why_it_was_asked(labelled: Labelled):
    assert "score" in labelled.why
    assert "wavers between" in labelled.why
    assert labelled.left == f"{REGIONS} of {REGIONS} left"

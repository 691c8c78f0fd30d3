"""Hundreds of regions in a row: memory stays what it was."""

import pytest
from playwright.sync_api import CDPSession

from core.models import Project, User
from tests import factories
from tests.browser import rows
from tests.browser.annotator import Annotator
from tests.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

REGIONS, WARM = 200, 40
# What the browser keeps by itself moves by some of this; 160 regions that leak would be more.
HEAP_BYTES, NODES = 2_000_000, 60


@pytest.fixture
def project(owner: User) -> Project:
    made = factories.project(owner)
    factories.labelling(made, owner, number=REGIONS + 1)
    return made


class Memory:
    """What the page holds once all rubbish is collected."""

    def __init__(self, devtools: CDPSession) -> None:
        devtools.send("HeapProfiler.collectGarbage")
        devtools.send("Performance.enable")
        found = {each["name"]: each["value"] for each in metrics(devtools)}
        self.heap_bytes = found["JSHeapUsedSize"]
        self.nodes = found["Nodes"]
        self.listeners = found["JSEventListeners"]


def metrics(devtools: CDPSession) -> list[dict]:
    found: list[dict] = devtools.send("Performance.getMetrics")["metrics"]
    return found


def label(annotator: Annotator, count: int) -> None:
    for number in range(count):
        region = annotator.region
        annotator.press(f"Digit{number % 3 + 1}", "Enter")
        annotator.page.wait_for_function(
            "(last) => document.querySelector('#work').dataset.region !== last", arg=str(region)
        )


def test_two_hundred_regions_leave_no_trace(annotator: Annotator, project: Project, owner: User):
    annotator.join(project, owner)
    assert annotator.region
    annotator.press("Alt+Digit1")
    label(annotator, WARM)
    annotator.wait_until_saved()
    devtools = annotator.context.new_cdp_session(annotator.page)
    before = Memory(devtools)
    label(annotator, REGIONS - WARM)
    annotator.wait_until_saved()
    after = Memory(devtools)
    assert after.heap_bytes - before.heap_bytes < HEAP_BYTES
    assert after.nodes - before.nodes < NODES
    assert after.listeners - before.listeners < NODES

    until(lambda: len(rows.labels(project)) == REGIONS)
    found = rows.labels(project)
    values = [number % 3 for number in range(WARM)] + [n % 3 for n in range(REGIONS - WARM)]
    assert [int(each.mask[0, 0]) for each in found] == values
    assert all((each.mask == each.mask[0, 0]).all() for each in found)
    ranks = {region.id: region.rank for region in rows.regions(project)}
    assert [ranks[each.region_id] for each in found] == list(range(REGIONS))
    assert annotator.drafts() == []

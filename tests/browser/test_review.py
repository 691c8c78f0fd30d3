"""A label goes to a reviewer, comes back to its author, and is drawn anew: in real browsers."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from core import projects, quality
from core.models import Project, User
from core.plans import Plan
from core.quality import Shares
from tests import factories
from tests.browser import rows
from tests.browser.annotator import Annotator
from tests.factories import act, act_on
from tests.serving import Server

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def project(owner: User) -> Project:
    made = factories.project(owner)
    act_on(quality.set_shares, made, Shares(review=1, second=0, check=0), by=owner)
    on = factories.image(made, size=(40, 30))
    cycle = factories.cycle(made, owner, Plan(regions=2))
    factories.select(cycle, factories.suggested(cycle, on, 2))
    return made


@pytest.fixture
def reviewer(
    browser: Browser, server: Server, project: Project, owner: User
) -> Iterator[Annotator]:
    """Somebody at another browser."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    somebody, user = Annotator(context, server.url), factories.user()
    act(projects.set_member, project, user_id=user.id, role="reviewer", by=owner)
    somebody.enter(user)
    yield somebody
    context.close()
    assert somebody.complaints == []


def test_a_label_is_sent_back_labelled_again_and_drawn_anew(
    annotator: Annotator, reviewer: Annotator, project: Project, owner: User
):
    user = annotator.join(project, owner)
    first = annotator.fill(0)
    annotator.submit()
    annotator.wait_until_saved()
    page = reviewer.page
    page.goto(f"{reviewer.url}/projects/{project.id}/review")
    expect(page.locator(".beside figcaption").nth(1)).to_have_text(f"Label of {user.name}")
    page.keyboard.press("r")
    page.keyboard.type("that is a car")
    page.keyboard.press("Enter")
    expect(page.locator("#review .empty")).to_contain_text("Nothing waits for a reviewer")
    annotator.page.reload()
    expect(annotator.page.locator("#why")).to_contain_text("sent it back: that is a car")
    assert annotator.fill(1) == first
    annotator.submit()
    annotator.wait_until_saved()
    # The page hears of it by itself.
    expect(page.locator(".facts")).to_contain_text("sent back once, labelled again")
    page.keyboard.press("f")
    assert reviewer.fill(2) == first
    reviewer.press("Enter")
    page.wait_for_url("**/review")
    page.goto(f"{reviewer.url}/projects/{project.id}/quality")
    row = page.locator("#annotators tr", has_text=user.name)
    expect(row.locator("td").nth(2)).to_have_text("1")
    expect(row.locator("td").nth(3)).to_have_text("1")
    kept = [row for row in rows.labels(project) if row.region_id == first]
    assert [int(each.mask[0, 0]) for each in kept] == [0, 1, 2]

"""Whatever happens to the tab, the network, the server or the lease: what was drawn arrives."""

import numpy as np
import pytest

from core.models import Project, User
from tests import factories
from tests.browser import rows
from tests.browser.annotator import Annotator
from tests.serving import Server
from tests.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def project(owner: User) -> Project:
    """A project whose queue holds six regions."""
    made = factories.project(owner)
    factories.labelling(made, owner, number=6)
    return made


def all_of(value: int, mask: np.ndarray) -> bool:
    return bool((mask == value).all())


def test_a_reload_goes_on_where_one_was(annotator: Annotator, project: Project, owner: User):
    annotator.join(project, owner)
    region = annotator.fill(1)
    until(lambda: [each["region_id"] for each in annotator.drafts()] == [region])
    annotator.page.reload()
    assert annotator.region == region
    annotator.submit()
    annotator.wait_until_saved()
    (label,) = rows.labels(project)
    assert label.region_id == region
    assert all_of(1, label.mask)


def test_a_lost_browser_finds_its_drafts_again(annotator: Annotator, project: Project, owner: User):
    """Without the tab's own memory, as after a crash, only what the browser keeps is left."""
    annotator.join(project, owner)
    region = annotator.fill(2)
    until(lambda: len(annotator.drafts()) == 1)
    annotator.page.evaluate("sessionStorage.clear()")
    lost = annotator.page
    lost.goto("about:blank")
    lost.close()
    annotator.new_page()
    annotator.open(project)
    assert annotator.region == region
    annotator.submit()
    annotator.wait_until_saved()
    assert all_of(2, rows.labels(project)[0].mask)


def test_the_server_may_be_away_between_two_submits(
    annotator: Annotator, project: Project, owner: User, server: Server
):
    annotator.join(project, owner)
    first = annotator.fill(0)
    annotator.submit()
    annotator.wait_until_saved()
    server.stop()
    second = annotator.fill(1)
    annotator.submit()
    third = annotator.fill(2)
    annotator.press("Enter")
    annotator.wait_for_text("#saved", "2 kept here")
    server.start()
    annotator.wait_until_saved()
    found = rows.labels(project)
    assert [each.region_id for each in found] == [first, second, third]
    assert [all_of(value, each.mask) for value, each in enumerate(found)] == [True] * 3


def test_what_waits_is_sent_by_a_later_page(
    annotator: Annotator, project: Project, owner: User, server: Server
):
    annotator.join(project, owner)
    region = annotator.fill(1)
    server.stop()
    annotator.press("Enter")
    annotator.wait_for_text("#saved", "1 kept here")
    annotator.page.close()
    server.start()
    annotator.new_page()
    annotator.open(project)
    annotator.wait_until_saved()
    until(lambda: [each.region_id for each in rows.labels(project)] == [region])
    assert annotator.region != region


def test_a_region_that_others_took_over_is_kept_as_a_draft(
    annotator: Annotator, project: Project, owner: User
):
    annotator.join(project, owner)
    region = annotator.fill(1)
    factories.run_out(rows.leases(project, region_id=region)[0])
    rival = factories.lease(project, owner, session="rival")[0]
    assert rival.region.id == region
    factories.submit(rival, 2)
    annotator.submit()
    annotator.wait_for_text("#notices", "kept on the server as a draft")
    assert all_of(2, rows.labels(project)[0].mask)
    assert all_of(1, rows.labels(project, "draft")[0].mask)


def test_who_comes_back_too_late_hears_of_it(annotator: Annotator, project: Project, owner: User):
    """Leases are looked after when the tab is seen again, before anything is submitted."""
    annotator.join(project, owner)
    region = annotator.region
    factories.run_out(rows.leases(project, region_id=region)[0])
    factories.submit(factories.lease(project, owner, session="rival")[0], 2)
    annotator.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    annotator.wait_for_text("#notices", "given to somebody else")
    until(lambda: annotator.region != region)
    assert rows.labels(project, "draft") == []


def test_two_tabs_work_on_different_regions(annotator: Annotator, project: Project, owner: User):
    annotator.join(project, owner)
    first = annotator.region
    annotator.new_page()
    annotator.open(project)
    assert annotator.region != first
    assert len({lease.session for lease in rows.leases(project)}) == 2


def test_a_copied_tab_gets_a_session_of_its_own(
    annotator: Annotator, project: Project, owner: User
):
    """A browser copies a tab's memory with the tab."""
    annotator.join(project, owner)
    first = annotator.region
    copied = annotator.page.evaluate("sessionStorage.getItem('tessera.session')")
    annotator.new_page()
    annotator.page.add_init_script(f"sessionStorage['tessera.session'] ??= {copied!r}")
    annotator.open(project)
    assert annotator.region != first
    assert annotator.page.evaluate("sessionStorage.getItem('tessera.session')") != copied


def test_a_closed_tab_gives_back_what_it_has_not_worked_on(
    annotator: Annotator, project: Project, owner: User
):
    annotator.join(project, owner)
    worked_on = annotator.fill(1)
    until(lambda: len(annotator.drafts()) == 1)
    until(lambda: len(held(project)) == 3)
    annotator.page.goto("about:blank")
    until(lambda: held(project) == [worked_on])


def held(project: Project) -> list[int]:
    """Regions that somebody holds."""
    return [each.id for each in rows.regions(project) if each.lease_id is not None]


def test_a_session_that_ends_loses_nothing(annotator: Annotator, project: Project, owner: User):
    user = annotator.join(project, owner)
    region = annotator.fill(1)
    factories.sql("UPDATE tokens SET revoked_at = now() WHERE user_id = :id", id=user.id)
    annotator.press("Enter")
    annotator.wait_for_text("#saved", "Signed out · 1 kept here")
    working = annotator.page
    annotator.new_page()
    annotator.sign_in(user, project)
    working.bring_to_front()
    annotator.page = working
    annotator.wait_until_saved()
    assert [each.region_id for each in rows.labels(project)] == [region]


def test_a_reload_goes_on_with_an_earlier_label(
    annotator: Annotator, project: Project, owner: User
):
    annotator.join(project, owner)
    first = annotator.fill(0)
    annotator.submit()
    annotator.wait_until_saved()
    annotator.press("Backspace")
    until(lambda: annotator.region == first)
    annotator.press("Digit3")
    until(lambda: first in [each["region_id"] for each in annotator.drafts()])
    annotator.page.reload()
    assert annotator.region == first
    assert "Your label of before" in annotator.wait_for_text("#why", "label of before")
    annotator.submit()
    annotator.wait_until_saved()
    until(lambda: [all_of(2, each.mask) for each in rows.labels(project)] == [False, True])


def test_leases_last_as_long_as_one_works(annotator: Annotator, project: Project, owner: User):
    annotator.join(project, owner)
    region = annotator.region
    before = rows.leases(project, region_id=region)[0].expires_at
    annotator.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    until(lambda: rows.leases(project, region_id=region)[0].expires_at > before)

"""What the page does around the canvas: skip, comment, back, unset pixels, settings, no work."""

import numpy as np
import pytest

from core.models import Project, Region, User
from core.projects import ClassSpec, set_classes
from tests import factories
from tests.browser import rows
from tests.browser.annotator import Annotator
from tests.factories import act_on
from tests.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

EVIL = "<img src=x onerror=alert(1)>"


@pytest.fixture
def project(owner: User) -> Project:
    """A project whose queue holds four regions."""
    made = factories.project(owner)
    factories.labelling(made, owner, number=4)
    return made


def region_row(project: Project, region_id: int) -> Region:
    return next(each for each in rows.regions(project) if each.id == region_id)


def test_a_region_is_skipped_with_a_reason_by_two_keys(
    annotator: Annotator, project: Project, owner: User
):
    annotator.join(project, owner)
    region = annotator.region
    annotator.press("x")
    annotator.wait_for_text("#skip-title")
    annotator.press("2")
    until(lambda: annotator.region != region)
    annotator.wait_until_saved()
    (lease,) = rows.leases(project, region_id=region)
    assert (lease.outcome, lease.reason) == ("skipped", "Too dark or too bright")


def test_a_reason_of_ones_own_is_typed(annotator: Annotator, project: Project, owner: User):
    annotator.join(project, owner)
    region = annotator.region
    annotator.press("x")
    annotator.page.fill("#skip-text", "3 wheels?")
    annotator.press("Enter")
    until(lambda: annotator.region != region)
    annotator.wait_until_saved()
    assert rows.leases(project, region_id=region)[0].reason == "3 wheels?"


def test_who_thinks_better_of_skipping_is_where_they_were(
    annotator: Annotator, project: Project, owner: User
):
    annotator.join(project, owner)
    region = annotator.fill(1)
    annotator.press("x", "Escape", "Enter")
    annotator.wait_until_saved()
    until(lambda: [each.region_id for each in rows.labels(project)] == [region])


def test_a_comment_and_a_flag_reach_the_reviewer(
    annotator: Annotator, project: Project, owner: User
):
    annotator.join(project, owner)
    region = annotator.fill(0)
    annotator.press("Shift+N")
    annotator.page.fill("#note-text", EVIL)
    annotator.page.check("#note-flag")
    annotator.press("Control+Enter")
    annotator.submit()
    annotator.wait_until_saved()
    noted = region_row(project, region)
    assert (noted.note, noted.flagged, noted.state) == (EVIL, True, "labelled")


@pytest.mark.parametrize(("key", "value"), [("1", 254), ("2", 255)])
def test_pixels_without_a_class_are_asked_about_once(
    annotator: Annotator, project: Project, owner: User, key: str, value: int
):
    """Without a model there is no suggestion to fill them with, so void is the second choice."""
    annotator.join(project, owner)
    annotator.draw(1)
    annotator.press("Enter")
    annotator.wait_for_text("#unset-title", "pixels have no class")
    annotator.press(key)
    annotator.wait_until_saved()
    until(lambda: len(rows.labels(project)) == 1)
    mask = rows.labels(project)[0].mask
    assert set(np.unique(mask)) == {1, value}


def test_an_untouched_region_cannot_be_left_without_any_class(
    annotator: Annotator, project: Project, owner: User
):
    annotator.join(project, owner)
    assert annotator.region
    annotator.press("Enter")
    annotator.wait_for_text("#unset-title", "100 of 100")
    choices = annotator.page.locator("#unset-choices button").all_inner_texts()
    assert [each.split("\n")[-1] for each in choices] == ["Make them void"]


def test_the_last_label_can_be_changed(annotator: Annotator, project: Project, owner: User):
    annotator.join(project, owner)
    first = annotator.fill(0)
    annotator.submit()
    annotator.wait_until_saved()
    annotator.press("Backspace")
    annotator.wait_for_text("#why", "Your label of before")
    assert annotator.region == first
    annotator.fill(2)
    annotator.submit()
    annotator.wait_until_saved()
    found = rows.labels(project)
    assert [(each.region_id, each.label.revision) for each in found] == [(first, 1), (first, 2)]
    assert (found[-1].mask == 2).all()


def test_going_back_keeps_what_one_had_begun(annotator: Annotator, project: Project, owner: User):
    annotator.join(project, owner)
    first = annotator.fill(0)
    annotator.submit()
    annotator.wait_until_saved()
    second = annotator.fill(1)
    annotator.press("Backspace")
    until(lambda: annotator.region == first)
    annotator.press("x")  # leaves the earlier label as it was
    until(lambda: annotator.region == second)
    annotator.submit()
    annotator.wait_until_saved()
    until(lambda: len(rows.labels(project)) == 2)
    assert (rows.labels(project)[1].mask == 1).all()
    assert region_row(project, first).lease_id is None


def test_labels_of_an_earlier_visit_can_be_changed_too(
    annotator: Annotator, project: Project, owner: User
):
    annotator.join(project, owner)
    first = annotator.fill(0)
    annotator.submit()
    annotator.wait_until_saved()
    annotator.page.reload()
    until(lambda: annotator.region != first)
    annotator.press("Backspace")
    until(lambda: annotator.region == first)


def test_a_class_name_is_never_markup(annotator: Annotator, project: Project, owner: User):
    classes = [ClassSpec(value, EVIL + str(value), "#808080") for value in range(3)]
    act_on(set_classes, project, classes, by=owner)
    asked: list[str] = []
    annotator.page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    annotator.join(project, owner)
    annotator.fill(1)
    annotator.press("Shift+Slash")
    annotator.wait_for_text("#help-tables", EVIL)
    assert annotator.page.locator("img").count() == 0
    assert asked == []


def test_the_help_tells_the_keys_in_use(annotator: Annotator, project: Project, owner: User):
    annotator.join(project, owner)
    assert annotator.region
    annotator.page.click("#open-settings")
    annotator.page.select_option("#settings-fields [name=keymap]", "cvat")
    annotator.press("Escape")
    annotator.page.reload()
    assert annotator.region
    annotator.page.click("#open-help")
    assert annotator.wait_for_text("#help-keymap") == "Like CVAT"
    submit = annotator.page.locator("#help-tables tr", has_text="Submit;")
    assert "Ctrl S" in submit.inner_text()


def test_without_a_cycle_the_page_waits_and_takes_up_work(annotator: Annotator, owner: User):
    idle = factories.project(owner)
    annotator.join(idle, owner)
    annotator.wait_for_text("#empty-title", "Nothing to label yet")
    factories.labelling(idle, owner, number=1)
    assert annotator.region == rows.regions(idle)[0].id


def test_the_page_says_when_others_have_all_that_is_left(
    annotator: Annotator, project: Project, owner: User
):
    taken = factories.lease(project, owner, number=4)
    annotator.join(project, owner)
    annotator.wait_for_text("#empty-title", "Others have the last ones")
    factories.run_out(taken[2].lease)
    assert annotator.region == taken[2].region.id


def test_a_day_is_done_when_the_cycle_is(annotator: Annotator, project: Project, owner: User):
    annotator.join(project, owner)
    for last in (False, False, False, True):
        annotator.fill(1)
        annotator.submit(last=last)
    annotator.wait_for_text("#empty-title", "All done")
    annotator.wait_for_text("#cycle-left", "0 of 4 left")


@pytest.mark.parametrize("size", [(1280, 720), (3840, 2160)])
def test_nothing_lies_beside_the_screen(
    annotator: Annotator, project: Project, owner: User, size: tuple[int, int]
):
    annotator.page.set_viewport_size({"width": size[0], "height": size[1]})
    annotator.join(project, owner)
    assert annotator.region
    wide, high = annotator.page.evaluate(
        "[document.scrollingElement.scrollWidth, document.scrollingElement.scrollHeight]"
    )
    assert (wide, high) == size


def test_every_control_has_a_name_and_can_be_reached(
    annotator: Annotator, project: Project, owner: User
):
    annotator.join(project, owner)
    assert annotator.region
    nameless = annotator.page.evaluate(
        """() => [...document.querySelectorAll('button, input, select, textarea, canvas, progress')]
            .filter((each) => each.checkVisibility() && !each.closest('[aria-hidden="true"]'))
            .filter((each) => !(each.ariaLabel || each.innerText || each.labels?.length))
            .map((each) => each.outerHTML)"""
    )
    assert nameless == []
    reached = set()
    for _ in range(40):
        annotator.press("Tab")
        reached.add(annotator.page.evaluate("document.activeElement?.id"))
    assert {"open-note", "open-settings", "open-help"} <= reached

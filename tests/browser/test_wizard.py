"""A whole project without the shell: from its classes to the queue of its second cycle."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from core import projects
from core.db import transaction
from core.models import Job, Project, User
from tests import factories
from tests.browser.annotator import SHOWN_WITHIN_MS, Annotator
from tests.core import folders
from tests.factories import act_on
from tests.serving import Server
from tests.waiting import until
from tests.worker import campaign
from worker import engine

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

expect.set_options(timeout=SHOWN_WITHIN_MS)


@pytest.fixture
def admin(context, server: Server, owner: User) -> Iterator[Annotator]:
    somebody = Annotator(context, server.url)
    somebody.enter(owner)
    yield somebody
    assert somebody.complaints == []


def work() -> None:
    """What a worker does: every job that waits, and those that follow."""
    waiting = select(Job.id).where(Job.state == "pending").order_by(Job.id)
    while True:
        with transaction() as db:
            found = db.scalars(waiting).all()
        if not found:
            return
        for job_id in found:
            engine.run(job_id)


def test_a_project_is_led_from_its_classes_to_the_second_cycle(
    admin: Annotator, owner: User, tmp_path: Path
):
    scenes = campaign.draw(tmp_path / "scenes", pool=3)
    archive = shutil.make_archive(str(tmp_path / "scenes-sent"), "zip", scenes)
    page = admin.page
    page.goto(f"{admin.url}/projects/new")
    project = created(page, scenes)
    imported(page, archive)
    page.get_by_label("Side in pixels").fill("32")
    expect(page.locator("#sizes tr[aria-current]")).to_contain_text("32")
    page.get_by_role("button", name="Use this size").click()
    expect(page.locator("#cells-title")).to_have_text("2. Cells of 32 pixels")
    # Trainings of this test last for seconds.
    recipe = {"name": "s4al-cpu", "overrides": campaign.TINY | {"scale": 1.0}}
    recipe["overrides"]["schedule"] = {**campaign.TINY["schedule"], "steps": 8}  # type: ignore[index]
    act_on(projects.update, project, title=None, recipe=recipe, by=owner)
    page.get_by_role("link", name="Put it together").click()
    started(page, "Cold start")
    page.goto(f"{admin.url}/projects/{project.id}/annotate")
    for place in range(2):
        admin.fill(place)
        admin.submit(last=place == 1)
    admin.wait_until_saved()
    page.goto(f"{admin.url}/projects/{project.id}")
    expect(page.locator("#now h2")).to_contain_text("closed")
    page.get_by_role("link", name="Start a cycle").click()
    started(page, "drawn at random")
    expect(page.locator("#now h2")).to_contain_text("Cycle 1 labelling")
    expect(page.locator("#cycles tbody tr").first).to_contain_text("%")
    page.goto(f"{admin.url}/projects/{project.id}/images?split=val")
    page.locator(".confusion a").first.click()
    page.locator("#mistakes a img").first.click()
    expect(page.locator("#says")).to_contain_text("% of the pixels right")


def created(page: Page, scenes: Path) -> Project:
    page.get_by_label("Name, as commands").fill("from-the-page")
    page.locator("#class-file").set_input_files(scenes / "classes.json")
    page.get_by_role("button", name="Create, and add images").click()
    page.wait_for_url("**/setup")
    with transaction() as db:
        return db.scalars(select(Project).where(Project.name == "from-the-page")).one()


def imported(page: Page, archive: str) -> None:
    """Looked at first, then in the project."""
    page.locator("[name=archive]").set_input_files(archive)
    for button, says in (("Look at it first", "All files are right"), ("Import", "")):
        with page.expect_response(lambda each: each.url.endswith("/imports")):
            page.get_by_role("button", name=button, exact=True).click()
        work()
        if says:
            expect(page.locator("#import-says")).to_contain_text(says)
    expect(page.locator("header", has_text="1. Images")).to_contain_text("3 to label · 2 to val")


def started(page: Page, basis: str) -> None:
    page.get_by_label("Unit of the budget").select_option("regions")
    page.get_by_label("Budget", exact=True).fill("2")
    expect(page.locator("#basis")).to_contain_text(basis)
    expect(page.locator("#confirm")).to_be_enabled()
    page.locator("#confirm").click()
    page.wait_for_url("**/projects/*")
    expect(page.locator("#now h2")).to_be_visible()
    work()


def test_what_is_submitted_before_the_scripts_are_there_waits_for_them(
    admin: Annotator, owner: User, tmp_path: Path
):
    page, held = admin.page, []
    project = factories.project(owner)
    page.route("**/static/admin/setup.js", lambda route: held.append(route))
    page.goto(f"{admin.url}/projects/{project.id}/setup", wait_until="commit")
    page.get_by_placeholder("/streets").fill(str(folders.plain(tmp_path / "scenes")))
    page.get_by_role("button", name="Look at it first").click()
    expect(page.locator("#importing")).to_be_hidden()
    until(lambda: held or page.wait_for_timeout(50))
    held[0].continue_()
    expect(page.locator("#import-says")).to_contain_text("pending")
    work()
    expect(page.locator("#import-counts")).to_contain_text("2 pool to add")
    assert page.url.endswith("/setup")

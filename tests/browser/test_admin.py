"""The admin's pages in a real browser: what moves by itself, and what buttons do."""

import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from playwright.sync_api import Page, expect

from core import jobs, stages
from core.jobs import Claim
from core.models import Cycle, Project, User
from core.plans import Plan
from tests import factories
from tests.browser.annotator import SHOWN_WITHIN_MS, Annotator
from tests.factories import act, fresh
from tests.serving import Server

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

expect.set_options(timeout=SHOWN_WITHIN_MS)


class Admin(Annotator):
    """Somebody who looks after a project."""

    def look(self, project: Project, path: str = "") -> Page:
        self.page.goto(f"{self.url}/projects/{project.id}{path}")
        return self.page


@pytest.fixture(scope="module")
def owner(server: Server) -> User:  # noqa: ARG001
    return factories.user(is_admin=True)


@pytest.fixture
def project(owner: User) -> Project:
    made = factories.project(owner)
    factories.image(made, split="val", mask=factories.whole_mask())
    factories.image(made)
    return made


@pytest.fixture
def admin(context, server: Server, owner: User) -> Iterator[Admin]:
    somebody = Admin(context, server.url)
    somebody.enter(owner)
    yield somebody
    assert somebody.complaints == []


def training(project: Project, owner: User) -> tuple[Cycle, Claim]:
    """A cycle that a worker trains: it learns from an image with a mask."""
    factories.image(project, mask=factories.whole_mask(value=1))
    cycle = factories.cycle(project, owner, Plan(regions=2))
    return cycle, factories.claim(factories.pending(cycle))


def test_live_progress_moves_and_the_plot_grows(admin: Admin, project: Project, owner: User):
    cycle, claim = training(project, owner)
    page = admin.look(project)
    bar = page.locator("[data-job] progress").first
    for step in (3, 7):
        told = {"step": step, "steps": 9, "eta_s": 70, "losses": {"supervised": 1.5}}
        act(jobs.heartbeat, claim, told | {"pseudo_share": 0.25})
        expect(bar).to_have_js_property("value", step)
    expect(page.locator("[data-details]").first).to_contain_text(
        "7 of 9 · 1 min left · supervised 1.500 · pseudo-labels 25 %"
    )
    finish_training(cycle, claim)
    factories.evaluate(cycle)
    expect(page.locator("#quality .scatterlayer .trace")).to_have_count(1)
    expect(page.locator("#cycles tbody")).to_contain_text("70.8 %")
    expect(page.locator("#forecast-answer")).to_contain_text("Too early: 1 of at least 3")


def finish_training(cycle: Cycle, claim: Claim) -> None:
    """What `factories.train` does, for a claim that is held already."""
    store = factories.open_store()
    card = {"classes": list(factories.CLASSES)}
    keys = [store.put(f"{name} {cycle.id}".encode()) for name in ("weights", "card")]
    act(stages.trained, claim, stages.TrainedModel(keys[0], keys[1], card))


def test_a_failed_stage_is_explained_and_tried_again(admin: Admin, project: Project, owner: User):
    cycle, claim = training(project, owner)
    page = admin.look(project)
    log = [f"line {number}" for number in range(200)]
    act(stages.failed, claim, error_class="out_of_memory", text="12 GiB", log=log)
    failure = page.locator(".failure")
    expect(failure).to_contain_text("ran out of memory")
    expect(failure.locator("pre")).to_contain_text("line 199")
    page.get_by_role("button", name=re.compile("Retry train")).click()
    expect(page.locator("#now h2")).to_contain_text("training")
    assert fresh(cycle).state == "training"


def test_a_cycle_is_closed_early_and_another_cancelled(admin: Admin, project: Project, owner: User):
    cycle = factories.labelling(project, owner)
    page = admin.look(project)
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.get_by_role("button", name="Close early").click()
    assert fresh(cycle).state == "labelling"
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Continue by itself").click()
    expect(page.get_by_role("button", name="Stop after this cycle")).to_be_visible()
    page.get_by_role("button", name="Stop after this cycle").click()
    expect(page.get_by_role("button", name="Continue by itself")).to_be_visible()
    page.get_by_role("button", name="Close early").click()
    expect(page.locator("#now h2")).to_contain_text("closed")
    other, _ = training(project, owner)
    expect(page.locator("#now h2")).to_contain_text("training")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#now h2")).to_contain_text("cancelled")
    assert fresh(other).state == "cancelled"


def test_a_cycle_is_previewed_and_started_from_the_page(admin: Admin, project: Project):
    page = admin.look(project, "/cycles/new")
    page.get_by_label("Unit of the budget").select_option("regions")
    page.get_by_label("Budget", exact=True).fill("99")
    expect(page.locator("#preview-said")).to_contain_text("99 regions")
    expect(page.locator("#confirm")).to_be_disabled()
    page.get_by_label("Budget", exact=True).fill("5")
    expect(page.locator("#thumbs img")).to_have_count(5)
    expect(page.locator("#basis")).to_contain_text("Cold start")
    page.locator("#confirm").click()
    page.wait_for_url(f"{admin.url}/projects/{project.id}")
    expect(page.locator("#now h2")).to_contain_text("selecting")
    expect(page.locator("#cycles tbody")).to_contain_text("cold start")


def test_somebody_is_invited_gets_a_role_and_loses_their_leases(admin: Admin, project: Project):
    page = admin.look(project, "/people")
    page.get_by_label("Name", exact=True).fill("mira <b>")
    page.locator("#invite button").click()
    expect(page.locator("#secret")).to_contain_text("tes_")
    page.get_by_role("button", name="Done").click()
    row = page.locator("#members tr", has_text="mira <b>")
    expect(row).to_be_visible()
    expect(page.locator("#secret")).to_have_text("")
    row.get_by_label("Role of mira <b>").select_option("reviewer")
    with page.expect_response(re.compile("/members/")):
        row.get_by_role("button", name="Set").click()
    expect(page.locator("#tokens")).to_contain_text("invitation")
    admin.look(project, "/audit?kind=member")
    expect(page.locator("tbody tr").first).to_contain_text("role reviewer")


class Taking(BaseHTTPRequestHandler):
    """Takes every message."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """The page has a log."""


@pytest.fixture
def receiver() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Taking) as there:
        thread = Thread(target=there.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{there.server_port}/in"
        there.shutdown()
        thread.join()


def test_an_address_is_told_and_its_log_goes_on_by_itself(
    admin: Admin, project: Project, receiver: str
):
    page = admin.look(project, "/webhooks")
    page.get_by_label("Address", exact=True).fill(receiver)
    page.get_by_label("Kinds", exact=True).fill("cycle, region.labelled")
    page.get_by_role("button", name="Add").click()
    expect(page.locator("#secret")).to_contain_text("whsec_")
    page.get_by_role("button", name="Done").click()
    expect(page.locator("#webhooks tbody")).to_contain_text("cycle, region.labelled")
    page.get_by_role("button", name="Ping").click()
    sent = page.locator("#deliveries tbody tr")
    expect(sent.first).to_contain_text("delivered")
    expect(sent.first).to_contain_text("204")
    sent.first.get_by_role("button", name="Send again").click()
    expect(sent.filter(has_text="delivered")).to_have_count(2)
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("#webhooks .state")).to_have_text("paused")

"""Somebody who labels in a browser: signs in, presses keys, and looks at what the page says."""

from typing import Any

from playwright.sync_api import BrowserContext, ConsoleMessage, Page

from core import projects, users
from core.models import Project, User
from tests import factories
from tests.factories import act

SHOWN_WITHIN_MS = 60_000


class Annotator:
    """One person at one browser. `complaints` are broken rules and uncaught errors of the page."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context = context
        self.url = url
        self.complaints: list[str] = []
        self.page: Page = self.new_page()

    def new_page(self) -> Page:
        """Another tab; it becomes the one that is worked in."""
        self.page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._hear)
        return self.page

    def _hear(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            self.complaints.append(message.text)

    def join(self, project: Project, by: User) -> User:
        """Become a new annotator of the project, and open its page."""
        user = factories.user()
        act(projects.set_member, project, user_id=user.id, role="annotator", by=by)
        self.sign_in(user, project)
        return user

    def sign_in(self, user: User, project: Project) -> None:
        _, secret = act(users.create_token, user)
        self.page.goto(f"{self.url}/sign-in?next=/projects/{project.id}/annotate")
        self.page.fill("#token", secret)
        self.page.click("#token ~ button")

    def enter(self, user: User) -> None:
        """Sign in, and see the projects."""
        _, secret = act(users.create_token, user)
        self.page.goto(f"{self.url}/sign-in")
        self.page.fill("#token", secret)
        self.page.click("#token ~ button")
        self.page.wait_for_url(f"{self.url}/")

    def open(self, project: Project) -> None:
        self.page.goto(f"{self.url}/projects/{project.id}/annotate")

    @property
    def region(self) -> int:
        """The region that is shown, once one is."""
        self.page.wait_for_selector("#work[data-region]", timeout=SHOWN_WITHIN_MS)
        return int(self.page.get_attribute("#work", "data-region") or 0)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def fill(self, value: int) -> int:
        """Give the whole region one class, by keys; which region it was."""
        region = self.region
        self.press("Alt+Digit1", f"Digit{value + 1}")
        return region

    def draw(self, value: int) -> None:
        """One stroke of the brush through the middle of the region."""
        x, y = self.middle()
        self.press("Alt+Digit3", f"Digit{value + 1}")
        self.page.mouse.move(x - 60, y)
        self.page.mouse.down()
        self.page.mouse.move(x + 60, y, steps=6)
        self.page.mouse.up()

    def middle(self) -> tuple[float, float]:
        """Where the middle of the canvas, and so of the region, is on the screen."""
        assert self.region
        box = self.page.locator("#editor canvas").first.bounding_box()
        assert box is not None
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def submit(self, *, last: bool = False) -> None:
        """Submit, and wait for the next region, or after the last one for the empty queue."""
        region = self.region
        self.press("Enter")
        if last:
            self.wait_for_text("#empty-title")
        else:
            self.page.wait_for_selector(
                f'#work[data-region]:not([data-region="{region}"])', timeout=SHOWN_WITHIN_MS
            )

    def wait_until_saved(self) -> None:
        self.wait_for_text("#saved", "All saved")

    def wait_for_text(self, selector: str, text: str = "") -> str:
        found = self.page.locator(selector, has_text=text).first
        found.wait_for(timeout=SHOWN_WITHIN_MS)
        return found.inner_text()

    def drafts(self) -> list[dict[str, Any]]:
        """What the browser keeps of unfinished regions."""
        kept: list[dict[str, Any]] = self.page.evaluate(
            """() => new Promise((resolve) => {
                const opening = indexedDB.open("tessera-annotate");
                opening.onsuccess = () => {
                    const all = opening.result.transaction("drafts").objectStore("drafts").getAll();
                    all.onsuccess = () => {
                        resolve(all.result.map(({ region_id }) => ({ region_id })));
                        opening.result.close();
                    };
                };
            })"""
        )
        return kept

"""A real browser on a real server: a database and a store per module, and one shared project."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

from core.models import User
from tests import factories
from tests.browser import chromium
from tests.browser.annotator import SHOWN_WITHIN_MS, Annotator
from tests.environment import settings_of
from tests.serving import Server, serving


# Playwright keeps an event loop in the thread, beside which nobody else can run one.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """The machine's Chromium, as long as tests of pages come one after the other."""
    found = chromium.find()
    if found is None:
        pytest.skip(chromium.MISSING)
    with chromium.running(found) as started:
        yield started


@pytest.fixture(scope="module")
def environment(
    database_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """Settings of this process and of the server's, over one database and store."""
    values = {
        "database_url": database_url,
        "redis_url": redis_url,
        "import_roots": tmp_path_factory.getbasetemp(),
        "skips_to_settle": 1,
        "webhooks_private": True,
        "reconcile_s": 1,
        "log_level": "WARNING",
    }
    with settings_of(tmp_path_factory.mktemp("data"), **values) as env:
        yield env


@pytest.fixture(scope="module")
def server(
    environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    log: Path = tmp_path_factory.mktemp("server") / "server.log"
    with serving(environment, log) as started:
        yield started


@pytest.fixture
def owner(server: Server) -> User:  # noqa: ARG001
    """Whoever sets up projects on the server."""
    return factories.user(is_admin=True)


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser that nobody has used before."""
    fresh = browser.new_context(viewport={"width": 1280, "height": 720})
    fresh.set_default_timeout(SHOWN_WITHIN_MS)
    yield fresh
    fresh.close()


@pytest.fixture
def annotator(context: BrowserContext, server: Server) -> Iterator[Annotator]:
    """Somebody at a browser; whatever they do, the page breaks none of its own rules."""
    somebody = Annotator(context, server.url)
    yield somebody
    assert somebody.complaints == []

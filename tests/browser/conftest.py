"""A real browser on a real server: a database and a store per module, and one shared project."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.browser.annotator import Annotator
from tests.environment import settings_of
from tests.serving import Server, serving

NAMES = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The machine's Chromium; TESSERA_CHROMIUM names another one."""
    found = os.environ.get("TESSERA_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip("there is no Chromium here; set TESSERA_CHROMIUM to one")
    with sync_playwright() as playwright:
        # A sandbox needs rights that containers do not give.
        started = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield started
        started.close()


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
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser that nobody has used before."""
    fresh = browser.new_context(viewport={"width": 1280, "height": 720})
    yield fresh
    fresh.close()


@pytest.fixture
def annotator(context: BrowserContext, server: Server) -> Iterator[Annotator]:
    """Somebody at a browser; whatever they do, the page breaks none of its own rules."""
    somebody = Annotator(context, server.url)
    yield somebody
    assert somebody.complaints == []

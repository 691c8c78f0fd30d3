"""The machine's own Chromium, for tests and benchmarks of the pages."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
MISSING = (
    "There is no Chromium here: `make browser` installs it, TESSERA_CHROMIUM names another one."
)


def find() -> str | None:
    """Where it is; TESSERA_CHROMIUM goes first."""
    return os.environ.get("TESSERA_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def running(path: str) -> Iterator[Browser]:
    """The browser at `path`, until the end of the block."""
    with sync_playwright() as playwright:
        # A sandbox needs rights that containers do not give.
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()

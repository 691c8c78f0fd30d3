"""The annotator's page in a browser, on a local server: from a submit to the next region on the
screen, the first load, and what a region takes by keyboard alone. All times are the browser's own.

The floor of a submit is a frame of the same browser; of the rest it is what is allowed at most.
"""

import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as Picture
from playwright.sync_api import Page

import migrations
from benchmarks import Figure, main
from core import masks, pixels, projects
from core.db import transaction
from core.models import Image, Project, Region, User
from core.plans import Plan
from core.projects import ClassSpec
from core.store import open_store
from tessera import postgres, redis, scenes
from tessera.dataset import read_classes
from tests import factories
from tests.browser import chromium
from tests.browser.annotator import Annotator
from tests.environment import settings_of
from tests.factories import act
from tests.serving import serving

WIDTH, HEIGHT, CELL_PX = 960, 540, 60
KILOBYTES, FIRST_LOAD_MS = 150, 1000
# A class key twice where a region has one class; else the suggestion's key and Enter.
KEYS = 2
PAUSE_MS = 700
SURE = 230

Mask = np.ndarray


def figures(*, quick: bool) -> list[Figure]:
    """Six figures of one browser and one server; none where there is no Chromium."""
    path = chromium.find()
    if path is None:
        sys.stderr.write(f"{chromium.MISSING}\n")
        return []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tessera-")))
        urls = stack.enter_context(_services(folder))
        environment = stack.enter_context(settings_of(folder / "data", **urls))
        server = stack.enter_context(serving(environment, folder / "server.log"))
        project, owner, truth = _street(folder / "scenes")
        browser = stack.enter_context(chromium.running(path))
        first = Annotator(browser.new_context(), server.url)
        first.join(project, owner)
        assert first.region  # the server is warm now, and the next browser knows nothing
        first.context.close()
        somebody = Annotator(browser.new_context(), server.url)
        somebody.join(project, owner)
        return _measure(somebody, truth, regions=20 if quick else 70)


@contextmanager
def _services(folder: Path) -> Iterator[dict[str, str]]:
    with (
        postgres.running(folder / "pgdata", folder, folder / "postgres.log") as database_url,
        redis.running(folder, folder / "redis.log") as redis_url,
    ):
        migrations.upgrade(database_url)
        yield {"database_url": database_url, "redis_url": redis_url}


def _street(folder: Path) -> tuple[Project, User, Mask]:
    """A project with one scene, all of its cells asked for; and the scene's true classes."""
    scenes.generate(folder, pool=1, val=1, test=1, width=WIDTH, height=HEIGHT, seed=1)
    owner = factories.user(is_admin=True)
    classes = [
        ClassSpec(each["value"], each["name"], each["color"]) for each in read_classes(folder)
    ]
    project = act(
        projects.create,
        name="bench",
        title="",
        cell_px=CELL_PX,
        classes=classes,
        recipe=factories.RECIPE,
        by=owner,
    )
    (shown,) = map(_read, (folder / "pool/images").iterdir())
    (truth,) = map(_read, (folder / "pool/masks").iterdir())
    _open_queue(project, owner, _image(project, shown), truth)
    return project, owner, truth


def _read(path: Path) -> np.ndarray:
    return np.asarray(Picture.open(path))


def _image(project: Project, shown: np.ndarray) -> Image:
    row = Image(
        project_id=project.id,
        name="scene",
        split="pool",
        width=WIDTH,
        height=HEIGHT,
        sha256=pixels.fingerprint(shown),
        key=open_store().put(pixels.to_png(shown)),
        mask_clicks=0,
    )
    with transaction() as db:
        db.add(row)
    return row


def _open_queue(project: Project, owner: User, image: Image, truth: Mask) -> None:
    """Every cell with the truth as its suggestion: what is measured is the page, not a model."""
    places = [(y, x) for y in range(0, HEIGHT, CELL_PX) for x in range(0, WIDTH, CELL_PX)]
    cycle = factories.cycle(project, owner, Plan(regions=len(places)))
    rows = factories.cells(cycle, image, len(places))
    for row, (top, left) in zip(rows, places, strict=True):
        row |= {"left": left, "top": top, "width": CELL_PX, "height": CELL_PX}
        row |= {"cell_row": top // CELL_PX, "cell_col": left // CELL_PX}
        suggested = truth[top : top + CELL_PX, left : left + CELL_PX]
        row["suggestion_key"] = open_store().put(masks.to_png(suggested))
        row["confidence_key"] = open_store().put(masks.to_png(np.full_like(suggested, SURE)))
    factories.select(cycle, rows)


def _measure(somebody: Annotator, truth: Mask, regions: int) -> list[Figure]:
    page = somebody.page
    assert somebody.region
    first_ms = _painted_ms(page)
    kilobytes = _loaded_bytes(page) / 1000
    frame_ms = _frame_ms(page)
    somebody.press("Alt+Digit1")
    started = _now_s(page)
    submits = [_label(somebody, truth) for _ in range(regions)]
    seconds = (_now_s(page) - started) / regions
    next_ms = [_paced(somebody, truth) for _ in range(regions)]
    keys = sum(pressed for _, pressed in submits) / regions
    p95 = statistics.quantiles(next_ms, n=20)[-1]
    return [
        Figure(
            "submit to next region, median", statistics.median(next_ms), "ms", "frame", frame_ms
        ),
        Figure("submit to next region, p95", p95, "ms", "frame", frame_ms),
        Figure("first region on the screen", first_ms, "ms", "allowed", FIRST_LOAD_MS),
        Figure("script and style", kilobytes, "kB", "allowed", KILOBYTES),
        Figure("keys per region", keys, "keys", "fill and submit", KEYS),
        Figure(
            "region by keys alone",
            seconds * 1e3,
            "ms",
            "submit to next",
            statistics.median(next_ms),
        ),
    ]


def _painted_ms(page: Page) -> float:
    """From the start of the navigation to the end of the first region's first frame."""
    return float(
        page.evaluate(
            "() => { const [each] = performance.getEntriesByName('tessera:painted');"
            " return each.startTime + each.duration; }"
        )
    )


def _loaded_bytes(page: Page) -> int:
    """Scripts and styles as they came over the network."""
    return int(
        page.evaluate(
            "() => performance.getEntriesByType('resource')"
            ".filter(({ name }) => /\\.(js|css)$/.test(name))"
            ".reduce((sum, each) => sum + each.encodedBodySize, 0)"
        )
    )


def _now_s(page: Page) -> float:
    return float(page.evaluate("performance.now()")) / 1000


def _frame_ms(page: Page) -> float:
    """From one frame to the next, while nothing happens."""
    frames: Sequence[float] = page.evaluate(
        """async () => {
            const next = () => new Promise(requestAnimationFrame);
            const times = [];
            for (let i = 0; i < 61; i += 1) times.push(await next());
            return times.slice(1).map((time, i) => time - times[i]);
        }"""
    )
    return statistics.median(frames)


def _label(somebody: Annotator, truth: Mask) -> tuple[float, int]:
    """Label the region as it truly is, by keys; ms from the submit to the next one, and keys."""
    page = somebody.page
    values = np.unique(_cut(somebody, truth))
    region = somebody.region
    keys = [f"Digit{values[0] + 1}"] * 2 if len(values) == 1 else ["a", "Enter"]
    somebody.press(*keys)
    page.wait_for_function(
        "(last) => document.querySelector('#work').dataset.region !== last", arg=str(region)
    )
    found: Any = page.wait_for_function(
        "() => performance.getEntriesByName('tessera:next')[0]?.duration"
    ).json_value()
    page.evaluate("performance.clearMeasures('tessera:next')")
    return float(found), len(keys)


def _paced(somebody: Annotator, truth: Mask) -> float:
    """The same at a person's pace: the regions ahead have had the time to come."""
    somebody.page.wait_for_timeout(PAUSE_MS)
    return _label(somebody, truth)[0]


def _cut(somebody: Annotator, truth: Mask) -> Mask:
    """The truth of the region that is shown."""
    with transaction() as db:
        region = db.get_one(Region, somebody.region)
    rows = slice(region.top, region.top + region.height)
    return truth[rows, region.left : region.left + region.width]


if __name__ == "__main__":
    main([figures], __doc__)

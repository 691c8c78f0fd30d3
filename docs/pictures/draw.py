"""The documentation's pictures, drawn anew: `python -m docs.pictures.draw [FOLDER [NAME ...]]`.

curve.png is drawn from the table in the README. With the data folder of a finished demo
(`TESSERA_DATA_DIR=FOLDER tessera demo --exit`: synthetic scenes) the pages of the project with the
most cycles are drawn too, all or those that are named, in the machine's Chromium. A cycle is begun
for those of labelling and reviewing unless one is open, so that there is something to label.
"""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import matplotlib.pyplot as plt
from PIL import Image
from playwright.sync_api import Page, expect

from core.settings import Settings
from tessera.client import Client
from tessera.stack import local_stack
from tests.browser import chromium

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SIZE = {"width": 1280, "height": 800}
COLOURS = 256
LARGEST = 140_000
SETTLE_MS, PATIENCE_MS = 2500, 60_000
# The pages by the names of their pictures.
OF_ALL = {"home": "/", "new": "/projects/new"}
OF_A_PROJECT = {
    "overview": "", "start": "/cycles/new", "models": "/models", "people": "/people",
    "audit": "/audit", "setup": "/setup", "images": "/images", "image": "/images/{image}",
    "quality": "/quality", "webhooks": "/webhooks",
}  # fmt: skip
OF_THE_QUEUE = ("review", "annotate")


def main() -> None:
    curve(HERE / "curve.png")
    if sys.argv[1:]:
        folder, *names = sys.argv[1:]
        pages(Path(folder), set(names or ["sign-in", *OF_ALL, *OF_A_PROJECT, *OF_THE_QUEUE]))


def curve(out: Path) -> None:
    """mIoU against labelled pixels, as the README's table has it."""
    rows = list(table())
    figure, axes = plt.subplots(figsize=(7, 3.6), layout="constrained")
    for split, column, style in (("val", 1, "o-"), ("test", 2, "s--")):
        axes.plot(
            [row[0] for row in rows[:-1]], [row[column] for row in rows[:-1]], style, label=split
        )
        axes.axhline(rows[-1][column], color=axes.lines[-1].get_color(), linestyle=":", linewidth=1)
    axes.set(
        xlabel="labelled pixels, % of the pool", ylabel="mIoU, %", ylim=(0, None), xlim=(0, None)
    )
    axes.set_title("CamVid, two CPU cores, one seed; dotted: all labels", fontsize=10)
    axes.legend(loc="lower right")
    figure.savefig(out, dpi=110)


def table() -> Iterator[tuple[float, float, float]]:
    """(labelled %, val, test) of each row, full supervision last."""
    for line in (ROOT / "README.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if len(cells) == 7 and re.fullmatch(r"\d+|all labels", cells[0]):
            share, val, test = cells[1].removesuffix("%"), *cells[4:6]
            yield float(share), float(val), float(test)


def pages(demo: Path, names: set[str]) -> None:
    found = chromium.find()
    if found is None:
        sys.exit(chromium.MISSING)
    settings = Settings(data_dir=demo, port=0)
    with local_stack(settings) as stack, Client(stack.url, stack.token) as client:
        project = max(client.projects(), key=lambda each: len(list(client.cycles(each.id)))).id
        with chromium.running(found) as browser:
            page = browser.new_page(viewport=SIZE)
            page.goto(f"{stack.url}/sign-in")
            if "sign-in" in names:
                taken(page, "sign-in", height=280)
            page.fill("#token", stack.token)
            page.click("#token ~ button")
            page.wait_for_url(f"{stack.url}/")
            for name in names & {*OF_ALL}:
                page.goto(stack.url + OF_ALL[name])
                taken(page, name, height=300 if name == "home" else SIZE["height"])
            image = next(iter(client.images(project, split="pool"))).id
            for name in names & {*OF_A_PROJECT}:
                page.goto(f"{stack.url}/projects/{project}{OF_A_PROJECT[name].format(image=image)}")
                for layer in ("score", "asked") if name == "image" else ():
                    page.locator(f"label:has([value={layer}], #{layer})").click()
                taken(page, name)
            if names & {*OF_THE_QUEUE}:
                of_the_queue(page, f"{stack.url}/projects/{project}", client, project)


def of_the_queue(page: Page, url: str, client: Client, project: int) -> None:
    waiting = client.reviews(project, state="pending")
    review = next((each.id for each in waiting if each.suggestion_url), "")
    page.goto(f"{url}/review?review={review}")
    taken(page, "review")
    with something_to_label(client, project):
        page.goto(f"{url}/annotate")
        page.wait_for_timeout(SETTLE_MS)
        page.keyboard.press("Home")  # the region with all that is shown around it
        taken(page, "annotate")


@contextmanager
def something_to_label(client: Client, project: int) -> Iterator[None]:
    if list(client.cycles(project))[-1].state == "labelling":
        yield
        return
    cycle = client.start_cycle(project, regions=24)
    client.wait_for_cycle(cycle.id)
    yield
    client.cancel_cycle(cycle.id)


def taken(page: Page, name: str, height: int = SIZE["height"]) -> None:
    """The page's top as it is when it has settled, with few enough colours to be small."""
    page.wait_for_timeout(SETTLE_MS)
    expect(page.get_by_text("Counting …")).to_have_count(0, timeout=PATIENCE_MS)
    path = HERE / f"{name}.png"
    page.screenshot(path=path, clip={"x": 0, "y": 0, "width": SIZE["width"], "height": height})
    small(path)


def small(path: Path) -> None:
    """Fewer colours, and where photographs fill the page fewer pixels, until it is small enough."""
    shown = Image.open(path).convert("RGB")
    for width in (SIZE["width"], 960, 800, 640):
        sized = shown.resize((width, round(shown.height * width / shown.width)))
        sized.quantize(COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(
            path, optimize=True
        )
        if path.stat().st_size < LARGEST:
            return


if __name__ == "__main__":
    main()

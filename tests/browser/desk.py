"""The editor alone in a browser: a picture with known layers, and somebody's mouse and fingers."""

import base64
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, CDPSession, ConsoleMessage, Error, Page, ViewportSize

from tests.browser.alone import serving
from tests.browser.drawing import Point

CLASSES: list[dict[str, Any]] = [
    {"value": 0, "name": "sky", "colour": "#4080c0"},
    {"value": 1, "name": "road", "colour": "#804080"},
    {"value": 2, "name": "car", "colour": "#e0a020"},
]
SHAPE = (40, 60)
VIEWPORT: ViewportSize = {"width": 1280, "height": 720}
BOX = {"left": 50, "top": 30, "width": SHAPE[1], "height": SHAPE[0]}
CONTEXT = {"left": 10, "top": 0, "width": 140, "height": 100}
PLACE = """() => {
  const { view, given, stage } = editor();
  const { left, top } = stage.canvas.getBoundingClientRect();
  const { x, y } = view.viewport.toScreen({ x: given.box.left, y: given.box.top });
  const density = devicePixelRatio;
  const inCss = (edge, dots) => (Math.round(edge * density) + dots) / density;
  return { left: inCss(left, x), top: inCss(top, y), scale: view.viewport.scale / density };
}"""


def picture(seed: int = 0) -> np.ndarray:
    """Pixels of the context window that all differ from their neighbours."""
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (CONTEXT["height"], CONTEXT["width"], 3), np.uint8)


def suggestion() -> np.ndarray:
    """Sky over road, with a car on it."""
    rows, columns = np.indices(SHAPE)
    wave = rows + 4 * np.sin(columns / 9) > 20
    car = (rows - 26) ** 2 + (columns - 22) ** 2 < 60
    return np.where(car, 2, wave).astype(np.uint8)


def superpixels() -> np.ndarray:
    """Tiles of 10 x 8."""
    rows, columns = np.indices(SHAPE)
    return (rows // 8 * 6 + columns // 10).astype(np.uint16)


class Desk:
    """Opens regions and works on them; coordinates are pixels of the region."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def start(self, classes: Sequence[dict[str, Any]] = CLASSES, **options: Any) -> None:
        self.page.evaluate("o => start(o)", {"classes": list(classes), **options})

    def show(self, **given: Any) -> None:
        """Open the region; layers are arrays, and None leaves one out."""
        pixels = picture()
        layers = {"suggestion": suggestion(), "segments": superpixels(), **given}
        plain = {
            name: value.ravel().tolist() if isinstance(value, np.ndarray) else value
            for name, value in layers.items()
        }
        told = {"picture": as_data(pixels), "box": BOX, "context": CONTEXT, **plain}
        self.page.evaluate("given => show(given)", told)

    def result(self) -> tuple[np.ndarray, np.ndarray]:
        """Classes and origins."""
        told = self.page.evaluate("() => result()")
        return np.reshape(told["classes"], SHAPE), np.reshape(told["origins"], SHAPE)

    @property
    def mask(self) -> np.ndarray:
        return self.result()[0]

    def heard(self, name: str) -> int:
        """How often the editor has said so."""
        count: int = self.page.evaluate("name => heard[name]", name)
        return count

    def keys(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def dot(self, x: float, y: float) -> tuple[int, int]:
        """The whole CSS pixel of the page nearest to a point."""
        place = self.page.evaluate(PLACE)
        return (
            round(place["left"] + x * place["scale"]),
            round(place["top"] + y * place["scale"]),
        )

    def point(self, dot: tuple[float, float]) -> Point:
        """The point under a pixel of the page."""
        place = self.page.evaluate(PLACE)
        scale = place["scale"]
        return (dot[0] - place["left"]) / scale, (dot[1] - place["top"]) / scale

    def click(self, x: float, y: float, **options: Any) -> Point:
        dot = self.dot(x, y)
        self.page.mouse.click(*dot, **options)
        return self.point(dot)

    def drag(self, *points: Point, button: Any = "left", end: bool = True) -> list[Point]:
        """Press at the first point, go through the others, release; where the mouse really was."""
        dots = [self.dot(*point) for point in points]
        self.page.mouse.move(*dots[0])
        self.page.mouse.down(button=button)
        for dot in dots[1:]:
            self.page.mouse.move(*dot)
        if end:
            self.page.mouse.up(button=button)
        return [self.point(dot) for dot in dots]

    def seen(self, *points: Point) -> list[tuple[int, int, int]]:
        """Colours on the screen at points."""
        self.page.evaluate("() => frame()")
        shot = Image.open(BytesIO(self.page.screenshot())).convert("RGB")
        return [shot.getpixel(self.dot(*point)) for point in points]  # type: ignore[misc]


class Fingers:
    """Touches, as the browser gets them from a screen."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._session: CDPSession = desk.page.context.new_cdp_session(desk.page)

    def touch(self, kind: str, *dots: tuple[float, float]) -> None:
        """All fingers that are down, where they are now; `kind` is Start, Move or End."""
        points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(dots)]
        self._session.send(
            "Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": points}
        )

    def drag(self, *points: Point) -> list[Point]:
        dots = [self._desk.dot(*point) for point in points]
        self.touch("Start", dots[0])
        for dot in dots[1:]:
            self.touch("Move", dot)
        self.touch("End")
        return [self._desk.point(dot) for dot in dots]


def as_data(pixels: np.ndarray) -> str:
    """A picture as an address of its own."""
    encoded = BytesIO()
    Image.fromarray(pixels).save(encoded, "PNG")
    return "data:image/png;base64," + base64.b64encode(encoded.getvalue()).decode()


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with serving() as url:
        yield url


@pytest.fixture(scope="module")
def tab(browser: Browser) -> Iterator[Page]:
    """A page that each test loads anew: another one costs seconds of a core."""
    context = browser.new_context(viewport=VIEWPORT)
    yield context.new_page()
    context.close()


@pytest.fixture
def desk(tab: Page, site: str) -> Iterator[Desk]:
    """An open region. No script may fail, nothing may break the page's policy."""
    tab.set_viewport_size(VIEWPORT)
    tab.mouse.move(0, 0)
    yield from opened(tab, site)


def opened(page: Page, site: str) -> Iterator[Desk]:
    failures: list[str] = []

    def fail(error: Error) -> None:
        failures.append(str(error))

    def hear(told: ConsoleMessage) -> None:
        if told.type == "error":
            failures.append(told.text)

    page.on("pageerror", fail)
    page.on("console", hear)
    page.goto(f"{site}/editor.html")
    page.wait_for_function("() => Boolean(window.start)")
    made = Desk(page)
    made.start()
    made.show()
    yield made
    page.remove_listener("pageerror", fail)
    page.remove_listener("console", hear)
    assert [each for each in failures if "favicon" not in each and "404" not in each] == []

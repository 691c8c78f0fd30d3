"""What the editor shows, and how one moves about in it, by mouse, fingers and pen."""

from collections.abc import Iterator
from math import floor

import numpy as np
import pytest
from playwright.sync_api import Browser

from tests.browser.desk import (
    BOX,
    CONTEXT,
    SHAPE,
    Desk,
    Fingers,
    desk,
    opened,
    picture,
    site,
    suggestion,
    tab,
)
from tests.browser.drawing import UNSET, brushed

__all__ = ["desk", "site", "tab"]
pytestmark = pytest.mark.slow

CENTRES = [(x + 0.5, y + 0.5) for x, y in [(0, 0), (30, 20), (59, 39), (7, 33)]]
PLACE = "() => { const { scale, left, top } = editor().view.viewport; return [scale, left, top]; }"


def image_at(x: float, y: float) -> tuple[int, ...]:
    """The image's own colour at a point of the region."""
    row = BOX["top"] - CONTEXT["top"] + floor(y)
    column = BOX["left"] - CONTEXT["left"] + floor(x)
    return tuple(picture()[row, column].tolist())


def test_peeking_shows_every_pixel_sharp_and_true_and_lasts_as_long_as_the_key(desk: Desk):
    desk.keys("a")
    covered = desk.seen(*CENTRES)
    desk.page.keyboard.down("h")
    assert desk.seen(*CENTRES) == [image_at(*point) for point in CENTRES]
    desk.page.keyboard.up("h")
    assert desk.seen(*CENTRES) == covered
    assert covered != [image_at(*point) for point in CENTRES]


@pytest.mark.parametrize("keys", [["Shift+1"], ["="] * 5, ["-"] * 3, ["Home"], ["Shift+2"]])
def test_a_stroke_lands_where_it_is_drawn_at_every_zoom(desk: Desk, keys: list[str]):
    desk.keys(*keys, "b", "2")
    way = desk.drag((20, 12), (40, 28), (25, 30))
    assert (desk.mask == np.where(brushed(SHAPE, way, 8), 1, UNSET)).all()


def test_the_wheel_zooms_at_the_pointer(desk: Desk):
    dot = desk.dot(45, 30)
    desk.page.mouse.move(*dot)
    before, scale = desk.point(dot), desk.page.evaluate(PLACE)[0]
    for _ in range(3):
        desk.page.mouse.wheel(0, -200)
    desk.page.wait_for_function("scale => editor().view.viewport.scale > 2 * scale", arg=scale)
    assert desk.point(dot) == pytest.approx(before, abs=0.02)


def test_zooming_and_moving_change_no_label(desk: Desk):
    desk.keys("a")
    before = desk.mask
    desk.keys("=", "=", "-", "Home", "Shift+2", "Shift+1")
    desk.page.mouse.wheel(0, 300)
    desk.drag((10, 10), (30, 30), button="middle")
    assert (desk.mask == before).all()


def test_middle_button_and_space_move_the_picture(desk: Desk):
    desk.keys("b", "=", "=")
    _, left, top = desk.page.evaluate(PLACE)
    start = desk.dot(30, 20)
    desk.page.mouse.move(*start)
    desk.page.mouse.down(button="middle")
    desk.page.mouse.move(start[0] + 40, start[1] - 25)
    desk.page.mouse.up(button="middle")
    desk.page.keyboard.down("Space")
    desk.page.mouse.down()
    desk.page.mouse.move(start[0] + 50, start[1] - 25)
    desk.page.mouse.up()
    desk.page.keyboard.up("Space")
    assert desk.page.evaluate(PLACE)[1:] == pytest.approx([left + 50, top - 25])
    assert (desk.mask == UNSET).all()


def test_the_surroundings_are_dimmed_and_the_region_is_not(desk: Desk):
    outside = [(-4.5, 3.5), (63.5, 20.5), (20.5, -4.5)]
    desk.page.keyboard.down("h")
    dimmed = (np.array([image_at(*at) for at in outside]) + np.array([16, 18, 21])) / 2
    assert np.abs(np.array(desk.seen(*outside)) - dimmed).max() <= 2


def test_labels_around_the_region_show_and_can_be_hidden(desk: Desk):
    values = np.full((CONTEXT["height"], CONTEXT["width"]), UNSET, np.uint8)
    values[:, :40] = 2
    desk.show(neighbours={**CONTEXT, "values": values.ravel().tolist()})
    labelled, free = (-4.5, 10.5), (64.5, 10.5)
    with_labels = desk.seen(labelled, free)
    desk.keys("n")
    without = desk.seen(labelled, free)
    assert with_labels[0] != without[0]
    assert with_labels[1] == without[1]


def test_the_suggestion_and_the_doubt_about_it_are_layers_of_their_own(desk: Desk):
    confidence = np.where(suggestion() == 2, 40, 255).astype(np.uint8)
    desk.show(confidence=confidence)
    sure, unsure = (3.5, 36.5), (22.5, 26.5)
    desk.keys("m")
    plain = desk.seen(sure, unsure)
    desk.keys("m")
    assert desk.seen(sure, unsure) != plain
    desk.keys("u")
    doubtful = desk.seen(sure, unsure)
    assert doubtful[0] == image_at(*sure)
    assert doubtful[1] != image_at(*unsure)


def test_what_is_unset_is_hatched(desk: Desk):
    desk.show(suggestion=None, segments=None)
    row = [(x + part, 10.5) for x in range(10, 30) for part in (0.25, 0.5, 0.75)]
    desk.keys("Alt+1")
    true = np.array([image_at(*at) for at in row])
    ground, lines = true * (1 - 40 / 255), true * (1 - 70 / 255) + 70
    shown = np.array(desk.seen(*row))
    is_ground, is_line = (np.abs(shown - each).max(axis=1) <= 2 for each in (ground, lines))
    assert (is_ground | is_line).all()
    assert is_line.sum() >= 8
    assert is_ground.sum() >= 30


def test_stronger_and_fainter_colours(desk: Desk):
    desk.keys("a")
    middle = desk.seen((30.5, 36.5))
    desk.keys("Shift+]", "Shift+]")
    strong = desk.seen((30.5, 36.5))
    road = np.array([0x80, 0x40, 0x80])
    assert np.abs(np.array(strong) - road).sum() < np.abs(np.array(middle) - road).sum()
    assert desk.page.evaluate("() => editor().preferences.opacity") == 0.8


def test_the_window_may_change_its_size(desk: Desk):
    desk.page.set_viewport_size({"width": 800, "height": 560})
    desk.page.wait_for_function("() => editor().stage.canvas.width < 600")
    desk.keys("Shift+1", "b", "1")
    way = desk.drag((10, 10), (50, 30))
    assert (desk.mask == np.where(brushed(SHAPE, way, 8), 0, UNSET)).all()
    wide = desk.page.evaluate("() => document.documentElement.scrollWidth > innerWidth")
    assert not wide


@pytest.fixture
def tablet(browser: Browser, site: str) -> Iterator[Desk]:
    """The same on a screen that is touched, with two dots per CSS pixel."""
    context = browser.new_context(
        viewport={"width": 1024, "height": 700}, has_touch=True, device_scale_factor=2
    )
    yield from opened(context.new_page(), site)
    context.close()


def test_one_finger_paints(tablet: Desk):
    tablet.keys("b", "3")
    way = Fingers(tablet).drag((10, 10), (40, 14), (42, 30))
    mask = tablet.mask
    assert (mask == np.where(brushed(SHAPE, way, 8), 2, UNSET)).all()


def test_one_finger_fills(tablet: Desk):
    tablet.keys("Alt+1")
    Fingers(tablet).drag((10, 10))
    assert (tablet.mask == 0).all()


def test_two_fingers_zoom_and_move_and_leave_no_trace(tablet: Desk):
    tablet.keys("b", "3")
    scale, *_ = tablet.page.evaluate(PLACE)
    (x0, y0), (x1, y1) = tablet.dot(20, 20), tablet.dot(40, 20)
    middle = tablet.point(((x0 + x1) / 2 + 20, y0))
    fingers = Fingers(tablet)
    fingers.touch("Start", (x0, y0))
    fingers.touch("Move", (x0 + 40, y0))
    fingers.touch("Start", (x0 + 40, y0), (x1, y1))
    for step in range(1, 6):
        fingers.touch("Move", (x0 - 10 * step, y0 + 6 * step), (x1 + 10 * step, y1 + 6 * step))
    fingers.touch("End")
    assert (tablet.mask == UNSET).all()
    assert not tablet.page.evaluate("() => editor().work.history.canUndo")
    spread = (x1 - x0 + 100) / (x1 - x0 - 40)
    assert tablet.page.evaluate(PLACE)[0] == pytest.approx(scale * spread, rel=0.02)
    assert tablet.point(((x0 + x1) / 2, y0 + 30)) == pytest.approx(middle, abs=0.6)


PEN = """([kind, x, y, buttons]) => editor().stage.canvas.dispatchEvent(new PointerEvent(kind, {
  pointerId: 7, pointerType: "pen", isPrimary: true, clientX: x, clientY: y, buttons,
  button: kind === "pointerdown" ? (buttons & 32 ? 5 : 0) : -1, bubbles: true,
}))"""


def test_a_pen_paints_and_its_other_end_erases(desk: Desk):
    desk.page.evaluate("() => (HTMLElement.prototype.setPointerCapture = () => {})")
    desk.keys("b", "2")
    ways = []
    for buttons in (1, 32):
        dots = [desk.dot(10 + buttons / 4, 10), desk.dot(30, 25)]
        for kind, dot in zip(("pointerdown", "pointermove"), dots, strict=True):
            desk.page.evaluate(PEN, [kind, *dot, buttons])
        desk.page.evaluate(PEN, ["pointerup", *dots[1], 0])
        ways.append(brushed(SHAPE, [desk.point(dot) for dot in dots], 8))
    assert (desk.mask == np.where(ways[0] & ~ways[1], 1, UNSET)).all()


def test_regions_come_and_go_without_growth(desk: Desk):
    desk.page.evaluate(
        "() => (window.regions = async (n) => { for (; n; n -= 1) {"
        " const given = editor().given;"
        " editor().open({ ...given, start: null }); editor().perform('accept'); await frame(); } })"
    )
    session = desk.page.context.new_cdp_session(desk.page)
    session.send("HeapProfiler.enable")

    def used() -> float:
        session.send("HeapProfiler.collectGarbage")
        size: float = session.send("Runtime.getHeapUsage")["usedSize"]
        return size

    desk.page.evaluate("() => regions(20)")
    before = used()
    desk.page.evaluate("() => regions(200)")
    assert used() - before < 300_000


def test_a_closed_editor_listens_to_nothing_and_leaves_nothing(desk: Desk):
    desk.page.evaluate("() => { window.bitmap = editor().given.context.bitmap; editor().close(); }")
    desk.keys("1", "a", "Enter")
    assert desk.heard("submit") == 0
    assert desk.page.evaluate("() => bitmap.width") == 0
    assert desk.page.locator("#editor > *").count() == 0

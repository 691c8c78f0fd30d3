"""Every tool by mouse, compared with masks that NumPy computes from where the mouse was."""

from itertools import pairwise

import numpy as np
import pytest

from tests.browser.desk import SHAPE, Desk, desk, site, suggestion, superpixels, tab
from tests.browser.drawing import UNSET, VOID, Point, brushed, connected, holes_filled, inside

__all__ = ["desk", "site", "tab"]
pytestmark = pytest.mark.slow

ACCEPTED, EDITED, DRAWN = 1, 2, 3
EMPTY = np.full(SHAPE, UNSET)


def painted(*layers: tuple[np.ndarray, int]) -> np.ndarray:
    """A mask on which values were drawn one after the other."""
    mask = EMPTY.copy()
    for where, value in layers:
        mask[where] = value
    return mask


def densely(way: list[Point]) -> list[Point]:
    """Points on a way, a hundredth of a pixel apart."""
    steps = np.linspace(0, 1, 6000)[:, None]
    parts = [np.array(a) * (1 - steps) + np.array(b) * steps for a, b in pairwise(way)]
    return [(x, y) for x, y in np.concatenate(parts).tolist()]


def test_the_brush_paints_a_circle_along_its_way(desk: Desk):
    desk.keys("b", "2")
    way = desk.drag((10, 10), (30, 12), (28, 33), (5, 20))
    mask, origins = desk.result()
    assert (mask == painted((brushed(SHAPE, way, 8), 1))).all()
    assert (origins == np.where(mask == 1, DRAWN, 0)).all()


@pytest.mark.parametrize("steps", [-20, 0, 9])
def test_the_brush_has_the_size_that_it_shows(desk: Desk, steps: int):
    desk.keys("b", "2", *["[" if steps < 0 else "]"] * abs(steps))
    way = desk.drag((15, 15), (40, 25))
    size = desk.page.evaluate("() => editor().hand.size")
    assert size == max(1, size)
    assert (desk.mask == painted((brushed(SHAPE, way, size), 1))).all()
    circle = desk.page.locator(".cursor").bounding_box()
    scale = desk.page.evaluate("() => editor().view.viewport.scale")
    assert circle
    assert circle["width"] == pytest.approx(max(3, size * scale), abs=0.5)


def test_strokes_begin_and_end_outside_and_are_clipped_at_the_edge(desk: Desk):
    desk.keys("b", "3")
    way = desk.drag((-8, 5), (20, 5), (20, 45))
    mask = desk.mask
    assert (mask == painted((brushed(SHAPE, way, 8), 2))).all()
    assert (mask[:, 0] == 2).any()
    assert (mask[-1] == 2).any()


def test_the_right_button_and_the_eraser_take_classes_away(desk: Desk):
    desk.keys("b", "1")
    way = desk.drag((5, 20), (55, 20))
    right = desk.drag((15, 10), (15, 30), button="right")
    desk.keys("e")
    eraser = desk.drag((40, 10), (40, 30))
    gone = brushed(SHAPE, right, 8) | brushed(SHAPE, eraser, 8)
    mask, origins = desk.result()
    assert (mask == painted((brushed(SHAPE, way, 8), 0), (gone, UNSET))).all()
    assert (origins[gone] == 0).all()


def test_a_polygon_by_corners(desk: Desk):
    desk.keys("p", "2")
    corners = [desk.click(*corner) for corner in [(5, 5), (50, 8), (40, 35), (20, 15), (8, 30)]]
    assert (desk.mask == UNSET).all()
    desk.keys("Enter")
    assert (desk.mask == painted((inside(SHAPE, corners), 1))).all()
    assert desk.heard("submit") == 0


def test_a_polygon_closes_at_its_first_corner_and_freehand_is_part_of_it(desk: Desk):
    desk.keys("p", "3")
    corners = [desk.click(30, 4)]
    corners += desk.drag((50, 10), (52, 20), (45, 30), (30, 36))
    corners += [desk.click(-5, 20)]
    desk.click(30, 4)
    assert (desk.mask == painted((inside(SHAPE, corners), 2))).all()


def test_backspace_takes_a_corner_back_and_escape_the_whole_polygon(desk: Desk):
    desk.keys("p", "1")
    corners = [desk.click(*corner) for corner in [(10, 10), (40, 10), (40, 30), (1, 1)]]
    desk.keys("Backspace", "Enter")
    assert (desk.mask == painted((inside(SHAPE, corners[:3]), 0))).all()
    for corner in [(1, 1), (9, 1), (9, 9)]:
        desk.click(*corner)
    desk.keys("Escape")
    assert (desk.mask == painted((inside(SHAPE, corners[:3]), 0))).all()
    assert desk.heard("back") == 0


def test_flood_fills_what_hangs_together(desk: Desk):
    desk.keys("Shift+f", "2")
    at = desk.click(22, 26)
    car = connected(suggestion(), at)
    assert (desk.mask == painted((car, 1))).all()
    desk.keys("3")
    desk.click(3, 38)
    road = connected(np.where(car, 99, suggestion()), (3, 38))
    assert (desk.mask == painted((car, 1), (road, 2))).all()


def test_holes_take_the_class_around_them(desk: Desk):
    desk.keys("b", "1")
    ring = desk.drag((15, 10), (45, 10), (45, 30), (15, 30), (15, 10))
    desk.keys("2")
    cut = desk.drag((30, 14), (30, 26))
    before = painted((brushed(SHAPE, ring, 8), 0), (brushed(SHAPE, cut, 8), 1))
    assert (desk.mask == before).all()
    desk.keys("Shift+h")
    mask, origins = desk.result()
    assert (mask == holes_filled(before)).all()
    assert (mask != before).any()
    assert (origins[mask != before] == DRAWN).all()


def test_a_click_recolours_a_suggested_area_and_its_neighbours_stay(desk: Desk):
    desk.keys("2")
    at = desk.click(22, 26)
    assert (desk.mask == painted((connected(suggestion(), at), 1))).all()


def test_a_drag_recolours_every_superpixel_on_its_way(desk: Desk):
    desk.keys("z", "3")
    way = desk.drag((5, 4), (55, 4), (55, 36))
    tiles = superpixels()
    touched = np.isin(tiles, [tiles[int(y), int(x)] for x, y in densely(way)])
    assert len(np.unique(tiles[touched])) == 10
    assert (desk.mask == painted((touched, 2))).all()
    gone = desk.click(5, 4, button="right")
    assert (desk.mask == painted((touched, 2), (connected(tiles, gone), UNSET))).all()


def test_superpixels_may_come_later(desk: Desk):
    desk.show(segments=None)
    desk.page.evaluate(
        "ids => editor().setSegments(Uint16Array.from(ids))", superpixels().ravel().tolist()
    )
    desk.keys("z", "1")
    at = desk.click(25, 20)
    assert (desk.mask == painted((connected(superpixels(), at), 0))).all()


def test_accepting_keeps_what_was_drawn_and_origins_tell_all_three(desk: Desk):
    desk.keys("b", "3")
    drawn = brushed(SHAPE, desk.drag((5, 5), (20, 5)), 8)
    desk.keys("a", "1")
    edited = brushed(SHAPE, desk.drag((40, 35), (55, 35)), 8)
    mask, origins = desk.result()
    wanted = np.where(drawn, 2, suggestion())
    changed = edited & (wanted != 0)
    wanted[edited] = 0
    assert (mask == wanted).all()
    assert (origins == np.where(drawn, DRAWN, np.where(changed, EDITED, ACCEPTED))).all()


def test_everything_can_be_replaced_by_the_suggestion(desk: Desk):
    desk.keys("Alt+1", "3", "Shift+a")
    mask, origins = desk.result()
    assert (mask == suggestion()).all()
    assert (origins == np.where(suggestion() == 2, DRAWN, ACCEPTED)).all()


def test_protected_labels_are_not_painted_over(desk: Desk):
    desk.keys("b", "1")
    first = brushed(SHAPE, desk.drag((5, 20), (55, 20)), 8)
    desk.keys("Shift+l", "2")
    second = brushed(SHAPE, desk.drag((30, 5), (30, 35)), 8)
    assert (desk.mask == painted((second, 1), (first, 0))).all()


def test_void_is_a_class_key_of_its_own(desk: Desk):
    desk.keys("b", "Backquote")
    way = desk.drag((10, 10), (30, 30))
    mask, origins = desk.result()
    assert (mask == painted((brushed(SHAPE, way, 8), VOID))).all()
    assert (origins[mask == VOID] == DRAWN).all()


def test_the_class_under_the_pointer_can_be_picked(desk: Desk):
    desk.keys("b")
    desk.page.keyboard.down("Alt")
    desk.click(22, 26)
    desk.page.keyboard.up("Alt")
    assert (desk.mask == UNSET).all()
    assert desk.page.evaluate("() => editor().hand.value") == 2
    desk.keys("v")
    desk.click(3, 38)
    assert desk.page.evaluate("() => editor().hand.value") == 1


def test_a_class_key_fills_and_the_same_again_submits(desk: Desk):
    desk.keys("Alt+1", "2")
    assert (desk.mask == 1).all()
    assert desk.heard("submit") == 0
    desk.keys("3")
    assert (desk.mask == 2).all()
    desk.keys("3")
    assert desk.heard("submit") == 1


def test_one_key_per_region_with_auto_advance(desk: Desk):
    desk.page.evaluate("() => editor().configure({ autoAdvance: true, mode: 'fill' })")
    desk.keys("1")
    assert (desk.mask == 0).all()
    assert desk.heard("submit") == 1


def test_undo_goes_back_across_tools_and_redo_forward(desk: Desk):
    states = [desk.mask]
    for work in (
        lambda: (desk.keys("b", "1"), desk.drag((5, 5), (40, 20))),
        lambda: (
            desk.keys("p", "2"),
            [desk.click(*at) for at in [(20, 5), (50, 5), (50, 35)]],
            desk.keys("Enter"),
        ),
        lambda: (desk.keys("Shift+f", "3"), desk.click(5, 38)),
        lambda: desk.keys("Shift+h"),
        lambda: (desk.keys("e"), desk.drag((1, 20), (59, 20))),
        lambda: (desk.keys("Alt+2", "z", "1"), desk.drag((5, 4), (55, 4))),
        lambda: desk.keys("a"),
        lambda: desk.keys("Alt+1", "Backquote"),
        lambda: desk.keys("Delete"),
    ):
        work()
        if (desk.mask != states[-1]).any():
            states.append(desk.mask)
    assert len(states) >= 8
    for state in states[-2::-1]:
        desk.keys("Control+z")
        assert (desk.mask == state).all()
    for state in states[1:]:
        desk.keys("Control+Shift+z")
        assert (desk.mask == state).all()


def test_escape_takes_a_stroke_back_while_it_is_drawn(desk: Desk):
    desk.keys("b", "1")
    desk.drag((5, 5), (40, 20), end=False)
    assert (desk.mask == 0).any()
    desk.keys("Escape")
    desk.page.mouse.move(*desk.dot(10, 30))
    desk.page.mouse.up()
    assert (desk.mask == UNSET).all()


def test_a_draft_taken_in_the_middle_of_a_stroke_goes_on_after_a_reload(desk: Desk):
    desk.keys("a", "b", "1")
    desk.drag((5, 35), (40, 35), end=False)
    before = desk.result()
    assert desk.heard("change") >= 2
    desk.page.evaluate("() => { window.kept = structuredClone(editor().draft()); }")
    desk.page.mouse.up()
    desk.page.evaluate(
        "() => { const { given } = editor(); editor().open({ ...given, start: kept }); }"
    )
    assert [(one == other).all() for one, other in zip(desk.result(), before, strict=True)] == [
        True,
        True,
    ]
    desk.keys("Control+z")
    assert (desk.mask == suggestion()).all()
    desk.keys("Control+z")
    assert (desk.mask == UNSET).all()


def test_a_finished_label_can_be_opened_and_changed(desk: Desk):
    label = np.where(suggestion() == 2, VOID, 1).astype(np.uint8)
    desk.show(label=label, suggestion=None)
    mask, origins = desk.result()
    assert (mask == label).all()
    assert (origins == DRAWN).all()


def test_what_was_done_is_counted(desk: Desk):
    desk.keys("b", "1")
    desk.drag((5, 5), (40, 20))
    desk.click(20, 30)
    desk.keys("Control+z")
    assert desk.page.evaluate("() => editor().counts") == {"clicks": 1, "strokes": 1, "keys": 3}

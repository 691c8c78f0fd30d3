"""Keys, buttons and what screen readers are told."""

import numpy as np
import pytest

from tests.browser.desk import CLASSES, Desk, desk, site, superpixels, tab
from tests.browser.drawing import UNSET

__all__ = ["desk", "site", "tab"]
pytestmark = pytest.mark.slow

EVIL = "<img src=x onerror=alert(1)>"


@pytest.mark.parametrize(
    ("key", "event"),
    [
        ("Enter", "submit"),
        ("Control+Enter", "submit"),
        ("x", "skip"),
        ("Backspace", "back"),
        ("Shift+n", "note"),
        ("?", "help"),
        ("F1", "help"),
        ("f", "mode"),
    ],
)
def test_keys_say_what_the_person_wants(desk: Desk, key: str, event: str):
    desk.keys(key)
    assert desk.heard(event) == 1


@pytest.mark.parametrize(
    ("keymap", "keys"),
    [("default", ["b", "2"]), ("cvat", ["Shift+1", "Control+2"]), ("label-studio", ["b", "2"])],
)
def test_presets_put_the_same_things_under_other_keys(desk: Desk, keymap: str, keys: list[str]):
    desk.page.evaluate("keymap => editor().configure({ keymap })", keymap)
    desk.keys(*keys)
    assert desk.page.evaluate("() => [editor().hand.tool, editor().hand.value]") == ["brush", 1]


def test_keys_rest_while_somebody_types_or_answers_a_dialog(desk: Desk):
    desk.page.evaluate(
        "() => { document.body.insertAdjacentHTML('beforeend',"
        " '<input id=typing><dialog id=asking><button>Yes</button></dialog>'); }"
    )
    desk.keys("Alt+1")
    desk.page.focus("#typing")
    desk.keys("1", "a", "x")
    assert desk.page.input_value("#typing") == "1ax"
    desk.page.evaluate("() => document.getElementById('asking').showModal()")
    desk.keys("1", "x")
    assert (desk.mask == UNSET).all()
    assert desk.heard("skip") == 0


def test_a_held_key_submits_once(desk: Desk):
    for _ in range(5):
        desk.page.keyboard.down("Enter")
    assert desk.heard("submit") == 1


def test_a_class_is_found_by_its_name(desk: Desk):
    desk.keys("Alt+1", "/")
    desk.page.keyboard.type("ar")
    desk.keys("Enter")
    assert (desk.mask == 2).all()
    desk.keys("2")
    assert (desk.mask == 1).all()


def test_arrows_choose_a_segment_and_a_class_key_gives_it_the_class(desk: Desk):
    desk.keys("z", "ArrowRight", "ArrowRight", "ArrowUp", "2")
    changed = np.unique(superpixels()[desk.mask == 1])
    assert len(changed) == 1
    assert (desk.mask == np.where(superpixels() == changed[0], 1, UNSET)).all()


def test_the_palette_is_a_radio_group_with_names_keys_and_what_is_chosen(desk: Desk):
    group = desk.page.get_by_role("radiogroup", name="Class")
    names = group.get_by_role("radio").evaluate_all("all => all.map(each => each.innerText)")
    assert [name.split("\n")[0] for name in names] == ["sky", "road", "car", "void"]
    assert [name.split("\n")[-1] for name in names] == ["1", "2", "3", "`"]
    desk.keys("b", "2")
    desk.page.evaluate("() => frame()")
    assert "road" in group.get_by_role("radio", checked=True).inner_text()


def test_everything_can_be_reached_and_used_without_a_mouse(desk: Desk):
    reached = []
    for _ in range(24):
        desk.keys("Tab")
        reached.append(
            desk.page.evaluate(
                "() => [document.activeElement].map((e) => e.ariaLabel || e.innerText)[0]"
            ).split("\n")[0]
        )
    for name in (
        "Segments",
        "Protect what is labelled",
        "Region of 60 by 40 pixels",
        "sky",
        "Suggestion",
        "Opacity of the labels",
        "Accept suggestion",
        "Submit",
        "Back",
        "Skip",
    ):
        assert name in reached
    desk.page.get_by_role("radio", name="sky").focus()
    desk.keys("ArrowDown", "ArrowDown")
    assert desk.page.evaluate("() => editor().hand.value") == 2
    desk.page.get_by_role("button", name="Accept suggestion").focus()
    desk.keys("Enter")
    assert (desk.mask != UNSET).all()
    assert desk.heard("submit") == 0


def test_a_click_on_a_button_leaves_the_keys_to_the_region(desk: Desk):
    desk.page.get_by_role("radio", name="Fill").click()
    desk.page.get_by_role("radio", name="road").click()
    assert (desk.mask == 1).all()
    desk.keys("Enter")
    assert desk.heard("submit") == 1


def test_a_focused_button_shows_it(desk: Desk):
    desk.keys("Tab")
    width = desk.page.evaluate(
        "() => parseFloat(getComputedStyle(document.activeElement).outlineWidth)"
    )
    assert width >= 2


def test_what_happened_is_said_to_screen_readers(desk: Desk):
    desk.keys("Alt+1", "2")
    assert desk.page.get_by_role("status").inner_text() == "Filled with road"
    assert desk.page.get_by_role("img").get_attribute("aria-label") == "Region of 60 by 40 pixels"


def test_a_hostile_class_name_is_text_and_nothing_else(desk: Desk):
    desk.start([*CLASSES, {"value": 3, "name": EVIL, "colour": "#ff0000", "key": "k"}])
    desk.show()
    desk.keys("Alt+1", "k")
    assert (desk.mask == 3).all()
    assert desk.page.get_by_role("radio", name=EVIL).inner_text().startswith(EVIL)
    assert desk.page.locator("#editor img:not(canvas)").count() == 0
    assert any(
        row["text"] == EVIL
        for part in desk.page.evaluate("() => editor().sheet()")
        for row in part["rows"]
    )


def test_settings_are_told_and_taken_up_again(desk: Desk):
    desk.keys("p", "]", "Shift+l", "u")
    kept = desk.page.evaluate("() => editor().preferences")
    assert desk.heard("settings") == 4
    desk.start(settings=kept)
    assert desk.page.evaluate("() => editor().preferences") == kept
    assert (kept["mode"], kept["tool"], kept["protect"]) == ("paint", "polygon", True)


def test_activity_is_told_now_and_then(desk: Desk):
    desk.keys("1", "2", "3")
    desk.page.mouse.move(*desk.dot(10, 10))
    assert desk.heard("activity") >= 1


def test_patterns_can_be_had_for_every_class(desk: Desk):
    desk.keys("a")
    car = [(x + part, 26.5) for x in range(18, 27) for part in (0.2, 0.5, 0.8)]
    plain = desk.seen(*car)
    desk.page.evaluate("() => editor().configure({ patterns: true })")
    assert desk.seen(*car) != plain

"""The annotator's canvas in a real browser: how even frames are while brushing, and how soon a
region stands there; the browser's own clock, in a window of 1280x720 and on a 4K screen.

Without a display Chromium draws on the processor, so a screen with a graphics card is faster.
"""

import shutil
from statistics import median, quantiles
from typing import Any

import numpy as np
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from benchmarks import Figure, main
from tests.browser.alone import serving
from tests.browser.desk import as_data

CONTEXT = {"left": 0, "top": 0, "width": 2048, "height": 1024}
BOX = {"left": 896, "top": 384, "width": 256, "height": 256}
CLASSES = 19
BRUSH_PX = 20
WINDOWS = ((1280, 720), (3840, 2160))
FRAME_MS = 1000 / 60

# Moves four times a frame, as a mouse of 240 Hz does, in circles over the region.
BRUSH = """async ([frames, left, top, side]) => {
  const canvas = editor().stage.canvas;
  const times = [];
  for (let frame = 0; frame <= frames; frame += 1) {
    times.push(await new Promise(requestAnimationFrame));
    for (let part = 0; part < 4; part += 1) {
      const angle = (4 * frame + part) / 40;
      const reach = (0.45 - 0.3 * Math.abs(Math.sin(angle / 17))) * side;
      canvas.dispatchEvent(new PointerEvent("pointermove", {
        pointerId: 1, pointerType: "mouse", isPrimary: true, buttons: 1, bubbles: true,
        clientX: left + side / 2 + reach * Math.cos(angle),
        clientY: top + side / 2 + reach * Math.sin(angle),
      }));
    }
  }
  return times.slice(1).map((time, i) => time - times[i]);
}"""
IDLE = """async (frames) => {
  const times = [];
  for (let frame = 0; frame <= frames; frame += 1) {
    times.push(await new Promise(requestAnimationFrame));
  }
  return times.slice(1).map((time, i) => time - times[i]);
}"""
OPEN = """async (rounds) => {
  const times = [];
  for (let round = 0; round < rounds; round += 1) {
    editor().open({ ...editor().given });
    await frame();
    await frame();
    times.push(performance.getEntriesByName("tessera:painted")[0].duration);
  }
  return times;
}"""
BARE = """async (rounds) => {
  const { bitmap } = editor().given.context;
  const canvas = document.createElement("canvas");
  const { width, height } = editor().stage.canvas;
  const pen = Object.assign(canvas, { width, height }).getContext("2d", { alpha: false });
  const times = [];
  for (let round = 0; round < rounds; round += 1) {
    const start = performance.now();
    await new Promise(requestAnimationFrame);
    pen.drawImage(bitmap, 0, 0, width, height);
    times.push(performance.now() - start);
  }
  return times;
}"""


def figures(*, quick: bool) -> list[Figure]:
    frames, rounds = (120, 10) if quick else (600, 60)
    found = shutil.which("chromium")
    assert found, "This needs chromium on the PATH; `make browser` installs it where it can."
    with serving() as site, sync_playwright() as playwright:
        # A sandbox needs rights that containers do not give.
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        made = [
            figure
            for window in WINDOWS
            for figure in _window(browser, site, window=window, frames=frames, rounds=rounds)
        ]
        browser.close()
    return made


def _window(
    browser: Browser, site: str, *, window: tuple[int, int], frames: int, rounds: int
) -> list[Figure]:
    page = browser.new_page(viewport={"width": window[0], "height": window[1]})
    _open(page, site)
    opened, bare = page.evaluate(OPEN, rounds), page.evaluate(BARE, rounds)
    idle = page.evaluate(IDLE, frames)
    brushed, busy_ms = _brush(page, frames)
    page.close()
    at, still = f"({window[0]}x{window[1]})", "idle page"
    return [
        Figure(f"brushing, median frame {at}", median(brushed), "ms", still, median(idle)),
        Figure(f"brushing, 95 % of frames {at}", _most(brushed), "ms", still, _most(idle)),
        Figure(f"brushing, main thread a frame {at}", busy_ms, "ms", "60 Hz", FRAME_MS),
        Figure(f"open() to first frame {at}", median(opened), "ms", "drawImage", median(bare)),
    ]


def _open(page: Page, site: str) -> None:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (CONTEXT["height"], CONTEXT["width"], 3), np.uint8)
    rows, columns = np.indices((BOX["height"], BOX["width"]))
    given: dict[str, Any] = {
        "picture": as_data(pixels),
        "context": CONTEXT,
        "box": BOX,
        "suggestion": ((rows // 40 + columns // 30) % CLASSES).ravel().tolist(),
        "segments": (rows // 16 * 16 + columns // 16).ravel().tolist(),
    }
    page.goto(f"{site}/editor.html")
    page.wait_for_function("() => Boolean(window.start)")
    classes = [
        {"value": value, "name": f"class {value}", "colour": f"#{(value * 871337) % 2**24:06x}"}
        for value in range(CLASSES)
    ]
    settings = {"mode": "paint", "tool": "brush", "size": BRUSH_PX}
    page.evaluate("options => start(options)", {"classes": classes, "settings": settings})
    page.evaluate("given => show(given)", given)


def _brush(page: Page, frames: int) -> tuple[list[float], float]:
    """Milliseconds between frames while a stroke goes on, and those that the page worked in one."""
    left, top, side = page.evaluate(
        "() => { const { view, given, stage } = editor();"
        " const { left, top } = stage.canvas.getBoundingClientRect();"
        " const box = view.viewport.boxToScreen(given.box);"
        " return [left + box.left, top + box.top, box.width]; }"
    )
    page.mouse.move(left + side / 2, top + side / 2)
    page.mouse.down()
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    before = _worked_s(session)
    taken: list[float] = page.evaluate(BRUSH, [frames, left, top, side])
    worked = _worked_s(session) - before
    page.mouse.up()
    return taken, worked * 1e3 / frames


def _worked_s(session: CDPSession) -> float:
    """Seconds that the page's main thread has spent on tasks."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return next(float(each["value"]) for each in metrics if each["name"] == "TaskDuration")


def _most(times: list[float]) -> float:
    return quantiles(times, n=20)[-1]


if __name__ == "__main__":
    main([figures], __doc__)

// Mouse, pen and fingers on the canvas. One finger or pen works with the tool, two fingers zoom and
// move; the middle button, or any while `isPanning()`, moves too. The tool gets every point that the
// device has measured, not only one per frame.

const STROKE_PX = 3; // a press that moved less is a click
const ERASER_BUTTON = 32;
const WHEEL_RATE = 0.0016;
const PINCH_RATE = 0.01; // touchpads send pinches as small wheel steps with Ctrl
const LINE_PX = 16;

export class Pointer {
  #canvas;
  #view;
  #on;
  #fingers = new Map();
  #gesture = null; // {kind: "tool" | "pan" | "pinch", id, start, last, moved}
  #heard = new AbortController();

  /**
   * `on`: press(point, {erase, alt}), drag(point), release({moved}), cancel(), hover(event or null),
   * wheelSize(direction), isPanning(), wheel ("zoom" or "ctrl-zoom").
   */
  constructor(canvas, view, on) {
    this.#canvas = canvas;
    this.#view = view;
    this.#on = on;
    const listen = (name, act, options) =>
      canvas.addEventListener(name, act, { signal: this.#heard.signal, ...options });
    listen("pointerdown", (event) => this.#down(event));
    listen("pointermove", (event) => this.#move(event));
    listen("pointerup", (event) => this.#up(event));
    listen("pointercancel", (event) => this.#up(event));
    listen("pointerleave", () => this.#on.hover(null));
    listen("wheel", (event) => this.#wheel(event), { passive: false });
    listen("contextmenu", (event) => event.preventDefault());
    // Browsers start their own scrolling with the middle button.
    listen("mousedown", (event) => event.button === 1 && event.preventDefault());
  }

  close() {
    this.#heard.abort();
  }

  /** Whether a stroke is under way. */
  get isPressed() {
    return this.#gesture?.kind === "tool";
  }

  /** End a stroke without a trace, whatever the pointer does until it is up. */
  drop() {
    if (this.isPressed) this.#gesture = { ...this.#gesture, kind: "none" };
  }

  #down(event) {
    this.#canvas.focus({ preventScroll: true });
    this.#canvas.setPointerCapture(event.pointerId);
    if (event.pointerType === "touch") this.#fingers.set(event.pointerId, this.#view.dotOf(event));
    if (this.#fingers.size > 1) return this.#pinch();
    if (this.#gesture) return undefined;
    const kind = event.button === 1 || this.#on.isPanning() ? "pan" : "tool";
    const dot = this.#view.dotOf(event);
    this.#gesture = { kind, id: event.pointerId, start: dot, last: dot, moved: false };
    if (kind === "tool") {
      const erase = event.button === 2 || Boolean(event.buttons & ERASER_BUTTON);
      this.#on.press(this.#view.pointOf(event), { erase, alt: event.altKey });
    }
    return undefined;
  }

  #move(event) {
    if (event.pointerType !== "touch") this.#on.hover(event);
    if (this.#gesture?.kind === "pinch") return this.#pinched(event);
    const dot = this.#view.dotOf(event);
    if (this.#fingers.has(event.pointerId)) this.#fingers.set(event.pointerId, dot);
    if (this.#gesture?.id !== event.pointerId) return undefined;
    const { kind, start, last } = this.#gesture;
    this.#gesture.moved ||= Math.hypot(dot.x - start.x, dot.y - start.y) > STROKE_PX * devicePixelRatio;
    this.#gesture.last = dot;
    if (kind === "pan") this.#view.pan(dot.x - last.x, dot.y - last.y);
    if (kind === "tool") this.#drag(event);
    return undefined;
  }

  #drag(event) {
    const measured = event.getCoalescedEvents?.() ?? [];
    for (const each of measured.length ? measured : [event]) this.#on.drag(this.#view.pointOf(each));
  }

  /** A browser that takes the pointer away ends the stroke; it does not undo it. */
  #up(event) {
    this.#fingers.delete(event.pointerId);
    if (this.#gesture?.kind === "pinch") {
      if (!this.#fingers.size) this.#gesture = null;
      return;
    }
    if (this.#gesture?.id !== event.pointerId) return;
    const { kind, moved } = this.#gesture;
    this.#gesture = null;
    if (kind === "tool") this.#on.release({ moved });
  }

  /** What the first finger began before the second came down was not meant. */
  #pinch() {
    if (this.isPressed) this.#on.cancel();
    this.#gesture = { kind: "pinch" };
  }

  #pinched(event) {
    if (!this.#fingers.has(event.pointerId) || this.#fingers.size < 2) return undefined;
    const before = spread([...this.#fingers.values()]);
    this.#fingers.set(event.pointerId, this.#view.dotOf(event));
    const after = spread([...this.#fingers.values()]);
    this.#view.pan(after.x - before.x, after.y - before.y);
    if (before.distance > 0) this.#view.zoom(after.distance / before.distance, after);
    return undefined;
  }

  #wheel(event) {
    event.preventDefault();
    const step = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? LINE_PX : 1;
    const [dx, dy] = [event.deltaX * step, event.deltaY * step];
    if (event.shiftKey) return this.#on.wheelSize(Math.sign(-(dy || dx)));
    if (this.#on.wheel() === "ctrl-zoom" && !event.ctrlKey) {
      return this.#view.pan(-dx * devicePixelRatio, -dy * devicePixelRatio);
    }
    const rate = event.ctrlKey && Math.abs(dy) < 40 ? PINCH_RATE : WHEEL_RATE;
    this.#view.zoom(Math.exp(-dy * rate), this.#view.dotOf(event));
    return this.#on.hover(event);
  }
}

function spread([one, other]) {
  return {
    x: (one.x + other.x) / 2,
    y: (one.y + other.y) / 2,
    distance: Math.hypot(one.x - other.x, one.y - other.y),
  };
}

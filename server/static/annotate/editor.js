// The editor: opens one region after the other, and ties mask, tools, view, pointer and keys
// together. It asks nothing of the network; whoever owns it opens regions and takes results.
//
// Events: change (during strokes too), submit, skip, back, help, note, activity, mode, settings.

import { Controls } from "./controls.js";
import { Hand } from "./hand.js";
import { Handling } from "./handling.js";
import { Keyboard } from "./keyboard.js";
import { bind, helpOf } from "./keys.js";
import { Layers } from "./layers.js";
import { Performer } from "./performing.js";
import { Pointer } from "./pointer.js";
import { coloursOf, Scene } from "./scene.js";
import { Stage } from "./stage.js";
import { Throttle } from "./drafts.js";
import { View } from "./view.js";
import { Work } from "./work.js";

const CHANGE_MS = 250;
const ACTIVITY_MS = 1000;

export class Editor extends EventTarget {
  // These are for the editor's own modules.
  hand = new Hand();
  layers = new Layers();
  stage = new Stage();
  work = null;
  given = null;
  colours = null;
  counts = { clicks: 0, strokes: 0, keys: 0 };
  #root;
  #classes;
  #settings = { keymap: "default", patterns: false };
  #bound;
  #layout = new Map();
  #controls = null;
  #keyboard;
  #pointer;
  #performer;
  #change = new Throttle(() => this.tell("change"), CHANGE_MS);
  #activity = new Throttle(() => this.tell("activity"), ACTIVITY_MS);
  #frame = 0;

  /**
   * Builds the editor inside `root`, which has a definite size. Classes are {value, name, colour,
   * key?}; settings are those of `preferences`.
   */
  constructor(root, { classes, keymap = "default", settings = {} }) {
    super();
    this.#root = root;
    this.#classes = classes;
    root.classList.add("editor");
    this.view = new View(this.stage.canvas);
    this.handling = new Handling(this);
    this.#performer = new Performer(this, classes);
    this.#keyboard = new Keyboard(root, {
      command: (name) => this.#pressed(() => this.perform(name)),
      hold: (name, isDown) => this.#held(name, isDown),
      arrow: (dx, dy) => this.handling.chooseSegment(dx, dy),
    });
    this.#pointer = new Pointer(this.stage.canvas, this.view, this.handling);
    this.configure({ ...settings, keymap });
    navigator.keyboard?.getLayoutMap?.().then((found) => this.#relabel(found), () => {});
  }

  /**
   * Show a region. `box` and `context` ({bitmap, left, top, width, height}) are in pixels of the
   * image; suggestion, confidence (0 to 255), segments, label and origins have one value per pixel
   * of the box or are null; neighbours are {left, top, width, height, values} or null; `start` is
   * what `draft` gave, or null. Who opens bitmaps closes them.
   */
  open(given) {
    performance.mark("tessera:open");
    const { width, height } = given.box;
    this.given = given;
    this.work = new Work({ ...given, width, height });
    this.counts = { clicks: 0, strokes: 0, keys: 0 };
    this.#performer.forget();
    this.#pointer.drop();
    this.handling.begin();
    this.view.show(new Scene(this, given, this.#classes), painted);
    this.stage.describe(`Region of ${width} by ${height} pixels`);
    this.show();
  }

  /** Superpixels of the open region, which may come later than the rest. */
  setSegments(ids) {
    this.work.setSuperpixels(ids);
    this.refresh();
  }

  /** {classes, origins, unset}: 255 is void, 254 unset; origins as in mask.js. */
  result() {
    return this.work.result();
  }

  /** Everything to go on with later, undo included, also in the middle of a stroke. */
  draft() {
    return this.work.draft();
  }

  get mode() {
    return this.hand.mode;
  }

  set mode(mode) {
    this.hold(() => (this.hand.mode = mode));
  }

  /** Change some of the settings. */
  configure(settings) {
    this.#settings = { ...this.#settings, ...settings };
    this.hand.configure(settings);
    this.layers.configure(settings);
    this.#bound = bind(this.#settings.keymap, this.#classes);
    this.#keyboard.use(this.#bound);
    this.#build();
  }

  /** What the person has set, as `configure` takes it. */
  get preferences() {
    const { keymap, patterns } = this.#settings;
    return { keymap, patterns, ...this.hand.preferences, ...this.layers.preferences };
  }

  /** What keys and pointer do: [{title, rows: [{keys, text}]}]. */
  sheet() {
    return helpOf(this.#bound, this.#classes, this.#layout);
  }

  focus() {
    this.stage.canvas.focus({ preventScroll: true });
  }

  close() {
    this.#keyboard.close();
    this.#pointer.close();
    this.view.close();
    this.#change.cancel();
    this.#activity.cancel();
    cancelAnimationFrame(this.#frame);
    this.given?.context.bitmap.close();
    this.#root.replaceChildren();
    this.work = this.given = null;
  }

  // From here on for the editor's own modules.

  tell(name) {
    this.dispatchEvent(new Event(name));
  }

  /** "zoom" or "ctrl-zoom": what the wheel does. */
  get wheel() {
    return this.#bound.keymap.wheel;
  }

  /** Do what a key or button says. */
  perform(command) {
    this.stir();
    this.#performer.perform(command);
  }

  find() {
    this.#controls.find();
  }

  /** Somebody is at work. */
  stir() {
    this.#activity.call();
  }

  /** Change the mask: `act(work)` answers false when it changed nothing. */
  edit(act) {
    if (this.work && act(this.work) !== false) this.#changed();
    this.refresh();
  }

  /** Something is being drawn. */
  drawn() {
    this.#change.call();
    this.refresh();
  }

  /** Change what the hand holds. */
  hold(act) {
    const { mode } = this.hand;
    act(this.hand);
    this.handling.dropPolygon();
    this.handling.point();
    if (this.work) this.view.redraw();
    this.show();
    if (mode !== this.hand.mode) this.tell("mode");
    this.tell("settings");
  }

  /** Change what is to be seen. */
  look(act) {
    act(this.layers);
    this.#colour();
    if (this.work) this.view.redraw();
    this.show();
    this.tell("settings");
  }

  /** Draw what changed, with the next frame; controls follow. */
  refresh() {
    this.view.touch(this.work?.takeFresh() ?? null);
    this.handling.refreshOverlay();
    this.show();
  }

  /** Bring controls and figures up to date, with the next frame. */
  show() {
    this.#frame ||= requestAnimationFrame(() => this.#show());
  }

  #changed() {
    this.#performer.forget();
    this.#change.cancel();
    this.tell("change");
  }

  #pressed(act) {
    this.counts.keys += 1;
    act();
  }

  #held(name, isDown) {
    this.stir();
    if (name === "peek") this.layers.peek = isDown;
    else this.handling.panning(isDown);
    if (this.work) this.view.redraw();
  }

  #colour() {
    const { opacity } = this.layers;
    this.colours = coloursOf(this.#classes, { isPatterned: this.#settings.patterns, opacity });
  }

  #build() {
    this.#colour();
    const { canvas } = this.stage;
    const hadFocus = document.activeElement === canvas;
    this.#controls = new Controls(this, {
      classes: this.#classes,
      sheet: this.colours,
      bound: this.#bound,
      layout: this.#layout,
    });
    this.#root.replaceChildren(...this.#controls.around(this.stage.node));
    if (hadFocus) this.focus();
    if (this.work) this.view.redraw();
    this.show();
  }

  #relabel(layout) {
    this.#layout = layout;
    this.#build();
  }

  #show() {
    this.#frame = 0;
    this.#controls.show();
  }
}

/** From `open` to the end of its first frame, for whoever watches the clock. */
function painted() {
  performance.clearMeasures("tessera:painted");
  performance.measure("tessera:painted", "tessera:open");
  performance.clearMarks("tessera:open");
}

// The editor: opens one region after the other, and ties mask, tools, view, pointer and keys
// together. It asks nothing of the network; whoever owns it opens regions and takes results.
//
// Events: change (during strokes too), submit, skip, back, help, note, activity, mode, settings.

import { Controls } from "./controls.js";
import { Hand } from "./hand.js";
import { Handling } from "./handling.js";
import { Keyboard } from "./keyboard.js";
import { bind, helpOf } from "./keys.js";
import { Layers, neighbourPicture } from "./layers.js";
import { patternsOf, rgbOf } from "./palette.js";
import { performers } from "./performing.js";
import { Pointer } from "./pointer.js";
import { sheetOf } from "./sheets.js";
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
  counts = { clicks: 0, strokes: 0, keys: 0 };
  #root;
  #classes;
  #settings = { keymap: "default", patterns: false };
  #bound;
  #layout = new Map();
  #sheet;
  #controls = null;
  #keyboard;
  #pointer;
  #neighbours = null;
  #lastFill = null; // the class that has just been given to the whole region
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
    const perform = performers(this);
    this.perform = (command) => this.#perform(perform, command);
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
    const { box, context, neighbours } = given;
    this.given = given;
    this.work = new Work({ ...given, width: box.width, height: box.height });
    this.counts = { clicks: 0, strokes: 0, keys: 0 };
    this.#lastFill = null;
    const picture = neighbours && neighbourPicture(neighbours, this.#classes);
    this.#neighbours = picture && { ...neighbours, picture };
    this.#pointer.drop();
    this.handling.begin();
    this.view.show(this.#scene(context, box), painted);
    this.stage.describe(`Region of ${box.width} by ${box.height} pixels`);
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
    this.work = this.given = this.#neighbours = null;
  }

  // From here on for the editor's own modules.

  tell(name) {
    this.dispatchEvent(new Event(name));
  }

  /** "zoom" or "ctrl-zoom": what the wheel does. */
  get wheel() {
    return this.#bound.keymap.wheel;
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
    this.#sheet = this.#colours();
    if (this.work) this.view.redraw();
    this.show();
    this.tell("settings");
  }

  /** Take a class into the hand; fill mode gives it to the region, and the same one again submits. */
  choose(value) {
    this.hand.choose(value);
    if (!this.work) return this.show();
    if (this.hand.mode === "fill") return this.#fill(value);
    if (this.handling.isChosen) this.edit((work) => this.handling.fillSegment(work, value));
    this.stage.say(this.#nameOf(value));
    return this.show();
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

  #fill(value) {
    if (this.#lastFill === value) return this.tell("submit");
    this.edit((work) => work.fillAll(value, { protect: this.hand.protect }));
    this.#lastFill = value;
    this.stage.say(`Filled with ${this.#nameOf(value)}`);
    return this.hand.autoAdvance ? this.tell("submit") : undefined;
  }

  #changed() {
    this.#lastFill = null;
    this.#change.cancel();
    this.tell("change");
  }

  #perform(perform, command) {
    this.stir();
    const [, value] = /^class:(\d+)$/.exec(command) ?? [];
    if (value !== undefined) this.choose(Number(value));
    else perform[command]();
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

  #scene(context, box) {
    const editor = this;
    return {
      context,
      box,
      get neighbours() {
        return editor.layers.neighbours ? editor.#neighbours : null;
      },
      get isPeeking() {
        return editor.layers.peek;
      },
      layers: () => this.#composed(),
      overlay: (pen, view) => this.handling.overlay(pen, view),
    };
  }

  #composed() {
    const { mask, suggestion } = this.work;
    const { given, layers, handling } = this;
    return {
      width: mask.width,
      height: mask.height,
      classes: mask.classes,
      suggestion: layers.suggestion ? suggestion : null,
      confidence: layers.uncertainty ? (given.confidence ?? null) : null,
      segments: this.hand.mode === "segments" ? this.work.segments(this.hand.fine).ids : null,
      hovered: handling.segment,
      sheet: this.#sheet,
    };
  }

  #colours() {
    const mode = this.#settings.patterns ? "always" : "auto";
    const patterns = patternsOf(this.#classes.map(({ colour }) => rgbOf(colour)), mode);
    const styled = this.#classes.map((each, index) => ({ ...each, pattern: patterns[index] }));
    return sheetOf(styled, this.layers.opacity);
  }

  #build() {
    this.#sheet = this.#colours();
    const { canvas } = this.stage;
    const hadFocus = document.activeElement === canvas;
    this.#controls = new Controls(this, {
      classes: this.#classes,
      sheet: this.#sheet,
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

  #nameOf(value) {
    return this.#classes.find((each) => each.value === value)?.name ?? "void";
  }
}

/** From `open` to the end of its first frame, for whoever watches the clock. */
function painted() {
  performance.clearMeasures("tessera:painted");
  performance.measure("tessera:painted", "tessera:open");
  performance.clearMarks("tessera:open");
}

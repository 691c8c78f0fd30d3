// What each command does, for keys and buttons alike.

import { PAINT_TOOLS, MODES } from "./hand.js";
import { UNSET, VOID } from "./mask.js";

const ZOOM_STEP = 1.25;
const LAYERS = ["suggestion", "uncertainty", "neighbours"];

export class Performer {
  #editor;
  #names;
  #acts;
  #lastFill = null; // the class that has just been given to the whole region

  constructor(editor, classes) {
    this.#editor = editor;
    this.#names = new Map(classes.map(({ value, name }) => [value, name]));
    this.#names.set(VOID, "void");
    this.#acts = { ...ofRegion(editor), ...ofHand(editor), ...ofView(editor) };
  }

  perform(command) {
    const [, value] = /^class:(\d+)$/.exec(command) ?? [];
    if (command === "void") this.#choose(VOID);
    else if (value !== undefined) this.#choose(Number(value));
    else this.#acts[command]();
  }

  /** Something else was done since the region was filled. */
  forget() {
    this.#lastFill = null;
  }

  /** Take a class into the hand; fill mode gives it to the region, and the same one again submits. */
  #choose(value) {
    const { hand, work, handling, stage } = this.#editor;
    hand.choose(value);
    if (work && hand.mode === "fill") return this.#fill(value);
    if (work && handling.isChosen) this.#editor.edit(() => handling.fillSegment(work, value));
    stage.say(this.#names.get(value));
    return this.#editor.show();
  }

  #fill(value) {
    const editor = this.#editor;
    if (this.#lastFill === value) return editor.tell("submit");
    editor.edit((work) => work.fillAll(value, { protect: editor.hand.protect }));
    this.#lastFill = value;
    editor.stage.say(`Filled with ${this.#names.get(value)}`);
    return editor.hand.autoAdvance ? editor.tell("submit") : undefined;
  }
}

function ofRegion(editor) {
  const polygonOr = (act, otherwise) => () => {
    const { polygon } = editor.handling;
    return polygon ? editor.edit(() => act(polygon)) : otherwise();
  };
  const edit = (act) => () => editor.edit(act);
  return {
    ...each(["skip", "note", "help"], (name) => editor.tell(name)),
    submit: polygonOr((polygon) => polygon.finish(), () => editor.tell("submit")),
    back: polygonOr((polygon) => polygon.back(), () => editor.tell("back")),
    undo: polygonOr((polygon) => polygon.back(), edit((work) => work.undo())),
    redo: edit((work) => work.redo()),
    accept: edit((work) => work.accept()),
    "accept-all": edit((work) => work.accept({ all: true })),
    clear: edit((work) => work.fillAll(UNSET)),
    holes: edit((work) => work.fillHoles()),
    cancel: () => (editor.handling.cancel(), editor.handling.dropPolygon()),
    find: () => editor.find(),
  };
}

function ofHand(editor) {
  const hold = (act) => () => editor.hold(act);
  return {
    ...each(MODES, (name) => (editor.mode = name)),
    ...each(PAINT_TOOLS, (name) => editor.hold((hand) => hand.take(name))),
    "next-mode": hold((hand) => hand.nextMode()),
    superpixels: hold((hand) => hand.toggleFine()),
    protect: hold((hand) => (hand.protect = !hand.protect)),
    smaller: hold((hand) => hand.resize(-1)),
    larger: hold((hand) => hand.resize(1)),
  };
}

function ofView(editor) {
  const { view } = editor;
  const move = (act) => () => (editor.work && act(), editor.handling.point(), editor.show());
  return {
    ...each(LAYERS, (name) => editor.look((layers) => layers.toggle(name))),
    fainter: () => editor.look((layers) => layers.fade(-1)),
    stronger: () => editor.look((layers) => layers.fade(1)),
    "zoom-in": move(() => view.zoom(ZOOM_STEP)),
    "zoom-out": move(() => view.zoom(1 / ZOOM_STEP)),
    "fit-region": move(() => view.fitRegion()),
    "actual-size": move(() => view.zoom(1 / view.viewport.scale)),
    "fit-context": move(() => view.fitContext()),
  };
}

function each(names, act) {
  return Object.fromEntries(names.map((name) => [name, () => act(name)]));
}

// Everything around the canvas, kept in step with the editor.

import { keyOf } from "./keys.js";
import { UNSET } from "./mask.js";
import { Panel } from "./panel.js";
import { Rail } from "./rail.js";

export class Controls {
  #editor;
  #rail;
  #panel;

  constructor(editor, { classes, sheet, bound, layout }) {
    this.#editor = editor;
    const perform = (command) => editor.perform(command);
    const named = (command) => keyOf(bound, command, layout);
    this.#rail = new Rail(perform, named);
    this.#panel = new Panel({
      classes,
      sheet,
      perform,
      keyOf: named,
      fade: (opacity) => editor.look((layers) => (layers.opacity = opacity)),
      advance: (isOn) => editor.hold((hand) => (hand.autoAdvance = isOn)),
      focus: () => editor.focus(),
    });
  }

  /** The editor's children, in order. */
  around(stage) {
    return [this.#rail.node, stage, this.#panel.node];
  }

  find() {
    this.#panel.find();
  }

  show() {
    const { work, hand, layers, given, stage, view } = this.#editor;
    this.#rail.show(hand, {
      canUndo: Boolean(work?.history.canUndo),
      canRedo: Boolean(work?.history.canRedo),
      hasSuperpixels: Boolean(work?.hasSuperpixels),
    });
    const there = {
      suggestion: Boolean(given?.suggestion),
      uncertainty: Boolean(given?.confidence),
      neighbours: Boolean(given?.neighbours),
    };
    const counts = work?.mask.counts ?? [];
    const share = (value) => (counts[value] ?? 0) / (work?.mask.size ?? 1);
    this.#panel.show(hand, layers, { there, share });
    if (work) stage.figures(figures(work, hand, view, counts[UNSET]));
  }
}

function figures({ mask }, hand, view, unset) {
  const left = Math.ceil((100 * unset) / mask.size);
  const parts = [`${mask.width} × ${mask.height} px`, left ? `${left} % to do` : "all labelled"];
  if (hand.mode === "paint") parts.push(`brush ${hand.size} px`);
  parts.push(`${Math.round(100 * view.viewport.scale)} %`);
  return parts.join("  ·  ");
}

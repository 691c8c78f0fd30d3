// Undo and redo as two stacks of patches: one stroke, one entry, whichever tool made it. The oldest
// entries go when all of them together take more than their share of memory.

export const MEMORY_BYTES = 16 * 2 ** 20;
// A draft is copied into the browser's database during strokes.
export const DRAFT_BYTES = 2 ** 20;

export class History {
  #undo;
  #redo;
  #limit;

  constructor({ undo = [], redo = [] } = {}, limitBytes = MEMORY_BYTES) {
    this.#undo = [...undo];
    this.#redo = [...redo];
    this.#limit = limitBytes;
  }

  get canUndo() {
    return this.#undo.length > 0;
  }

  get canRedo() {
    return this.#redo.length > 0;
  }

  /** Remember how to reverse what was just done. */
  push(reversal) {
    this.#undo.push(reversal);
    this.#redo = [];
    this.#undo = newest(this.#undo, this.#limit);
  }

  /** Reverse the last stroke; the box that changed, or null when there is none. */
  undo(mask) {
    return step(mask, this.#undo, this.#redo);
  }

  /** Do again what was undone last. */
  redo(mask) {
    return step(mask, this.#redo, this.#undo);
  }

  /** The newest entries for a draft, `pending` being the stroke that is under way. */
  state(pending = null, limitBytes = DRAFT_BYTES) {
    if (pending) return { undo: newest([...this.#undo, pending], limitBytes), redo: [] };
    return { undo: newest(this.#undo, limitBytes), redo: newest(this.#redo, limitBytes) };
  }
}

function step(mask, from, to) {
  const patch = from.pop();
  if (!patch) return null;
  to.push(mask.apply(patch));
  const { left, top, width, height } = patch;
  return { left, top, width, height };
}

/** The end of the stack that fits; at least the last entry. */
function newest(stack, limitBytes) {
  let bytes = 0;
  let start = stack.length;
  while (start > 0) {
    bytes += 2 * stack[start - 1].width * stack[start - 1].height;
    if (bytes > limitBytes && start < stack.length) break;
    start -= 1;
  }
  return stack.slice(start);
}

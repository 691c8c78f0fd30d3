// What a person holds while labelling: mode, tool, class, brush. It stays from region to region.

export const MODES = ["fill", "segments", "paint"];
export const PAINT_TOOLS = ["brush", "eraser", "polygon", "flood", "pick"];
export const LARGEST_BRUSH_PX = 256;

const TOOL_OF_MODE = { fill: "fill", segments: "segment" };

export class Hand {
  mode = "segments";
  /** The class that the next stroke gives. */
  value = 0;
  /** Diameter of the brush in pixels of the image. */
  size = 8;
  /** Whether pixels that have a class keep it. */
  protect = false;
  /** Whether segments mode offers superpixels instead of areas of the suggestion. */
  fine = false;
  /** Whether filling a region with a class submits it. */
  autoAdvance = false;
  #paintTool = "brush";

  /** Take over settings that `preferences` may hold; others are not its own. */
  configure(settings) {
    for (const name of ["value", "size", "protect", "fine", "autoAdvance"]) {
      if (name in settings) this[name] = settings[name];
    }
    if (settings.tool) this.#paintTool = settings.tool;
    if (settings.mode) this.mode = settings.mode;
  }

  get preferences() {
    const { mode, size, protect, fine, autoAdvance } = this;
    return { mode, tool: this.#paintTool, size, protect, fine, autoAdvance };
  }

  /** The tool that the pointer has. */
  get tool() {
    return TOOL_OF_MODE[this.mode] ?? this.#paintTool;
  }

  /** The tool that paint mode has, whichever mode it is. */
  get paintTool() {
    return this.#paintTool;
  }

  /** Take a tool of paint mode. */
  take(tool) {
    this.mode = "paint";
    this.#paintTool = tool;
  }

  /** Choose a class; an eraser is put down for it. */
  choose(value) {
    this.value = value;
    if (this.#paintTool === "eraser") this.#paintTool = "brush";
  }

  /** In segments mode between superpixels and areas of the suggestion; else to superpixels. */
  toggleFine() {
    this.fine = this.mode !== "segments" || !this.fine;
    this.mode = "segments";
  }

  nextMode() {
    this.mode = MODES[(MODES.indexOf(this.mode) + 1) % MODES.length];
  }

  /** Finer steps for thin brushes. */
  resize(direction) {
    const step = Math.max(1, Math.round(this.size / 8));
    this.size = Math.min(LARGEST_BRUSH_PX, Math.max(1, this.size + direction * step));
  }
}

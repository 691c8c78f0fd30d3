// A canvas to put computed dots on their way to the screen, grown as needed and never given back.

export class Scratch {
  #canvas = new OffscreenCanvas(1, 1);
  #pen = null;
  #image = null;
  #dots = null;

  /** Let `fill(dots, stride)` compute width x height dots, and draw them at (left, top). */
  draw(pen, { left, top, width, height }, fill) {
    this.#grow(width, height);
    fill(this.#dots, this.#canvas.width);
    this.#pen.putImageData(this.#image, 0, 0, 0, 0, width, height);
    pen.drawImage(this.#canvas, 0, 0, width, height, left, top, width, height);
  }

  #grow(width, height) {
    const { width: wide, height: high } = this.#canvas;
    if (this.#image && width <= wide && height <= high) return;
    this.#canvas = new OffscreenCanvas(Math.max(width, wide), Math.max(height, high));
    this.#pen = this.#canvas.getContext("2d");
    this.#image = this.#pen.createImageData(this.#canvas.width, this.#canvas.height);
    this.#dots = new Uint32Array(this.#image.data.buffer);
  }
}

// Class values as colours over a picture: one pixel of a mask, one pixel of a canvas.

export const VOID = 255;
const VOID_INK = [255, 255, 255];

// Colours by class value, from elements that carry data-value and data-colour.
export function paletteOf(items) {
  const colours = new Map([[VOID, VOID_INK]]);
  for (const { dataset } of items) colours.set(Number(dataset.value), rgb(dataset.colour));
  return colours;
}

function rgb(colour) {
  return [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
}

// The bytes of a mask, one per pixel; null where there is none.
export async function values(url) {
  if (!url) return null;
  const answer = await fetch(`${url}${url.includes("?") ? "&" : "?"}format=raw`);
  return answer.ok ? new Uint8Array(await answer.arrayBuffer()) : null;
}

// A canvas of the mask alone; what was not asked stays clear, void is hatched.
export function painted(mask, width, colours) {
  const picture = new ImageData(width, mask.length / width);
  mask.forEach((value, at) => {
    const colour = colours.get(value);
    if (!colour || (value === VOID && ((at % width) + Math.floor(at / width)) % 4 > 1)) return;
    picture.data.set([...colour, 255], at * 4);
  });
  return canvasOf(picture);
}

export function canvasOf(picture) {
  const canvas = new OffscreenCanvas(picture.width, picture.height);
  canvas.getContext("2d").putImageData(picture, 0, 0);
  return canvas;
}

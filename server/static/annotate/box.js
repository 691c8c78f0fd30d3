// Rectangles of pixels `{left, top, width, height}`; null is the empty one.

export function union(one, other) {
  if (!one || !other) return one ?? other;
  const left = Math.min(one.left, other.left);
  const top = Math.min(one.top, other.top);
  return {
    left,
    top,
    width: Math.max(one.left + one.width, other.left + other.width) - left,
    height: Math.max(one.top + one.height, other.top + other.height) - top,
  };
}

/** What both share; null when nothing. */
export function intersection(one, other) {
  if (!one || !other) return null;
  const left = Math.max(one.left, other.left);
  const top = Math.max(one.top, other.top);
  const right = Math.min(one.left + one.width, other.left + other.width);
  const bottom = Math.min(one.top + one.height, other.top + other.height);
  return right > left && bottom > top ? { left, top, width: right - left, height: bottom - top } : null;
}

/** Grown by `margin` on each side, edges on whole numbers. */
export function grown({ left, top, width, height }, margin) {
  const [x, y] = [Math.floor(left - margin), Math.floor(top - margin)];
  return {
    left: x,
    top: y,
    width: Math.ceil(left + width + margin) - x,
    height: Math.ceil(top + height + margin) - y,
  };
}

/** The smallest box around pixels of a raster `width` wide. */
export function around(indices, width) {
  let [left, top, right, bottom] = [Infinity, Infinity, -1, -1];
  for (const index of indices) {
    const x = index % width;
    const y = (index - x) / width;
    if (x < left) left = x;
    if (x > right) right = x;
    if (y < top) top = y;
    if (y > bottom) bottom = y;
  }
  return right < 0 ? null : { left, top, width: right - left + 1, height: bottom - top + 1 };
}

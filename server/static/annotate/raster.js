// Shapes to the numbers of the pixels that they cover. Coordinates are continuous: pixel (x, y) is
// the square from x to x + 1, and counts as covered when its centre is. Nothing outside the raster
// is returned, so shapes may begin, end and reach outside.

const STEP_PX = 0.1;

/**
 * A round brush drawn along a line: centres within `diameter / 2` of it, and whichever pixels hold
 * its two ends, so that a thin brush never misses.
 */
export function swept(raster, from, to, diameter) {
  const radius = diameter / 2;
  const found = [];
  const [left, right] = span(Math.min(from.x, to.x) - radius, Math.max(from.x, to.x) + radius, raster.width);
  const [top, bottom] = span(Math.min(from.y, to.y) - radius, Math.max(from.y, to.y) + radius, raster.height);
  const ends = [pixelAt(raster, from), pixelAt(raster, to)];
  for (let y = top; y < bottom; y += 1) {
    for (let x = left; x < right; x += 1) {
      const index = y * raster.width + x;
      const isNear = squaredDistance(x + 0.5, y + 0.5, from, to) <= radius * radius;
      if (isNear || index === ends[0] || index === ends[1]) found.push(index);
    }
  }
  return found;
}

/** The pixels that a line without breadth goes through, in order; corners may be missed by STEP_PX. */
export function crossed(raster, from, to) {
  const steps = Math.max(1, Math.ceil(Math.hypot(to.x - from.x, to.y - from.y) / STEP_PX));
  const found = new Set();
  for (let step = 0; step <= steps; step += 1) {
    const along = step / steps;
    const index = pixelAt(raster, {
      x: from.x + along * (to.x - from.x),
      y: from.y + along * (to.y - from.y),
    });
    if (index >= 0) found.add(index);
  }
  return [...found];
}

/** The pixel that holds a point; -1 outside. */
export function pixelAt({ width, height }, { x, y }) {
  const [column, row] = [Math.floor(x), Math.floor(y)];
  if (column < 0 || row < 0 || column >= width || row >= height) return -1;
  return row * width + column;
}

/** The inside of a closed polygon by the even-odd rule. */
export function polygon(raster, points) {
  const found = [];
  const ys = points.map(({ y }) => y);
  const [top, bottom] = span(Math.min(...ys), Math.max(...ys), raster.height);
  for (let y = top; y < bottom; y += 1) {
    const crossings = crossingsOf(points, y + 0.5);
    for (let i = 0; i + 1 < crossings.length; i += 2) {
      const start = Math.max(0, Math.ceil(crossings[i] - 0.5));
      const end = Math.min(raster.width, Math.ceil(crossings[i + 1] - 0.5));
      for (let x = start; x < end; x += 1) found.push(y * raster.width + x);
    }
  }
  return found;
}

/** The pixels that hang together with `start` by edges and have the same value. */
export function flood({ width, height }, values, start) {
  const wanted = values[start];
  const seen = new Uint8Array(width * height);
  const found = [start];
  seen[start] = 1;
  const visit = (index) => {
    if (seen[index] || values[index] !== wanted) return;
    seen[index] = 1;
    found.push(index);
  };
  for (let next = 0; next < found.length; next += 1) neighbours(found[next], width, height, visit);
  return found;
}

/** Calls `visit` with each pixel that shares an edge with `index`. */
export function neighbours(index, width, height, visit) {
  const x = index % width;
  if (x > 0) visit(index - 1);
  if (x < width - 1) visit(index + 1);
  if (index >= width) visit(index - width);
  if (index < width * (height - 1)) visit(index + width);
}

function span(low, high, limit) {
  return [Math.max(0, Math.floor(low)), Math.min(limit, Math.floor(high) + 1)];
}

function squaredDistance(x, y, from, to) {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = dx * dx + dy * dy;
  const along = length && Math.min(1, Math.max(0, ((x - from.x) * dx + (y - from.y) * dy) / length));
  const [ex, ey] = [x - from.x - along * dx, y - from.y - along * dy];
  return ex * ex + ey * ey;
}

function crossingsOf(points, y) {
  const found = [];
  points.forEach((to, i) => {
    const from = points[(i || points.length) - 1];
    if (from.y <= y === to.y <= y) return;
    found.push(from.x + ((y - from.y) / (to.y - from.y)) * (to.x - from.x));
  });
  return found.sort((one, other) => one - other);
}

// What is drawn over the picture without being part of it: the polygon that is under way.

import { union } from "./box.js";

const CORNER_DOTS = 3.5;

/** The box, in pixels of the region, that the lines of a polygon take; null without any. */
export function boxOf(points) {
  return points.reduce((box, { x, y }) => union(box, { left: x, top: y, width: 0, height: 0 }), null);
}

/** Lines from corner to corner; the first one, where the polygon closes, is marked. */
export function drawPolygon(pen, view, points) {
  const all = points.map((point) => view.toScreen(point));
  const path = new Path2D();
  all.forEach(({ x, y }, i) => (i ? path.lineTo(x, y) : path.moveTo(x, y)));
  stroke(pen, path, view.unit);
  const corner = new Path2D();
  corner.arc(all[0].x, all[0].y, CORNER_DOTS * view.unit, 0, 2 * Math.PI);
  stroke(pen, corner, view.unit);
  pen.fillStyle = "#fff";
  pen.fill(corner);
}

function stroke(pen, path, unit) {
  for (const [colour, width] of [["#000a", 3], ["#fff", 1.25]]) {
    pen.strokeStyle = colour;
    pen.lineWidth = width * unit;
    pen.stroke(path);
  }
}

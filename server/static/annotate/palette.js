// Colours of classes, and which of them need a pattern because some people cannot tell them apart.

export const PATTERNS = ["plain", "falling", "dots", "rows", "columns", "grid", "checks", "rings"];

// Under this distance in OKLab two colours laid over a photograph look alike.
const ALIKE = 0.13;
// Viénot, Brettel and Mollon 1999 for red and green, in linear RGB; for blue a plane fitted alike.
const SIGHTS = [
  [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  [[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]],
  [[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]],
  [[1, 0.1462, -0.1462], [0, 0.8592, 0.1408], [0, 0.8592, 0.1408]],
];

/** "#rrggbb" to [r, g, b], 0 to 255. Throws on anything else. */
export function rgbOf(colour) {
  const found = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(colour);
  if (!found) throw new RangeError(`Expected a colour like #8040ff, given ${colour}.`);
  return found.slice(1).map((hex) => parseInt(hex, 16));
}

/** Distance in OKLab for the kind of sight that sees the least of it. */
export function distance(one, other) {
  const seen = SIGHTS.map((sight) => {
    const [a, b] = [one, other].map((rgb) => oklab(times(sight, rgb.map(linear))));
    return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
  });
  return Math.min(...seen);
}

/**
 * The pattern of each class. "always" gives each one of its own as far as they go; "auto" a plain
 * one unless its colour is too like that of a class before it.
 */
export function patternsOf(colours, mode = "auto") {
  const given = [];
  colours.forEach((colour, index) => {
    const taken = given.filter((_, before) => mode === "always" || distance(colours[before], colour) < ALIKE);
    const free = PATTERNS.findIndex((_, number) => !taken.includes(number));
    given.push(free < 0 ? index % PATTERNS.length : free);
  });
  return given;
}

function linear(value) {
  const share = value / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
}

function times(matrix, vector) {
  return matrix.map((row) => Math.max(0, row[0] * vector[0] + row[1] * vector[1] + row[2] * vector[2]));
}

/** Björn Ottosson's OKLab from linear RGB. */
function oklab(rgb) {
  const cones = [
    [0.4122214708, 0.5363325363, 0.0514459929],
    [0.2119034982, 0.6806995451, 0.1073969566],
    [0.0883024619, 0.2817188376, 0.6299787005],
  ];
  const [l, m, s] = times(cones, rgb).map(Math.cbrt);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

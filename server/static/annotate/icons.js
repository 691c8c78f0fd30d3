// Line drawings for buttons, 20 x 20, in the colour of the text.

const PATHS = {
  fill: "M4 4h12v12H4z",
  segments: "M3.5 3.5h13v13h-13z M3.5 11l5-2 2.5-5.5 M8.5 9l3.5 3 4.5-1.5 M12 12l-1.5 4.5",
  paint: "M16.5 3c-4 1.5-7.5 5-9 8.5L9 13c3.5-1.5 6.5-5.5 7.5-10z M6.5 12.5c-2 0-2 2.5-3.5 3.5 3 1.200 6 .2 5.5-2.200",
  eraser: "M11.5 3.5l5 5-7.5 7.5H6.5L3.5 13z M7.5 7.5l5 5 M9 16.5h7.5",
  polygon: "M10 3.5l6.5 5-2.5 8H6l-2.5-8z M10 2.800v1.400 M16 8l1 1 M13.5 16l1 1 M5.5 17l1-1 M3 9l1-1",
  flood: "M8.5 3l7.5 7.5-5.5 5.5a1.200 1.200 0 01-1.700 0L3.5 10.700a1.200 1.200 0 010-1.700z M3.5 10h12 M17 13c1.300 2 1.300 3.5 0 3.5s-1.300-1.5 0-3.5z",
  holes: "M10 3a7 7 0 100 14 7 7 0 000-14z M10 7.5a2.5 2.5 0 100 5 2.5 2.5 0 000-5z",
  pick: "M11.5 5.5l3 3 M13 4.300a2 2 0 012.800 2.800L13.5 9.300l-2.900-2.800z M11 7l-6.300 6.300L4 16l2.700-.7L13 9",
  superpixels: "M3.5 3.5h13v13h-13z M3.5 8l4-1 1-3.5 M7.5 7l2 4 4-1 3 1 M13.5 10l1-6.5 M9.5 11l-2 5.5 M3.5 12.5l5 1 M13.5 10l-1 6.5",
  protect: "M5 9.5h10V17H5z M7 9.5V6.5a3 3 0 016 0v3",
  undo: "M8 4.5l-4 4 4 4 M4 8.5h8a4 4 0 010 8H9",
  redo: "M12 4.5l4 4-4 4 M16 8.5H8a4 4 0 000 8h3",
};
const NAMESPACE = "http://www.w3.org/2000/svg";

export function icon(name) {
  const svg = document.createElementNS(NAMESPACE, "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(NAMESPACE, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

// Everything that a key can do, with the words of the help sheet. A command that holds lasts as long
// as its key is down; one that repeats goes on while it is.

const rows = [
  ["Region", "accept", "Accept the suggestion where nothing is labelled"],
  ["Region", "accept-all", "Replace everything by the suggestion"],
  ["Region", "submit", "Submit; closes an open polygon first"],
  ["Region", "skip", "Skip with a reason"],
  ["Region", "back", "Reopen the last region; takes back a polygon's corner"],
  ["Region", "undo", "Undo", "repeats"],
  ["Region", "redo", "Redo", "repeats"],
  ["Region", "clear", "Take every class away"],
  ["Region", "note", "Comment or flag for the reviewer"],
  ["Region", "cancel", "Cancel a stroke or polygon"],
  ["Region", "help", "This sheet"],
  ["Modes", "next-mode", "Next mode: fill, segments, paint"],
  ["Modes", "fill", "Fill mode: a class key labels the whole region, again submits"],
  ["Modes", "segments", "Segments mode: click or drag over segments; arrows choose one too"],
  ["Modes", "paint", "Paint mode"],
  ["Modes", "superpixels", "Segments mode: superpixels or areas of the suggestion"],
  ["Modes", "protect", "Protect what is labelled"],
  ["Tools", "brush", "Brush; the right button erases"],
  ["Tools", "eraser", "Eraser"],
  ["Tools", "polygon", "Polygon, by corners or freehand"],
  ["Tools", "flood", "Flood fill"],
  ["Tools", "holes", "Fill holes"],
  ["Tools", "pick", "Pick the class under the pointer"],
  ["Tools", "smaller", "Smaller brush", "repeats"],
  ["Tools", "larger", "Larger brush", "repeats"],
  ["Classes", "void", "Void: none of the classes"],
  ["Classes", "find", "Find a class by name"],
  ["View", "zoom-in", "Zoom in", "repeats"],
  ["View", "zoom-out", "Zoom out", "repeats"],
  ["View", "fit-region", "Fit the region"],
  ["View", "actual-size", "One pixel of the image to one of the screen"],
  ["View", "fit-context", "Fit the surroundings"],
  ["View", "pan", "Move the picture while held", "holds"],
  ["View", "peek", "See the image alone while held", "holds"],
  ["View", "suggestion", "Suggestion on or off"],
  ["View", "uncertainty", "Uncertainty on or off"],
  ["View", "neighbours", "Labels around the region on or off"],
  ["View", "fainter", "Fainter colours", "repeats"],
  ["View", "stronger", "Stronger colours", "repeats"],
];

export const COMMANDS = Object.fromEntries(
  rows.map(([group, name, text, flag]) => [
    name,
    { group, text, holds: flag === "holds", repeats: flag === "repeats" },
  ]),
);

/** What the mouse and fingers do, for the help sheet. */
export const POINTING = [
  [["Right button"], "Erase"],
  [["Alt click"], "Pick the class under the pointer"],
  [["Wheel"], "Zoom at the pointer"],
  [["Shift wheel"], "Brush size"],
  [["Middle button", "Space drag"], "Move the picture"],
  [["One finger", "Pen"], "Paint"],
  [["Two fingers"], "Zoom and move the picture"],
];

// Every tool has press(point, {erase, reach}), drag(point), release() and cancel(); points are in
// pixels of the region and may lie outside of it.

import { Brush, Eraser } from "./brush.js";
import { Fill } from "./fill.js";
import { Flood } from "./flood.js";
import { Pick } from "./pick.js";
import { Polygon } from "./polygon.js";
import { Segment } from "./segment.js";

export const TOOLS = {
  brush: Brush,
  eraser: Eraser,
  polygon: Polygon,
  flood: Flood,
  pick: Pick,
  segment: Segment,
  fill: Fill,
};

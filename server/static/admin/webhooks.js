// A message that is on its way: the log is asked for anew until it has arrived, or waits for longer.
import { refresh } from "./live.js";

const EVERY_MS = 2000;

setInterval(() => {
  if (document.querySelector("[data-pending]")) refresh();
}, EVERY_MS);

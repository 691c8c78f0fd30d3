// The figures in the page's head, asked for now and then.

import { byId, say } from "./dom.js";
import { Throttle } from "./drafts.js";
import { cycleLeft, leftOfHour, seconds } from "./figures.js";

const EVERY_MS = 30_000;
const SOONEST_MS = 2_000;

/** Begins to show progress; what it gives asks again, soon. */
export function watchProgress(api) {
  const asking = new Throttle(() => {
    api.progress().then((found) => show(found, new Date()), () => {});
  }, SOONEST_MS);
  const ask = () => document.hidden || asking.call();
  setInterval(ask, EVERY_MS);
  ask();
  return ask;
}

function show({ cycle, mine }, now) {
  if (cycle) showCycle(cycle, mine);
  const each = mine.seconds_per_region;
  const fits = leftOfHour(each, now);
  const more = Math.min(fits ?? 0, cycle?.regions.open ?? 0);
  say("hour-done", `${mine.labelled_in_hour} done`);
  say("hour-left", more ? `· ${more} more by ${(now.getHours() + 1) % 24}:00` : "");
  byId("hour").title = "What you have labelled in the last 60 minutes, and what fits into the clock's hour at your pace";
  say("pace-each", each ? `${seconds(each)} each` : "–");
}

function showCycle({ number, regions, ...cycle }, mine) {
  const { left, share } = cycleLeft({ regions, ...cycle });
  say("cycle-left", `${left} of ${regions.total} left`);
  byId("cycle-done").value = share;
  byId("cycle").title = `Cycle ${number}: ${regions.labelled} labelled, ${mine.labelled_in_cycle} of them by you`;
}

// What the page's figures say: what is left of the cycle and of the hour, one's own pace, and why
// a region was asked.

const HOUR_S = 3600;

/** Regions that somebody will still be asked, and the share that is done. */
export function cycleLeft({ regions }) {
  const left = regions.open;
  return { left, share: regions.total ? 1 - left / regions.total : 0 };
}

/** Seconds in words: 4.2 s, 48 s, 2.5 min. */
export function seconds(value) {
  if (value < 10) return `${value.toFixed(1)} s`;
  return value < 100 ? `${Math.round(value)} s` : `${(value / 60).toFixed(1)} min`;
}

/** How many more regions fit into what is left of the clock's hour at this pace; null unknown. */
export function leftOfHour(secondsEach, now) {
  if (!secondsEach) return null;
  const gone = now.getMinutes() * 60 + now.getSeconds();
  return Math.floor((HOUR_S - gone) / secondsEach);
}

/** Why this region: its rank and score, and what the model takes it for. */
export function whyAsked(lease, nameOf) {
  const rank = `Region ${lease.rank + 1} of ${lease.of}`;
  if (lease.rejection) return `${rank} · a reviewer sent it back: ${lease.rejection}`;
  // A region drawn at random has no score in any cycle; only a model suggests something in it.
  if (lease.source === "random" && !lease.suggestion_url) return `${rank} · drawn at random`;
  if (lease.source === "random") return `${rank} · control: drawn at random, to compare with`;
  const score = lease.score === null ? "" : ` · score ${lease.score.toPrecision(3)}`;
  return `${rank}${score}${guesses(lease, nameOf)}`;
}

function guesses({ top_classes: top, suggestion_url: suggested }, nameOf) {
  if (!suggested) return " · asked without a suggestion, to compare with";
  const said = top.map(({ value, share }) => `${nameOf(value)} ${Math.round(share * 100)} %`);
  return said.length ? ` · the model wavers between ${said.join(" and ")}` : "";
}

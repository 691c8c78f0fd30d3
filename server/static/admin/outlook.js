// The forecast in sentences.
import { number, percent, span } from "./words.js";

const UNITS = {
  share: (value) => `${percent(value)} of the pixels`,
  hours: (value) => `${span(value * 3600)} of work`,
  clicks: (value) => `${number(value)} clicks`,
};

export function answer({ state, target, against, budget, cycles, least_cycles, probability }) {
  const goal = `${Math.round(target * 100)} %`;
  if (state === "reached") return `${goal} has been reached.`;
  if (state === "unlikely") {
    return `${goal} lies above most curves that fit; the chance to get there is ${percent(probability, 0)}.`;
  }
  if (state === "estimate") {
    const chance = budget.high === null ? `, with a chance of ${percent(probability, 0)}` : "";
    return `About ${UNITS[against](budget.median)} in all${chance}.`;
  }
  if (cycles < least_cycles) {
    return `Too early: ${cycles} of at least ${least_cycles} measured cycles are there.`;
  }
  return "Too early: the cycles so far fit very different curves.";
}

export function doubt({ state, against, budget, ceiling }) {
  if (!budget || state === "reached") return ceiling ? tends(ceiling) : "";
  const low = budget.low === null ? null : UNITS[against](budget.low);
  const high = budget.high === null ? null : UNITS[against](budget.high);
  if (low && high) return `Between ${low} and ${high}. ${tends(ceiling)}`;
  return low ? `At least ${low}. ${tends(ceiling)}` : tends(ceiling);
}

function tends({ low, median, high }) {
  return `The curve tends to ${percent(median, 0)} (${percent(low, 0)} to ${percent(high, 0)}).`;
}

export function gain(last) {
  if (!last) return "";
  const verb = last.miou < 0 ? "lost" : "gained";
  const points = `${Math.abs(last.miou * 100).toFixed(1)} points`;
  if (!last.active_s && !last.clicks) return `The last cycle ${verb} ${points} without new labels.`;
  const cost = `${span(last.active_s)} and ${number(last.clicks)} clicks`;
  const rate = last.miou_per_hour > 0
    ? `: ${(last.miou_per_hour * 100).toFixed(1)} points per hour`
    : "";
  return `The last cycle ${verb} ${points} for ${cost}${rate}.`;
}

// What labels amount to: shares of the pool's pixels, hours of work, clicks.

export const TITLES = {
  share: { title: "labelled share of the pool’s pixels", format: ".1~%" },
  hours: { title: "active hours", format: ".3~g" },
  clicks: { title: "clicks", format: ",d" },
};

export function xOf(cycle, against) {
  if (against === "share") return cycle.labelled_share;
  return against === "hours" ? cycle.cost.active_s / 3600 : cycle.cost.clicks;
}

// mIoU of every cycle against what its labels took, beside full supervision and random selection.
import { call } from "./api.js";
import { onRefresh } from "./live.js";
import { notify } from "./notice.js";
import { colours, layout, OPTIONS } from "./plot.js";
import { xOf, TITLES } from "./units.js";

const plot = document.getElementById("quality");
const path = `/api/v1/projects/${document.body.dataset.project}`;
let metrics;
let compared;
let control;

export async function draw() {
  try {
    const wanted = ["metrics", "comparisons", "control-runs"];
    [metrics, compared, control] = await Promise.all(wanted.map((each) => call("GET", `${path}/${each}`)));
    redraw();
  } catch (error) {
    notify(error.message);
  }
}

function redraw() {
  // Somebody may change the colours before the figures have come.
  if (!metrics) return;
  const measured = metrics.cycles.filter((each) => each.val_miou !== null);
  document.getElementById("quality-empty").hidden = measured.length > 0;
  if (!measured.length) return;
  const against = document.querySelector("[name=against]:checked").value;
  const traces = [
    line(measured, against, "val", { name: "val", colour: colours().accent }),
    line(measured, against, "test", { name: "test", colour: colours().soft }),
    ...random(against),
    ...compared.items.flatMap((each) => comparison(each, against, measured)),
  ];
  const shown = layout(TITLES[against], "mIoU");
  window.Plotly.react(plot, traces.filter((each) => each.x.length), shown, OPTIONS);
}

function line(cycles, against, split, { name, colour, dash = "solid" }) {
  const known = cycles.filter((each) => each[`${split}_miou`] !== null);
  return {
    name,
    x: known.map((each) => xOf(each, against)),
    y: known.map((each) => each[`${split}_miou`]),
    customdata: known.map((each) => [each.number, each.labelled_regions]),
    mode: "lines+markers",
    line: { color: colour, dash, width: 2 },
    marker: { size: 8, color: colour },
    hovertemplate: "<b>%{y:.1%}</b> cycle %{customdata[0]}, %{customdata[1]} regions",
  };
}

// A curve of its own once something was trained for it: up to then it is the cycles' own.
function random(against) {
  const known = control.items.filter((each) => each.val_miou !== null);
  if (known.every((each) => each.state === "shared")) return [];
  return [line(known, against, "val", { name: "random control, val", colour: colours().warn, dash: "dot" })];
}

// All labels are a line across, since their cost would push everything else to the edge.
function comparison(other, against, measured) {
  if (other.kind !== "full") {
    const colour = other.kind === "random" ? colours().warn : colours().faint;
    const name = other.kind === "random" ? "random selection" : plain(other.title);
    return [line(other.cycles, against, "val", { name, colour, dash: "dot" })];
  }
  const best = other.cycles.at(-1);
  const xs = measured.map((each) => xOf(each, against));
  return [{
    name: "full supervision",
    x: [Math.min(...xs, 0), Math.max(...xs) * 1.05],
    y: [best.val_miou, best.val_miou],
    mode: "lines",
    line: { color: colours().good, dash: "dash", width: 1.5 },
    hovertemplate: `<b>%{y:.1%}</b> with all labels`,
  }];
}

// Plotly reads names as markup of a kind.
function plain(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

document.getElementById("quality-choices").addEventListener("change", redraw);
matchMedia("(prefers-color-scheme: light)").addEventListener("change", redraw);
let seen = plot.dataset.cycle;
onRefresh(() => {
  const parts = ["#cycles tbody tr", "#control tbody"].map((each) => document.querySelector(each));
  const now = parts.map((each) => each?.textContent).join();
  if (now !== seen) draw();
  seen = now;
});
draw();

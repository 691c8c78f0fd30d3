// Shows what a cycle would ask for: figures, the mix of classes, the first regions as pictures.
import { number, percent, span } from "./words.js";

const area = document.getElementById("preview");
const said = document.getElementById("preview-said");

export function show(found) {
  said.hidden = true;
  area.hidden = false;
  put("regions", number(found.regions.total));
  put("share", percent(found.regions.share));
  put("clicks", found.cost.clicks === null ? "–" : number(found.cost.clicks));
  put("seconds", found.cost.seconds === null ? "–" : span(found.cost.seconds));
  put("notes", notes(found));
  document.getElementById("basis").textContent = basis(found);
  mix(found.classes);
  document.getElementById("thumbs").replaceChildren(...found.first.map(thumb));
}

// Nothing to show, and why.
export function clear(why) {
  area.hidden = true;
  said.hidden = false;
  said.textContent = why;
}

function put(name, text) {
  area.querySelector(`[data-show="${name}"]`).textContent = text;
}

function basis({ cold_start, basis: scores }) {
  if (cold_start) return "Cold start: nothing is labelled, so regions are drawn at random.";
  if (!scores) return "Nothing was scored yet, so this is drawn at random.";
  return `By the scores of cycle ${scores.cycle_number}; the new model will score anew.`;
}

export function notes({ regions, cost }) {
  const told = [`In ${number(regions.images)} images.`];
  if (regions.random) told.push(`${number(regions.random)} of them drawn at random (dashed).`);
  if (cost.clicks_from === "labels") told.push("Clicks by the mean of past labels.");
  if (regions.relaxed.length) {
    told.push(`The budget cannot be met under ${regions.relaxed.join(" and ").replaceAll("_", " ")}.`);
  }
  return told.join(" ");
}

function mix(classes) {
  area.querySelector('[data-show="unknown"]').hidden = classes !== null;
  for (const line of document.querySelectorAll("#mix li")) {
    const share = classes?.[line.dataset.class] ?? 0;
    line.hidden = share === 0;
    line.querySelector("progress").value = share;
    line.querySelector("b").textContent = percent(share, share < 0.1 ? 1 : 0);
  }
}

function thumb(cell) {
  const item = document.createElement("li");
  const picture = document.createElement("img");
  const { left, top, width, height } = cell;
  picture.src = `/api/v1/images/${cell.image_id}/crop?${new URLSearchParams({ left, top, width, height })}`;
  picture.alt = `Image ${cell.image_id} at ${left}, ${top}`;
  picture.title = picture.alt;
  picture.loading = "lazy";
  item.append(picture);
  item.classList.toggle("random", cell.random);
  return item;
}

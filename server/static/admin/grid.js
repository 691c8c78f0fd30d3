// The grid of cells on a real image, and what sizes of cells would mean.
import { call } from "./api.js";
import { notify } from "./notice.js";
import { number, percent } from "./words.js";

const PAUSE_MS = 350;
const field = document.querySelector("#cells [name=cell_px]");
const chooser = document.getElementById("grid-image");
const canvas = document.querySelector("#grid canvas");
let picture;
let newest = 0;

export async function showGrid(project) {
  let timer;
  chooser?.addEventListener("change", load);
  field?.addEventListener("input", () => {
    draw();
    clearTimeout(timer);
    timer = setTimeout(() => sizes(project, around(Number(field.value))), PAUSE_MS);
  });
  // What was typed while this was loading counts too.
  const typed = field && field.value !== field.defaultValue;
  sizes(project, typed ? around(Number(field.value)) : []);
  await load();
}

async function load() {
  const answer = await fetch(`/api/v1/images/${chooser.value}/pixels`);
  if (!answer.ok) return;
  picture = await createImageBitmap(await answer.blob());
  draw();
}

function draw() {
  const side = Number(field.value);
  if (!picture || !(side >= 4)) return;
  // Fine lines stay fine on the screen, whatever the image's size.
  const scale = Math.max(1, Math.round(1600 / picture.width));
  Object.assign(canvas, { width: picture.width * scale, height: picture.height * scale });
  const pen = canvas.getContext("2d");
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
  for (const [colour, line] of [["#000a", 3], ["#fff", 1]]) {
    pen.strokeStyle = colour;
    pen.lineWidth = line;
    pen.beginPath();
    for (let x = side; x < picture.width; x += side) stroke(pen, x * scale, 0, x * scale, canvas.height);
    for (let y = side; y < picture.height; y += side) stroke(pen, 0, y * scale, canvas.width, y * scale);
    pen.stroke();
  }
}

function stroke(pen, x, y, toX, toY) {
  pen.moveTo(x + 0.5, y + 0.5);
  pen.lineTo(toX + 0.5, toY + 0.5);
}

function around(side) {
  const sides = [0.5, 0.75, 1, 1.5, 2].map((factor) => Math.round(side * factor));
  return sides.filter((each) => each >= 4 && each <= 4096);
}

async function sizes(project, wanted) {
  const turn = ++newest;
  const query = new URLSearchParams(wanted.map((each) => ["size", each]));
  try {
    const { items } = await call("GET", `/api/v1/projects/${project}/cell-sizes?${query}`);
    // Answers may come in another order than they were asked for.
    if (turn !== newest) return;
    document.getElementById("sizes").replaceChildren(...items.map(line));
    const known = items.some((each) => each.clicks_per_cell !== null);
    if (!known) document.getElementById("sizes-say").textContent = "No image came with a mask, so clicks are not known yet.";
  } catch (error) {
    notify(error.message);
  }
}

function line({ cell_px: side, cells, clicks_per_cell: clicks, one_class_share: alone }) {
  const row = document.createElement("tr");
  const told = [`${side}`, number(cells), clicks === null ? "–" : clicks.toFixed(1), percent(alone, 0)];
  for (const text of told) {
    const cell = row.insertCell();
    cell.textContent = text;
    cell.className = "n";
  }
  row.toggleAttribute("aria-current", side === Number(field.value));
  return row;
}

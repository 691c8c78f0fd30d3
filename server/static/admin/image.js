// One image with a layer over it: labels, what a model saw, where it errs, how unsure it is.
import { call } from "./api.js";
import { canvasOf, painted, paletteOf, values } from "./masks.js";
import { notify } from "./notice.js";

const NOT_ASKED = 254;
const VOID = 255;
const canvas = document.getElementById("picture");
const controls = document.getElementById("layers");
const { image } = controls.dataset;
const width = Number(canvas.dataset.width);
const colours = paletteOf(document.querySelectorAll(".palette [data-value]"));
const asked = new URLSearchParams(location.search);
const says = document.getElementById("says");
const named = `region-${asked.get("region")}`;
let picture;
let layer = null;

const LAYERS = {
  none: async () => null,
  labels: async () => {
    const mask = await values(`/api/v1/images/${image}/labels`);
    const covered = mask.reduce((count, value) => count + (value !== NOT_ASKED), 0);
    tell(`${((covered / mask.length) * 100).toFixed(1)} % of the pixels`);
    return painted(mask, width, colours);
  },
  prediction: async () => (controls.dataset.split === "pool" ? expected() : painted(await predicted(), width, colours)),
  error: async () => wrong(await predicted(), await values(`/api/v1/images/${image}/labels`)),
  score: async () => heat((await cells()).scores),
};

const cycle = () => document.getElementById("of-cycle").value;
const cells = () => call("GET", `/api/v1/cycles/${cycle()}/images/${image}/cells`);
const predicted = () => values(`/api/v1/cycles/${cycle()}/images/${image}/prediction`);

async function expected() {
  const { classes, scores } = await cells();
  tell("The likeliest class of each cell; labelled cells are left out.");
  const flat = classes.flatMap((row, y) => row.map((value, x) => (scores[y][x] < 0 ? NOT_ASKED : value)));
  return painted(Uint8Array.from(flat), classes[0].length, colours);
}

// Red where the model is wrong; of a mistake that the address names, that one in yellow.
function wrong(given, truth) {
  const pixels = new ImageData(width, given.length / width);
  const pair = ["truth", "given"].map((name) => asked.get(name));
  let [known, missed] = [0, 0];
  truth.forEach((value, at) => {
    if (value >= NOT_ASKED) return;
    known += 1;
    if (value === given[at]) return;
    missed += 1;
    const named = String(value) === pair[0] && String(given[at]) === pair[1];
    pixels.data.set(named ? [255, 226, 89, 255] : [232, 64, 64, 255], at * 4);
  });
  tell(`${((1 - missed / known) * 100).toFixed(1)} % of the pixels right`);
  return canvasOf(pixels);
}

// From dark to yellow between the image's least and most undecided open cell.
function heat(scores) {
  const open = scores.flat().filter((score) => score >= 0);
  const [least, most] = [Math.min(...open), Math.max(...open)];
  tell(open.length ? `Scores from ${least.toPrecision(3)} to ${most.toPrecision(3)}; labelled cells are left out.` : "Every cell is labelled.");
  const pixels = new ImageData(scores[0].length, scores.length);
  scores.flat().forEach((score, at) => {
    const share = most > least ? (score - least) / (most - least) : 1;
    if (score >= 0) pixels.data.set([255 * Math.min(1, share * 1.6), 220 * share * share, 90 * (1 - share), 255], at * 4);
  });
  return canvasOf(pixels);
}

function tell(text) {
  says.textContent = text;
}

function draw() {
  Object.assign(canvas, { width: picture.width, height: picture.height });
  const pen = canvas.getContext("2d");
  pen.imageSmoothingEnabled = false;
  pen.drawImage(picture, 0, 0);
  pen.globalAlpha = document.getElementById("strength").value / 100;
  if (layer) pen.drawImage(layer, 0, 0, ...extent());
  pen.globalAlpha = 1;
  if (document.getElementById("asked")?.checked) frame(pen);
}

// Cells at the edge may be cut: a grid reaches over it.
function extent() {
  if (layer.width === picture.width) return [picture.width, picture.height];
  const side = Number(controls.dataset.cell);
  return [layer.width * side, layer.height * side];
}

function frame(pen) {
  pen.lineWidth = Math.max(1, picture.width / 480);
  for (const { dataset, id } of document.querySelectorAll("[data-box]")) {
    const box = dataset.box.split(" ").map(Number);
    pen.strokeStyle = id === named ? "#ffe259" : "#fff";
    pen.strokeRect(...box);
  }
}

async function show() {
  tell("");
  const name = controls.querySelector("[name=layer]:checked").value;
  try {
    layer = await LAYERS[name]();
  } catch (error) {
    layer = null;
    notify(error.message);
  }
  draw();
}

async function start() {
  const answer = await fetch(`/api/v1/images/${image}/pixels`);
  picture = await createImageBitmap(await answer.blob());
  const cycles = document.getElementById("of-cycle");
  if ([...(cycles?.options ?? [])].some(({ value }) => value === asked.get("cycle"))) cycles.value = asked.get("cycle");
  const wanted = controls.querySelector(`[name=layer][value="${CSS.escape(asked.get("layer") ?? "")}"]`);
  if (wanted) wanted.checked = true;
  point();
  controls.addEventListener("input", ({ target }) => (["strength", "asked"].includes(target.id) ? draw() : show()));
  await show();
}

// The region that the address names is framed, and its row marked.
function point() {
  const row = document.getElementById(named);
  if (!row) return;
  row.setAttribute("aria-current", "true");
  document.getElementById("asked").checked = true;
}

async function setTags(tags) {
  try {
    await call("PUT", `/api/v1/images/${image}/tags`, { tags });
    location.reload();
  } catch (error) {
    notify(error.message);
  }
}

const form = document.getElementById("tags");
form.addEventListener("submit", (event) => {
  event.preventDefault();
  setTags([...form.querySelectorAll(":checked")].map((each) => Number(each.value)));
});
document.getElementById("forget")?.addEventListener("click", () => setTags(null));
start();

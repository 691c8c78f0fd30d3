// A label beside the image and the suggestion, and the keys with which it is judged.
import { onRefresh } from "./live.js";
import { painted, paletteOf, values } from "./masks.js";

let drawings = [];
let drawn;

// Again when another label stands there, since somebody may have judged this one meanwhile.
async function show() {
  const beside = document.querySelector("[data-beside]");
  if (!beside || beside === drawn) return;
  [drawn, drawings] = [beside, []];
  const answer = await fetch(beside.dataset.context);
  if (!answer.ok) return;
  const context = await createImageBitmap(await answer.blob());
  const [left, top] = ["left", "top"].map((side) => Number(answer.headers.get(`x-region-${side}`)));
  const [width, height] = ["width", "height"].map((side) => Number(beside.dataset[side]));
  const place = { left, top, width, height };
  const colours = paletteOf(document.querySelectorAll(".palette [data-value]"));
  for (const figure of beside.querySelectorAll("figure")) {
    const mask = await values(figure.dataset.mask);
    const layer = mask && painted(mask, width, colours);
    const draw = () => paint(figure.querySelector("canvas"), context, layer, place);
    drawings.push(draw);
    draw();
  }
}

function paint(canvas, context, layer, { left, top, width, height }) {
  Object.assign(canvas, { width: context.width, height: context.height });
  const pen = canvas.getContext("2d");
  pen.imageSmoothingEnabled = false;
  pen.drawImage(context, 0, 0);
  frame(pen, left - 1, top - 1, width + 2, height + 2);
  pen.globalAlpha = document.getElementById("strength").value / 100;
  if (layer) pen.drawImage(layer, left, top);
  pen.globalAlpha = 1;
}

// Dark beside light is seen on anything, and what stands around stays as bright as it is.
function frame(pen, left, top, width, height) {
  for (const [colour, dash] of [["#000", []], ["#fff", [2, 2]]]) {
    pen.strokeStyle = colour;
    pen.setLineDash(dash);
    pen.strokeRect(left + 0.5, top + 0.5, width - 1, height - 1);
  }
}

document.addEventListener("keydown", (event) => {
  if (event.target.closest("input, select, textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "r") {
    document.getElementById("reason")?.focus();
    event.preventDefault();
  }
  document.querySelector(`[data-key="${CSS.escape(event.key)}"]`)?.click();
});
document.addEventListener("input", ({ target }) => {
  if (target.id === "strength") drawings.forEach((draw) => draw());
});
onRefresh(show);
show();

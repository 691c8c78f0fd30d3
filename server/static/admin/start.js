// Puts a cycle together: every change is previewed, and what was previewed can be started.
import { call } from "./api.js";
import { valueOf } from "./forms.js";
import { onRefresh } from "./live.js";
import { notify } from "./notice.js";
import { clear, show } from "./preview.js";

const PAUSE_MS = 400;
const form = document.getElementById("start");
const confirm = document.getElementById("confirm");
const path = `/api/v1/projects/${document.body.dataset.project}`;
let asked = 0;
let previewed = false;
let timer;

function wanted() {
  const { amount, unit, acquisition, evaluate_test, auto, control } = form.elements;
  const budget = unit.value === "share" ? amount.value / 100 : Number(amount.value);
  const strategy = { acquisition: acquisition.value };
  for (const knob of form.querySelectorAll("[data-knob]")) {
    if (knob.value !== "") strategy[knob.name] = valueOf(knob);
  }
  const body = { budget: { [unit.value]: budget }, strategy };
  Object.assign(body, { evaluate_test: evaluate_test.checked, auto: auto.checked, control: control.checked });
  for (const name of ["without_suggestion", "seed"]) {
    if (form.elements[name].value !== "") body[name] = valueOf(form.elements[name]);
  }
  return body;
}

async function preview() {
  const turn = ++asked;
  allow(false);
  try {
    const found = await call("POST", `${path}/cycle-previews`, wanted());
    // A slow answer to an earlier question is none to this one.
    if (turn !== asked) return;
    show(found);
    allow(true);
  } catch (error) {
    if (turn === asked) clear(error.message);
  }
}

async function start(event) {
  event.preventDefault();
  confirm.disabled = true;
  try {
    await call("POST", `${path}/cycles`, wanted());
    location.href = `/projects/${document.body.dataset.project}`;
  } catch (error) {
    notify(error.message);
    allow(true);
  }
}

// One cycle at a time: the page hears when the open one ends.
function allow(known) {
  previewed = known;
  confirm.disabled = !previewed || !document.getElementById("open-cycle").hidden;
}

if (confirm) {
  onRefresh(() => allow(previewed));
  form.addEventListener("submit", start);
  form.addEventListener("input", () => {
    allow(false);
    clearTimeout(timer);
    timer = setTimeout(preview, PAUSE_MS);
  });
  preview();
}

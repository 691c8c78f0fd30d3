// Which budget reaches the mIoU that somebody names, in the unit that the plot shows.
import { call } from "./api.js";
import { onRefresh } from "./live.js";
import { answer, doubt, gain } from "./outlook.js";

const form = document.getElementById("forecast-form");
const path = `/api/v1/projects/${document.body.dataset.project}/forecast`;
let asked = 0;

async function ask() {
  const turn = ++asked;
  const query = new URLSearchParams({ split: form.elements.split.value, against: against() });
  if (form.elements.target.value) query.set("target", form.elements.target.value / 100);
  let told;
  try {
    told = await call("GET", `${path}?${query}`);
  } catch (error) {
    say("forecast-answer", error.message);
    return;
  }
  // A slow answer to an earlier question is none to this one.
  if (turn !== asked) return;
  form.elements.target.placeholder = Math.round(told.target * 100);
  say("forecast-answer", answer(told));
  say("forecast-doubt", doubt(told));
  say("forecast-gain", gain(told.last_gain));
}

function against() {
  return document.querySelector("[name=against]:checked").value;
}

function say(id, text) {
  document.getElementById(id).textContent = text;
}

form.addEventListener("input", ask);
form.addEventListener("submit", (event) => event.preventDefault());
document.getElementById("quality-choices").addEventListener("change", ask);
onRefresh(ask);
ask();

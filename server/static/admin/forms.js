// Forms that are one call: `data-call="POST /api/v1/..."`, fields by name as a JSON body.
// A field with data-type says number, json, or words (a list); an empty one is left out.
import { call } from "./api.js";
import { refresh } from "./live.js";
import { notify } from "./notice.js";

export function listen(root) {
  root.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.dataset.call) return;
    event.preventDefault();
    if (!form.dataset.confirm || window.confirm(form.dataset.confirm)) send(form);
  });
}

async function send(form) {
  const [method, path] = form.dataset.call.split(" ");
  const buttons = [...form.querySelectorAll("button")];
  buttons.forEach((each) => (each.disabled = true));
  try {
    const told = await call(method, path, body(form));
    const secret = told?.token ?? told?.secret;
    if (secret) await reveal(secret, form.dataset.secret ?? "");
    form.reset();
    if (form.dataset.then) location.href = form.dataset.then;
    else await refresh();
  } catch (error) {
    notify(error.message);
  } finally {
    buttons.forEach((each) => (each.disabled = false));
  }
}

export function body(form) {
  const fields = [...form.elements].filter((each) => each.name && each.value !== "");
  if (!fields.length) return undefined;
  return Object.fromEntries(fields.map((each) => [each.name, valueOf(each)]));
}

export function valueOf(field) {
  if (field.type === "checkbox") return field.checked;
  if (field.dataset.type === "json") return JSON.parse(field.value);
  if (field.dataset.type === "words") return field.value.split(/[\s,]+/).filter(Boolean);
  return field.dataset.type === "number" ? Number(field.value) : field.value;
}

// A secret that the server tells once: it stays on the screen until somebody says that they have it.
export function reveal(secret, text) {
  const dialog = document.getElementById("secret-dialog");
  document.getElementById("secret").textContent = secret;
  document.getElementById("secret-text").textContent = text;
  dialog.showModal();
  return new Promise((done) => {
    dialog.addEventListener("close", () => {
      document.getElementById("secret").textContent = "";
      done();
    }, { once: true });
  });
}
